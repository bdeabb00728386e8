"""Servers that stand behind the gateway in tests and do what real ones do at their worst, and a world in front.

They speak HTTP/1.1 by hand, because most of what they say no library would.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from millgate.core.values import Principal
from millgate.describe.calls import BackendCall
from millgate.describe.model import Operation
from millgate.gateway.upstreams.backends import HttpBackends
from millgate.gateway.upstreams.http import HttpBackend
from millgate.gateway.upstreams.mock import MockBackend
from millgate.snapshot.upstreams import MOCK, HttpUpstream, UpstreamAddress
from millgate.stores.sealing import Sealer
from support.exchange import request_of
from support.world import MASTER, PARTS, World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

SEALER = Sealer(MASTER)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


@dataclass(frozen=True)
class Heard:
    """A request as an upstream heard it.

    Attributes:
        connection: the number of the connection on which it came, from 1.
        body: None when it did not come whole.
    """

    connection: int
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes | None

    def header(self, name: str) -> str | None:
        """The value of the one header of this lower-case name."""
        values = [value for given, value in self.headers if given == name]
        assert len(values) < 2, values
        return values[0] if values else None


@dataclass
class Place:
    """A running upstream."""

    port: int = 0
    connections: int = 0
    heard: list[Heard] = field(default_factory=list)
    left: int = 0
    """Connections that have ended."""

    def url(self, path: str = "", scheme: str = "http") -> str:
        return f"{scheme}://127.0.0.1:{self.port}{path}"


Talk: TypeAlias = Callable[["Line"], Awaitable[None]]


@dataclass
class Line:
    """One connection, as a talk sees it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    place: Place
    number: int

    async def head(self) -> Heard | None:
        """The next request's head; None at the end of the connection."""
        try:
            text = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        except asyncio.IncompleteReadError:
            return None
        first, *lines = text[:-4].split("\r\n")
        method, target, version = first.split(" ")
        assert version == "HTTP/1.1"
        pairs = (line.partition(": ") for line in lines)
        headers = tuple((name, value) for name, _, value in pairs)
        return Heard(self.number, method, target, headers, None)

    async def request(self) -> Heard | None:
        """The next request, with its body; None at the end of the connection."""
        head = await self.head()
        if head is None:
            return None
        body: bytes | None
        try:
            body = await self._body(head)
        except asyncio.IncompleteReadError:
            body = None
        heard = Heard(head.connection, head.method, head.target, head.headers, body)
        self.place.heard.append(heard)
        return heard if body is not None else None

    async def _body(self, head: Heard) -> bytes:
        if head.header("transfer-encoding") is None:
            return await self.reader.readexactly(int(head.header("content-length") or 0))
        whole = b""
        while size := int((await self.reader.readuntil(b"\r\n"))[:-2], 16):
            whole += (await self.reader.readexactly(size + 2))[:-2]
        assert await self.reader.readexactly(2) == b"\r\n"
        return whole

    async def say(self, *pieces: bytes) -> None:
        """Send pieces, each by itself."""
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()
            await asyncio.sleep(0)

    async def hang(self) -> None:
        """Say nothing until the other side goes away."""
        while await self.reader.read(65_536):
            pass


def always(*pieces: bytes) -> Talk:
    """Answers every request with these bytes."""

    async def talk(line: Line) -> None:
        while await line.request() is not None:
            await line.say(*pieces)

    return talk


def once(*pieces: bytes) -> Talk:
    """Answers one request with these bytes, and closes."""

    async def talk(line: Line) -> None:
        if await line.request() is not None:
            await line.say(*pieces)

    return talk


async def echo(line: Line) -> None:
    """Answers with the body that was sent, and its method in a header."""
    while (heard := await line.request()) is not None:
        body = heard.body or b""
        await line.say(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))


async def silence(line: Line) -> None:
    """Hears and never answers."""
    await line.request()
    await line.hang()


async def half(line: Line) -> None:
    """Answers the beginning of a stream, and no more."""
    await line.request()
    await line.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
    await line.hang()


