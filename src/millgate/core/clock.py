"""The one clock. Nobody else asks the machine for the time."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class Clock:
    """Wall time in seconds since the epoch, with an offset so that a sandbox may jump it."""

    def __init__(self, *, offset: float = 0.0) -> None:
        self.offset = offset

    def now(self) -> float:
        """Seconds since the epoch, UTC."""
        return time.time() + self.offset

    def utc(self) -> datetime:
        """The same instant as an aware datetime in UTC."""
        return datetime.fromtimestamp(self.now(), UTC)

    def unmoved(self) -> float:
        """The same without the jumps: what other clocks say, such as that of a phone that makes codes."""
        return self.now() - self.offset

    def jump(self, seconds: float) -> None:
        """Move the clock forward (or back, when negative) from now on."""
        self.offset += seconds


class StillClock(Clock):
    """A clock that stands where it is put: for previews and tests."""

    def __init__(self, at: float) -> None:
        super().__init__()
        self.at = at

    def now(self) -> float:
        """The instant at which the clock was put, moved by its jumps."""
        return self.at + self.offset
