"""Which rows say what the calls of a stretch of time came to.

They are days where it holds whole ones, hours beside them, and the counts themselves at its ragged edges
and behind the mark of the summaries. The answer is that of the counts alone, to the last call:
`millgate.stores.sqlite.call_summaries` says why. Days and hours are those of UTC; a zone that is half an
hour off has counts at both edges of its days.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from django.db import connections, router

from millgate.control.usage.models import CallCount, SummaryMark
from millgate.stores.retention import DAY
from millgate.stores.summaries import GROUPINGS, HOUR, KEYS, grouping_for

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

COUNTS: Final = 0
"""Stands for the counts themselves, where lengths of intervals are told."""


class Reach(NamedTuple):
    """Up to when there are summaries, and since when there are hours among them."""

    until: int = 0
    hours_since: int = 0


class Stretch(NamedTuple):
    """From an instant up to another one, which belongs to a slot, by its number."""

    slot: int
    since: int
    until: int


def alias() -> str:
    """The database of what was counted."""
    return router.db_for_read(CallCount) or "usage"


@contextmanager
def one_moment() -> Iterator[None]:
    """Let all queries inside see the file as it stood at the first of them; nothing may be written inside."""
    wrapper = connections[alias()]
    wrapper.ensure_connection()
    if wrapper.connection.in_transaction:
        yield
        return
    # Django's own transactions begin as writers, and whoever only reads must not keep the writer waiting.
    wrapper.connection.execute("BEGIN DEFERRED")
    try:
        yield
    finally:
        if wrapper.connection.in_transaction:  # an interrupted one may have ended by itself
            wrapper.connection.execute("ROLLBACK")


def reach() -> Reach:
    """How far summaries reach now."""
    found = SummaryMark.objects.values_list("summarised_until", "hours_since").first()
    return Reach() if found is None else Reach(*found)


def covered(slots: Sequence[tuple[int, int]], there: Reach) -> dict[int, list[Stretch]]:
    """What is to be read of each slot, by the length of the rows' intervals: days, hours and `COUNTS`."""
    found: dict[int, list[Stretch]] = {DAY: [], HOUR: [], COUNTS: []}
    for number, (since, until) in enumerate(slots):
        for length, first, last in _split(since, until, (DAY, HOUR), there):
            found[length].append(Stretch(number, first, last))
    return found


def _split(since: int, until: int, lengths: tuple[int, ...], there: Reach) -> Iterator[tuple[int, int, int]]:
    if since >= until:
        return
    if not lengths:
        yield COUNTS, since, until
        return
    length, *finer = lengths
    known = max(since, there.hours_since) if length == HOUR else since
    first, last = -(-known // length) * length, min(until, there.until) // length * length
    if first >= last:
        yield from _split(since, until, tuple(finer), there)
        return
    yield from _split(since, first, tuple(finer), there)
    yield length, first, last
    yield from _split(last, until, tuple(finer), there)


@dataclass(frozen=True, slots=True)
class Found:
    """A table `found` with the columns `n`, `status`, keys and sums, as the beginning of a statement.

    Attributes:
        text: `WITH …`, to be followed by a query.
        values: to be bound in it.
    """

    text: str
    values: list[Any]

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """What a query of the table answers."""
        with connections[alias()].cursor() as cursor:
            cursor.execute(f"{self.text} {query}", [*self.values, *values])
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def found_in(
    slots: Sequence[tuple[int, int]],
    given: Mapping[str, tuple[str, ...]],
    columns: Mapping[str, str],
    *,
    by: Collection[str] = (),
) -> Found:
    """Calls summed by slot, status and keys; a sum may be there in several parts.

    Args:
        slots: from when up to when; a row is of the slot in which its interval starts.
        given: which ones keys have to be: one of several.
        columns: the aggregates to take, `SUM` or `MAX`, by column.
        by: the keys by which sums are told apart.
    """
    grouping = grouping_for({*given, *by})
    tables, parts, values, bound = list[str](), list[str](), list[int](), list[Any]()
    for length, stretches in covered(slots, reach()).items():
        if stretches or (length == COUNTS and not parts):
            listed = stretches or [Stretch(0, 0, 0)]
            tables.append(
                f"at_{length} (n, since, til) AS (VALUES {', '.join(['(%s, %s, %s)'] * len(listed))})"
            )
            values += [value for stretch in listed for value in stretch]
            same: dict[str, tuple[Any, ...]] = {**given}
            if length != COUNTS:
                empty = {name: ("",) for name in KEYS if name not in GROUPINGS[grouping]}
                same = {"grouping": (grouping,), "interval_seconds": (length,), **empty, **same}
            parts.append(_part(length, by, columns, same))
            bound += [value for keys in same.values() for value in keys]
    names = ", ".join(("n", "status", *by, *columns))
    text = f"WITH {', '.join(tables)}, found ({names}) AS ({' UNION ALL '.join(parts)})"
    return Found(text, [*values, *bound])


def _part(
    length: int, by: Collection[str], columns: Mapping[str, str], same: Mapping[str, tuple[Any, ...]]
) -> str:
    """The rows of one length. Each stretch is a range of an index, so each row is read once."""
    table = "usage_call_count" if length == COUNTS else "usage_call_summary"
    sums = ", ".join(f"{function}(c.{name})" for name, function in columns.items())
    groups = ", ".join(("a.n", "c.status", *(f"c.{name}" for name in by)))
    where = "".join(f" AND c.{name} {_one_of(len(keys))}" for name, keys in same.items())
    return (
        f"SELECT {groups}, {sums} FROM at_{length} a CROSS JOIN {table} c"  # noqa: S608 - names of this project alone
        f" WHERE c.interval_start >= a.since AND c.interval_start < a.til{where} GROUP BY {groups}"
    )


def _one_of(keys: int) -> str:
    return "= %s" if keys == 1 else f"IN ({', '.join(['%s'] * keys)})"
