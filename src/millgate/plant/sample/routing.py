"""Routings: the operations of a part, with the tools they need and the workcenters approved for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from random import Random

from millgate.plant.sample import planted
from millgate.plant.sample.families import BY_CODE, Family
from millgate.plant.sample.workcenters import Workcenter

BENCH_STEP = "INSPECT"
# Containers hold a round number: multiples of the first figure below the second.
_ROUNDING = ((5, 200), (50, 5000), (500, float("inf")))


@dataclass(frozen=True, slots=True)
class Tool:
    """A die, mold or fixture; `part` is the position of the part it was built for, or nothing."""

    key: int
    no: str
    kind: str
    cavities: int
    part: int | None
    shots: int


@dataclass(frozen=True, slots=True)
class Rate:
    """Leave to run a step on a workcenter.

    `cycle` is the true ideal seconds per piece; `standard` and `ideal` are what the books say, in pieces
    an hour, and may be wrong.
    """

    key: int
    cycle: float
    standard: float
    ideal: float
    setup_minutes: float


@dataclass(frozen=True, slots=True)
class Step:
    """One operation of a part's routing; a step without a family is done at a bench and not reported."""

    key: int
    no: int
    code: str
    family: Family | None
    multiple: int
    pack: int
    last: bool
    rates: dict[int, Rate]
    tools: tuple[Tool, ...]

    def tool_on(self, position: int) -> Tool | None:
        """The tool used on the workcenter at that position."""
        return self.tools[position % len(self.tools)] if self.tools else None


class Router:
    """Writes one routing after the other; keys count on. The first `benches` have a step at a bench."""

    def __init__(self, *, base: int, rng: Random, workcenters: Sequence[Workcenter], benches: int) -> None:
        self.rng = rng
        self.workcenters = workcenters
        self.benches = benches
        self.step_keys = count(base + 1)
        self.rate_keys = count(base + 1)

    def route(
        self, codes: Sequence[str], multiples: Sequence[int], *, pick: int, owned: Sequence[Tool]
    ) -> tuple[Step, ...]:
        """The steps of a part made by these families; its tools are used wherever the first one works."""
        plan = list(zip(codes, multiples, strict=True))
        if self.benches > 0:
            plan.insert(1 if len(plan) > 1 else 0, ("", 1))
        self.benches -= 1
        steps = []
        for n, (code, multiple) in enumerate(plan):
            no, last = 10 * (n + 1), n == len(plan) - 1
            family = BY_CODE.get(code)
            if family:
                used = tuple(owned) if family.tool and code == codes[0] else ()
                rates = self._rates(family, multiple, pick)
                steps.append(self._reported(family, multiple, rates, used, no=no, last=last))
            else:
                steps.append(self.unreported(BENCH_STEP, no=no, last=last))
        return tuple(steps)

    def unreported(self, code: str, *, no: int, last: bool) -> Step:
        """A step that no workcenter reports."""
        return Step(next(self.step_keys), no, code, None, 1, 0, last, {}, ())

    def _reported(
        self,
        family: Family,
        multiple: int,
        rates: dict[int, Rate],
        used: tuple[Tool, ...],
        *,
        no: int,
        last: bool,
    ) -> Step:
        pack = _pack(family, next(iter(rates.values())).cycle)
        key = next(self.step_keys)
        return Step(key, no, family.operation, family, multiple, pack, last, rates, used)

    def _rates(self, family: Family, multiple: int, pick: int) -> dict[int, Rate]:
        """Approve the step on two to four workcenters of its family, so that each of them has some parts."""
        own = [w for w in self.workcenters if w.family is family]
        chosen = sorted({own[(pick * 3 + 6 + k) % len(own)].position for k in range(min(len(own), 4))})
        stroke = family.cycle * self.rng.uniform(0.85, 1.18)
        cycle = stroke / multiple if family.code == "PKG" else stroke
        setup = float(round(family.setup * self.rng.uniform(0.85, 1.15)))
        return {position: self._rate(position, cycle, setup) for position in chosen}

    def _rate(self, position: int, cycle: float, setup: float) -> Rate:
        ideal = round(3600 / cycle, 1)
        typed = planted.typed_ideal_rate(self.workcenters[position].place, ideal)
        return Rate(next(self.rate_keys), cycle, round(ideal * 0.92, 1), typed, setup)


def _pack(family: Family, cycle: float) -> int:
    """A round number of pieces that fills a container in about `family.pack` minutes."""
    pieces = family.pack * 60 * family.pace / cycle
    unit = next(unit for unit, below in _ROUNDING if pieces < below)
    return max(unit, round(pieces / unit) * unit)
