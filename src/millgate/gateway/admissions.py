"""Admissions: what all checks have found out about a caller, remembered as one thing."""

from __future__ import annotations

from typing import Final

import msgspec

from millgate.describe.calls import AskingBackend
from millgate.gateway.bearer import Caller
from millgate.gateway.keys import Entry
from millgate.snapshot.model import Snapshot
from millgate.snapshot.routes import Route

MOST_REMEMBERED: Final = 10_000

_TELLING: Final = 32
"""Characters at the end of an Authorization header that tell tokens apart: those of a signature."""


class Admission(msgspec.Struct, frozen=True):
    """A caller that may call a route, as far as limits let it.

    Attributes:
        entry: the subscription and adapter.
        caller: whom the token names, or None where the API asks for none.
        ask: asks whoever answers.
    """

    entry: Entry
    caller: Caller | None
    ask: AskingBackend


class Admissions:
    """Remembers who was admitted where.

    An admission rests on the snapshot, the route, the key that was sent and the Authorization header, and
    all of these are what it is found by. Limits are no part of it, nor are the time and what is revoked:
    these are looked at in every call. Only admissions are remembered, so that nobody fills the memory with
    guesses.
    """

    def __init__(self) -> None:
        self._snapshot: Snapshot | None = None
        self._known: dict[tuple[int, str, str], tuple[str, Admission]] = {}

    def find(self, snapshot: Snapshot, route: Route, key: str, authorization: str) -> Admission | None:
        """The admission of a caller, if it is remembered."""
        if snapshot is not self._snapshot:
            self._snapshot, self._known = snapshot, {}
        # A route is known by its identity: the snapshot that is remembered with it keeps it alive.
        # A token is long, and to compare it costs a tenth of digesting it, which a key of a dictionary needs.
        # Nobody learns from how long that takes who does not have 192 bits of the token's signature before.
        found = self._known.get((id(route), key, authorization[-_TELLING:]))
        return found[1] if found is not None and found[0] == authorization else None

    def remember(
        self, snapshot: Snapshot, route: Route, key: str, authorization: str, admission: Admission
    ) -> None:
        """Remember an admission, unless another snapshot has come into force since it was looked for."""
        if snapshot is not self._snapshot:
            return
        if len(self._known) >= MOST_REMEMBERED:
            self._known.clear()
        self._known[id(route), key, authorization[-_TELLING:]] = (authorization, admission)
