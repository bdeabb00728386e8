"""Fault rules: which calls are struck on demand, and with what."""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property
from typing import Final

import msgspec

from millgate.core.on_demand import MOST_DELAY_MS, Source, on_demand
from millgate.describe.names import KEY
from millgate.stores.drawing import Run, lot, run_key

MOST_RULES: Final = 200
"""How many rules may be on at once."""


class Place(StrEnum):
    """What a rule watches."""

    MANAGED = "managed"
    TOKEN = "token"  # noqa: S105 - no secret


class Effect(StrEnum):
    """What happens to a call that is struck."""

    ERROR = "error"
    """It is answered with an error of the catalogue."""
    DELAY = "delay"
    """It is answered as ever, later."""
    DROP = "drop"
    """The connection ends without an answer."""
    CUT = "cut"
    """The connection ends half way through the answer's body."""


SOURCES: Final = {
    Place.MANAGED: (Source.MANAGED, Source.BACKEND),
    Place.TOKEN: (Source.TOKEN,),
}
"""Whose errors can be had at which place."""


class FaultRule(msgspec.Struct, frozen=True, dict=True, forbid_unknown_fields=True, kw_only=True):
    """One rule that is on.

    Attributes:
        name: lower case, digits and dashes.
        place: managed calls, or the token endpoint.
        tier: of managed calls.
        api, operation: of managed calls, by key; None for all.
        subscription: by key; None for all calls, with and without.
        application: by client id; None for all.
        effect: what happens.
        code: of the error.
        delay_from, delay_to: how long the answer is held back, in milliseconds; before anything else happens.
        share: of the calls that are struck, in percent.
        seed: decides which of them.
        since, until: seconds since the epoch between which it strikes; None for no bound.
        most: how many calls it strikes; None for no end.
        run: the number of its run; counts of another run are not its own.
        started_at: when this run began, in seconds since the epoch.
    """

    name: str
    place: str = Place.MANAGED
    tier: str
    api: str | None = None
    operation: str | None = None
    subscription: str | None = None
    application: str | None = None
    effect: str = Effect.ERROR
    code: str = ""
    delay_from: int = 0
    delay_to: int = 0
    share: int = 100
    seed: int = 0
    since: int | None = None
    until: int | None = None
    most: int | None = None
    run: int = 1
    started_at: int = 0

    @cached_property
    def counted(self) -> Run:
        """The run by which its calls are counted."""
        return Run(run_key(self.name, self.run), self.started_at, self.seed, self.share, self.most)

    def holds(self, now: float) -> bool:
        """Whether it strikes at an instant."""
        return (self.since is None or now >= self.since) and (self.until is None or now < self.until)

    def seconds(self, number: int) -> float:
        """How long the answer to a call of its run is held back."""
        spread = self.delay_to - self.delay_from
        return (self.delay_from + spread * lot(self.seed, number, "delay")) / 1000

    @property
    def cause(self) -> str:
        """What records and logs say of a call that it struck."""
        return f"fault rule {self.name}"


def rule_faults(rule: FaultRule) -> list[str]:
    """What is wrong with a rule, in sentences without a full stop."""
    found = []
    if not KEY.fullmatch(rule.name):
        found.append("its name is not lower case letters, digits and single dashes")
    if rule.place not in set(Place) or rule.effect not in set(Effect):
        return [*found, "what it watches or does is unknown"]
    if rule.effect == Effect.ERROR and on_demand(rule.code, *SOURCES[Place(rule.place)]) is None:
        found.append(f"{rule.code or 'nothing'!r} is no error that can be produced there")
    if rule.place == Place.TOKEN and (rule.api or rule.subscription or rule.effect == Effect.CUT):
        found.append("at the token endpoint there is no API, no subscription, and no answer to be cut")
    if not 0 <= rule.delay_from <= rule.delay_to <= MOST_DELAY_MS:
        found.append(f"its delay is not between 0 and {MOST_DELAY_MS} milliseconds")
    if not 0 <= rule.share <= 100:  # noqa: PLR2004 - percent
        found.append("its share is not between 0 and 100 percent")
    return found
