from __future__ import annotations

import base64
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millgate.plant.place import read_place, write_place
from millgate.plant.registry import RESOURCES
from millgate.plant.resource import Resource, place_fields

BY_NAME = {resource.name: resource for resource in RESOURCES}
PARTS, LOGS = BY_NAME["Parts"], BY_NAME["WorkcenterProductionLogs"]

KEPT = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
"""What texts are made of: PostgreSQL keeps all but this one."""


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


@given(st.text(KEPT, max_size=100), st.text(KEPT, max_size=8), st.integers(-(2**63), 2**63 - 1))
def test_a_place_is_read_as_it_was_written(part_no: str, revision: str, key: int) -> None:
    row = SimpleNamespace(partNo=part_no, revision=revision, partKey=key)
    text = write_place(PARTS, row)
    assert text.isascii()
    assert not set(text) & set("+/=&?# ")
    assert read_place(PARTS, text) == (part_no, revision, key)


@given(st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)), st.integers(1, 2**63 - 1))  # noqa: DTZ001
def test_an_instant_in_a_place_is_the_same_instant(moment: datetime, key: int) -> None:
    row = SimpleNamespace(logDate=moment.replace(tzinfo=UTC), productionLogKey=key)
    assert read_place(LOGS, write_place(LOGS, row)) == (row.logDate, key)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "not a place",
        "ü" * 8,
        "A" * 5,
        "A" * 2000,
        encoded("[]"),
        encoded("{}"),
        encoded("null"),
        encoded('["TP-20418","C"]'),
        encoded('["TP-20418","C",101,1]'),
        encoded('["TP-20418","C","101"]'),
        encoded('["TP-20418","C",1e3000]'),
        encoded('["TP-20418","C",9223372036854775808]'),
        encoded('["TP-20418","C\\u0000",101]'),
        encoded('["TP-20418","C\\ud800",101]'),
        encoded('["2026-01-05T06:00:00Z",101]'),
        encoded("[" * 900),
        base64.urlsafe_b64encode(b'["\xff","C",101]').decode(),
    ],
)
def test_a_text_that_nobody_wrote_is_no_place(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        print(read_place(PARTS, text))  # noqa: T201 - shown when it is taken for one


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00+05:00", "9999-12-31T23:00:00-05:00", "2026-01-05T06:00:00", "now"]
)
def test_an_instant_off_the_calendar_is_no_place(moment: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_place(LOGS, encoded(f'["{moment}",1]'))


@given(st.text(max_size=1100))
def test_any_text_is_a_place_or_is_not(text: str) -> None:
    for resource in (PARTS, LOGS):
        try:
            assert len(read_place(resource, text)) == len(place_fields(resource))
        except ValueError:
            continue


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)
def test_lists_of_stored_rows_have_places_and_computed_rows_and_sums_have_none(resource: Resource) -> None:
    fields = place_fields(resource)
    if resource.dimensions or resource.compute:
        assert fields == ()
    elif resource.name != "CompanyProfile":
        assert [field.column for field in fields] == list(resource.order)
