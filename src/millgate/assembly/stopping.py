"""Stopping: calls under way are finished, but not waited for without end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable

CANCEL_SECONDS: Final = 1.0
"""How long calls that are broken off may take to say what became of them."""

_log = structlog.get_logger("millgate.assembly")


class ServerEnded(RuntimeError):  # noqa: N818 - what happened, as it is told
    """The server ended without being told to."""


class Stop:
    """The wish to stop. Asked for once, calls under way may finish; asked for again, they may not."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._asked = asyncio.Event()
        self._hurried = asyncio.Event()

    def ask(self) -> None:
        """Stop, or hurry."""
        if self._asked.is_set():
            self._hurried.set()
        self._asked.set()

    async def end(self, serving: asyncio.Task[None], stop: Callable[[], None]) -> bool:
        """Let a server serve until it is to stop, stop it, and wait for its calls, up to the deadline.

        Returns:
            Whether all of them were finished.

        Raises:
            ServerEnded: the server ended by itself.
        """
        if await _first(serving, self._asked):
            await serving
            raise ServerEnded
        stop()
        finished = await _first(serving, self._hurried, self._seconds)
        if not finished:
            _log.warning("calls_broken_off", why="told twice" if self._hurried.is_set() else "out of time")
        return finished


async def _first(serving: asyncio.Task[None], event: asyncio.Event, seconds: float | None = None) -> bool:
    """Wait for the server's end, an event or the deadline; whether the server has ended."""
    waiting = asyncio.create_task(event.wait())
    try:
        await asyncio.wait({serving, waiting}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
    return serving.done()


async def end_calls(but: asyncio.Task[None]) -> None:
    """Break off every call that is still under way, so that each is recorded before the last flush."""
    calls = asyncio.all_tasks() - {asyncio.current_task(), but}
    for task in calls:
        task.cancel()
    if calls:
        await asyncio.wait(calls, timeout=CANCEL_SECONDS)
