"""The statuses a workcenter goes through, one after the other without a gap."""

from typing import Any, NamedTuple

from millgate.plant.sample.calendar import instant_text, maybe_text
from millgate.plant.sample.ledger import Row
from millgate.plant.sample.setups import NOTHING_RUNS, Setup
from millgate.plant.sample.vocabulary import EVENTS, NO_EVENT, STATUSES
from millgate.plant.sample.workday import Workday


class _Open(NamedTuple):
    """The status a workcenter is in, in the order in which the state holds it."""

    key: int
    start: int
    status: int
    why: int
    note: str
    setup: int | None
    running: Row


class StatusTrail:
    """The status a workcenter is in; each that ends leaves a row."""

    def __init__(self, on: Workday, stored: list[Any]) -> None:
        self.on = on
        self.open: _Open | None = _Open(*stored) if stored else None
        self.begun = 0

    def dump(self) -> list[Any]:
        """The open status as JSON holds it."""
        return list(self.open or ())

    def change(
        self, at: int, status: int, setup: Setup | None, *, why: int = NO_EVENT, note: str = ""
    ) -> None:
        """The workcenter changes its status, unless it is in it already."""
        if at > self.on.rows.until:
            return
        now, mounted = self.open, setup.key if setup else None
        if now and now.status == status and now.why == why and now.setup == mounted:
            return
        key = self._take_over(now, at) if now else self._next_key()
        running = setup.running if setup else NOTHING_RUNS
        self.open = _Open(key, at, status, why, note, mounted, running)

    def show(self) -> None:
        """Leave the row of the open status, if it began in the window."""
        if self.open and self.open.start > self.on.rows.after:
            self.on.rows.status.append(self._row(self.open, None))

    def _take_over(self, now: _Open, at: int) -> int:
        """Close a status and return the next key; one that has not lasted gives its key away."""
        if now.start >= at:
            return now.key
        if at > self.on.rows.after:
            self.on.rows.status.append(self._row(now, at))
        return self._next_key()

    def _next_key(self) -> int:
        self.begun += 1
        return self.on.keys + self.begun - 1

    def _reported(self, instant: int) -> tuple[str, str]:
        """The production day and the shift a status is reported in: those it began in."""
        day = self.on.day
        if instant < day.start:
            day = self.on.company.calendar.day_containing(instant)
        return day.text, day.shift_at(instant)

    def _row(self, shown: _Open, end: int | None) -> Row:
        key, start, status, why, note, setup, running = shown
        base = self.on.company.profile.base
        words = (base + 1 + why, EVENTS[why].code, EVENTS[why].text) if why >= 0 else (None, "", "")
        return (
            key,
            *self.on.workcenter.logged,
            instant_text(start),
            maybe_text(end),
            None if end is None else end - start,
            *self._reported(start),
            base + 1 + status,
            STATUSES[status].name,
            *words,
            setup,
            *running,
            note,
            instant_text(start if end is None else end),
        )
