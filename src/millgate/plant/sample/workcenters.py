"""The workcenters of a sample company."""

from dataclasses import dataclass

from millgate.plant.sample.chance import chance
from millgate.plant.sample.families import FAMILIES, MOLDING, WELDING, Family

SMALL_COUNTS = {"IMM": 3, "ASM": 2, "PKG": 1}


@dataclass(frozen=True, slots=True)
class Workcenter:
    """A workcenter. `position` counts within its company; `index` over all, and is part of row keys.

    `factor` is how much longer than its family it runs between failures.
    """

    position: int
    index: int
    key: int
    pcn: int
    code: str
    name: str
    family: Family
    group: str
    factor: float

    @property
    def place(self) -> tuple[int, str]:
        """Company and code, by which planted facts name it."""
        return self.pcn, self.code

    @property
    def logged(self) -> tuple[int, int, str]:
        """Company, key and code, as logs hold them."""
        return self.pcn, self.key, self.code


def _group(family: Family, number: int) -> str:
    """Large families are split in two groups, by size of machine or process."""
    if family is MOLDING:
        return "Molding to 200 t" if number <= family.count // 2 else "Molding over 200 t"
    if family is WELDING:
        return "Arc Welding" if number <= family.count // 2 else "Spot Welding"
    return family.group


def workcenters(*, seed: int, pcn: int, base: int, index: int, main: bool) -> tuple[Workcenter, ...]:
    """The company's workcenters, family by family."""
    made: list[Workcenter] = []
    for family in FAMILIES:
        for number in range(1, (family.count if main else SMALL_COUNTS.get(family.code, 0)) + 1):
            position = len(made)
            code = f"{family.code}-{number:02d}"
            factor = chance(seed, pcn, code).lognormvariate(0, 0.12)
            name = f"{family.name} {number}"
            group = _group(family, number)
            made.append(
                Workcenter(
                    position, index + position, base + 1 + position, pcn, code, name, family, group, factor
                )
            )
    return tuple(made)
