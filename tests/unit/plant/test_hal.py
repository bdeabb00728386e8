from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from millgate.plant.hal import envelope, links_of
from millgate.plant.plan import Plan, plan
from millgate.plant.registry import RESOURCES
from millgate.plant.resource import Action
from support.plant_database import call

BY_NAME = {resource.name: resource for resource in RESOURCES}
PARTS = BY_NAME["Parts"]
PLACE = "WyJUUC0yMDQxOCIsIkMiLDEwMV0"
"""Behind the part TP-20418, revision C, of the key 101."""


def links(total: int, query: str = "", base: str = "/P", behind: str = "") -> dict[str, str]:
    """The links of a page of a list that stands still."""
    made = plan(PARTS, Action.LIST, call("Parts.list", query))
    assert isinstance(made, Plan), made.message
    more = made.offset + made.limit < total
    return {link.rel: link.href for link in links_of(made, total, base, behind if more else None)}


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


def test_the_next_page_begins_behind_the_last_row_of_this_one() -> None:
    found = links(250, behind=PLACE)
    assert found["next"] == f"/P?offset=100&limit=100&after={PLACE}"
    assert [rel for rel, href in found.items() if "after" in href] == ["next"]


def test_a_page_behind_a_place_says_so_of_itself_alone() -> None:
    found = links(250, f"offset=100&limit=100&after={PLACE}")
    assert found["self"] == f"/P?offset=100&limit=100&after={PLACE}"
    assert (found["prev"], found["last"]) == ("/P?offset=0&limit=100", "/P?offset=200&limit=100")
    assert [rel for rel, href in found.items() if "after" in href] == ["self"]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", "/P"),
        ("GroupBy=Part&GroupBy=workcenter", "/P"),
        ("GroupBy=job", "/P?GroupBy=Job"),
        ("GroupBy=Shift&GroupBy=Day", "/P?GroupBy=Day&GroupBy=Shift"),
        ("GroupBy=None", "/P?GroupBy=None"),
    ],
)
def test_the_effective_groups_stand_in_links(query: str, shown: str) -> None:
    report = BY_NAME["ProductionSummary"]
    made = plan(report, Action.LIST, call("ProductionSummary.list", query, WorkcenterKey="101"))
    assert isinstance(made, Plan), made.message
    assert links_of(made, 5, "/P")[0].href == shown


def test_rows_on_lines_become_one_list() -> None:
    links = links_of(Plan(resource=PARTS, pcn=1, path="/P"), 2, "/P")
    body = envelope(links, b'{"a":"\xc3\xbc"}\n{"a":"1,\\n2"}', 2, 2)
    assert json.loads(body) == {
        "links": [{"rel": "self", "href": "/P", "method": "GET"}],
        "embedded": [{"a": "ü"}, {"a": "1,\n2"}],
        "total": 2,
        "count": 2,
    }
