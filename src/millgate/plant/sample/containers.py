"""Containers: filled at a workcenter, shipped or used up when the next production day begins."""

from dataclasses import dataclass, field

from millgate.plant.sample.calendar import instant_text
from millgate.plant.sample.company import Company
from millgate.plant.sample.ledger import Row
from millgate.plant.sample.parts import Part, Step
from millgate.plant.sample.workcenters import Workcenter

TARE = {"Steel Bin": 62.0, "Tote": 1.9, "Rack": 85.0, "Carton": 0.6}


@dataclass(slots=True)
class Filled:
    """A container and what became of it on the day it was filled."""

    key: int
    at: int
    pieces: int
    scrap: int
    held: bool
    scrapped: bool
    reopened_at: int | None = None
    part: Part | None = None
    heat: str = ""
    lot: str = ""
    first: Row = field(default=())
    last_step: bool = False
    location: str = ""

    @property
    def serial(self) -> str:
        """Its label."""
        return f"SN{self.key:010d}"

    def describe(
        self, company: Company, workcenter: Workcenter, *, part: Part, step: Step, running: Row, lot: str
    ) -> None:
        """Write the label."""
        job, job_no, _, key, no, revision, step_key, step_no, code = running
        self.part, self.lot, self.last_step = part, lot, step.last
        self.heat = f"H{(part.key * 7919 + self.at // 604_800) % 100_000:05d}" if part.group else ""
        self.first = (self.serial, workcenter.pcn, key, no, revision, step_key, step_no, code, job, job_no)
        building = company.profile.buildings[
            min(workcenter.family.building, len(company.profile.buildings) - 1)
        ]
        self.location = f"{building[0]}-{workcenter.code}"

    def row(self, *, after: int, until: int, day_end: int) -> Row | None:
        """The row as it stands at `until`, if it changed since `after`."""
        pieces, status, place, changed, note = self.pieces, "OK", self.location, self.at, ""
        if self.held:
            status, place = "Hold", "MRB"
        elif self.reopened_at is not None and self.reopened_at <= until:
            changed, note = self.reopened_at, "Reopened after scrap"
        elif self.scrapped:
            pieces, status = 0, "Scrap"
        elif day_end <= until and self.last_step:
            changed, status, place = day_end, "Shipped", "SHIPPED"
        elif day_end <= until:
            changed, pieces, place = day_end, 0, "CONSUMED"
        if changed <= after:
            return None
        return self._row(pieces, status, place, changed, note)

    def _row(self, pieces: int, status: str, place: str, changed: int, note: str) -> Row:
        if self.part is None:
            raise RuntimeError("a container without a label")
        tare = TARE.get(self.part.bin, 1.0)
        net = round(pieces * self.part.weight, 3)
        text = instant_text(changed)
        return (
            *self.first,
            pieces,
            "pcs",
            status,
            self.part.bin,
            place,
            self.lot,
            self.heat,
            round(net + tare, 3),
            net,
            tare,
            note,
            instant_text(self.at),
            text,
            text,
        )
