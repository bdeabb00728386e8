"""Pages beside machines: Django on a few threads, started while the machines already answer."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from threading import Thread
from typing import TYPE_CHECKING

from millgate.wire.wsgi import WsgiPlane

if TYPE_CHECKING:
    from collections.abc import Callable

    from millgate.wire.messages import Request, Response
    from millgate.wire.wsgi import WsgiApplication


class Pages:
    """A plane whose application starts on a thread of its own; requests that come before wait for it."""

    def __init__(
        self, start: Callable[[], WsgiApplication], *, threads: int, body_limit: int, origin_host: str
    ) -> None:
        self._start = start
        self._threads = threads
        self._body_limit = body_limit
        self._origin_host = origin_host
        self._plane: Future[WsgiPlane] = Future()
        Thread(target=self._run, name="pages-start", daemon=True).start()

    def _run(self) -> None:
        try:
            plane = WsgiPlane(
                self._start(),
                threads=self._threads,
                body_limit=self._body_limit,
                origin_host=self._origin_host,
            )
        except BaseException as wrong:  # noqa: BLE001 - handed to whoever waits
            self._plane.set_exception(wrong)
        else:
            self._plane.set_result(plane)

    async def ready(self) -> WsgiPlane:
        """The pages, once they have started; raises what kept them from it."""
        if not self._plane.done():
            # Whoever gives up waiting must not cancel the start for all.
            await asyncio.shield(asyncio.wrap_future(self._plane))
        return self._plane.result()

    async def __call__(self, request: Request) -> Response:
        """Answer one request."""
        plane = await self.ready()
        return await plane(request)

    def close(self) -> None:
        """Let running requests finish."""
        if self._plane.done() and self._plane.exception() is None:
            self._plane.result().close()
