"""Scrap: it comes with the good pieces, and is booked when somebody gets to it."""

from typing import Any, NamedTuple

from millgate.plant.sample import planted
from millgate.plant.sample.calendar import instant_text
from millgate.plant.sample.crew import Crew
from millgate.plant.sample.ledger import Row
from millgate.plant.sample.setups import Setup
from millgate.plant.sample.vocabulary import FIRST_PIECE_SCRAP, HANDLING_DAMAGE, SCRAP_REASONS, SHORT_SHOT
from millgate.plant.sample.workday import Workday


class Spoiled(NamedTuple):
    """Pieces of a container to be booked as scrap; less than none are booked back."""

    serial: str
    pieces: int
    reason: int
    note: str = ""


class Scrap:
    """The scrap a workcenter has made and not booked yet, and the bookings of a day."""

    def __init__(self, on: Workday, crew: Crew, state: dict[str, Any]) -> None:
        self.on = on
        self.crew = crew
        self.owed: float = state.get("owed", 0.0)
        self.first_pieces: int = state.get("first", 0)
        self.bookings = 0

    def dump(self) -> dict[str, Any]:
        """Its part of the state."""
        return {"owed": round(self.owed, 6), "first": self.first_pieces}

    def begin(self) -> None:
        """A setup was mounted: its first pieces will be spoiled."""
        family = self.on.workcenter.family
        self.first_pieces = round(family.first_pieces * self.on.rng.uniform(0.6, 1.5))

    def come_with(self, setup: Setup, good: float) -> None:
        """So many good pieces were made."""
        self.owed += good * setup.scrap_share / (1 - setup.scrap_share)

    def book_owed(self, setup: Setup, at: int, serial: str) -> int:
        """Book what is owed, if anybody gets to it; return how many pieces went with this container."""
        first, self.first_pieces = self.first_pieces, 0
        if first:
            self.book(setup, at, Spoiled(serial, first, FIRST_PIECE_SCRAP))
        if self.owed < 1 or not self._is_logged(setup):
            return first
        pieces = int(self.owed)
        self.owed -= pieces
        self.book(setup, at, Spoiled(serial, pieces, *self._reason(setup)))
        return first + pieces

    def _is_logged(self, setup: Setup) -> bool:
        """With the last container of an operation everything is."""
        last = setup.missing <= setup.step.pack
        return last or self.on.rng.random() < self.on.workcenter.family.scrap_logged

    def _reason(self, setup: Setup) -> tuple[int, str]:
        """Why it is scrap, with a note."""
        reason = self.on.rng.choice(self.on.workcenter.family.scrap_reasons)
        if setup.spoiled and self.on.rng.random() < 4 / 5:
            reason = SHORT_SHOT
        return reason, planted.BAD_MOLD_NOTE if setup.spoiled and reason == SHORT_SHOT else ""

    def book(self, setup: Setup, at: int, spoiled: Spoiled) -> None:
        """Book them."""
        key = self.on.keys + self.bookings
        self.bookings += 1
        setup.job.produced(setup.op, at, scrap=spoiled.pieces)
        if at > self.on.rows.after:
            self.on.rows.scrap.append(self._row(key, setup, at, spoiled))

    def _row(self, key: int, setup: Setup, at: int, spoiled: Spoiled) -> Row:
        serial, pieces, reason, note = spoiled
        words, text = SCRAP_REASONS[reason], instant_text(at)
        return (
            key,
            *self.on.workcenter.logged,
            text,
            *self.crew.reported,
            pieces,
            "pcs",
            self.on.company.profile.base + 1 + reason,
            words.name,
            words.category,
            "Scrap" if reason == HANDLING_DAMAGE else "Control Panel Scrap",
            setup.key,
            serial,
            "",
            *self.crew.signed,
            note,
            *setup.running,
            text,
        )
