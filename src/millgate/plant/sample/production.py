"""What a workcenter makes: pieces into the container at the machine, and containers when they are full."""

from math import ceil

from millgate.plant.sample import planted
from millgate.plant.sample.calendar import instant_text
from millgate.plant.sample.containers import Filled
from millgate.plant.sample.crew import Crew
from millgate.plant.sample.ledger import Row
from millgate.plant.sample.scrap import Scrap, Spoiled
from millgate.plant.sample.setups import Setup
from millgate.plant.sample.vocabulary import HANDLING_DAMAGE
from millgate.plant.sample.workday import Workday

HELD_CONTAINERS = 0.003


class Production:
    """The container being filled, which never outlasts its shift, and those filled on the day.

    Nothing is booked for an instant after the window: whoever steers the day sees to that.
    """

    def __init__(self, on: Workday, crew: Crew, scrap: Scrap) -> None:
        self.on = on
        self.crew = crew
        self.scrap = scrap
        self.content = 0.0
        self.filled: list[Filled] = []
        self.mistaken = planted.container_reopened(on.place, on.company.calendar, on.anchor, on.date)

    def full_in(self, setup: Setup) -> int:
        """The seconds until the container is full, or the operation has all its pieces."""
        wanted = min(setup.step.pack, setup.missing) - self.content
        return max(1, ceil(wanted * setup.good_seconds))

    def ran(self, setup: Setup, seconds: int) -> None:
        """It ran that long."""
        good = seconds / setup.good_seconds
        self.content += good
        self.scrap.come_with(setup, good)

    def clear(self) -> None:
        """Forget what was not booked: the setup is taken down."""
        self.content = self.scrap.owed = 0.0

    def book_rest(self, setup: Setup, at: int) -> None:
        """Book what lies in the container as it is: nobody of this shift will see it full."""
        if self.content >= 1:
            self.book(setup, at)
        self.content = 0.0

    def book(self, setup: Setup, at: int) -> None:
        """Book the pieces in the container, and sometimes the scrap that came with them."""
        pieces = min(round(self.content), setup.missing)
        self.content = 0.0
        if pieces < 1:
            return
        key = self.on.keys + len(self.filled)
        # The container that is reopened has a serial number that the documentation can ask about.
        serial = planted.REOPENED_SERIAL if self.mistaken and not self.filled else f"SN{key:010d}"
        scrap = self.scrap.book_owed(setup, at, serial)
        setup.job.produced(setup.op, at, good=pieces)
        held = self.on.rng.random() < HELD_CONTAINERS
        box = Filled(setup, key, serial, at, pieces, scrap, held)
        self.filled.append(box)
        if self.mistaken:
            self._scrap_by_mistake(box)
        if at > self.on.rows.after:
            self.on.rows.production.append(self._row(box))

    def _scrap_by_mistake(self, box: Filled) -> None:
        """Scrap the day's first container whole, and take that back with the second."""
        first = self.filled[0]
        if box is first:
            first.scrapped = True
            self.scrap.book(box.setup, box.at, Spoiled(first.serial, first.pieces, HANDLING_DAMAGE))
            return
        back = Spoiled(first.serial, -first.pieces, HANDLING_DAMAGE, planted.REOPENED_NOTE)
        self.scrap.book(box.setup, box.at, back)
        first.reopened_at = box.at
        self.mistaken = False

    def _row(self, box: Filled) -> Row:
        setup, text = box.setup, instant_text(box.at)
        return (
            box.key,
            *self.on.workcenter.logged,
            text,
            *self.crew.reported,
            box.pieces,
            "pcs",
            0,
            box.scrap,
            setup.key,
            box.serial,
            setup.lot,
            box.heat,
            "",
            *self.crew.signed,
            round(setup.mounted.cycle, 3),
            *setup.running,
            text,
        )
