"""The table of counted calls: how sums are added to it, and how old ones become coarser."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

from millgate.stores.latency import BUCKETS
from millgate.stores.retention import DAY, STEPS, Step
from millgate.stores.tally import MINUTE

if TYPE_CHECKING:
    import sqlite3

    from millgate.stores.tally import CallSum, Kind

PIECE_SECONDS: Final = 900

_ALIKE: Final = ("tier", "api", "operation", "subscription", "application", "status")
_ADDED: Final = (
    "calls",
    "micros_total",
    "upstream_micros",
    "bytes_in",
    "bytes_out",
    *(f"took_{bucket}" for bucket in range(BUCKETS)),
)
_COLUMNS: Final = ("interval_start", "interval_seconds", *_ALIKE, "micros_max", *_ADDED)
_INTO: Final = f"INSERT INTO usage_call_count ({', '.join(_COLUMNS)})"
_ONTO: Final = (
    f"ON CONFLICT (interval_start, interval_seconds, {', '.join(_ALIKE)}) DO UPDATE SET"
    " micros_max = max(micros_max, excluded.micros_max), "
    + ", ".join(f"{name} = {name} + excluded.{name}" for name in _ADDED)
)

ADD_CALLS: Final = f"{_INTO} VALUES ({', '.join('?' * len(_COLUMNS))}) {_ONTO}"
"""Adds a row of `call_row` to what the table holds of its kind."""

_BETWEEN: Final = "WHERE interval_seconds = :fine AND interval_start >= :from AND interval_start < :until"
_ROLL_UP: Final = f"""
{_INTO}
SELECT :start, :coarse, {", ".join(_ALIKE)}, max(micros_max), {", ".join(f"sum({name})" for name in _ADDED)}
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


def roll_up(connection: sqlite3.Connection, now: float) -> None:
    """Make the oldest piece that is due coarser, or drop it.

    A piece is what was counted in a quarter of an hour, so that a transaction stays short however many
    callers there are.
    """
    for fine, coarse in pairwise(STEPS):
        start = _due(connection, fine, coarse.seconds, now)
        if start is not None:
            piece = {"fine": fine.seconds, "from": start, "until": start + PIECE_SECONDS}
            whole = {"coarse": coarse.seconds, "start": start // coarse.seconds * coarse.seconds}
            connection.execute(_ROLL_UP, piece | whole)
            connection.execute(_DROP, piece)
            return
    last = STEPS[-1]
    start = _due(connection, last, last.seconds, now)
    if start is not None:
        piece = {"fine": last.seconds, "from": start, "until": start + PIECE_SECONDS}
        connection.execute(_DROP, piece)


def _due(connection: sqlite3.Connection, step: Step, coarse: int, now: float) -> int | None:
    """The start of the oldest piece of a step's rows, if the coarser interval that it belongs to is due."""
    until = int(now - step.days * DAY) // coarse * coarse
    (oldest,) = connection.execute(_OLDEST, (step.seconds, until)).fetchone()
    return None if oldest is None else int(oldest) // PIECE_SECONDS * PIECE_SECONDS
