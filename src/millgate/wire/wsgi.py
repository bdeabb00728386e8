"""A WSGI application as a plane: how pages are served beside the machines, on a thread pool.

What is longer than a piece and comes in parts is streamed. A thread makes one piece, when the reader has
taken the one before, and goes: however slowly it is read, no thread waits and one piece is held. So the
parts of an answer are made on several threads, and must not keep what belongs to one.
"""

from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, TypeAlias
from urllib.parse import unquote_to_bytes, urlsplit

from millgate.wire.messages import Request, Response

if TYPE_CHECKING:
    from types import TracebackType

Environ: TypeAlias = dict[str, Any]
StartResponse: TypeAlias = Callable[..., Callable[[bytes], object]]
WsgiApplication: TypeAlias = Callable[[Environ, StartResponse], Iterable[bytes]]

REQUEST_ID: Final = "millgate.request_id"
"""In the environment: `Request.request_id`. No header becomes a name like this."""

PIECE_BYTES: Final = 65_536
"""About how much of a streamed answer is made at a time."""

_HOP_BY_HOP: Final = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length"})


class WsgiPlane:
    """Runs a WSGI application (PEP 3333) for each request on one of a few threads.

    Header names with an underscore are dropped: as `HTTP_…` they could not be told from those with a
    dash (CVE-2025-64484).
    """

    def __init__(
        self, application: WsgiApplication, *, threads: int, body_limit: int, origin_host: str
    ) -> None:
        self._application = application
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="pages")
        # Streams leave a thread for pages, where there are several.
        self._making = asyncio.Semaphore(max(1, threads - 1))
        self._body_limit = body_limit
        at = urlsplit(f"//{origin_host}")
        self._server_name, self._server_port = at.hostname or "", str(at.port or "")

    async def __call__(self, request: Request) -> Response:
        """Answer one request.

        Raises:
            Refused: the body is larger than the bound.
        """
        body = await request.body(self._body_limit)
        environ = self._environ(request, body)
        running = self._pool.submit(self._run, environ)
        try:
            return await asyncio.wrap_future(running)
        except asyncio.CancelledError:
            running.add_done_callback(_abandoned)
            raise

    def close(self) -> None:
        """Let running requests finish and end the threads."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _run(self, environ: Environ) -> Response:
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(
            status: str, headers: list[tuple[str, str]], exc_info: object = None
        ) -> Callable[[bytes], object]:
            del exc_info
            started[:] = [(status, headers)]
            return written.append

        written: list[bytes] = []
        parts = _Parts(self._application(environ, start_response))
        try:
            begun = parts.piece(written)
        except BaseException:
            parts.close()
            raise
        status, headers = started[0]
        dropped = _HOP_BY_HOP
        if environ["REQUEST_METHOD"] == "HEAD":
            dropped -= {"content-length"}  # of the body that GET would have had; here there may be none
        kept = tuple((name.lower(), value) for name, value in headers if name.lower() not in dropped)
        if parts.ended:
            parts.close()
            return Response(int(status[:3]), kept, begun)
        return Response(int(status[:3]), kept, _Stream(begun, parts, self._pool, self._making))

    def _environ(self, request: Request, body: bytes) -> Environ:
        environ: Environ = {
            "REQUEST_METHOD": request.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(request.raw_path).decode("latin-1"),
            "QUERY_STRING": request.query,
            "SERVER_NAME": self._server_name,
            "SERVER_PORT": self._server_port or ("443" if request.scheme == "https" else "80"),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": request.client,
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": request.scheme,
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            REQUEST_ID: request.request_id,
        }
        for name, value in request.headers:
            _add_header(environ, name, value)
        return environ


def _add_header(environ: Environ, name: str, value: str) -> None:
    if "_" in name or name in {"content-length", "transfer-encoding"}:
        return
    if name == "content-type":
        environ["CONTENT_TYPE"] = value
        return
    key = f"HTTP_{name.upper().replace('-', '_')}"
    joiner = "; " if name == "cookie" else ","
    environ[key] = f"{environ[key]}{joiner}{value}" if key in environ else value


class _Parts:
    """What an application answers, a piece at a time; it is closed once."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks
        self._iterator: Iterator[bytes] | None = None
        self._lock = Lock()
        self._closed = False
        self.ended = False

    def piece(self, written: list[bytes]) -> bytes:
        """The next piece, behind what the application wrote by hand; a part is never cut."""
        with self._lock:
            if self._iterator is None:
                self._iterator = iter(self._chunks)
            gathered, size = list[bytes](), 0
            for chunk in () if self._closed else self._iterator:
                gathered += [*written, chunk]
                written.clear()
                size += len(chunk)
                # One part alone, however long, is no stream.
                if size >= PIECE_BYTES and len(gathered) > 1:
                    return b"".join(gathered)
            self.ended = True
            return b"".join([*gathered, *written])

    def close(self) -> None:
        """Close it, once a piece that is being made is there."""
        with self._lock:
            closed, self._closed = self._closed, True
        close = getattr(self._chunks, "close", None)
        if not closed and close is not None:
            close()


class _Stream(AsyncGenerator[bytes, None]):
    """The pieces of an answer as they are asked for; read to its end or not, it must be closed."""

    def __init__(
        self, begun: bytes, parts: _Parts, pool: ThreadPoolExecutor, making: asyncio.Semaphore
    ) -> None:
        self._begun = begun
        self._parts = parts
        self._pool = pool
        self._making = making

    async def asend(self, value: None) -> bytes:
        """The next piece."""
        del value
        if self._begun:
            begun, self._begun = self._begun, b""
            return begun
        if self._parts.ended:
            await self.aclose()
            raise StopAsyncIteration
        async with self._making:
            return await asyncio.wrap_future(self._pool.submit(self._parts.piece, []))

    async def athrow(
        self,
        kind: type[BaseException] | BaseException,
        value: BaseException | object = None,
        traceback: TracebackType | None = None,
    ) -> bytes:
        """End it."""
        del value, traceback
        await self.aclose()
        raise kind

    def abandon(self) -> None:
        """End it on this thread."""
        self._parts.close()

    async def aclose(self) -> None:
        """End it, read or not."""
        self._begun = b""
        self._parts.ended = True
        try:
            closing = self._pool.submit(self._parts.close)
        except RuntimeError:  # the threads have ended
            self._parts.close()
        else:
            await asyncio.shield(asyncio.wrap_future(closing))


def _abandoned(running: Future[Response]) -> None:
    """Close an answer that nobody waits for any more."""
    if not running.cancelled() and running.exception() is None:
        body = running.result().body
        if isinstance(body, _Stream):
            body.abandon()
