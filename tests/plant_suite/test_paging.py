"""Following `next` visits every row once and ends, whatever others do meanwhile."""

from __future__ import annotations

import base64
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from millgate.plant.kinds import INSTANT
from millgate.plant.resource import place_fields
from plant_suite.house import FREE, LISTS, MAIN, STORED, Case, House, Row, called, rows_of
from support.plant_database import Table

PLACED = [case for case in STORED if place_fields(case.resource)]
SETUPS = next(case.resource for case in LISTS if case.resource.name == "WorkcenterSetups")
UNPLACED = [case for case in LISTS if not place_fields(case.resource)]


def links(answer: Any) -> dict[str, str]:
    return {link["rel"]: urlsplit(link["href"]).query for link in answer.json["links"]}


def some_key(house: House, case: Case) -> str | None:
    """A key under which a list has rows: where most was made, or of the job with the most steps."""
    if not case.operation.keyed:
        return None
    assert case.resource.path_key is not None
    if case.resource.path_key.name == "WorkcenterKey":
        mounted = {row["workcenterKey"] for row in house.all(SETUPS)}
        logged = rows_of("production").of("scrap_log", MAIN)
        return str(
            Counter(row["workcenter_key"] for row in logged if row["workcenter_key"] in mounted).most_common(
                1
            )[0][0]
        )
    return str(
        Counter(row["job_key"] for row in rows_of("production").of("job_operation", MAIN)).most_common(1)[0][
            0
        ]
    )


def whole(house: House, case: Case, key: str | None) -> list[Row]:
    """All rows of a list, as one walk over large pages found them when they were first asked for."""
    name = "whole", case.target, key
    if name not in house.known:
        rows = house.rows(case, key=key)
        if key is None:
            assert rows == house.all(case.resource)
        house.known[name] = rows
    return house.known[name]


LIMITS = [
    pytest.param(case, limit, id=f"{called(case)}-{limit}")
    for case in LISTS
    for limit in ((1, 7, 100, 1000) if case in STORED else (7, 100))
]


