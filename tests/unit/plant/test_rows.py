from __future__ import annotations

import json
from typing import Any

import pytest

from millgate.plant.registry import RESOURCES
from millgate.plant.rows import RowCheck
from millgate.stores.ports import ColumnFailed

BY_NAME = {resource.name: resource for resource in RESOURCES}
COMPANY = {
    "name": "Works",
    "plexusCustomerCode": "W",
    "pcn": 1,
    "timeZone": "UTC",
    "productionDayStart": "06:00",
}
BUILDING = {
    "buildingKey": 1,
    "buildingCode": "M",
    "name": "Mill",
    "active": True,
    "city": "",
    "state": "",
    "country": "",
    "departments": [{"departmentNo": 100, "name": "Press"}, {"departmentNo": 200, "name": None}],
}


def check(name: str) -> RowCheck:
    return RowCheck(name, BY_NAME[name].fields)


def text(*rows: dict[str, Any]) -> bytes:
    return b"\n".join(json.dumps(row, ensure_ascii=False).encode() for row in rows)


def blamed(name: str, *rows: dict[str, Any]) -> str:
    with pytest.raises(ColumnFailed) as failed:
        check(name).rows(text(*rows))
    return failed.value.column


def test_rows_have_a_member_for_each_field() -> None:
    (row,) = check("CompanyProfile").rows(text(COMPANY))
    assert {name: getattr(row, name) for name in COMPANY} == COMPANY


def test_no_rows_are_no_rows() -> None:
    assert check("Buildings").rows(b"") == []


def test_null_is_a_value_of_every_kind_but_of_rows() -> None:
    empty = dict.fromkeys(BUILDING) | {"departments": []}
    assert check("Buildings").rows(text(empty))[0].active is None
    assert blamed("Buildings", dict.fromkeys(BUILDING)) == "departments"


def test_a_value_of_another_kind_blames_its_column() -> None:
    assert blamed("CompanyProfile", COMPANY, COMPANY | {"plexusCustomerCode": 5}) == "plexus_customer_code"
    assert blamed("CompanyProfile", COMPANY | {"productionDayStart": "six"}) == "production_day_start"
    assert blamed("CompanyProfile", COMPANY | {"pcn": "1"}, COMPANY) == "pcn_key"


def test_a_truth_value_that_is_none_blames_its_column() -> None:
    assert blamed("Buildings", BUILDING | {"active": 2}) == "active"


def test_rows_inside_a_row_are_of_their_kinds() -> None:
    (row,) = check("Buildings").rows(text(BUILDING))
    assert [(inner.departmentNo, inner.name) for inner in row.departments] == [(100, "Press"), (200, None)]


def test_a_value_inside_a_row_blames_its_own_column() -> None:
    wrong = [{"departmentNo": 1, "name": ""}, {"departmentNo": "one", "name": ""}]
    assert blamed("Buildings", BUILDING, BUILDING | {"departments": wrong}) == "department_no"


@pytest.mark.parametrize("name", ["name", "timeZone"])
def test_text_that_is_not_utf8_blames_its_column(name: str) -> None:
    broken = text(COMPANY, COMPANY | {name: "here"}).replace(b"here", b"h\xffre")
    with pytest.raises(ColumnFailed) as failed:
        check("CompanyProfile").rows(broken)
    assert failed.value.column == {"name": "name", "timeZone": "time_zone"}[name]


def test_text_that_is_not_utf8_inside_a_row_blames_its_own_column() -> None:
    broken = text(BUILDING).replace(b"Press", b"Pr\xffss")
    with pytest.raises(ColumnFailed, match=r"^name$"):
        check("Buildings").rows(broken)


def test_the_replacement_character_is_a_character() -> None:
    row = COMPANY | {"name": "\ufffd"}
    assert check("CompanyProfile").rows(text(row))[0].name == "\ufffd"
    assert blamed("CompanyProfile", row | {"pcn": "1"}) == "pcn_key"


def test_a_number_that_is_none_blames_its_column() -> None:
    broken = text(COMPANY).replace(b'"pcn": 1', b'"pcn": 9e999')
    with pytest.raises(ColumnFailed, match=r"^pcn_key$"):
        check("CompanyProfile").rows(broken)


@pytest.mark.parametrize("separator", ["\u2028", "\u0085", "\x0b", "\x1c", "\r"])
def test_a_row_ends_at_the_end_of_a_line_alone(separator: str) -> None:
    row = COMPANY | {"name": f"a{separator}b"}
    assert check("CompanyProfile").rows(text(row, COMPANY))[0].name == f"a{separator}b"
    assert blamed("CompanyProfile", row, COMPANY | {"pcn": "1"}) == "pcn_key"
