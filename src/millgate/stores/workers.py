"""Which workers there are, and which version each of them serves, as pages ask for it."""

from __future__ import annotations

from typing import Protocol

import msgspec


class WorkerStanding(msgspec.Struct, frozen=True):
    """What one worker serves.

    Attributes:
        worker: its number, from 1.
        number: the published version; 0 before the first.
        ready: whether it answers calls.
    """

    worker: int
    number: int
    ready: bool


class WorkersStanding(msgspec.Struct, frozen=True):
    """What all workers serve.

    Attributes:
        expected: how many there are to be.
        there: those that lately said something, by number.
    """

    expected: int
    there: tuple[WorkerStanding, ...]

    def on(self, number: int) -> int:
        """How many answer calls with a version."""
        return sum(item.ready and item.number == number for item in self.there)

    def lagging(self, number: int) -> tuple[WorkerStanding, ...]:
        """Those that do not."""
        return tuple(item for item in self.there if not (item.ready and item.number == number))

    def silent(self) -> tuple[int, ...]:
        """The numbers of those that say nothing."""
        known = {item.worker for item in self.there}
        return tuple(worker for worker in range(1, self.expected + 1) if worker not in known)


class WorkerBoard(Protocol):
    """Where it is read, from any thread."""

    def standing(self) -> WorkersStanding | None:
        """What the workers serve now; None while that cannot be said."""
        ...
