"""What a production day leaves behind: rows of the logs, as they become final or change.

Rows are kept when their last change lies in the window (after, until]; that one rule makes both a new
company and the next minute of an old one.
"""

from dataclasses import dataclass, field

from millgate.plant.sample.company import Company
from millgate.plant.sample.workcenters import Workcenter

Row = tuple[object, ...]
# Rows that plants enter themselves take keys from here; the simulation never reaches them.
FIRST_FREE_KEY = 5_000_000_000
KEYS_PER_DAY = 1000


def key_block(number: int, workcenter: Workcenter) -> int:
    """The first of the thousand keys of each kind that one workcenter may use on one production day."""
    return (number * 100 + workcenter.index) * KEYS_PER_DAY


@dataclass(slots=True)
class Rows:
    """The rows of one company's production day that fall in the window."""

    company: Company
    after: int
    until: int
    production: list[Row] = field(default_factory=list)
    scrap: list[Row] = field(default_factory=list)
    status: list[Row] = field(default_factory=list)
    containers: list[Row] = field(default_factory=list)
    setups: dict[int, Row] = field(default_factory=dict)
    operators: list[Row] = field(default_factory=list)
