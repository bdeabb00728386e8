"""Containers: filled at a workcenter, shipped or used up when the next production day begins."""

from dataclasses import dataclass

from millgate.plant.sample.calendar import instant_text
from millgate.plant.sample.ledger import Row
from millgate.plant.sample.setups import Setup

TARE = {"Steel Bin": 62.0, "Tote": 1.9, "Rack": 85.0, "Carton": 0.6}


@dataclass(slots=True)
class Filled:
    """A container and what became of it on the day it was filled."""

    setup: Setup
    key: int
    serial: str
    at: int
    pieces: int
    scrap: int
    held: bool
    scrapped: bool = False
    reopened_at: int | None = None

    @property
    def heat(self) -> str:
        """The heat of the material it was made of, which changes once a week."""
        return f"H{(self.setup.part.key * 7919 + self.at // 604_800) % 100_000:05d}"

    @property
    def location(self) -> str:
        """The place beside the workcenter where it was filled."""
        on = self.setup.on
        buildings, workcenter = on.company.profile.buildings, on.workcenter
        building = buildings[min(workcenter.family.building, len(buildings) - 1)]
        return f"{building[0]}-{workcenter.code}"

    def row(self, *, after: int, until: int, day_end: int) -> Row | None:
        """The row as it stands at `until`, if it changed since `after`."""
        pieces, status, place, changed, note = self.pieces, "OK", self.location, self.at, ""
        if self.held:
            status, place = "Hold", "MRB"
        elif self.reopened_at is not None and self.reopened_at <= until:
            changed, note = self.reopened_at, "Reopened after scrap"
        elif self.scrapped:
            pieces, status = 0, "Scrap"
        elif day_end <= until and self.setup.step.last:
            changed, status, place = day_end, "Shipped", "SHIPPED"
        elif day_end <= until:
            changed, pieces, place = day_end, 0, "CONSUMED"
        if changed <= after:
            return None
        return self._row(pieces, status, place, changed, note)

    def _row(self, pieces: int, status: str, place: str, changed: int, note: str) -> Row:
        setup, part = self.setup, self.setup.part
        job, job_no, _, *made = setup.running
        tare = TARE.get(part.bin, 1.0)
        net = round(pieces * part.weight, 3)
        text = instant_text(changed)
        return (
            self.serial,
            setup.on.workcenter.pcn,
            *made,
            job,
            job_no,
            pieces,
            "pcs",
            status,
            part.bin,
            place,
            setup.lot,
            self.heat,
            round(net + tare, 3),
            net,
            tare,
            note,
            instant_text(self.at),
            text,
            text,
        )
