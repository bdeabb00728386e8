from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millgate.plant.accept import preferred
from millgate.plant.hal import HAL_JSON, JSON, RowShape, links_of
from millgate.plant.plan import Plan, plan
from millgate.plant.registry import RESOURCES
from millgate.plant.resource import Action
from millgate.stores.ports import ColumnFailed
from support.plant_database import call

BY_NAME = {resource.name: resource for resource in RESOURCES}
PARTS = BY_NAME["Parts"]


def links(total: int, query: str = "", base: str = "/P") -> dict[str, str]:
    made = plan(PARTS, Action.LIST, call("Parts.list", query))
    assert isinstance(made, Plan), made.message
    return {link.rel: link.href for link in links_of(made, total, base)}


def shape_of(name: str) -> RowShape:
    return RowShape(name, BY_NAME[name].fields)


def query_of(href: str) -> tuple[int, int]:
    query = parse_qs(urlsplit(href).query)
    return int(query["offset"][0]), int(query["limit"][0])


def test_a_list_on_one_page_links_to_itself_alone() -> None:
    assert links(100) == {"self": "/P"}


def test_a_longer_list_links_to_its_pages() -> None:
    assert links(250, "offset=100") == {
        "self": "/P?offset=100&limit=100",
        "first": "/P?offset=0&limit=100",
        "prev": "/P?offset=0&limit=100",
        "next": "/P?offset=200&limit=100",
        "last": "/P?offset=200&limit=100",
    }


def test_there_is_no_prev_on_the_first_and_no_next_on_the_last_page() -> None:
    assert "prev" not in links(250)
    assert "next" not in links(250, "offset=200")


def test_the_effective_limit_is_shown() -> None:
    assert links(5, "limit=5000")["self"] == "/P?offset=0&limit=1000"


def test_filters_stand_in_links_under_their_documented_names() -> None:
    href = links(5, "modifiedsince=2026-01-05T01:00:00-05:00&PARTNO=T%C3%BC%25%26")["self"]
    assert href == "/P?PartNo=T%C3%BC%25%26&ModifiedSince=2026-01-05T06:00:00Z"


@settings(deadline=None)
@given(
    total=st.integers(1, 1500),
    limit=st.integers(1, 1200),
    offset=st.integers(0, 3000),
    filtered=st.booleans(),
)
def test_walking_next_covers_each_row_once_and_ends(
    total: int, limit: int, offset: int, filtered: bool
) -> None:
    offset %= total
    query = f"offset={offset}&limit={limit}" + ("&PartNo=a%25" if filtered else "")
    seen: list[int] = []
    steps = 0
    while True:
        found = links(total, query)
        at, size = query_of(found["self"])
        seen.extend(range(at, min(at + size, total)))
        assert ("prev" in found) == (at > 0)
        assert query_of(found["first"]) == (0, size)
        steps += 1
        assert steps <= total
        if "next" not in found:
            break
        query = urlsplit(found["next"]).query
    assert seen == list(range(offset, total))
    assert found["self"] == found["last"]


@settings(deadline=None)
@given(total=st.integers(1, 1500), limit=st.integers(1, 1200), offset=st.integers(0, 3000))
def test_walking_prev_reaches_the_first_row(total: int, limit: int, offset: int) -> None:
    found = links(total, f"offset={offset % total}&limit={limit}")
    while "prev" in found:
        before = query_of(found["self"])[0]
        found = links(total, urlsplit(found["prev"]).query)
        assert query_of(found["self"])[0] < before
    assert query_of(found["self"])[0] == 0


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("text/html", JSON),
        ("application/hal+json", HAL_JSON),
        ("application/HAL+json; charset=utf-8", HAL_JSON),
        ("application/json, application/hal+json", JSON),
        ("application/hal+json, application/json", HAL_JSON),
        ("application/json;q=0.5, application/hal+json;q=0.9", HAL_JSON),
        ("application/hal+json;q=0", JSON),
        ("application/hal+json;q=broken", JSON),
        ("text/csv, */*;q=0.1", JSON),
        (",;,=", JSON),
    ],
)
def test_the_media_type_that_is_named_with_the_highest_weight_is_taken(
    accept: str | None, expected: str
) -> None:
    assert preferred(accept, (JSON, HAL_JSON)) == expected


def test_a_stored_value_of_another_kind_blames_its_column() -> None:
    shape = shape_of("CompanyProfile")
    good = ("Works", "W", 1, "UTC", "06:00:00")
    assert len(shape.shown([good])) == 1
    with pytest.raises(ColumnFailed, match=r"^plexus_customer_code$"):
        shape.shown([good, ("Works", b"\x00", 1, "UTC", "06:00:00")])
    with pytest.raises(ColumnFailed, match=r"^production_day_start$"):
        shape.shown([("Works", "W", 1, "UTC", "six")])


def test_rows_inside_a_row_are_shown_by_their_kinds() -> None:
    rows = [
        (1, "M", "Mill", 1, "", "", "", '[[100,"Press"],[200,null]]'),
        (2, "A", "Air", 0, "", "", "", "[]"),
    ]
    shown = msgspec.json.decode(msgspec.json.encode(shape_of("Buildings").shown(rows)))
    assert shown[0]["departments"] == [
        {"departmentNo": 100, "name": "Press"},
        {"departmentNo": 200, "name": None},
    ]
    assert shown[1]["departments"] == []


def test_a_value_inside_a_row_blames_its_own_column() -> None:
    with pytest.raises(ColumnFailed, match=r"^department_no$"):
        shape_of("Buildings").shown([(1, "M", "Mill", 1, "", "", "", '[["one","Press"]]')])


def test_no_rows_are_no_rows() -> None:
    assert shape_of("Buildings").shown([]) == []


def test_a_truth_value_that_is_none_blames_its_column() -> None:
    shape = shape_of("Workcenters")
    row = (1, "A", "B", "C", "D", 1, 1, "E", None, None, None, "", "", 2)
    with pytest.raises(ColumnFailed, match=r"^active$"):
        shape.shown([row])
