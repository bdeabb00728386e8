"""Token requests, summed as they come: by which secret and caller, and which were refused and why.

A request costs one look-up and an addition. How much can gather is bounded, whoever asks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from millgate.stores.ports import TokenCaller, TokenRefusal

if TYPE_CHECKING:
    from collections.abc import Hashable
    from typing import TypeVar

    Kind = TypeVar("Kind", bound=Hashable)

MOST_USES: Final = 10_000
"""How many pairs of a secret and a caller may wait to be written. Of others callers are not told apart."""
MOST_REFUSED: Final = 1_000
"""How many kinds of refused requests may wait to be written."""
MOST_ALIKE: Final = 20
"""How many of them have the same application and hint: a stranger has no hints, and crowds out nobody's."""
ISSUED: Final = "issued"
"""The outcome of a request that was given a token; all others are codes of the catalogue."""

Use: TypeAlias = tuple[str, TokenCaller]
"""A secret's key, and who used it."""
Refused: TypeAlias = tuple[TokenRefusal, TokenCaller]
"""Why, and who was refused."""


class Seen(msgspec.Struct, gc=False):
    """How often something was seen, and when, in seconds since the epoch.

    Attributes:
        request_id: of the last time; empty where it is not kept.
    """

    first: float
    last: float
    times: int = 1
    request_id: str = ""

    def add(self, newer: Seen) -> None:
        """Take in what was seen later."""
        self.first = min(self.first, newer.first)
        if newer.last >= self.last:
            self.last, self.request_id = newer.last, newer.request_id
        self.times += newer.times


class TokenBatch(msgspec.Struct):
    """What gathered: uses, refused requests, and how many requests had each outcome."""

    uses: dict[Use, Seen] = {}
    refused: dict[Refused, Seen] = {}
    outcomes: dict[str, int] = {}

    def __bool__(self) -> bool:
        return bool(self.uses or self.refused)

    def add(self, newer: TokenBatch) -> None:
        """Take a newer batch into this one, as far as there is room."""
        for use, seen in newer.uses.items():
            _add(self.uses, use if _room(self.uses, use, MOST_USES) else _anybody(use), seen)
        for refused, seen in newer.refused.items():
            if _room(self.refused, refused, MOST_REFUSED):
                _add(self.refused, refused, seen)


class TokenTally:
    """Sums token requests. It belongs to one thread, the event loop's."""

    def __init__(self) -> None:
        self._batch = TokenBatch()
        self._alike: dict[tuple[str, str], int] = {}

    def used(self, secret: str, caller: TokenCaller, at: float) -> None:
        """As `ports.TokenUses.used`."""
        uses, use = self._batch.uses, (secret, caller)
        seen = uses.get(use)
        if seen is not None:
            seen.last = at
            seen.times += 1
        else:
            _add(uses, use if len(uses) < MOST_USES else _anybody(use), Seen(at, at))

    def issued(self) -> None:
        """As `ports.TokenUses.issued`."""
        self._count(ISSUED)

    def refused(self, refusal: TokenRefusal, caller: TokenCaller, request_id: str, at: float) -> None:
        """As `ports.TokenUses.refused`."""
        self._count(refusal.code)
        refused = (refusal, caller)
        if caller.application and (refused in self._batch.refused or self._has_room(refused)):
            _add(self._batch.refused, refused, Seen(at, at, 1, request_id))

    def take(self) -> TokenBatch:
        """What gathered since the last time."""
        taken, self._batch, self._alike = self._batch, TokenBatch(), {}
        return taken

    def _has_room(self, refused: Refused) -> bool:
        refusal, caller = refused
        alike = (caller.application, refusal.hint)
        known = self._alike.get(alike, 0)
        if known >= MOST_ALIKE or len(self._batch.refused) >= MOST_REFUSED:
            return False
        self._alike[alike] = known + 1
        return True

    def _count(self, outcome: str) -> None:
        outcomes = self._batch.outcomes
        outcomes[outcome] = outcomes.get(outcome, 0) + 1


def _room(known: dict[Kind, Seen], kind: Kind, most: int) -> bool:
    return kind in known or len(known) < most


def _add(known: dict[Kind, Seen], kind: Kind, seen: Seen) -> None:
    mine = known.get(kind)
    if mine is None:
        known[kind] = seen
    else:
        mine.add(seen)


def _anybody(use: Use) -> Use:
    """The same use, of somebody who is not told apart; there are as many of them as secrets."""
    secret, caller = use
    return secret, TokenCaller(caller.application, "", "")
