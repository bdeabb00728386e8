"""The table of summaries: how counted calls are taken into it, each once, whenever a process is killed.

A mark says up to when the counts have been taken in. It moves in the transaction that takes a piece in, and
what is counted behind it later is added to the summaries in the transaction that counts it. So up to the
mark, the sums of an hour or a day are those of the counts that start in it, at every instant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from millgate.stores.retention import DAY
from millgate.stores.summaries import ADDED, GROUPINGS, HOUR, KEYS, LENGTHS

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator

    from millgate.stores.tally import CallSum, Kind

PIECE_SECONDS: Final = 900
"""How much is taken in by one transaction; also how finely the mark moves."""
SETTLED_SECONDS: Final = 120
"""How old a piece is before it is taken in; what comes later still is added by itself."""
DROPPED_AT_ONCE: Final = 5_000

_PLACE: Final = ("grouping", "interval_seconds", "interval_start", *KEYS, "status")
_COLUMNS: Final = (*_PLACE, "micros_max", *ADDED)
_INTO: Final = f"INSERT INTO usage_call_summary ({', '.join(_COLUMNS)})"
_ONTO: Final = (
    f"ON CONFLICT ({', '.join(_PLACE)}) DO UPDATE SET micros_max = max(micros_max, excluded.micros_max), "
    + ", ".join(f"{name} = {name} + excluded.{name}" for name in ADDED)
)
_ADD: Final = f"{_INTO} VALUES ({', '.join('?' * len(_COLUMNS))}) {_ONTO}"

_SUMS: Final = "max(micros_max) AS micros_max, " + ", ".join(f"sum({name}) AS {name}" for name in ADDED)
_ALIKE: Final = ", ".join((*KEYS, "status"))
_TAKE: Final = f"""
CREATE TEMP TABLE usage_piece AS SELECT {_ALIKE}, {_SUMS} FROM usage_call_count
WHERE interval_start >= ? AND interval_start < ? GROUP BY {_ALIKE}
"""  # noqa: S608 - names of this module alone


def _summed(keys: tuple[str, ...]) -> str:
    """Adds the piece to the rows of a grouping; its number, the length and the start are bound."""
    alike = ", ".join((*(name if name in keys else f"'' AS {name}" for name in KEYS), "status"))
    groups = ", ".join((*keys, "status"))
    return (
        f"{_INTO} SELECT ?, ?, ?, {alike}, {_SUMS} FROM temp.usage_piece WHERE true GROUP BY {groups} {_ONTO}"  # noqa: S608 - as above
    )


_SUM_UP: Final = tuple(map(_summed, GROUPINGS))
_MARK: Final = "SELECT summarised_until, hours_since FROM usage_summary_mark WHERE id = 1"
_SET_MARK: Final = """
INSERT INTO usage_summary_mark (id, summarised_until, hours_since) VALUES (1, ?, ?)
ON CONFLICT (id) DO UPDATE SET
  summarised_until = max(summarised_until, excluded.summarised_until),
  hours_since = max(hours_since, excluded.hours_since)
"""
_NEXT: Final = "SELECT min(interval_start) FROM usage_call_count WHERE interval_start >= ?"
_DROP: Final = """
DELETE FROM usage_call_summary WHERE id IN (
  SELECT id FROM usage_call_summary
  WHERE grouping = ? AND interval_seconds = ? AND interval_start < ? LIMIT ?)
"""


class Mark(NamedTuple):
    """How far summaries reach.

    Attributes:
        until: up to when the counts have been taken in.
        hours_since: since when there are hours; before, there are days alone.
    """

    until: int
    hours_since: int


def mark_of(connection: sqlite3.Connection) -> Mark | None:
    """How far the summaries of a file reach; None before the first piece."""
    found = connection.execute(_MARK).fetchone()
    return None if found is None else Mark(*found)


def mark_hours(connection: sqlite3.Connection, since: int) -> None:
    """From now on nobody reads hours before an instant; only of a file that has a mark."""
    connection.execute("UPDATE usage_summary_mark SET hours_since = max(hours_since, ?)", (since,))


def add_late(connection: sqlite3.Connection, sums: Iterable[tuple[Kind, CallSum]]) -> None:
    """Add those of newly counted calls that the mark has passed already."""
    mark = mark_of(connection)
    if mark is not None:
        late = ((kind, found) for kind, found in sums if kind[0] < mark.until)
        connection.executemany(_ADD, (row for kind, found in late for row in _rows(kind, found, mark)))


def _rows(kind: Kind, found: CallSum, mark: Mark) -> Iterator[tuple[Any, ...]]:
    minute, *keys, status = kind
    added = (found.micros_max, *(getattr(found, name) for name in ADDED[:5]), *found.took)
    for length in LENGTHS:
        start = minute // length * length
        if length == HOUR and start < mark.hours_since:
            continue
        for number, kept in enumerate(GROUPINGS):
            named = (key if name in kept else "" for name, key in zip(KEYS, keys, strict=True))
            yield (number, length, start, *named, status, *added)


def summarise(connection: sqlite3.Connection, now: float, *, hours_days: int) -> bool:
    """Take in the oldest piece that is settled and not taken in; says whether there was one.

    Args:
        connection: in a transaction.
        now: in seconds since the epoch.
        hours_days: how many days back there are to be hours.
    """
    settled = int(now - SETTLED_SECONDS) // PIECE_SECONDS * PIECE_SECONDS
    mark = mark_of(connection) or _first(connection, now, hours_days)
    (oldest,) = connection.execute(_NEXT, (mark.until,)).fetchone()
    start = settled if oldest is None else oldest // PIECE_SECONDS * PIECE_SECONDS
    if start >= settled:
        connection.execute(_SET_MARK, (settled, mark.hours_since))
        return False
    _take_in(connection, start, mark)
    connection.execute(_SET_MARK, (start + PIECE_SECONDS, mark.hours_since))
    return True


def _first(connection: sqlite3.Connection, now: float, hours_days: int) -> Mark:
    (oldest,) = connection.execute(_NEXT, (0,)).fetchone()
    start = int(now) if oldest is None else min(int(now), oldest)
    return Mark(start // DAY * DAY, int(now - hours_days * DAY) // DAY * DAY)


def _take_in(connection: sqlite3.Connection, start: int, mark: Mark) -> None:
    connection.execute("DROP TABLE IF EXISTS temp.usage_piece")
    connection.execute(_TAKE, (start, start + PIECE_SECONDS))
    for length in LENGTHS:
        whole = start // length * length
        if length == HOUR and whole < mark.hours_since:
            continue
        for number, statement in enumerate(_SUM_UP):
            connection.execute(statement, (number, length, whole))
    connection.execute("DROP TABLE temp.usage_piece")


def drop_hours(connection: sqlite3.Connection) -> None:
    """Drop some of the hours that nobody reads any more."""
    mark = mark_of(connection)
    if mark is not None:
        _drop(connection, HOUR, mark.hours_since)


def drop_days(connection: sqlite3.Connection, until: int) -> None:
    """Drop some of the days before an instant."""
    _drop(connection, DAY, until)


def _drop(connection: sqlite3.Connection, length: int, until: int) -> None:
    for number in range(len(GROUPINGS)):
        connection.execute(_DROP, (number, length, until, DROPPED_AT_ONCE))
