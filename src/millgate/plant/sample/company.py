"""A sample company: what stands still while its simulation runs."""

from dataclasses import dataclass
from datetime import time
from functools import lru_cache
from random import Random

from millgate.plant.sample.calendar import PlantCalendar
from millgate.plant.sample.chance import chance
from millgate.plant.sample.parts import Part, parts
from millgate.plant.sample.people import Person, people
from millgate.plant.sample.routing import Tool
from millgate.plant.sample.workcenters import Workcenter, workcenters


@dataclass(frozen=True, slots=True)
class Profile:
    """What makes one sample company different from the other.

    `base` is where its master data's keys begin, `index` where its workcenters' numbers in log keys do.
    """

    pcn: int
    name: str
    code: str
    calendar: PlantCalendar
    base: int
    index: int
    operators: int
    employees: int
    main: bool
    buildings: tuple[tuple[str, str, str, str, str], ...]
    first_job: int


AUTO = Profile(
    pcn=100137,
    name="Tamarack Precision Components (Sample)",
    code="Tamarack Auto",
    calendar=PlantCalendar("America/Detroit", time(6), "US"),
    base=1000,
    index=1,
    operators=96,
    employees=180,
    main=True,
    buildings=(
        ("MILL", "Mill St", "Tamarack", "MI", "US"),
        ("AIRPARK", "Airpark", "Tamarack", "MI", "US"),
    ),
    first_job=104512,
)
MX = Profile(
    pcn=100142,
    name="Tamarack MX (Sample)",
    code="Tamarack MX",
    calendar=PlantCalendar("America/Monterrey", time(7), "MX"),
    base=9000,
    index=61,
    operators=18,
    employees=30,
    main=False,
    buildings=(("NORTE", "Nave Norte", "Santa Alerce", "NL", "MX"),),
    first_job=704512,
)
PROFILES = (AUTO, MX)


@dataclass(frozen=True, slots=True)
class Company:
    """A company with its equipment, parts and people; the same for the same seed."""

    seed: int
    profile: Profile
    workcenters: tuple[Workcenter, ...]
    parts: tuple[Part, ...]
    tools: tuple[Tool, ...]
    people: tuple[Person, ...]

    @property
    def calendar(self) -> PlantCalendar:
        """Its clock and week."""
        return self.profile.calendar

    def rng(self, *words: object) -> Random:
        """Chance that depends on the seed, the company and the words, and on nothing drawn before."""
        return chance(self.seed, self.profile.pcn, *words)

    def operator(self, position: int, shift: int) -> Person:
        """Who runs that workcenter on that shift (0, 1, 2); some operators run two neighbours."""
        crew = self.profile.operators // 3
        return self.people[shift * crew + position * crew // len(self.workcenters)]


@lru_cache(maxsize=4)
def company(seed: int, profile: Profile) -> Company:
    """Found a company."""
    rng = chance(seed, profile.pcn, "company")
    machines = workcenters(
        seed=seed, pcn=profile.pcn, base=profile.base, index=profile.index, main=profile.main
    )
    made, owned = parts(base=profile.base, rng=rng, workcenters=machines, main=profile.main)
    staff = people(rng=rng, base=profile.base, operators=profile.operators, employees=profile.employees)
    return Company(seed, profile, machines, made, owned, staff)
