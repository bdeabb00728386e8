"""How many calls a minute one address and one token may make, counted in this process alone."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Final

from millgate.control.actions.pipeline.calls import Refused
from millgate.control.actions.registry import statuses

SECONDS: Final = 60
MOST_KEYS: Final = 10_000
"""How many addresses and tokens are counted at most; those that called longest ago are forgotten."""
ADDRESS_TIMES: Final = 4
"""How many tokens' worth of calls one address may make: a plant may share one."""


class CallLimiter:
    """Counts calls in windows of a minute that begin with the first call."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._windows: OrderedDict[tuple[str, object], tuple[float, int]] = OrderedDict()

    def take(self, key: tuple[str, object], most: int, now: float) -> None:
        """Count a call.

        Args:
            key: what is counted together.
            most: how many calls a minute has; 0 for no limit.
            now: in seconds.

        Raises:
            Refused: there were as many in this minute.
        """
        if not most:
            return
        with self._lock:
            begun, calls = self._windows.get(key, (now, 0))
            if not 0 <= now - begun < SECONDS:
                begun, calls = now, 0
            if calls < most:
                self._windows[key] = (begun, calls + 1)
            self._windows.move_to_end(key)
            while len(self._windows) > MOST_KEYS:
                self._windows.popitem(last=False)
        if calls >= most:
            raise _refused(int(begun + SECONDS - now) + 1)

    def forget(self) -> None:
        """Begin anew."""
        with self._lock:
            self._windows.clear()


def _refused(seconds: int) -> Refused:
    return Refused(
        statuses.RATE_LIMIT,
        f"Too many calls in a minute. Go on after {seconds} seconds.",
        headers={"Retry-After": str(seconds)},
    )


LIMITER: Final = CallLimiter()
"""Of this process."""
