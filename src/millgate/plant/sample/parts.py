"""Parts, their revisions and routings, their tools and the workcenters approved for them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from millgate.plant.sample import planted
from millgate.plant.sample.families import BY_CODE, Family
from millgate.plant.sample.workcenters import Workcenter

# Per route: how many part numbers, lot size against the family's usual, pieces per stroke of each step.
ROUTES: tuple[tuple[str, int, float, tuple[int, ...]], ...] = (
    ("STP PKG", 12, 1.0, (1, 50)),
    ("STP", 2, 1.0, (1,)),
    ("TRF PKG", 5, 1.0, (1, 15)),
    ("TRF", 1, 1.0, (1,)),
    ("IMM PKG", 9, 1.0, (2, 8)),
    ("IMM ASM PKG", 3, 0.5, (2, 1, 4)),
    ("IMM", 2, 1.0, (2,)),
    ("WLD WLD", 3, 1.0, (1, 1)),
    ("WLD WLD ASM", 2, 1.0, (1, 1, 1)),
    ("WLD WLD ASM PKG", 2, 1.0, (1, 1, 1, 2)),
    ("CNC WLD WLD", 3, 1.0, (1, 1, 1)),
    ("CNC WLD WLD ASM", 2, 1.0, (1, 1, 1, 1)),
    ("CNC WLD WLD ASM PKG", 1, 1.0, (1, 1, 1, 1, 2)),
    ("ASM", 2, 1.0, (1,)),
    ("ASM PKG", 1, 1.0, (1, 2)),
    ("PKG", 2, 1.0, (1,)),
)
SMALL_ROUTES: tuple[tuple[str, int, float, tuple[int, ...]], ...] = (
    ("IMM", 2, 1.0, (2,)),
    ("IMM ASM", 1, 0.4, (2, 1)),
    ("IMM PKG", 1, 1.0, (2, 8)),
    ("ASM", 2, 1.0, (1,)),
    ("PKG", 1, 1.0, (1,)),
)
_NOUNS = {
    "STP": ("Seat Track Plate", "Recliner Bracket", "Latch Plate", "Hinge Leaf", "Stiffener"),
    "TRF": ("Cross Member Cup", "Deep Drawn Housing", "Pan Bracket"),
    "IMM": ("Trim Clip", "Air Duct", "Wire Guide", "Snap Cover", "Grommet Housing"),
    "WLD": ("Welded Bracket", "Seat Riser", "Hinge Assembly"),
    "CNC": ("Bushing", "Pivot Pin", "Spacer"),
    "ASM": ("Latch Assembly", "Clip Kit", "Damper Assembly"),
    "PKG": ("Service Kit", "Export Pack"),
}
_RAW = ("Coil Steel DP590", "Coil Steel HSLA340", "Coil Steel CR4", "PP Copolymer", "PA66 GF30", "POM Resin")
_BINS = {"STP": "Steel Bin", "TRF": "Steel Bin", "IMM": "Tote", "WLD": "Rack", "CNC": "Tote"}
BENCH_STEP = "INSPECT"
# Containers hold a round number: multiples of the first figure below the second.
_ROUNDING = ((5, 200), (50, 5000), (500, float("inf")))
WEIGHTS = {
    "STP": 0.09,
    "TRF": 0.62,
    "IMM": 0.045,
    "WLD": 1.3,
    "CNC": 0.28,
    "ASM": 0.4,
    "PKG": 0.5,
    "RAW": 1.0,
}


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


@dataclass(frozen=True, slots=True)
class Part:
    """A part revision; `route` is its reported steps in order."""

    key: int
    no: str
    revision: str
    name: str
    kind: str
    group: str
    status: str
    bin: str
    weight: float
    lot: float
    steps: tuple[Step, ...]
    route: tuple[Step, ...]

    @property
    def live(self) -> bool:
        """Whether jobs may be made for it."""
        return self.status == "Production" and bool(self.route)


def tools(*, base: int, rng: Random, numbers: Sequence[str], counts: dict[str, int]) -> dict[int, list[Tool]]:
    """Dies, molds and fixtures, dealt out to the part numbers that need them, by position of the number."""
    dealt: dict[int, list[Tool]] = {n: [] for n in range(len(numbers))}
    key = base
    for kind, families in (("die", "STP TRF"), ("mold", "IMM"), ("fixture", "WLD CNC ASM")):
        wanted = [n for n, code in enumerate(numbers) if code in families.split()]
        for made in range(counts[kind]):
            key += 1
            owner = wanted[made % len(wanted)]
            cavities = 2 if kind == "mold" else 1
            no = f"{kind[0].upper()}-{made + 1:02d}"
            dealt[owner].append(Tool(key, no, kind, cavities, owner, rng.randrange(20_000, 900_000)))
    return dealt


@dataclass(slots=True)
class _Keys:
    """Counters of the keys given out so far."""

    part: int
    step: int
    rate: int

    def next_step(self) -> int:
        self.step += 1
        return self.step

    def next_rate(self) -> int:
        self.rate += 1
        return self.rate


def _rates(
    keys: _Keys, rng: Random, family: Family, *, multiple: int, workcenters: Sequence[Workcenter], pick: int
) -> dict[int, Rate]:
    """Approve the step on two to four workcenters of its family, so that each of them has some parts."""
    own = [w for w in workcenters if w.family is family]
    spread = min(len(own), 4)
    chosen = sorted({own[(pick * 3 + 6 + k) % len(own)].position for k in range(spread)})
    stroke = family.cycle * rng.uniform(0.85, 1.18)
    cycle = stroke / multiple if family.code == "PKG" else stroke
    setup = float(round(family.setup * rng.uniform(0.85, 1.15)))
    rates = {}
    for position in chosen:
        ideal = round(3600 / cycle, 1)
        typed = planted.typed_ideal_rate(workcenters[position].place, ideal)
        rates[position] = Rate(keys.next_rate(), cycle, round(ideal * 0.92, 1), typed, setup)
    return rates


def _pack(family: Family, cycle: float) -> int:
    """A round number of pieces that fills a container in about `family.pack` minutes."""
    pieces = family.pack * 60 * family.pace / cycle
    unit = next(unit for unit, below in _ROUNDING if pieces < below)
    return max(unit, round(pieces / unit) * unit)


def _steps(
    keys: _Keys,
    rng: Random,
    route: tuple[str, tuple[int, ...]],
    *,
    workcenters: Sequence[Workcenter],
    pick: int,
    owned: Sequence[Tool],
    bench: bool,
) -> tuple[Step, ...]:
    codes, multiples = route[0].split(), route[1]
    plan: list[tuple[str, int]] = list(zip(codes, multiples, strict=True))
    if bench:
        plan.insert(1 if len(plan) > 1 else 0, ("", 1))
    steps = []
    for n, (code, multiple) in enumerate(plan):
        family = BY_CODE.get(code)
        rates = (
            _rates(keys, rng, family, multiple=multiple, workcenters=workcenters, pick=pick) if family else {}
        )
        cycle = next(iter(rates.values())).cycle if rates else 1.0
        steps.append(
            Step(
                keys.next_step(),
                10 * (n + 1),
                family.operation if family else BENCH_STEP,
                family,
                multiple,
                _pack(family, cycle) if family else 0,
                n == len(plan) - 1,
                rates,
                tuple(owned) if family and family.tool and code == codes[0] else (),
            )
        )
    return tuple(steps)


def _revisions(number: int, *, extra: int) -> tuple[tuple[str, str], ...]:
    """The revisions of a part number with their statuses; every third number has an older one."""
    if number == planted.TWO_REVISIONS:
        return (("B", "Production"), ("C", "Production"))
    newest = "ABCD"[1 + number % 3]
    if number % 3 == 0 and number // 3 < extra:
        return (("ABCD"[number % 3], "Obsolete"), (newest, "Production"))
    return ((newest, "Production"),)


def _numbered(
    routes: Sequence[tuple[str, int, float, tuple[int, ...]]],
) -> Iterator[tuple[str, float, tuple[int, ...]]]:
    for codes, count, lot, multiples in routes:
        for _ in range(count):
            yield codes, lot, multiples


def parts(
    *,
    base: int,
    rng: Random,
    workcenters: Sequence[Workcenter],
    main: bool,
) -> tuple[tuple[Part, ...], tuple[Tool, ...]]:
    """The company's parts and tools; the main company has 64 part numbers in 81 revisions."""
    numbered = list(_numbered(ROUTES if main else SMALL_ROUTES))
    firsts = [codes.split()[0] for codes, _, _ in numbered]
    counts = {"die": 38, "mold": 27, "fixture": 24} if main else {"die": 0, "mold": 8, "fixture": 4}
    dealt = tools(base=base, rng=rng, numbers=firsts, counts=counts)
    keys = _Keys(base, base, base)
    made: list[Part] = []
    benches = planted.PART_OPERATIONS_AT_BENCH if main else 2
    tool_part: dict[int, int] = {}
    for n, (codes, lot, multiples) in enumerate(numbered):
        pick = sum(1 for other in firsts[:n] if other == firsts[n])
        for revision, status in _revisions(n, extra=planted.OLD_REVISIONS if main else 1):
            steps = _steps(
                keys,
                rng,
                (codes, multiples),
                workcenters=workcenters,
                pick=pick,
                owned=dealt[n],
                bench=benches > 0,
            )
            benches -= 1
            keys.part += 1
            tool_part[n] = keys.part
            made.append(
                _part(
                    key=keys.part,
                    n=n,
                    revision=revision,
                    status=status,
                    first=firsts[n],
                    lot=lot,
                    steps=steps,
                    main=main,
                )
            )
    made.extend(_raw(keys, count=12 if main else 2, main=main))
    owned = tuple(
        Tool(t.key, t.no, t.kind, t.cavities, tool_part[n], t.shots)
        for n, each in dealt.items()
        for t in each
    )
    return tuple(made), tuple(sorted(owned, key=lambda tool: tool.key))


