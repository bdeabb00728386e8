"""The people of a sample company; every name is made up."""

from dataclasses import dataclass
from random import Random

from millgate.plant.sample.calendar import SHIFT_NAMES

# A name that a careless program breaks on, twice: an apostrophe and a letter outside ASCII.
AWKWARD_NAME = ("O'Brien", "Zoë")

_FIRST = (
    "Alma",
    "Anders",
    "Bea",
    "Benno",
    "Carla",
    "Cole",
    "Dana",
    "Desmond",
    "Edda",
    "Elias",
    "Fern",
    "Frank",
    "Gita",
    "Gordon",
    "Hana",
    "Hugo",
    "Ida",
    "Ivan",
    "Joan",
    "Jonas",
    "Kai",
    "Katrin",
    "Lena",
    "Lloyd",
    "Mara",
    "Milo",
    "Nadia",
    "Neil",
    "Olga",
    "Otis",
    "Paula",
    "Perry",
    "Quinn",
    "Rosa",
    "Ruben",
    "Selma",
    "Silas",
    "Tara",
    "Theo",
    "Una",
    "Vera",
    "Victor",
    "Wanda",
    "Wes",
    "Xenia",
    "Yara",
    "Yusuf",
    "Zane",
)
_LAST = (
    "Abbott",
    "Acosta",
    "Bauer",
    "Brandt",
    "Calder",
    "Castro",
    "Dalton",
    "Drake",
    "Ekholm",
    "Ellery",
    "Farrow",
    "Fuchs",
    "Garza",
    "Gantry",
    "Hale",
    "Holm",
    "Ingram",
    "Jansen",
    "Jarvis",
    "Keller",
    "Kowal",
    "Lang",
    "Lopez",
    "Marsh",
    "Medina",
    "Nash",
    "Novak",
    "Ochoa",
    "Olsen",
    "Pace",
    "Pruitt",
    "Quick",
    "Ramos",
    "Reyes",
    "Salas",
    "Stroud",
    "Thorne",
    "Tovar",
    "Ueland",
    "Vance",
    "Varga",
    "Weller",
    "Wilkes",
    "Yates",
    "Young",
    "Zapata",
    "Zeller",
)
_OTHERS = (
    "Setup Technician",
    "Team Leader",
    "Maintenance",
    "Quality Inspector",
    "Material Handler",
    "Planner",
)


@dataclass(frozen=True, slots=True)
class Person:
    """An employee; operators come first in a company's list, one shift after the other."""

    key: int
    badge: str
    last: str
    first: str
    department: int
    shift: str
    position: str

    @property
    def shown(self) -> str:
        """The name as logs hold it, `Last, First`."""
        return f"{self.last}, {self.first}"


def people(*, rng: Random, base: int, operators: int, employees: int) -> tuple[Person, ...]:
    """The company's people: `operators` of them split evenly over the shifts, then the others."""
    names = [(last, first) for last in _LAST for first in _FIRST]
    chosen = rng.sample(names, employees)
    chosen[1] = AWKWARD_NAME
    crew = operators // len(SHIFT_NAMES)
    return tuple(
        Person(
            base + 1 + n,
            f"{base + 100 + n}",
            last,
            first,
            100 * (1 + n % crew * 6 // crew) if n < operators else 100 * (1 + n % 6),
            SHIFT_NAMES[n // crew] if n < operators else SHIFT_NAMES[n % 3],
            "Operator" if n < operators else _OTHERS[n % len(_OTHERS)],
        )
        for n, (last, first) in enumerate(chosen)
    )
