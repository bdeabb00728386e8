"""What performance is made of, read from a plant's database in one statement, and so in one view of it.

Each row becomes one line of JSON: an array that begins with what it is. The same texts serve SQLite and
PostgreSQL, but for a few words.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import datetime, time
from functools import lru_cache
from typing import Any, Final, TypeAlias

import msgspec

from millgate.plant.dialects import DIALECTS, Dialect
from millgate.plant.kinds import TEXT
from millgate.plant.performance.calendar import Calendar, Segment, Shift
from millgate.plant.performance.elements import Element, Pieces, Running, Stretch, element_of
from millgate.plant.performance.oee import Group, Performance, performance
from millgate.plant.resource import LIKE
from millgate.stores.ports import PlantReader, Select

SECONDS: Final = 30.0
_TEXTS_KEPT: Final = 16


class _Company(msgspec.Struct, frozen=True, array_like=True, tag="company"):
    time_zone: str
    day_start: str


class _Shift(msgspec.Struct, frozen=True, array_like=True, tag="shift"):
    name: str
    start: str
    end: str
    days: str


class _Workcenter(msgspec.Struct, frozen=True, array_like=True, tag="workcenter"):
    key: int
    code: str
    group: str


class _Status(msgspec.Struct, frozen=True, array_like=True, tag="status"):
    key: int
    off: int
    production: int
    setup: int
    downtime: int
    maintenance: int
    iso_time_element: str

    def element(self) -> Element:
        """What time spent in it is."""
        return element_of(
            off=bool(self.off),
            production=bool(self.production),
            setup=bool(self.setup),
            downtime=bool(self.downtime),
            maintenance=bool(self.maintenance),
            iso_time_element=self.iso_time_element,
        )


class _Logged(msgspec.Struct, frozen=True, array_like=True, tag="logged", gc=False):
    """A row of the status log; `end` is None while it is open."""

    workcenter_key: int
    begin: float
    end: float | None
    status_key: int
    running: Running


_Line: TypeAlias = _Company | _Shift | _Workcenter | _Status | _Logged | Pieces
_LINES: Final = msgspec.json.Decoder(_Line)


class _Words(msgspec.Struct, frozen=True):
    """Where the engines differ in what only this file says; the rest is told by `dialects`."""

    array: str
    seconds: str


_WORDS: Final = {
    "sqlite": _Words(
        array="json_array({})",
        # Whole seconds and fraction apart: strftime rounds up what is close to the next second.
        seconds="(strftime('%s', substr({0}, 1, 19)) + CAST('0' || substr({0}, 20) AS REAL))",
    ),
    "postgresql": _Words(
        array="json_build_array({})",
        seconds="extract(epoch FROM {0})",
    ),
}
# Counting would read every row once more, and nobody asks.
_UNCOUNTED: Final = "SELECT 0"


def select_of(
    dialect: str,
    pcn: int,
    begin: datetime,
    end: datetime,
    *,
    key: int | None = None,
    group_like: str | None = None,
    code_like: str | None = None,
) -> Select:
    """The statement for a company's window [`begin`, `end`).

    The patterns are those of LIKE, with a backslash before a `%` or `_` that stands for itself.
    """
    chosen = {"key": key, "group_like": group_like, "code_like": code_like}
    given = {name: value for name, value in chosen.items() if value is not None}
    page = _page(dialect, frozenset(given))
    return Select(page, _UNCOUNTED, {"pcn": pcn, "begin": begin, "end": end, **given})


# The text depends on which filters are used, not on their values, so that few texts serve all calls.
@lru_cache(maxsize=_TEXTS_KEPT)
def _page(dialect: str, filters: frozenset[str]) -> str:
    words = _WORDS[dialect]
    lines = " UNION ALL ".join(
        f"SELECT CAST({words.array.format(columns)} AS TEXT) AS j FROM {source}"  # noqa: S608 - texts of this file
        for columns, source in _parts(words)
    )
    spoken = DIALECTS[dialect]
    return f"WITH chosen AS ({_chosen(spoken, filters)}) {spoken.page.replace('{rows}', lines)}"


def _chosen(dialect: Dialect, filters: frozenset[str]) -> str:
    """The workcenters asked for, each with the row of the status it had when the window began.

    One step in the index finds that row; without it all history would have to be looked through for one
    that reaches into the window.
    """
    wheres = {
        "key": "w.workcenter_key = :key",
        "group_like": _alike(dialect, "w.workcenter_group", "group_like"),
        "code_like": _alike(dialect, "w.workcenter_code", "code_like"),
    }
    where = " AND ".join(["w.pcn = :pcn", *(wheres[name] for name in sorted(filters))])
    return (
        "SELECT w.workcenter_key, w.workcenter_code, w.workcenter_group,"  # noqa: S608 - texts of this file
        " (SELECT p.log_key FROM plant_status_log p WHERE p.pcn = :pcn"
        " AND p.workcenter_key = w.workcenter_key AND p.log_date <= :begin"
        " ORDER BY p.log_date DESC, p.log_key DESC LIMIT 1) AS first_log_key"
        f" FROM plant_workcenter w WHERE {where}"
    )


def _alike(dialect: Dialect, column: str, name: str) -> str:
    return LIKE.sql.format(column=column, value=dialect.bind(TEXT, name), like=dialect.like)


def _parts(words: _Words) -> Iterator[tuple[str, str]]:
    """The columns and the source of each kind of line, in the order of the members they are read into."""
    yield "'company', c.time_zone, c.production_day_start", "plant_pcn c WHERE c.pcn = :pcn"
    yield (
        "'shift', h.shift, h.start_time, h.end_time, h.days_of_week",
        "plant_shift h WHERE h.pcn = :pcn",
    )
    yield "'workcenter', w.workcenter_key, w.workcenter_code, w.workcenter_group", "chosen w"
    yield (
        f"'status', s.workcenter_status_key, {_flags()}, s.iso_time_element",
        "plant_workcenter_status s WHERE s.pcn = :pcn",
    )
    # Two sources: no planner can guess how far back the first row lies, and one for both would read it all.
    yield _logged(words, "l.log_key = w.first_log_key")
    yield _logged(words, "l.log_date > :begin AND l.log_date < :end")
    yield _pieces(words, "plant_production_log", good="NOT l.rejected", rejected="l.rejected")
    yield _pieces(words, "plant_scrap_log", scrapped="1 = 1")


def _logged(words: _Words, when: str) -> tuple[str, str]:
    begin, end = words.seconds.format("l.log_date"), words.seconds.format("l.end_date")
    columns = f"'logged', l.workcenter_key, {begin}, {end}, l.workcenter_status_key, {_running(words)}"
    source = (
        f"chosen w JOIN plant_status_log l ON l.pcn = :pcn AND l.workcenter_key = w.workcenter_key AND {when}"
    )
    return columns, source


def _flags() -> str:
    names = ("off_status", "production_status", "setup_status", "downtime_status", "maintenance_status")
    return ", ".join(f"CASE WHEN s.{name} THEN 1 ELSE 0 END" for name in names)


def _running(words: _Words) -> str:
    return words.array.format("l.job_key, l.job_no, l.part_key, l.part_no, l.revision")


def _pieces(
    words: _Words, table: str, *, good: str = "1 = 0", rejected: str = "1 = 0", scrapped: str = "1 = 0"
) -> tuple[str, str]:
    """Pieces with the rates of the day they were set up, or else those their workcenter is approved with."""
    quantities = ", ".join(
        f"CASE WHEN {which} THEN l.quantity ELSE 0 END" for which in (good, rejected, scrapped)
    )
    rates = ", ".join(
        f"CASE WHEN u.setup_key IS NULL THEN a.{rate} ELSE u.{rate} END"
        for rate in ("ideal_rate", "standard_production_rate")
    )
    columns = (
        f"'pieces', l.workcenter_key, {words.seconds.format('l.record_date')}, l.report_date, l.shift,"
        f" {quantities}, {rates}, {_running(words)}"
    )
    source = (
        f"chosen w JOIN {table} l ON l.pcn = :pcn AND l.workcenter_key = w.workcenter_key"
        " AND l.record_date >= :begin AND l.record_date < :end"
        " LEFT JOIN plant_workcenter_setup u ON u.setup_key = l.setup_key AND u.pcn = :pcn"
        " LEFT JOIN plant_approved_workcenter a ON a.part_operation_key = l.part_operation_key"
        " AND a.workcenter_key = l.workcenter_key AND a.pcn = :pcn"
    )
    return columns, source


class Observed(msgspec.Struct, frozen=True):
    """What was read: the company's calendar, its workcenters, and what they did in the window.

    Attributes:
        workcenters: code and group by key.
    """

    calendar: Calendar
    workcenters: dict[int, tuple[str, str]]
    stretches: list[Stretch]
    pieces: list[Pieces]


def observed(text: bytes, open_until: float) -> Observed:
    """What a page says; the statuses that are open last until `open_until`.

    Raises:
        LookupError: the company is not there, or its time zone is none.
    """
    lines: defaultdict[type[_Line], list[Any]] = defaultdict(list)
    for line in _LINES.decode_lines(text):
        lines[type(line)].append(line)
    if not lines[_Company]:
        raise LookupError("there is no such company")
    elements = {status.key: status.element() for status in lines[_Status]}
    return Observed(
        _calendar(lines[_Company][0], lines[_Shift]),
        {workcenter.key: (workcenter.code, workcenter.group) for workcenter in lines[_Workcenter]},
        [_stretch(logged, elements, open_until) for logged in lines[_Logged]],
        lines[Pieces],
    )


def _calendar(company: _Company, shifts: list[_Shift]) -> Calendar:
    return Calendar(
        company.time_zone,
        time.fromisoformat(company.day_start),
        [
            Shift(line.name, time.fromisoformat(line.start), time.fromisoformat(line.end), line.days)
            for line in shifts
        ],
    )


def _stretch(line: _Logged, elements: dict[int, Element], open_until: float) -> Stretch:
    end = open_until if line.end is None else line.end
    # A status that is not declared (any more) is planned time of which nothing else is known.
    element = elements.get(line.status_key, Element.IDLE)
    return Stretch(line.workcenter_key, line.begin, end, element, line.running)


async def performance_rows(
    reader: PlantReader,
    pcn: int,
    begin: datetime,
    end: datetime,
    now: datetime,
    *,
    groups: Collection[Group] = (),
    key: int | None = None,
    group_like: str | None = None,
    code_like: str | None = None,
    seconds: float = SECONDS,
) -> list[Performance]:
    """The performance of a company's workcenters in the window [`begin`, `end`), told apart by `groups`.

    Instants are aware. A status that is open lasts until `now` or the window's end, whichever comes first.
    Rows come in the order of workcenter codes, then as `performance` orders them. A workcenter of which
    the logs say nothing in the window has none.

    Args:
        reader: of the company's database.
        pcn: the company.
        begin: the window's first instant.
        end: the first instant after the window.
        now: the present.
        groups: by what to tell apart.
        key: of the one workcenter asked for.
        group_like: a LIKE pattern that the workcenter's group matches; upper and lower case of ASCII are
            one, and a backslash takes `%` and `_` literally.
        code_like: the same for the workcenter's code.
        seconds: how long the database may take.

    Raises:
        LookupError: the company is not there, or its time zone is none.
        QueryTimedOut, ConnectTimedOut, StoreUnreachable, ColumnFailed: as the reader does.
    """
    select = select_of(reader.dialect, pcn, begin, end, key=key, group_like=group_like, code_like=code_like)
    page = await reader.select(select, seconds)
    window = begin.timestamp(), end.timestamp()
    return await asyncio.to_thread(_rows, page.text, window, now.timestamp(), groups)


def _rows(
    text: bytes, window: tuple[float, float], now: float, groups: Collection[Group]
) -> list[Performance]:
    seen = observed(text, min(now, window[1]))
    rows = performance(seen.stretches, seen.pieces, _segments(seen, window), groups)
    named = [_named(row, *seen.workcenters[row.workcenter_key]) for row in rows]
    return sorted(named, key=lambda row: (row.workcenter_code, row.workcenter_key))


def _segments(seen: Observed, window: tuple[float, float]) -> list[Segment]:
    """The segments of the window, as far as anything happened in it: it may reach over centuries."""
    instants = [stretch.begin for stretch in seen.stretches]
    instants += [stretch.end for stretch in seen.stretches]
    instants += [record.at for record in seen.pieces]
    if not instants:
        return []
    begin, end = max(window[0], min(instants)), min(window[1], max(instants) + 1)
    return seen.calendar.segments(begin, end)


def _named(row: Performance, code: str, group: str) -> Performance:
    return msgspec.structs.replace(row, workcenter_code=code, workcenter_group=group)
