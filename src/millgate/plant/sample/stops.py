"""Why a workcenter stops although it has work: it fails, or it waits for something."""

from dataclasses import dataclass
from math import ceil
from typing import Any

from millgate.plant.sample import planted
from millgate.plant.sample.vocabulary import EVENTS, NO_OPERATOR, WAITING, event
from millgate.plant.sample.workday import Workday

HOUR = 3600
WAIT_EVERY_HOURS = 4.5
_WAITS = (
    (WAITING, "NO-MATERIAL"),
    (WAITING, "NO-CONTAINER"),
    (NO_OPERATOR, "NO-OPERATOR"),
    (WAITING, "NO-CRANE"),
)
_WAIT_WEIGHTS = (5, 2, 3, 2)


@dataclass(frozen=True, slots=True)
class Stop:
    """A stop: the status and event to show, and the seconds it lasts."""

    status: int
    why: int
    lasts: int


class Stops:
    """How long a workcenter still runs until it fails or waits; while it is down, until when."""

    def __init__(self, on: Workday, state: dict[str, Any]) -> None:
        self.on = on
        self.rng = on.rng
        self.family = on.workcenter.family
        self.to_failure: float = state.get("failure", 0.0) or self._failure()
        self.to_wait: float = state.get("wait", 0.0) or self._wait()
        self.down_until: int = state.get("down", 0)
        self.wear = 1.0

    def dump(self) -> dict[str, Any]:
        """Its part of the state."""
        return {
            "failure": round(self.to_failure, 3),
            "wait": round(self.to_wait, 3),
            "down": self.down_until,
        }

    def take_over(self, shift: int) -> None:
        """The shift (0, 1, 2) is at work from now on."""
        self.wear = planted.failures_per_failure(self.on.place, self.on.day.spans[shift].shift)

    def next_in(self) -> int:
        """The seconds it can still run."""
        return max(1, min(ceil(self.to_failure / self.wear), ceil(self.to_wait)))

    def ran(self, seconds: int) -> None:
        """It ran that long."""
        self.to_failure -= seconds * self.wear
        self.to_wait -= seconds

    def due(self) -> Stop | None:
        """The stop that has come, if one has; a failure comes before a wait."""
        if self.to_failure <= 0:
            return self._fail()
        if self.to_wait <= 0:
            return self._starve()
        return None

    def _failure(self) -> float:
        return self.rng.weibullvariate(self.family.mtbf * HOUR * self.on.workcenter.factor, 1.1)

    def _wait(self) -> float:
        return self.rng.expovariate(1 / (WAIT_EVERY_HOURS * HOUR))

    def _fail(self) -> Stop:
        rng, family = self.rng, self.family
        self.to_failure = self._failure()
        codes = [code for code, _ in family.events]
        why = rng.choices(codes, [weight for _, weight in family.events])[0]
        if self.wear > 1 and rng.random() < 1 / 2:
            why = event("ROBOT")
        lasts = 60 * family.repair * rng.lognormvariate(0, family.repair_sigma)
        return Stop(EVENTS[why].status, why, max(20, int(lasts)))

    def _starve(self) -> Stop:
        self.to_wait = self._wait()
        status, code = self.rng.choices(_WAITS, _WAIT_WEIGHTS)[0]
        lasts = 60 * 12 * self.rng.lognormvariate(0, 0.8)
        return Stop(status, event(code), max(20, int(lasts)))
