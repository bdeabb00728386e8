"""Every row of every answer is what its declaration promises, and the same on both engines."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any

import pytest

from millgate.plant.kinds import BOOLEAN, DATE, INSTANT, INTEGER, NUMBER, TEXT, TIME_OF_DAY, Kind
from millgate.plant.registry import RESOURCES
from millgate.plant.resource import Field, Resource
from plant_suite.house import CASES, COMPANIES, MAIN, TIERS, Case, House, Row, called, rows_of, whole_case

FORMS = {
    INSTANT: re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z"),
    DATE: re.compile(r"\d{4}-\d\d-\d\d"),
    TIME_OF_DAY: re.compile(r"([01]\d|2[0-3]):[0-5]\d"),
    TEXT: re.compile(".*", re.DOTALL),
}


def is_of(kind: Kind, value: Any) -> bool:
    """Whether a value has the form that its kind has on the wire."""
    if kind is BOOLEAN:
        return isinstance(value, bool)
    if kind is INTEGER:
        return type(value) is int
    if kind is NUMBER:
        # A whole number is counted, and so has no fraction.
        return type(value) is int or (
            type(value) is float and math.isfinite(value) and not value.is_integer()
        )
    return isinstance(value, str) and FORMS[kind].fullmatch(value) is not None


def assert_shaped(fields: Iterable[Field], rows: list[Row]) -> None:
    names = [field.name for field in fields]
    for row in rows:
        assert list(row) == names
        for field in fields:
            value = row[field.name]
            if field.rows:
                assert_shaped(field.rows.fields, value)
            else:
                assert value is None or is_of(field.kind, value), (field.name, row)


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)
def test_rows_have_the_declared_members_in_their_order_and_kinds(house: House, resource: Resource) -> None:
    for tier in TIERS:
        for pcn in COMPANIES:
            rows = house.all(resource, pcn, tier)
            assert rows, (tier, pcn)
            assert_shaped(resource.fields, rows)


@pytest.mark.parametrize("case", [case for case in CASES if case.operation.keyed], ids=called)
def test_what_a_key_finds_is_part_of_the_whole(house: House, case: Case) -> None:
    whole = house.all(case.resource)
    if case.resource.dimensions:
        return
    found = []
    for key in house.keys(case)[-60:]:
        answer = house.ask(case, case.window | ({"limit": 1000} if case.listing else {}), key=key)
        assert answer.status in {200, 404}
        if answer.status == 200:
            assert_shaped(case.resource.fields, answer.json["embedded"])
            found += answer.json["embedded"]
    assert found
    assert all(row in whole for row in found[:100])


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)
def test_each_tier_has_rows_of_its_own(house: House, resource: Resource) -> None:
    production, test = (house.all(resource, MAIN, tier) for tier in TIERS)
    assert production != test or resource.name in {
        "CompanyProfile",
        "Buildings",
        "Shifts",
        "WorkcenterStatuses",
    }


def test_a_tier_is_the_one_that_was_asked(house: House) -> None:
    logs = next(item for item in RESOURCES if item.name == "WorkcenterProductionLogs")
    for tier in TIERS:
        written = {row["production_log_key"] for row in rows_of(tier).of("production_log", MAIN)}
        assert {row["productionLogKey"] for row in house.all(logs, MAIN, tier)} == written


def assert_alike(first: Any, second: Any, where: str) -> None:
    """Numbers agree to twelve digits and all else is equal."""
    if isinstance(first, float) or isinstance(second, float):
        assert first is not None, where
        assert second is not None, where
        assert math.isclose(first, second, rel_tol=1e-12), (where, first, second)
    elif isinstance(first, dict):
        assert list(first) == list(second), where
        for name in first:
            assert_alike(first[name], second[name], f"{where}.{name}")
    elif isinstance(first, list):
        assert len(first) == len(second), where
        for number, (one, other) in enumerate(zip(first, second, strict=True)):
            assert_alike(one, other, f"{where}[{number}]")
    else:
        assert first == second, (where, first, second)


@pytest.mark.parametrize("tier", TIERS)
@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)
def test_both_engines_show_the_same(
    sqlite_house: House, postgres_house: House, resource: Resource, tier: str
) -> None:
    for pcn in COMPANIES:
        first, second = (house.all(resource, pcn, tier) for house in (sqlite_house, postgres_house))
        assert_alike(first, second, resource.name)


GROUPED = [resource for resource in RESOURCES if resource.dimensions]


@pytest.mark.parametrize("resource", GROUPED, ids=lambda resource: resource.name)
def test_both_engines_sum_alike_however_they_group(
    sqlite_house: House, postgres_house: House, resource: Resource
) -> None:
    names = [item.name for item in resource.dimensions]
    case = whole_case(resource)
    for groups in [["None"], *([name] for name in names), names]:
        first, second = (house.rows(case, {"GroupBy": groups}) for house in (sqlite_house, postgres_house))
        assert_alike(first, second, f"{resource.name} by {groups}")
