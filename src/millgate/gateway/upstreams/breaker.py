"""When an address is left alone: it failed several times in a row, or does not pass its health check."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """What an address is worth at the moment."""

    READY = "ready"
    RESTING = "resting"
    """It failed several times in a row."""
    UNHEALTHY = "unhealthy"
    """Its health check failed."""


class Breaker:
    """Counts failures in a row. All times are of one clock that only goes forward.

    Args:
        most: after how many failures the address rests; 0 is never.
        seconds: for how long. Then one call is let through, and decides.
    """

    __slots__ = ("_most", "_rests_until", "_seconds", "_trial", "failures", "healthy")

    def __init__(self, most: int, seconds: float) -> None:
        self.failures = 0
        self.healthy = True
        self._most = most
        self._seconds = seconds
        self._rests_until: float | None = None
        self._trial = False

    def lets(self, now: float) -> bool:
        """Whether a call may go there."""
        if not self.healthy:
            return False
        return self._rests_until is None or (now >= self._rests_until and not self._trial)

    def begin(self) -> bool:
        """A call goes there; True when it is the one that decides."""
        if self._rests_until is None:
            return False
        self._trial = True
        return True

    def succeeded(self) -> None:
        """A call was answered."""
        if self.failures or self._rests_until is not None:
            self.failures = 0
            self._rests_until = None
            self._trial = False

    def failed(self, now: float) -> None:
        """A call was not answered."""
        self.failures += 1
        self._trial = False
        if self._most and self.failures >= self._most:
            self._rests_until = now + self._seconds

    def undecided(self) -> None:
        """The call that was to decide ended without a word about the address; another one may."""
        self._trial = False

    @property
    def state(self) -> State:
        """For people and metrics."""
        if not self.healthy:
            return State.UNHEALTHY
        return State.READY if self._rests_until is None else State.RESTING