def _part(
    *,
    key: int,
    n: int,
    revision: str,
    status: str,
    first: str,
    lot: float,
    steps: tuple[Step, ...],
    main: bool,
) -> Part:
    nouns = _NOUNS[first]
    no = planted.part_number(n) if main else f"TM-{30400 + 3 * n}"
    name = f"{nouns[n % len(nouns)]} {'LH' if n % 2 else 'RH'}"
    route = tuple(step for step in steps if step.family)
    kind = "Finished Good" if len(route) > 1 or n % 2 else "Sub Assembly"
    group = BY_CODE[first].group
    weight = round(WEIGHTS[first] * (0.6 + 0.13 * (n % 7)), 3)
    return Part(
        key, no, revision, name, kind, group, status, _BINS.get(first, "Carton"), weight, lot, steps, route
    )


def _raw(keys: _Keys, *, count: int, main: bool) -> Iterator[Part]:
    for n in range(count):
        keys.part += 1
        receive = Step(keys.next_step(), 10, "RECEIVE", None, 1, 0, last=True, rates={}, tools=())
        no = f"{'RM' if main else 'RX'}-{1001 + n}"
        name = f"{_RAW[n % len(_RAW)]} {n // len(_RAW) + 1}"
        yield Part(
            keys.part, no, "A", name, "Raw Material", "Raw", "Production", "Bulk", 1.0, 1.0, (receive,), ()
        )
