"""One workcenter on one production day: what everything that happens there has in common."""

from dataclasses import dataclass
from datetime import date
from random import Random

from millgate.plant.sample.calendar import ProductionDay
from millgate.plant.sample.company import Company
from millgate.plant.sample.ledger import Rows, key_block
from millgate.plant.sample.planted import Anchor
from millgate.plant.sample.workcenters import Workcenter


@dataclass(frozen=True, slots=True)
class Workday:
    """Where and when, and where the rows go.

    `keys` is the first key of each kind of row, `rng` the chance all share: its numbers are drawn in the
    order in which things happen.
    """

    rows: Rows
    workcenter: Workcenter
    anchor: Anchor
    day: ProductionDay
    keys: int
    rng: Random

    @classmethod
    def of(cls, rows: Rows, workcenter: Workcenter, anchor: Anchor, day: ProductionDay) -> "Workday":
        """The day of that workcenter."""
        rng = rows.company.rng(workcenter.code, day.text)
        return cls(rows, workcenter, anchor, day, key_block(day.number, workcenter), rng)

    @property
    def company(self) -> Company:
        """Whose workcenter it is."""
        return self.rows.company

    @property
    def place(self) -> tuple[int, str]:
        """The workcenter, as planted facts name it."""
        return self.workcenter.place

    @property
    def date(self) -> date:
        """The day, as planted facts name it."""
        return self.day.date
