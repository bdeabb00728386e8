"""A WSGI application as a plane: how pages are served beside the machines, on a thread pool."""

from __future__ import annotations

import asyncio
import io
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeAlias
from urllib.parse import unquote_to_bytes, urlsplit

from millgate.wire.messages import Request, Response

Environ: TypeAlias = dict[str, Any]
StartResponse: TypeAlias = Callable[..., Callable[[bytes], object]]
WsgiApplication: TypeAlias = Callable[[Environ, StartResponse], Iterable[bytes]]

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
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._run, environ)

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
        chunks = self._application(environ, start_response)
        try:
            written.extend(chunks)
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()
        status, headers = started[0]
        dropped = _HOP_BY_HOP
        if environ["REQUEST_METHOD"] == "HEAD":
            dropped -= {"content-length"}  # of the body that GET would have had; here there may be none
        kept = tuple((name.lower(), value) for name, value in headers if name.lower() not in dropped)
        return Response(int(status[:3]), kept, b"".join(written))

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
