"""Notices that wait to be written: of the same kind and subject there is one, counted."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from millgate.stores.ports import Notice

NOTICES_KEPT: Final = 1000
"""How many notices are kept, and how many may wait to be written."""


@dataclass
class Noticed:
    """A notice as often as it was told since it was last written."""

    newest: Notice
    first_seen: float
    count: int = 1

    def row(self) -> tuple[object, ...]:
        """Kind, subject, text, first and last time seen, and how often."""
        told = self.newest
        return (told.kind, told.subject, told.text, self.first_seen, told.at, self.count)


class WaitingNotices:
    """They are told on the event loop's thread and taken on another."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: dict[tuple[str, str], Noticed] = {}

    def add(self, notice: Notice) -> None:
        """Keep a notice, or count it to the one that waits."""
        with self._lock:
            key = (notice.kind, notice.subject)
            found = self._waiting.get(key)
            if found is not None:
                found.newest, found.count = notice, found.count + 1
            elif len(self._waiting) < NOTICES_KEPT:
                self._waiting[key] = Noticed(notice, notice.at)

    def take(self) -> list[Noticed]:
        """All that wait."""
        with self._lock:
            taken, self._waiting = self._waiting, {}
        return list(taken.values())

    def put_back(self, taken: list[Noticed]) -> None:
        """Have them wait again, with what was told since."""
        with self._lock:
            for found in taken:
                newer = self._waiting.setdefault((found.newest.kind, found.newest.subject), found)
                if newer is not found:
                    newer.first_seen, newer.count = found.first_seen, newer.count + found.count
