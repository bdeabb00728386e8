"""A plane behind the real server, and requests put to it byte by byte over a socket."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from granian.constants import Interfaces
from granian.server.embed import Server

from millgate.wire.asgi import AsgiFace
from millgate.wire.http1.server import HttpServer, Patience
from millgate.wire.rsgi import RsgiFace

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from millgate.wire.messages import Plane

FaceName: TypeAlias = Literal["direct", "asgi", "rsgi"]


@dataclass(frozen=True)
class Raw:
    """An answer as it stood on the wire: the body as sent, its framing undone."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """The first header of this lower-case name."""
        return next((value for given, value in self.headers if given == name), None)


@asynccontextmanager
async def served(plane: Plane, face: FaceName, patience: Patience | None = None) -> AsyncIterator[int]:
    """Serve a plane on a free port of the loopback, as `millgate serve` does; gives the port.

    Patience with clients can be chosen for our own server (`direct`) alone.
    """
    if face == "direct":
        async with _served_directly(plane, patience) as taken:
            yield taken
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    server = Server(
        AsgiFace(plane) if face == "asgi" else RsgiFace(plane),
        address="127.0.0.1",
        port=port,
        interface=Interfaces.ASGINL if face == "asgi" else Interfaces.RSGI,
        websockets=False,
        log_enabled=False,
    )
    serving = asyncio.create_task(server.serve())
    try:
        await _listening(port)
        yield port
    finally:
        server.stop()  # type: ignore[no-untyped-call]
        await serving


@asynccontextmanager
async def _served_directly(plane: Plane, patience: Patience | None) -> AsyncIterator[int]:
    server = HttpServer(plane, host="127.0.0.1", port=0, patience=patience or Patience(linger=0.01))
    serving = asyncio.create_task(server.serve())
    try:
        while not server.port:  # noqa: ASYNC110 - what is waited for has no event of its own
            await asyncio.sleep(0)
        await _listening(server.port)
        yield server.port
    finally:
        server.stop()
        await serving


async def _listening(port: int) -> None:
    for _ in range(500):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.01)
        else:
            writer.close()
            await writer.wait_closed()
            return
    raise TimeoutError(port)


async def spoken(port: int, method: bytes, target: bytes, *headers: bytes, body: bytes = b"") -> Raw:
    """Send one request exactly as given, and read its answer to the end of the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = [method + b" " + target + b" HTTP/1.1", b"Host: mill.example", b"Connection: close", *headers]
    try:
        writer.write(b"\r\n".join(lines) + b"\r\n\r\n" + body)
        async with asyncio.timeout(10):
            return _read(await reader.read(-1))
    finally:
        writer.close()
        await writer.wait_closed()


async def broken_off(port: int, *headers: bytes, body: bytes) -> None:
    """Send a POST whose body does not come to its end, and go away."""
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"\r\n".join([b"POST /a HTTP/1.1", b"Host: mill.example", *headers, b"", body]))
    await writer.drain()
    writer.close()
    await writer.wait_closed()


def _read(answer: bytes) -> Raw:
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = tuple(
        (name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)
    )
    if ("transfer-encoding", "chunked") in headers:
        body = _unchunked(body)
    return Raw(int(first.split(" ")[1]), headers, body)


def _unchunked(data: bytes) -> bytes:
    whole = b""
    while data:
        size, _, data = data.partition(b"\r\n")
        length = int(size, 16)
        whole += data[:length]
        data = data[length + 2 :]
    return whole
