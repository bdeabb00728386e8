"""What is done again and again beside the calls."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

import structlog

LOG_SECONDS: Final = 5.0
"""How often a failure that comes again at every turn is logged."""

_log = structlog.get_logger("millgate.assembly")


class Turn(NamedTuple):
    """Something to be done again and again.

    Attributes:
        seconds: between two times.
        do: does it; a failure of one time is no failure of the next.
        at_once: whether the first time comes without waiting.
    """

    seconds: float
    do: Callable[[], Awaitable[object]]
    at_once: bool = False


async def every(turn: Turn) -> None:
    """Do something again and again; a failure is logged, though not at every turn, and tried again."""
    loop, logged_at, wait = asyncio.get_running_loop(), -LOG_SECONDS, 0.0 if turn.at_once else turn.seconds
    while True:
        await asyncio.sleep(wait)
        wait = turn.seconds
        try:
            await turn.do()
        except Exception:  # noqa: BLE001 - the machine goes on; the next turn tries again
            if loop.time() - logged_at >= LOG_SECONDS:
                logged_at = loop.time()
                _log.exception("turn_failed", what=getattr(turn.do, "__qualname__", str(turn.do)))
