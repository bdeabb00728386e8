"""What is asked for: a page of one workcenter's logs in a window of four days, each time another one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from filling import BEGIN, FIRST_WORKCENTER, SECONDS_BETWEEN, WORKCENTERS

WINDOW: Final = timedelta(days=4)
LEAST_ROWS: Final = 20_000
"""Fewer rows reach back less than a window and some days."""
PAGE: Final = 100
DIFFERENT: Final = 4200
"""More than any cache of totals holds, so that each page is counted, too."""
_STEP: Final = 1009
"""A prime: how far apart in the list of windows the windows of two questions that follow each other are."""


@dataclass(frozen=True)
class Question:
    """A window of one workcenter.

    Attributes:
        workcenter: its key.
        start: the first instant; it lies between two rows, so that no fraction of a second matters.
    """

    workcenter: int
    start: datetime

    @property
    def end(self) -> datetime:
        """The instant behind the last."""
        return self.start + WINDOW

    @property
    def start_text(self) -> str:
        """The start as the API takes it."""
        return _text(self.start)

    @property
    def end_text(self) -> str:
        """The end as the API takes it."""
        return _text(self.end)


def questions(rows: int, count: int = DIFFERENT) -> list[Question]:
    """So many different ones, spread over the whole table and all workcenters."""
    first = BEGIN + timedelta(seconds=SECONDS_BETWEEN // 2)
    room = timedelta(seconds=rows * SECONDS_BETWEEN) - WINDOW - timedelta(days=1)
    seconds_apart = int(room.total_seconds()) // count
    places = (number * _STEP % count for number in range(count))
    return [
        Question(
            FIRST_WORKCENTER + number % WORKCENTERS, first + timedelta(seconds=_whole(place * seconds_apart))
        )
        for number, place in enumerate(places)
    ]


def _whole(seconds: int) -> int:
    return seconds // SECONDS_BETWEEN * SECONDS_BETWEEN


def _text(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")
