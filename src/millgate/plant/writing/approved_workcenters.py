"""Rates and crews of approved workcenters, changed."""

from __future__ import annotations

from typing import Final

from millgate.plant.kinds import NUMBER, TEXT
from millgate.plant.resources.approved_workcenters import APPROVED_WORKCENTERS
from millgate.plant.writing.entries import Writing
from millgate.plant.writing.inputs import Input, update_form
from millgate.plant.writing.ledger import Record
from millgate.stores.ports import Work


def _rate(name: str, doc: str, *, nullable: bool = True) -> Input:
    return Input(name=name, kind=NUMBER, doc=doc, above=0, nullable=nullable)


def _size(name: str, doc: str) -> Input:
    return Input(name=name, kind=NUMBER, doc=doc, minimum=0)


_INPUTS: Final = (
    _rate("standardProductionRate", "Pieces an hour that are planned with.", nullable=False),
    _rate("idealRate", "Pieces an hour at best, which performance is measured against."),
    _rate("targetRate", "Pieces an hour that are aimed at."),
    _size("setupTimeHours", "Hours that a setup takes."),
    _size("crewSize", "People that it takes to run."),
    _size("setupCrewSize", "People that it takes to set up."),
    Input(name="note", kind=TEXT, doc="A remark for people.", max_length=500),
)
UPDATE: Final = update_form(APPROVED_WORKCENTERS, _INPUTS, "approvedWorkcenterKey")


def change(writing: Writing, approved: Record) -> Work[None]:
    """Change rates and crews; what is not sent stays as it is."""
    (entry,) = writing.entries
    approved.change(**{item.column: entry[item.name] for item in _INPUTS if item.name in entry})
    yield from ()  # rates refer to nothing that would have to be looked up
