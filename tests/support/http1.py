"""Our own server in the process of the test, and what is said to it byte by byte."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, TypeVar

import uvloop

from millgate.core.errors import Refused
from millgate.wire.http1.server import HttpServer, Patience
from millgate.wire.messages import Request, Response
from millgate.wire.refusals import answer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

    from millgate.wire.messages import Plane

Loop: TypeAlias = Literal["uvloop", "asyncio"]
T = TypeVar("T")

LINES: Final = b"Host: mill.example\r\n"
SECONDS: Final = 20
"""How long a test waits for what must come."""


@dataclass(frozen=True)
class Heard:
    """One answer.

    Attributes:
        whole: whether it came to its end.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    whole: bool = True

    @property
    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)

    def values(self, name: str) -> list[str]:
        """All headers of this name."""
        return [value for given, value in self.headers if given == name]


class Echo:
    """Answers what it was asked; the first segment may ask for something else.

    Attributes:
        asked: the paths, in their order.
        bodies: what became of each body that was read.
        go: what `wait` waits for.
    """

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.bodies: list[bytes | str] = []
        self.go = asyncio.Event()

    async def __call__(self, request: Request) -> Response:
        """Answer."""
        self.asked.append(request.raw_path)
        first = request.segments[0]
        if first == "wait":
            await self.go.wait()
        if first == "unread":
            return Response(200, (("content-type", "text/plain"),), b"unread")
        try:
            body = await request.body(50_000_000)
        except Refused as refused:
            self.bodies.append(refused.refusal.problem.code)
            return answer(refused.refusal)
        self.bodies.append(body)
        told = [request.method, request.raw_path, request.query, len(body), body[:50].decode("latin-1")]
        return Response(200, (("content-type", "application/json"),), json.dumps(told).encode())


def ran(main: Callable[[], Awaitable[T]], loop: Loop = "uvloop") -> T:
    """Run it; the loop's exception handler must never be called, and no task be left."""
    problems: list[object] = []

    async def watched() -> T:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: problems.append(context))
        async with asyncio.timeout(SECONDS):
            done = await main()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return done

    factory = uvloop.new_event_loop if loop == "uvloop" else asyncio.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        done = runner.run(watched())
    assert problems == []
    return done


@asynccontextmanager
async def standing(
    plane: Plane, patience: Patience | None = None, **options: Any
) -> AsyncIterator[HttpServer]:
    """A server that listens; it is stopped in the end, and waited for."""
    server = HttpServer(plane, host="127.0.0.1", port=0, patience=patience, **options)
    serving = asyncio.create_task(server.serve())
    await server.listening.wait()
    try:
        yield server
    finally:
        server.stop()
        await serving


class Line:
    """A connection to a server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def say(self, *pieces: bytes) -> None:
        """Send, piece by piece, as far as the server listens."""
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()
            await asyncio.sleep(0)

    def say_all(self) -> None:
        """Say that nothing more will come."""
        self.writer.write_eof()

    async def rest(self) -> bytes:
        """All that is heard until the connection ends, in order or by a reset."""
        heard = b""
        try:
            while piece := await self.reader.read(65536):
                heard += piece
        except ConnectionResetError:
            pass
        return heard

    async def answers(self, *methods: str) -> list[Heard]:
        """All answers until the connection ends."""
        return parted(await self.rest(), methods)


@asynccontextmanager
async def line(server: HttpServer, **options: Any) -> AsyncIterator[Line]:
    """Connect; hang up in the end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port, **options)
    try:
        yield Line(reader, writer)
    finally:
        writer.transport.abort()


def asked(
    plane: Plane, *pieces: bytes, loop: Loop = "uvloop", eof: bool = False, methods: Iterable[str] = ()
) -> list[Heard]:
    """All answers to these bytes, from a server of their own, until it ends the connection."""

    async def main() -> list[Heard]:
        async with standing(plane) as server, line(server) as client:
            await client.say(*pieces)
            if eof:
                client.say_all()
            return await client.answers(*methods)

    return ran(main, loop)


def get(target: bytes = b"/a", *lines: bytes, version: bytes = b"HTTP/1.1") -> bytes:
    """A GET."""
    return request(b"GET", target, *lines, version=version)


def request(
    method: bytes, target: bytes, *lines: bytes, body: bytes = b"", version: bytes = b"HTTP/1.1"
) -> bytes:
    """A request with a Host."""
    head = b"".join(given + b"\r\n" for given in lines)
    return method + b" " + target + b" " + version + b"\r\n" + LINES + head + b"\r\n" + body


def post(target: bytes, body: bytes, *lines: bytes) -> bytes:
    """A POST with a length."""
    return request(b"POST", target, b"Content-Length: %d" % len(body), *lines, body=body)


def parted(data: bytes, methods: Iterable[str] = ()) -> list[Heard]:
    """Answers, one behind the other; strict about where each ends, and about nothing being left over.

    Args:
        data: all that was heard.
        methods: of the requests, as far as they were HEAD.
    """
    found = []
    asked_by = list(methods)
    while data:
        method = asked_by.pop(0) if asked_by else ""
        one, data = _parted(data, head_only=method == "HEAD")
        if one.status != 100:
            found.append(one)
    return found


def _parted(data: bytes, *, head_only: bool) -> tuple[Heard, bytes]:
    head, end, rest = data.partition(b"\r\n\r\n")
    assert end, data
    first, *lines = head.decode("latin-1").split("\r\n")
    assert first.startswith("HTTP/1.1 "), first
    status = int(first.split(" ")[1])
    headers = tuple((name.lower(), value) for name, _, value in (given.partition(": ") for given in lines))
    fields = dict(headers)
    assert len(fields) == len(headers), headers
    if head_only or status in {100, 204, 304}:
        return Heard(status, headers, b""), rest
    if fields.get("transfer-encoding") == "chunked":
        body, whole, rest = _unchunked(rest)
        return Heard(status, headers, body, whole), rest
    if "content-length" not in fields:
        return Heard(status, headers, rest), b""
    length = int(fields["content-length"])
    return Heard(status, headers, rest[:length], len(rest) >= length), rest[length:]


def _unchunked(data: bytes) -> tuple[bytes, bool, bytes]:
    body = b""
    while data:
        size, _, data = data.partition(b"\r\n")
        length = int(size, 16)
        body += data[:length]
        if data[length : length + 2] != b"\r\n":
            return body, False, b""
        data = data[length + 2 :]
        if not length:
            return body, True, data
    return body, False, b""