@pytest.mark.parametrize(("case", "limit"), LIMITS)
def test_following_next_visits_each_row_once_in_order(house: House, case: Case, limit: int) -> None:
    key = some_key(house, case)
    rows = whole(house, case, key)
    # The last rows alone where there are too many to walk over them one by one.
    begin = max(0, len(rows) - (60 if case in STORED else 3) * limit)
    pages = list(house.pages(case, {"limit": limit, "offset": begin}, key=key))
    assert [row for page in pages for row in page] == rows[begin:]
    assert all(len(page) == limit for page in pages[:-1])
    assert len(pages) == -(-(len(rows) - begin) // limit)


@pytest.mark.parametrize("case", LISTS, ids=called)
def test_offsets_alone_agree_with_the_whole(house: House, case: Case) -> None:
    key = some_key(house, case)
    rows = whole(house, case, key)
    offsets = {0, 1 % len(rows), len(rows) // 2, len(rows) - 1} if case in STORED else {len(rows) // 2}
    for offset in sorted(offsets):
        answer = house.ask(case, case.window | {"offset": offset, "limit": 5}, key=key).json
        assert (answer["embedded"], answer["total"]) == (rows[offset : offset + 5], len(rows))
    for offset in (len(rows), 2**63 - 1):
        assert house.ask(case, case.window | {"offset": offset}, key=key).status == 404


@pytest.mark.parametrize("case", LISTS, ids=called)
def test_links_lead_where_they_say(house: House, case: Case) -> None:
    key = some_key(house, case)
    rows = whole(house, case, key)
    limit = max(1, min(len(rows) // 5, 40))
    last = len(rows) - 1 - (len(rows) - 1) % limit
    second = min(limit, last)
    for at in sorted({0, second, last} if case in STORED else {second}):
        answer = house.ask(case, case.window | {"limit": limit, "offset": at}, key=key)
        found = links(answer)
        led = {rel: house.ask(case, query, key=key).json["embedded"] for rel, query in found.items()}
        assert led["self"] == answer.json["embedded"] == rows[at : at + limit]
        assert led["first"] == rows[:limit]
        assert led["last"] == rows[last:]
        assert led.get("prev", []) == rows[max(at - limit, 0) : max(at - limit, 0) + limit] * (at > 0)
        assert led.get("next", []) == rows[at + limit : at + 2 * limit]


@pytest.mark.parametrize("case", LISTS, ids=called)
def test_a_list_on_one_page_links_to_itself_alone(house: House, case: Case) -> None:
    key = some_key(house, case)
    if len(whole(house, case, key)) <= 100:
        assert list(links(house.ask(case, case.window, key=key))) == ["self"]


@pytest.mark.parametrize("case", PLACED, ids=called)
def test_next_carries_the_place_and_the_filters(house: House, case: Case) -> None:
    key = some_key(house, case)
    if len(whole(house, case, key)) < 2:
        return
    following = parse_qs(links(house.ask(case, case.window | {"limit": 1}, key=key))["next"])
    assert set(following) == {"offset", "limit", "after", *case.window}


# Others at work


KEYS = {
    "plant_building": ("building_key", "building_code"),
    "plant_shift": ("shift_key", "shift"),
    "plant_change": ("change_key", ""),
    "plant_part": ("part_key", "part_no"),
    "plant_part_operation": ("part_operation_key", "operation_no"),
    "plant_workcenter": ("workcenter_key", "workcenter_code"),
    "plant_workcenter_status": ("workcenter_status_key", "description"),
    "plant_job": ("job_key", "job_no"),
    "plant_job_operation": ("job_op_key", "operation_no"),
    "plant_production_log": ("production_log_key", ""),
    "plant_scrap_log": ("scrap_log_key", ""),
    "plant_status_log": ("log_key", ""),
    "plant_container": ("serial_no", "serial_no"),
}
"""Tables that rows can be added to by copying one: the key, and what else must be another."""
MOVING = [case for case in PLACED if case.resource.source.split()[0] in KEYS]


class Others:
    """Adds rows like those that stand, at any place among them, and removes its own again."""

    def __init__(self, house: House, table: str, seed: int) -> None:
        self.house, self.table = house, table
        self.random = random.Random(seed)  # noqa: S311 - repeatable on purpose
        self.key, self.distinct = KEYS[table]
        self.standing = list(rows_of("production").tables[table].values())
        self.added: list[Any] = []
        self.free = FREE

    def work(self) -> None:
        """Add some rows and remove some."""
        self.add(3)
        self.random.shuffle(self.added)
        self.remove(self.added[:2])

    def add(self, count: int) -> None:
        copies = [self._copy(self.random.choice(self.standing)) for _ in range(count)]
        self.house.writers["production"].put(
            [Table(self.table, tuple(copies[0]), [tuple(row.values()) for row in copies])]
        )
        self.added += [row[self.key] for row in copies]

    def remove(self, keys: list[Any]) -> None:
        if keys:
            names = ", ".join(f"'{key}'" if isinstance(key, str) else str(key) for key in keys)
            self.house.execute("production", f"DELETE FROM {self.table} WHERE {self.key} IN ({names})")  # noqa: S608
            self.added = [key for key in self.added if key not in keys]

    def _copy(self, row: Row) -> Row:
        self.free += 1
        text = f"{self.free % 1_000_000}"
        row = row | {self.key: self.free}
        if self.table == "plant_status_log":
            row["end_date"] = row["end_date"] or row["log_date"]
        if self.distinct:
            row[self.distinct] = (
                self.free % 1_000_000 + 1000
                if self.distinct == "operation_no"
                else f"{row[self.distinct]}"[:3] + text
            )
        if self.table == "plant_shift":
            row["shift"] = f"{row['shift'][:1]}{text}"
        if self.table == "plant_container":
            # Labels sort anywhere among those that stand.
            row["serial_no"] = f"{self.random.choice(self.standing)['serial_no'][:11]}~{text}"
        return row


@contextmanager
def others(house: House, case: Case, seed: int) -> Iterator[Others]:
    made = Others(house, case.resource.source.split()[0], seed)
    try:
        yield made
    finally:
        made.remove(list(made.added))


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("case", MOVING, ids=called)
def test_rows_that_stand_are_visited_once_while_others_come_and_go(
    house: House, case: Case, seed: int
) -> None:
    key = some_key(house, case)
    standing = whole(house, case, key)
    limit = max(1, len(standing) // 12)
    with others(house, case, seed) as busy:
        busy.add(20)
        visited: list[Row] = []
        for number, page in enumerate(house.pages(case, {"limit": limit}, key=key)):
            visited += page
            if number < 30:
                busy.work()
    own = identity(case)
    stands = {row[own] for row in standing}
    names = [row[own] for row in visited]
    assert [name for name in names if name in stands] == [row[own] for row in standing]
    assert len(names) == len(set(names))
    assert house.rows(case, key=key) == standing


def identity(case: Case) -> str:
    """The member that tells rows apart."""
    names = [field.name for field in case.resource.fields]
    column = KEYS[case.resource.source.split()[0]][0]
    return (
        next(field.name for field in case.resource.fields if field.column.endswith(f".{column}"))
        if names
        else ""
    )


@pytest.mark.parametrize("case", MOVING, ids=called)
def test_a_page_begins_behind_a_row_that_is_gone(house: House, case: Case) -> None:
    key = some_key(house, case)
    standing = whole(house, case, key)
    own = identity(case)
    with others(house, case, 3) as busy:
        busy.add(30)
        mixed = house.rows(case, key=key)
        gone = next((row for row in mixed[:-1] if row not in standing and row[own] in busy.added), None)
        if gone is None:
            return
        at = mixed.index(gone)
        answer = house.ask(case, case.window | {"offset": at, "limit": 1}, key=key)
        busy.remove([gone[own]])
        following = house.ask(case, links(answer)["next"], key=key)
        assert following.json["embedded"] == [mixed[at + 1]]
        assert following.json["total"] == len(mixed) - 1


# Places that no link gave


FORGED = ["", "x", "null", "W10", "!!!!", "A" * 5000, "%00", "' OR 1=1 --", "WzEsMixdXQ", "e30"]


@pytest.mark.parametrize("case", PLACED, ids=called)
def test_a_forged_place_is_a_fault_that_helps(house: House, case: Case) -> None:
    key = some_key(house, case)
    for text in FORGED:
        answer = house.ask(case, case.window | {"after": text}, key=key)
        assert answer.status == 400, text
        assert "after is not a place; take it unchanged from a link." in answer.json["detail"]


HOSTILE = [
    '["a","b",1e999]',
    '["a\\u0000","b",1]',
    '["a\\ud800","b",1]',
    '["a",9223372036854775808]',
    '["\\u0000",1]',
    "[-9223372036854775809,1,1]",
    "[1,2,99999999999999999999]",
    "[true,1,1]",
    "[null,null,null]",
    "[null,1]",
    '["\\u0000"]',
]
HOSTILE_INSTANTS = [
    '["2026-01-05T06:00:00Z",9223372036854775808]',
    '["2026-01-05T06:00:00",1]',
    '["0001-01-01T00:00:00+05:00",1]',
    '["9999-12-31T23:59:59-05:00",1]',
]


@pytest.mark.parametrize("case", PLACED, ids=called)
def test_a_place_that_no_row_can_have_is_a_fault_and_no_failure(house: House, case: Case) -> None:
    key = some_key(house, case)
    timed = place_fields(case.resource)[0].kind is INSTANT
    for text in [*HOSTILE, *(HOSTILE_INSTANTS if timed else [])]:
        place = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
        answer = house.ask(case, case.window | {"after": place}, key=key)
        assert answer.status == 400, text


@pytest.mark.parametrize("case", PLACED, ids=called)
def test_a_place_of_another_resource_finds_rows_of_this_one_or_is_a_fault(house: House, case: Case) -> None:
    key, own = some_key(house, case), house.all(case.resource)
    for other in PLACED:
        foreign = some_key(house, other)
        answer = house.ask(other, other.window | {"limit": 1}, key=foreign)
        place = parse_qs(links(answer).get("next", "")).get("after")
        if place is None:
            continue
        answer = house.ask(case, case.window | {"after": place[0], "limit": 3}, key=key)
        assert answer.status in {200, 400, 404}, other.target
        if answer.status == 200:
            assert all(row in own for row in answer.json["embedded"])


@pytest.mark.parametrize("case", UNPLACED, ids=called)
def test_sums_know_no_place(house: House, case: Case) -> None:
    key = some_key(house, case)
    answer = house.ask(case, case.window | {"after": "W10"}, key=key)
    assert answer.status == 400
    assert "'after' is not a parameter" in answer.json["detail"]
