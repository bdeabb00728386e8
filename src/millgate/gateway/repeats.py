"""Requests that come again: what each of them means, and who was admitted with it, found in one look."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Final

import msgspec

from millgate.gateway.admissions import Admission
from millgate.snapshot.routes import Match

if TYPE_CHECKING:
    from millgate.snapshot.model import Snapshot
    from millgate.wire.messages import Memory

MOST_REMEMBERED: Final = 10_000


class Met(msgspec.Struct, frozen=True, eq=False):
    """What was found out about a request.

    Attributes:
        found: the route that it means, and what the path captured.
        proof: the key in its header, empty when it has none.
        admission: of its caller.
    """

    found: Match
    proof: str
    admission: Admission


class Repeats:
    """Remembers admitted requests by `Request.again`, as long as the version lasts under which they came.

    A connection may rest for long on its last request. So it keeps a number alone, and what that stands for
    is kept here: no version is held in memory by those who do not call any more.
    """

    def __init__(self) -> None:
        self._snapshot: Snapshot | None = None
        self._known: dict[int, Met] = {}
        self._numbers = count(1)

    def find(self, snapshot: Snapshot, again: Memory) -> Met | None:
        """What is remembered of a request."""
        if snapshot is not self._snapshot:
            self._snapshot, self._known = snapshot, {}
        return self._known.get(again.get(self, 0))

    def remember(self, snapshot: Snapshot, again: Memory, met: Met) -> None:
        """Remember a request, unless another snapshot has come into force since it was looked for."""
        if snapshot is not self._snapshot:
            return
        if len(self._known) >= MOST_REMEMBERED:
            self._known.clear()
        number = again.get(self) or next(self._numbers)
        again.keep(self, number)
        self._known[number] = met
