"""Parts in their revisions, and the tools that were built for them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from random import Random

from millgate.plant.sample import planted
from millgate.plant.sample.families import BY_CODE
from millgate.plant.sample.routing import Router, Step, Tool
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


def _revisions(number: int, *, extra: int) -> tuple[tuple[str, str], ...]:
    """The revisions of a part number with their statuses; every third number has an older one."""
    if number == planted.TWO_REVISIONS:
        return (("B", "Production"), ("C", "Production"))
    newest = "ABCD"[1 + number % 3]
    if number % 3 == 0 and number // 3 < extra:
        return (("ABCD"[number % 3], "Obsolete"), (newest, "Production"))
    return ((newest, "Production"),)


@dataclass(frozen=True, slots=True)
class _Number:
    """A part number to be made; `pick` counts the numbers before it whose route begins alike."""

    n: int
    codes: tuple[str, ...]
    multiples: tuple[int, ...]
    lot: float
    pick: int


def _numbers(routes: Sequence[tuple[str, int, float, tuple[int, ...]]]) -> list[_Number]:
    seen: Counter[str] = Counter()
    made: list[_Number] = []
    for codes, wanted, lot, multiples in routes:
        split = tuple(codes.split())
        for _ in range(wanted):
            made.append(_Number(len(made), split, multiples, lot, seen[split[0]]))
            seen[split[0]] += 1
    return made


def parts(
    *, base: int, rng: Random, workcenters: Sequence[Workcenter], main: bool
) -> tuple[tuple[Part, ...], tuple[Tool, ...]]:
    """The company's parts and tools; the main company has 64 part numbers in 81 revisions."""
    numbers = _numbers(ROUTES if main else SMALL_ROUTES)
    counts = {"die": 38, "mold": 27, "fixture": 24} if main else {"die": 0, "mold": 8, "fixture": 4}
    dealt = tools(base=base, rng=rng, numbers=[number.codes[0] for number in numbers], counts=counts)
    benches = planted.PART_OPERATIONS_AT_BENCH if main else 2
    router = Router(base=base, rng=rng, workcenters=workcenters, benches=benches)
    keys = count(base + 1)
    made: list[Part] = []
    owned: list[Tool] = []
    for number in numbers:
        made.extend(_revised(number, keys, router, dealt[number.n], main=main))
        owned.extend(replace(tool, part=made[-1].key) for tool in dealt[number.n])
    made.extend(_raw(keys, router, wanted=12 if main else 2, main=main))
    return tuple(made), tuple(sorted(owned, key=lambda tool: tool.key))


def _revised(
    number: _Number, keys: Iterator[int], router: Router, owned: Sequence[Tool], *, main: bool
) -> Iterator[Part]:
    """A part number in all its revisions."""
    for revision, status in _revisions(number.n, extra=planted.OLD_REVISIONS if main else 1):
        steps = router.route(number.codes, number.multiples, pick=number.pick, owned=owned)
        yield _part(number, next(keys), revision, status, steps=steps, main=main)


def _part(
    number: _Number, key: int, revision: str, status: str, *, steps: tuple[Step, ...], main: bool
) -> Part:
    n, first = number.n, number.codes[0]
    nouns = _NOUNS[first]
    route = tuple(step for step in steps if step.family)
    return Part(
        key=key,
        no=planted.part_number(n) if main else f"TM-{30400 + 3 * n}",
        revision=revision,
        name=f"{nouns[n % len(nouns)]} {'LH' if n % 2 else 'RH'}",
        kind="Finished Good" if len(route) > 1 or n % 2 else "Sub Assembly",
        group=BY_CODE[first].group,
        status=status,
        bin=_BINS.get(first, "Carton"),
        weight=round(WEIGHTS[first] * (0.6 + 0.13 * (n % 7)), 3),
        lot=number.lot,
        steps=steps,
        route=route,
    )


def _raw(keys: Iterator[int], router: Router, *, wanted: int, main: bool) -> Iterator[Part]:
    for n in range(wanted):
        receive = router.unreported("RECEIVE", no=10, last=True)
        yield Part(
            key=next(keys),
            no=f"{'RM' if main else 'RX'}-{1001 + n}",
            revision="A",
            name=f"{_RAW[n % len(_RAW)]} {n // len(_RAW) + 1}",
            kind="Raw Material",
            group="Raw",
            status="Production",
            bin="Bulk",
            weight=1.0,
            lot=1.0,
            steps=(receive,),
            route=(),
        )
