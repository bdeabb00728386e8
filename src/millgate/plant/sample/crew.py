"""Who works at a workcenter: the operator of the shift, clocked in at one setup at a time."""

from typing import NamedTuple

from millgate.plant.sample.calendar import Span, instant_text, maybe_text
from millgate.plant.sample.ledger import Row
from millgate.plant.sample.people import Person
from millgate.plant.sample.workday import Workday


class _Clocked(NamedTuple):
    key: int
    setup: int
    since: int
    who: Person


class Crew:
    """The shift at work, and its operator's times.

    `reported` and `signed` are what it writes under bookings: day and shift, key and name.
    """

    def __init__(self, on: Workday) -> None:
        self.on = on
        self.times = 0
        self.clocked: _Clocked | None = None
        self.take_over(0)

    def take_over(self, shift: int) -> None:
        """The shift (0, 1, 2) is at work from now on."""
        self.span: Span = self.on.day.spans[shift]
        self.who: Person = self.on.company.operator(self.on.workcenter.position, shift)
        self.reported: Row = (self.on.day.text, self.span.shift)
        self.signed: Row = (self.who.key, self.who.shown)

    def clock_in(self, setup: int, at: int) -> None:
        """The operator begins at a setup."""
        self.clocked = _Clocked(self.on.keys + self.times, setup, at, self.who)
        self.times += 1

    def clock_out(self, at: int) -> None:
        """The operator leaves the setup, if there is one."""
        clocked, self.clocked = self.clocked, None
        if clocked and clocked.since < at and at > self.on.rows.after:
            self.on.rows.operators.append(self._row(clocked, at))

    def show(self) -> None:
        """Leave the row of an operator who is clocked in, if that began in the window."""
        if self.clocked and self.clocked.since > self.on.rows.after:
            self.on.rows.operators.append(self._row(self.clocked, None))

    def _row(self, clocked: _Clocked, end: int | None) -> Row:
        key, setup, since, who = clocked
        begin = instant_text(since)
        return (key, self.on.workcenter.pcn, setup, who.key, who.shown, begin, maybe_text(end))
