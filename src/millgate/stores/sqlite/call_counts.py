"""The table of counted calls: how sums are added to it, and how old ones become coarser."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from millgate.stores.retention import DAY, STEPS, Step
from millgate.stores.sqlite.call_summaries import PIECE_SECONDS, drop_days, drop_hours, mark_hours, mark_of
from millgate.stores.summaries import ADDED, HOUR, KEYS
from millgate.stores.tally import MINUTE

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from millgate.stores.tally import CallSum, Kind

_ALIKE: Final = (*KEYS, "status")
_COLUMNS: Final = ("interval_start", "interval_seconds", *_ALIKE, "micros_max", *ADDED)
_INTO: Final = f"INSERT INTO usage_call_count ({', '.join(_COLUMNS)})"
_ONTO: Final = (
    f"ON CONFLICT (interval_start, interval_seconds, {', '.join(_ALIKE)}) DO UPDATE SET"
    " micros_max = max(micros_max, excluded.micros_max), "
    + ", ".join(f"{name} = {name} + excluded.{name}" for name in ADDED)
)

ADD_CALLS: Final = f"{_INTO} VALUES ({', '.join('?' * len(_COLUMNS))}) {_ONTO}"
"""Adds a row of `call_row` to what the table holds of its kind."""

_BETWEEN: Final = "WHERE interval_seconds = :fine AND interval_start >= :from AND interval_start < :until"
_ROLL_UP: Final = f"""
{_INTO}
SELECT :start, :coarse, {", ".join(_ALIKE)}, max(micros_max), {", ".join(f"sum({name})" for name in ADDED)}
FROM usage_call_count {_BETWEEN}
GROUP BY {", ".join(_ALIKE)}
{_ONTO}
"""  # noqa: S608 - names of this module alone
_DROP: Final = f"DELETE FROM usage_call_count {_BETWEEN}"  # noqa: S608 - as above
_OLDEST: Final = (
    "SELECT min(interval_start) FROM usage_call_count WHERE interval_seconds = ? AND interval_start < ?"
)


def call_row(kind: Kind, found: CallSum) -> tuple[object, ...]:
    """The row of a minute's sum."""
    minute, *alike = kind
    return (
        minute,
        MINUTE,
        *alike,
        found.micros_max,
        found.calls,
        found.micros_total,
        found.upstream_micros,
        found.bytes_in,
        found.bytes_out,
        *found.took,
    )


def roll_up(connection: sqlite3.Connection, now: float, steps: Sequence[Step] = STEPS) -> None:
    """Make the oldest piece that is due coarser, or drop it, and drop summaries that nobody reads any more.

    A piece is what was counted in a quarter of an hour, so that a transaction stays short however many
    callers there are.
    """
    drop_hours(connection)
    for fine, coarse in pairwise(steps):
        start = _due(connection, fine, coarse.seconds, now)
        if start is not None:
            _make_coarser(connection, start, fine, coarse)
            return
    last = steps[-1]
    start = _due(connection, last, last.seconds, now)
    if start is not None:
        connection.execute(_DROP, _piece(start, last))
        drop_days(connection, start + last.seconds)


def _make_coarser(connection: sqlite3.Connection, start: int, fine: Step, coarse: Step) -> None:
    piece = _piece(start, fine)
    whole = {"coarse": coarse.seconds, "start": start // coarse.seconds * coarse.seconds}
    connection.execute(_ROLL_UP, piece | whole)
    connection.execute(_DROP, piece)
    if coarse.seconds > HOUR:
        mark_hours(connection, whole["start"] + coarse.seconds)


def _piece(start: int, step: Step) -> dict[str, int]:
    return {"fine": step.seconds, "from": start, "until": start + PIECE_SECONDS}


def _due(connection: sqlite3.Connection, step: Step, coarse: int, now: float) -> int | None:
    """The start of the oldest piece of a step's rows, if the coarser interval that it belongs to is due.

    What moves to another quarter of an hour waits until summaries have taken in all of its day: behind
    their mark, nothing that was not taken in may appear.
    """
    until = int(now - step.days * DAY) // coarse * coarse
    if coarse > PIECE_SECONDS:
        mark = mark_of(connection)
        until = min(until, 0 if mark is None else mark.until // coarse * coarse)
    (oldest,) = connection.execute(_OLDEST, (step.seconds, until)).fetchone()
    return None if oldest is None else int(oldest) // PIECE_SECONDS * PIECE_SECONDS
