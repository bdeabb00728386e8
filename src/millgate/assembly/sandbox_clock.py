"""The clock of a home: how far it was jumped, kept in control.db and followed by every process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from millgate.assembly.home import Home
from millgate.assembly.turns import Turn
from millgate.core.clock import Clock
from millgate.stores.sqlite.control import SqliteClockOffset

if TYPE_CHECKING:
    from millgate.core.settings import Settings

_log = structlog.get_logger("millgate.assembly")


class ClockFollower:
    """Lets a clock stand where the home's does. For one thread: the event loop's.

    What the row says is taken up when it changes, so that a jump which pages have made in this process and
    not yet committed is left alone.
    """

    def __init__(self, clock: Clock, offsets: SqliteClockOffset) -> None:
        self._clock = clock
        self._offsets = offsets
        self._seen = 0.0
        self.look()

    def turn(self, seconds: float) -> Turn:
        """Looking again and again."""
        return Turn(seconds, self._follow)

    async def _follow(self) -> None:
        self.look()

    def look(self) -> None:
        """Take up a jump, or the way back."""
        offset = self._offsets.read()
        if offset != self._seen:
            self._seen = offset
            self._clock.follow(offset)
            _log.info("clock_jumped", ahead_seconds=offset)

    def close(self) -> None:
        """Close the file."""
        self._offsets.close()


def follow_clock(settings: Settings, clock: Clock) -> ClockFollower | None:
    """Let a clock follow the home's; None where it may not be jumped, and goes with the machine's."""
    if not settings.is_sandbox:
        return None
    return ClockFollower(clock, SqliteClockOffset(Home.of(settings).control))


def clock_of(settings: Settings) -> Clock:
    """A clock that stands where the home's stands now, for commands. A demo's home is known by its file."""
    home, clock = Home.of(settings), Clock()
    path = home.control
    if (settings.is_sandbox or home.demo_env.exists()) and path.exists():
        offsets = SqliteClockOffset(path)
        clock.follow(offsets.read())
        offsets.close()
    return clock
