"""What every resource promises, asked of each operation of the registry over a real database.

Nothing here names a resource except where two names mean one thing; a resource that is added is covered by
being registered, as soon as `support.plant_database` gives it rows in both companies.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlencode, urlsplit

import msgspec
import pytest

from millgate.plant.kinds import (
    BOOLEAN,
    DATE,
    INSTANT,
    INTEGER,
    NUMBER,
    ROWS,
    TEXT,
    TIME_OF_DAY,
    Kind,
)
from millgate.plant.registry import RESOURCES, controllers, target_of
from millgate.plant.resource import (
    ANY_OF,
    BEFORE,
    EQUAL,
    LIKE,
    SINCE,
    Action,
    Field,
    Filter,
    Operation,
    Resource,
)
from support.plant_database import HOME_PCN, OTHER_PCN, Plant, principal, small_plant

BEGIN, END = "2025-12-31T00:00:00Z", "2026-01-31T00:00:00Z"
"""All rows of the small plant lie between them, and they are as far apart as a window may be."""

INSTANT_TEXT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z")


@dataclass(frozen=True)
class Case:
    """One operation, and the path key with which each company can call it."""

    resource: Resource
    operation: Operation

    @property
    def target(self) -> str:
        return target_of(self.resource, self.operation.action)

    @property
    def window(self) -> dict[str, Any]:
        """What the operation must be sent, and all groups of a report, which tell its rows apart."""
        ends: dict[str, Any] = dict.fromkeys(sorted(self.resource.required(keyed=self.operation.keyed)), END)
        begins = {window.begin: BEGIN for window in self.resource.windows if window.begin in ends}
        groups = [item.name for item in self.resource.dimensions]
        return ends | begins | ({"GroupBy": groups} if groups else {})

    def key(self, pcn: int) -> dict[str, str]:
        """A path key of this company."""
        if not self.operation.keyed or self.resource.path_key is None:
            return {}
        base = {HOME_PCN: 100, OTHER_PCN: 900}[pcn]
        text = f"SN{base}A" if self.resource.path_key.kind is TEXT else str(base + 1)
        return {self.resource.path_key.name: text}


CASES = [
    pytest.param(Case(resource, operation), id=operation.key)
    for resource in RESOURCES
    for operation in resource.operations
    if not operation.action.writes
]
LISTS = [case for case in CASES if case.values[0].operation.action is Action.LIST]  # type: ignore[union-attr]
PLAIN = [case for case in LISTS if not case.values[0].resource.dimensions]  # type: ignore[union-attr]
"""Lists of stored rows: what filters leave of a report is summed anew, which `plant_suite` looks at."""
KEYED = [case for case in CASES if case.values[0].operation.keyed]  # type: ignore[union-attr]


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    made = Plant(small_plant(tmp_path_factory.mktemp("plant") / "plant.db"))
    yield made
    made.reader.close()


def rows_of(
    plant: Plant, case: Case, pcn: int = HOME_PCN, query: dict[str, Any] | None = None
) -> list[dict[str, Any]]:
    """All rows that a call finds; none where it is the 404 of an empty list."""
    paging = {"limit": 1000} if case.operation.action is Action.LIST else {}
    text = urlencode(case.window | paging | (query or {}), doseq=True)
    answer = plant.ask(case.target, text, by=principal(pcn), **case.key(pcn))
    if answer.status == 404:
        return []
    assert answer.status == 200, answer.json
    found: list[dict[str, Any]] = answer.json["embedded"]
    assert len(found) == answer.json["total"]
    return found


# --- the form of rows


def is_of(kind: Kind, value: Any) -> bool:
    """Whether a value has the form that its kind has on the wire."""
    if kind in {INTEGER, NUMBER}:
        return not isinstance(value, bool) and isinstance(value, int if kind is INTEGER else int | float)
    if kind is BOOLEAN:
        return isinstance(value, bool)
    forms = {
        INSTANT: INSTANT_TEXT,
        DATE: re.compile(r"\d{4}-\d\d-\d\d"),
        TIME_OF_DAY: re.compile(r"\d\d:\d\d"),
        TEXT: re.compile(".*", re.DOTALL),
    }
    return isinstance(value, str) and forms[kind].fullmatch(value) is not None


def assert_shaped(fields: Iterable[Field], rows: list[dict[str, Any]]) -> None:
    for row in rows:
        assert list(row) == [field.name for field in fields]
        for field in fields:
            if field.rows:
                assert_shaped(field.rows.fields, row[field.name])
            else:
                assert row[field.name] is None or is_of(field.kind, row[field.name]), (field.name, row)


@pytest.mark.parametrize("pcn", [HOME_PCN, OTHER_PCN])
@pytest.mark.parametrize("case", CASES)
def test_rows_have_the_declared_members_in_their_order_and_kinds(plant: Plant, case: Case, pcn: int) -> None:
    rows = rows_of(plant, case, pcn)
    assert rows
    assert_shaped(case.resource.fields, rows)


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)
def test_every_member_has_a_value_in_some_row(plant: Plant, resource: Resource) -> None:
    case = Case(resource, [item for item in resource.operations if item.action is Action.LIST][-1])
    rows = rows_of(plant, case)
    empty = [field.name for field in resource.fields if all(row[field.name] in (None, []) for row in rows)]
    assert empty == []


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)
def test_rows_inside_a_row_are_declared_as_such(resource: Resource) -> None:
    for field in resource.fields:
        assert (field.rows is not None) == (field.kind is ROWS)
        if field.rows:
            assert not [inner for inner in field.rows.fields if inner.rows]


# --- companies and controllers


@pytest.mark.parametrize("case", CASES)
def test_no_row_of_one_company_is_a_row_of_the_other(plant: Plant, case: Case) -> None:
    home, other = (rows_of(plant, case, pcn) for pcn in (HOME_PCN, OTHER_PCN))
    assert len(home) == len(other) > 0
    assert not [row for row in home if row in other]


@pytest.mark.parametrize("case", KEYED)
def test_a_key_of_one_company_is_no_key_of_the_other(plant: Plant, case: Case) -> None:
    query = urlencode(case.window, doseq=True)
    foreign = case.key(HOME_PCN)
    assert plant.ask(case.target, query, by=principal(OTHER_PCN), **foreign).status == 404


@pytest.mark.parametrize("case", PLAIN)
def test_no_filter_opens_the_rows_of_another_company(plant: Plant, case: Case) -> None:
    home, own = rows_of(plant, case), rows_of(plant, case, OTHER_PCN)
    for item, _, values in comparisons(plant, case, home):
        for value in values:
            found = rows_of(plant, case, OTHER_PCN, {item.name: sent(item, value)})
            assert all(row in own for row in found), (item.name, value)


@pytest.mark.parametrize("refused", sorted(controllers()))
def test_a_controller_that_is_not_granted_is_the_only_one_refused(plant: Plant, refused: str) -> None:
    for case in (param.values[0] for param in CASES):
        assert isinstance(case, Case)
        by = principal(reads=controllers() - {refused})
        answer = plant.ask(case.target, urlencode(case.window, doseq=True), by=by, **case.key(HOME_PCN))
        assert answer.status == (403 if case.resource.controller == refused else 200), case.target


# --- keys


@pytest.mark.parametrize("text", ["4711999", "-1", "x", "1.5", "9223372036854775808", "101 ", "%", "a\x00"])
@pytest.mark.parametrize("case", KEYED)
def test_a_key_of_no_row_and_a_text_that_is_no_key_are_the_404(plant: Plant, case: Case, text: str) -> None:
    assert case.resource.path_key is not None
    answer = plant.ask(case.target, urlencode(case.window, doseq=True), **{case.resource.path_key.name: text})
    assert answer.status == 404
    assert answer.json["detail"] == f"Resource not found. {case.resource.name}"


@pytest.mark.parametrize("case", [case for case in KEYED if case not in LISTS])
def test_each_row_of_a_list_is_found_by_its_key(plant: Plant, case: Case) -> None:
    assert case.resource.path_key is not None
    listed = rows_of(plant, Case(case.resource, case.resource.operations[0]))
    for row in listed:
        key = str(row[case.resource.fields[0].name])
        answer = plant.ask(case.target, **{case.resource.path_key.name: key})
        assert answer.json["embedded"] == [row]


# --- pages


@pytest.mark.parametrize("limit", [1, 3, 100])
@pytest.mark.parametrize("case", LISTS)
def test_walking_next_visits_each_row_once_in_the_order_of_the_whole(
    plant: Plant, case: Case, limit: int
) -> None:
    whole = rows_of(plant, case)
    limit = max(limit, len(whole) // 10)
    query: str | None = urlencode(case.window | {"limit": limit}, doseq=True)
    walked: list[dict[str, Any]] = []
    while query is not None:
        page = plant.ask(case.target, query, **case.key(HOME_PCN)).json
        walked += page["embedded"]
        assert page["count"] == len(page["embedded"]) <= limit
        query = next((urlsplit(link["href"]).query for link in page["links"] if link["rel"] == "next"), None)
    assert walked == whole


# --- filters, against an oracle that compares in Python

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


@cache
def telling(case: Case, path: Any, item: Filter) -> dict[int, list[Any]]:
    """What a filter compares that rows do not show, by company and in the order of the list."""
    shown = Field("compared", item.kind, "x.compared", "What is compared.", item.column)
    resource = msgspec.structs.replace(case.resource, fields=(*case.resource.fields, shown))
    made = Plant(path, resources=(resource,))
    found = {
        pcn: [row["compared"] for row in rows_of(made, Case(resource, case.operation), pcn)]
        for pcn in (HOME_PCN, OTHER_PCN)
    }
    made.reader.close()
    return found


def compared(plant: Plant, case: Case, item: Filter, rows: list[dict[str, Any]]) -> list[Any]:
    """What a filter compares, for each row."""
    member = MEMBERS.get(item.name, item.name[0].lower() + item.name[1:])
    if any(field.name == member for field in case.resource.fields):
        return [row[member] for row in rows]
    return telling(case, plant.path, item)[HOME_PCN]


def comparisons(
    plant: Plant, case: Case, rows: list[dict[str, Any]]
) -> Iterator[tuple[Filter, list[Any], list[Any]]]:
    """Each filter, what it compares, and values worth sending."""
    for item in case.resource.filters:
        stored = compared(plant, case, item, rows)
        values = list(dict.fromkeys(value for value in stored if value is not None))[:6]
        if item.operator is LIKE:
            values = [text for value in values for text in patterns(value)]
        elif item.kind is INSTANT:
            values = [value for text in values for value in around(text)]
        elif item.kind is INTEGER:
            values += [value + 1 for value in values]
        elif item.kind is BOOLEAN:
            values = [True, False]
        yield item, stored, [value for value in values if value != ""]


def patterns(text: str) -> list[str]:
    """Texts that find a value, and some that nearly do."""
    middle = text[1:-1]
    close = text[:-1] + "_" if text else ""
    return [text, text.swapcase(), text[:2] + "%", f"%{middle}%", "%", close, text + "x", middle]


def around(text: str) -> list[datetime]:
    """An instant, the one just before and the one just behind."""
    moment = datetime.fromisoformat(text)
    return [moment + timedelta(microseconds=step) for step in (-1, 0, 1)]


def sent(item: Filter, value: Any) -> str | list[str]:
    """A value as a query has it."""
    if item.operator is ANY_OF:
        return [str(value), str(value).upper()]
    return str(item.kind.text(value))


def holds(item: Filter, stored: Any, value: Any) -> bool:
    """What SQL should find, said in Python."""
    if stored is None:
        return False
    if item.operator is LIKE:
        return like(stored, value)
    if item.kind is INSTANT:
        moment = datetime.fromisoformat(stored).astimezone(UTC)
        return bool(moment >= value if item.operator is SINCE else moment < value)
    assert item.operator in {EQUAL, ANY_OF}
    return bool(stored == value)


def like(stored: str, pattern: str) -> bool:
    """`%` stands for any characters; letters are compared as SQLite does, which folds those of ASCII."""
    parts = (re.escape(folded(part)) for part in pattern.split("%"))
    return re.fullmatch(".*".join(parts), folded(stored), re.DOTALL) is not None


def folded(text: str) -> str:
    return "".join(letter.lower() if letter.isascii() else letter for letter in text)


@pytest.mark.parametrize("case", PLAIN)
def test_every_filter_finds_what_an_oracle_finds(plant: Plant, case: Case) -> None:
    rows = rows_of(plant, case)
    names = []
    for item, stored, values in comparisons(plant, case, rows):
        names.append(item.name)
        assert values, item.name
        for value in values:
            found = rows_of(plant, case, query={item.name: sent(item, value)})
            expected = [row for row, at in zip(rows, stored, strict=True) if holds(item, at, value)]
            assert found == expected, (item.name, value)
    assert names == [item.name for item in case.resource.filters]


@pytest.mark.parametrize("case", PLAIN)
def test_all_filters_together_find_the_rows_that_each_finds(plant: Plant, case: Case) -> None:
    rows = rows_of(plant, case)
    query: dict[str, Any] = {}
    expected = rows
    for item, stored, _ in comparisons(plant, case, rows):
        if stored[0] in (None, "") or item.operator is BEFORE:
            continue
        value = datetime.fromisoformat(stored[0]) if item.kind is INSTANT else stored[0]
        query[item.name] = sent(item, value)
        kept = [row for row, at in zip(rows, stored, strict=True) if holds(item, at, value)]
        expected = [row for row in expected if row in kept]
    assert rows_of(plant, case, query=query) == expected
    assert rows[0] in expected


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)
def test_few_values_are_those_that_rows_hold(plant: Plant, resource: Resource) -> None:
    operation = next(item for item in resource.operations if item.action is Action.LIST)
    rows = rows_of(plant, Case(resource, operation))
    for item in resource.filters:
        if item.values and item.kind is TEXT:
            held = {row[item.name[0].lower() + item.name[1:]] for row in rows}
            assert held <= set(item.values), item.name
