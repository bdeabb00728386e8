"""Downtime by reason: stops cut at the window's edges, summed by what a call asks for.

A stop is time in a status that the plant flags as downtime. It belongs to the production day and shift in
which it began.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import lru_cache
from itertools import accumulate
from typing import Any, Final

import msgspec

from millgate.plant.dialects import DIALECTS, Dialect
from millgate.plant.kinds import DATE, INSTANT, INTEGER, TEXT
from millgate.plant.plan import Plan
from millgate.plant.resource import LIKE, like_pattern
from millgate.stores.ports import PlantReader, Select

_HOUR: Final = 3600.0
_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MEMBERS: Final = {
    "workcenterStatus": (TEXT, "l.workcenter_status"),
    "eventCode": (TEXT, "l.event_code"),
    "workcenterEvent": (TEXT, "l.workcenter_event"),
    "workcenterKey": (INTEGER, "l.workcenter_key"),
    "workcenterCode": (TEXT, "l.workcenter_code"),
    "workcenterGroup": (TEXT, "w.workcenter_group"),
    "reportDate": (DATE, "l.report_date"),
    "shift": (TEXT, "l.shift"),
    "partNo": (TEXT, "l.part_no"),
    "revision": (TEXT, "l.revision"),
    "jobKey": (INTEGER, "l.job_key"),
    "jobNo": (TEXT, "l.job_no"),
    "begin": (INSTANT, "l.log_date"),
    "end": (INSTANT, "l.end_date"),
}
_LIKES: Final = {
    "WorkcenterCode": "l.workcenter_code",
    "WorkcenterGroup": "w.workcenter_group",
    "Status": "l.workcenter_status",
    "Event": "l.workcenter_event",
    "Shift": "l.shift",
}
# The statuses of a workcenter follow each other, so the one that it was in when the window began is the
# last that began before; one step in the index finds it.
_SOURCE: Final = (
    "FROM plant_workcenter w JOIN plant_status_log l ON l.pcn = w.pcn AND l.workcenter_key = w.workcenter_key"
    " AND l.log_date < {end} AND l.log_date >= COALESCE((SELECT MAX(q.log_date) FROM plant_status_log q"
    " WHERE q.pcn = w.pcn AND q.workcenter_key = w.workcenter_key AND q.log_date <= {begin}), {begin})"
    " JOIN plant_workcenter_status t ON t.workcenter_status_key = l.workcenter_status_key AND t.pcn = l.pcn"
    " WHERE w.pcn = :pcn AND t.downtime_status AND (l.end_date > {begin} OR l.end_date IS NULL)"
)


class _Stop(msgspec.Struct, gc=False):
    """A row of the status log; the members of `_MEMBERS`."""

    workcenterStatus: str  # noqa: N815 - as on the wire
    eventCode: str  # noqa: N815 - as on the wire
    workcenterEvent: str  # noqa: N815 - as on the wire
    workcenterKey: int  # noqa: N815 - as on the wire
    workcenterCode: str  # noqa: N815 - as on the wire
    workcenterGroup: str  # noqa: N815 - as on the wire
    reportDate: str  # noqa: N815 - as on the wire
    shift: str
    partNo: str  # noqa: N815 - as on the wire
    revision: str
    jobKey: int | None  # noqa: N815 - as on the wire
    jobNo: str  # noqa: N815 - as on the wire
    begin: datetime
    end: datetime | None


class _Sum(msgspec.Struct):
    """The stops of one group."""

    labels: tuple[Any, ...]
    last: datetime
    seconds: float = 0.0
    longest: float = 0.0
    stops: int = 0


_STOPS: Final = msgspec.json.Decoder(_Stop)


async def downtime_rows(
    plan: Plan, store: PlantReader, now: datetime, seconds: float
) -> list[dict[str, object]]:
    """The rows of a plan for DowntimeByReason, the most downtime first.

    Raises:
        QueryTimedOut, ConnectTimedOut, StoreUnreachable, ColumnFailed: as the store does.
    """
    begin, end = plan.value("StartDate") or _LONG_AGO, min(plan.value("EndDate") or now, now)
    patterns = {name: like_pattern(plan.value(name)) for name in _LIKES if plan.value(name) is not None}
    keyed = {} if plan.key is None else {"key": plan.key}
    page = _page(DIALECTS[store.dialect], tuple(patterns), keyed=bool(keyed))
    select = Select(page, "SELECT 0", {"pcn": plan.pcn, "begin": begin, "end": end, **keyed, **patterns})
    found = await store.select(select, seconds)
    return await asyncio.to_thread(_summed, plan, found.text, begin, end)


@lru_cache(maxsize=64)
def _page(dialect: Dialect, likes: tuple[str, ...], *, keyed: bool) -> str:
    members = [(name, dialect.show(kind, column)) for name, (kind, column) in _MEMBERS.items()]
    edges = {edge: dialect.bind(INSTANT, edge) for edge in ("begin", "end")}
    wheres = [
        LIKE.sql.format(column=_LIKES[name], value=dialect.bind(TEXT, name), like=dialect.like)
        for name in likes
    ]
    if keyed:
        wheres.append(f"w.workcenter_key = {dialect.bind(INTEGER, 'key')}")
    rest = " AND ".join([_SOURCE.format(**edges), *wheres])
    return dialect.page.replace("{rows}", dialect.rows(members, rest))


def _summed(plan: Plan, text: bytes, begin: datetime, end: datetime) -> list[dict[str, object]]:
    names = [name for item in plan.resource.dimensions if item.name in plan.groups for name in item.fields]
    sums: dict[tuple[Any, ...], _Sum] = {}
    for stop in _STOPS.decode_lines(text):
        labels = tuple([getattr(stop, name) for name in names])
        group = sums.setdefault(labels, _Sum(labels, stop.begin))
        _add(group, stop, begin, end)
    ordered = sorted(sums.values(), key=lambda group: (-group.seconds, tuple(map(str, group.labels))))
    return list(_shown(plan, names, ordered))


def _add(group: _Sum, stop: _Stop, begin: datetime, end: datetime) -> None:
    lasted = (min(stop.end or end, end) - max(stop.begin, begin)).total_seconds()
    group.seconds += lasted
    group.longest = max(group.longest, lasted)
    group.stops += 1
    group.last = max(group.last, stop.begin)


def _shown(plan: Plan, names: list[str], ordered: list[_Sum]) -> Iterable[dict[str, object]]:
    empty = dict.fromkeys(field.name for field in plan.resource.fields)
    whole = sum(group.seconds for group in ordered)
    for group, reached in zip(ordered, accumulate(item.seconds for item in ordered), strict=True):
        yield (
            empty
            | dict(zip(names, group.labels, strict=True))
            | {
                "downtimeSeconds": group.seconds,
                "downtimeHours": group.seconds / _HOUR,
                "occurrences": group.stops,
                "longestSeconds": group.longest,
                "share": group.seconds / whole if whole else None,
                "cumulativeShare": reached / whole if whole else None,
                "lastLogDate": group.last,
            }
        )