@asynccontextmanager
async def standing(talk: Talk, tls: ssl.SSLContext | None = None) -> AsyncIterator[Place]:
    """An upstream on a free port of the loopback."""
    place = Place()
    tasks: set[asyncio.Task[Any]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        place.connections += 1
        try:
            await talk(Line(reader, writer, place, place.connections))
        except (ConnectionError, asyncio.CancelledError):
            pass  # the other side is gone, or the test is over
        finally:
            place.left += 1
            tasks.discard(task)
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    place.port = server.sockets[0].getsockname()[1]
    try:
        yield place
    finally:
        server.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


async def until(true: Callable[[], bool]) -> None:
    """Wait for what another task brings about."""
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110 - what is waited for has no event of its own
            await asyncio.sleep(0.001)


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


# An upstream as published, and calls of it


def upstream(*urls: str, **changes: Any) -> HttpUpstream:
    """An upstream on the test tier."""
    given: dict[str, Any] = {"key": "u", "name": "U", "total_seconds": 10.0} | changes
    return HttpUpstream(
        addresses=(UpstreamAddress("test", urls), UpstreamAddress("production", urls)), **given
    )


@asynccontextmanager
async def backend(*urls: str, **changes: Any) -> AsyncIterator[HttpBackend]:
    """The backend of such an upstream."""
    made = HttpBackend(upstream(*urls, **changes), SEALER.unseal, body_limit=1_000_000)
    try:
        yield made
    finally:
        made.close()
        await asyncio.sleep(0)


PRINCIPAL = Principal("an-application", "an-account", 7, frozenset(), frozenset())


def call(
    method: str = "GET",
    path: str = "/items",
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    reader: Callable[[], AsyncIterator[bytes]] | None = None,
    parameters: dict[str, str] | None = None,
    query: str = "",
    **changes: Any,
) -> BackendCall:
    """An admitted call of an operation whose target is this path."""
    sent = {"host": "mill.example", **(headers or {})}
    if body and "transfer-encoding" not in sent:
        sent.setdefault("content-length", str(len(body)))
    request = request_of(method, "/Managed/v1/x", headers=sent, body=body)
    request = msgspec.structs.replace(request, query=query, reader=reader or request.reader)
    given: dict[str, Any] = {
        "request": request,
        "tier": "test",
        "operation": Operation("op", method, "/x", "Op", path),
        "parameters": parameters or {},
        "principal": PRINCIPAL,
        "managed_path": "/Managed/v1/x",
        "request_id": "an-id",
        "api": "managed",
        "subscription": "a-subscription",
        "application": "an-application",
    }
    return BackendCall(**given | changes)


def proxied(published: HttpUpstream, *operations: Operation, **changes: Any) -> World:
    """A published world whose API `parts` is answered by an upstream, or by its mock."""
    world = World()
    api = {"upstream": published.upstream, "operations": operations or _forwarded()} | changes
    catalogue = msgspec.structs.replace(
        world.document.catalogue,
        apis=tuple(
            msgspec.structs.replace(item, **api) if item.key == PARTS.key else item
            for item in world.document.catalogue.apis
        ),
        upstreams=(published,),
    )
    world.publish(msgspec.structs.replace(world.document, catalogue=catalogue))
    world.managed._backends = HttpBackends(
        {"echo": world.echo, MOCK: MockBackend(world.holder, 1_000_000)},
        holder=world.holder,
        unseal=SEALER.unseal,
    )
    return world


def backends_of(world: World) -> HttpBackends:
    """The backends of a proxied world."""
    backends = world.managed._backends
    assert isinstance(backends, HttpBackends)
    return backends


def _forwarded() -> tuple[Operation, ...]:
    return (
        Operation("list-parts", "GET", "/Parts", "List parts", "/items"),
        Operation("get-part", "GET", "/Parts/{PartKey}", "One part", "/items/{PartKey}"),
        Operation("add-part", "POST", "/Parts", "Add a part", "/items"),
    )
