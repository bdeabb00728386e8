"""Every filter, alone and with others, against an oracle that looks through all rows in Python."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from millgate.plant.kinds import BOOLEAN, DATE, INSTANT, INTEGER, TEXT
from millgate.plant.resource import ANY_OF, BEFORE, EQUAL, LIKE, SINCE, Field, Filter, Resource
from plant_suite.house import BEGIN, COMPANIES, END, MAIN, STORED, Case, House, Row, called, whole_case

MEMBERS = {
    "StartDate": "logDate",
    "EndDate": "logDate",
    "ScheduledStartBegin": "scheduledStartDate",
    "ScheduledStartEnd": "scheduledStartDate",
    "DueDateBegin": "dueDate",
    "DueDateEnd": "dueDate",
    "CompletedDateBegin": "completedDate",
    "CompletedDateEnd": "completedDate",
    "StatusSinceBegin": "statusSince",
    "StatusSinceEnd": "statusSince",
    "Status": "workcenterStatus",
    "Event": "workcenterEvent",
}
"""The members that filters of another name compare."""


def member_of(resource: Resource, item: Filter) -> str:
    """The member that a filter compares; empty where rows do not show it."""
    if resource.name == "AuditLogs" and item.kind is INSTANT:
        return "changedAt"
    name = MEMBERS.get(item.name, item.name[0].lower() + item.name[1:])
    return name if any(field.name == name for field in resource.fields) else ""


def told(house: House, resource: Resource, pcn: int) -> list[tuple[Row, Row]]:
    """All rows, each with what filters compare, by the name of the filter."""
    name = "told", resource.name, pcn
    if name not in house.known:
        hidden = [item for item in resource.filters if not member_of(resource, item)]
        shown = [
            Field(f"_{item.name}", item.kind, f"x.told_{item.name}", "Compared.", item.column)
            for item in hidden
        ]
        more = msgspec.structs.replace(resource, fields=(*resource.fields, *shown))
        case = whole_case(resource)
        keys = house.keys(case, pcn) if case.operation.keyed else [None]
        backend = house.answering([more])
        rows = [row for key in keys for row in house.rows(case, pcn=pcn, key=key, backend=backend)]
        house.known[name] = [_split(resource, row) for row in rows]
    return house.known[name]  # type: ignore[return-value]


def _split(resource: Resource, row: Row) -> Any:
    compared = {item.name: row[member_of(resource, item) or f"_{item.name}"] for item in resource.filters}
    return {name: value for name, value in row.items() if not name.startswith("_")}, compared


# What a filter finds, said in Python


def holds(item: Filter, stored: Any, values: list[Any]) -> bool:
    """Whether a row with this value is found by these values."""
    if stored is None:
        return False
    if item.operator is LIKE:
        return like(stored, values[0])
    if item.kind is INSTANT:
        moment = datetime.fromisoformat(stored).astimezone(UTC)
        return bool(moment >= values[0] if item.operator is SINCE else moment < values[0])
    assert item.operator in {EQUAL, ANY_OF}
    return stored in [str(value) if item.kind is DATE else value for value in values]


@lru_cache(maxsize=100_000)
def like(stored: str, pattern: str) -> bool:
    """`%` stands for any characters, and the letters of ASCII are the same in both cases."""
    parts = (re.escape(folded(part)) for part in pattern.split("%"))
    return re.fullmatch(".*".join(parts), folded(stored), re.DOTALL) is not None


def folded(text: str) -> str:
    return text.encode().lower().decode()  # of bytes, it changes the letters of ASCII alone


# Values worth sending


def worth(item: Filter, stored: list[Any]) -> list[list[Any]]:
    """Values to send, of those that rows hold and those close to them."""
    kept = list(dict.fromkeys(value for value in stored if value not in (None, "")))
    kept = [*kept[:4], *kept[len(kept) // 2 : len(kept) // 2 + 2], *kept[-3:]]
    if item.operator is LIKE:
        texts = [text for value in kept for text in patterns(value)]
        return [[text] for text in dict.fromkeys(texts) if text and len(text) <= 200]
    if item.kind is INSTANT:
        moments = [datetime.fromisoformat(text) for text in kept] or [BEGIN]
        return [[moment + timedelta(microseconds=step)] for moment in moments for step in (-1, 0, 1)]
    if item.kind is BOOLEAN:
        return [[True], [False]]
    if item.kind is INTEGER:
        return [[value] for number in [*kept, 0] for value in (number, number + 1, -number)]
    return [[value] for value in kept] + [kept[:2], kept[1:], ["Hold", "New"]] * (item.operator is ANY_OF)


def patterns(text: str) -> list[str]:
    """Texts that find a value, and some that nearly do."""
    middle, stem = text[1:-1], text[: len(text) // 2]
    return [
        *(
            text,
            text.swapcase(),
            f"{stem}%",
            f"%{middle}%",
            f"%{text[-2:]}",
            "%",
            "%%",
            f"{text}%",
            f"%{text}",
        ),
        *(
            f"{text[:-1]}_",
            f"_{text[1:]}",
            f"{text}x",
            middle,
            f"{stem}%{text[-1:]}",
            f"\\{text}",
            f"{text}\\",
        ),
        *(text.replace("%", "x"), f"{stem}\\%", text.upper(), "Ä%", "ä%", "%\\%", "%_%", "%'%"),
    ]


def sent(item: Filter, values: list[Any]) -> list[str]:
    """Values as a query has them."""
    texts = [str(item.kind.text(value)) for value in values]
    return [text.upper() for text in texts] if item.operator is ANY_OF else texts


def inside_window(case: Case, item: Filter, values: list[Any]) -> bool:
    """Whether a value leaves the window that the operation needs as it must be."""
    windows = [
        window
        for window in case.resource.windows
        if window.most_days and item.name in {window.begin, window.end}
    ]
    return case.operation.keyed or not windows or BEGIN < values[0] < END


MOST = 1000


def found(house: House, case: Case, query: dict[str, Any], pcn: int) -> tuple[list[Row], int]:
    """The first rows that a list finds, and how many there are; of several keys, those of each."""
    keys = house.keys(case, pcn)[-3:] if case.operation.keyed else [None]
    pages = [house.page(case, case.window | query | {"limit": MOST}, key=key, pcn=pcn) for key in keys]
    there = [page for page in pages if page is not None]
    return [row for page in there for row in page["embedded"]], sum(page["total"] for page in there)


def first(rows: list[Row]) -> tuple[list[Row], int]:
    """What `found` should say of these rows."""
    return rows[:MOST], len(rows)


def among(case: Case, house: House, pcn: int) -> list[tuple[Row, Row]]:
    """The rows that `found` looks among."""
    rows = told(house, case.resource, pcn)
    if not case.operation.keyed:
        return rows
    path_key = case.resource.path_key
    assert path_key is not None
    member = path_key.name[0].lower() + path_key.name[1:]
    return [pair for key in house.keys(case, pcn)[-3:] for pair in rows if str(pair[0][member]) == key]


@pytest.mark.parametrize("case", STORED, ids=called)
def test_each_filter_finds_what_the_oracle_finds(house: House, case: Case) -> None:
    pairs = among(case, house, MAIN)
    again = case.operation.keyed and case is not whole_case(case.resource)
    wanted = 3 if again else 16 if len(pairs) < 500 else 7
    for item in case.resource.filters:
        choices = worth(item, [compared[item.name] for _, compared in told(house, case.resource, MAIN)])
        choices = [values for values in choices if inside_window(case, item, values)]
        assert choices, item.name
        for values in choices[:: max(1, len(choices) // wanted)]:
            query = {item.name: sent(item, values)}
            expected = [row for row, compared in pairs if holds(item, compared[item.name], values)]
            assert found(house, case, query, MAIN) == first(expected), query


@st.composite
def several(draw: st.DrawFn, case: Case, house: House, pcn: int) -> dict[str, list[Any]]:
    """Values for several filters of a case, most of them those of one row, so that they find some."""
    rows = told(house, case.resource, pcn)
    _, one = draw(st.sampled_from(rows[:: max(1, len(rows) // 50)]))
    items = [item for item in case.resource.filters if one[item.name] not in (None, "")]
    chosen = draw(st.lists(st.sampled_from(items), min_size=1, max_size=4, unique=True)) if items else []
    return {item.name: draw(st.sampled_from(worth(item, [one[item.name]]))) for item in chosen}


@settings(
    max_examples=12,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.differing_executors,
    ],
)
@given(data=st.data())
@pytest.mark.parametrize("case", STORED, ids=called)
def test_filters_together_find_what_the_oracle_finds(house: House, case: Case, data: st.DataObject) -> None:
    pcn = data.draw(st.sampled_from(COMPANIES))
    chosen = data.draw(several(case, house, pcn))
    items = {item.name: item for item in case.resource.filters}
    for window in case.resource.windows:
        begin, end = chosen.get(window.begin, [BEGIN]), chosen.get(window.end, [END])
        if begin[0] >= end[0]:
            del chosen[window.begin]
    chosen = {name: values for name, values in chosen.items() if inside_window(case, items[name], values)}
    query = {name: sent(items[name], values) for name, values in chosen.items()}
    expected = [
        row
        for row, compared in among(case, house, pcn)
        if all(holds(items[name], compared[name], values) for name, values in chosen.items())
    ]
    assert found(house, case, query, pcn) == first(expected)


@pytest.mark.parametrize("case", STORED, ids=called)
def test_names_are_matched_without_regard_to_case(house: House, case: Case) -> None:
    rows = told(house, case.resource, MAIN)
    for item in case.resource.filters:
        if item.name in case.window:
            continue
        values = sent(item, worth(item, [compared[item.name] for _, compared in rows])[0])
        spelled = [{name: values} for name in (item.name, item.name.upper(), item.name.lower())]
        answers = [found(house, case, query, MAIN) for query in spelled]
        assert answers[0] == answers[1] == answers[2], item.name


@pytest.mark.parametrize("case", STORED, ids=called)
def test_a_filter_that_is_not_repeatable_is_sent_once(house: House, case: Case) -> None:
    for item in case.resource.filters:
        if item.operator is BEFORE or item.operator is ANY_OF or item.name in case.window:
            continue
        text = {INSTANT: INSTANT.text(BEGIN), BOOLEAN: "true", TEXT: "x"}.get(item.kind, "1")
        key = house.keys(case)[0] if case.operation.keyed else None
        answer = house.ask(case, case.window | {item.name: [text, text]}, key=key)
        assert answer.status == 400, item.name
        assert f"{item.name} is given 2 times; send it once." in answer.json["detail"]
