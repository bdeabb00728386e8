"""Columns of reports: which member of a row each shows, and as what kind of value."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.utils.functional import Promise


class Kind(StrEnum):
    """What the cells of a column hold."""

    TEXT = "text"
    INTEGER = "integer"
    QUANTITY = "quantity"
    PERCENT = "percent"
    """A ratio: 0.5 is shown as 50 %."""
    DATETIME = "datetime"
    """An instant, shown on the plant's clock."""
    DURATION = "duration"
    """Seconds, shown as hours, minutes and seconds."""
    DATE = "date"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column.

    Attributes:
        field: the member of the API's rows.
        title: its heading.
        kind: what its cells hold.
        width: in characters.
        digits: behind the point of a quantity.
        utc: whether an instant is shown in UTC and not on the plant's clock.
    """

    field: str
    title: str | Promise
    kind: Kind = Kind.TEXT
    width: int = 14
    digits: int = 0
    utc: bool = False
