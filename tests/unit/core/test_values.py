from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millgate.core.values import GUID, Principal, RequestIds, instant, instant_spaced, new_id, span
from support.fuzzing import bounded


@pytest.mark.parametrize(
    ("epoch", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1_700_000_000, "2023-11-14T22:13:20Z"),
        (1_700_000_000.999, "2023-11-14T22:13:20Z"),
        (1_709_210_096, "2024-02-29T12:34:56Z"),
    ],
)
def test_an_instant_is_written_in_utc_and_whole_seconds(epoch: float, text: str) -> None:
    assert instant(epoch) == text
    assert instant_spaced(epoch) == text.replace("T", " ")


@bounded(100)
@given(st.integers(0, 4_102_444_800))
def test_an_instant_reads_back(epoch: int) -> None:
    assert datetime.fromisoformat(instant(epoch)).timestamp() == epoch
    assert (
        datetime.strptime(instant_spaced(epoch), "%Y-%m-%d %H:%M:%SZ").replace(tzinfo=UTC).timestamp()
        == epoch
    )


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "00:00:00"),
        (1, "00:00:01"),
        (59, "00:00:59"),
        (60, "00:01:00"),
        (8907, "02:28:27"),
        (86_399, "23:59:59"),
        (86_400, "1.00:00:00"),
        (604_800, "7.00:00:00"),
        (604_801, "7.00:00:01"),
        (315_360_000, "3650.00:00:00"),
    ],
)
def test_a_span_has_the_dotnet_form(seconds: int, text: str) -> None:
    assert span(seconds) == text


@bounded(100)
@given(st.integers(0, 400_000_000))
def test_a_span_reads_back(seconds: int) -> None:
    found = re.fullmatch(r"(?:([1-9]\d*)\.)?(\d\d):(\d\d):(\d\d)", span(seconds))
    assert found is not None
    days, hours, minutes, rest = (int(part or 0) for part in found.groups())

    assert timedelta(days=days, hours=hours, minutes=minutes, seconds=rest).total_seconds() == seconds
    assert hours < 24
    assert minutes < 60
    assert rest < 60


def test_an_id_is_a_random_guid_in_lower_case() -> None:
    ids = {new_id() for _ in range(1000)}

    assert len(ids) == 1000
    for value in ids:
        assert str(uuid.UUID(value)) == value
        assert uuid.UUID(value).version == 4
        assert uuid.UUID(value).variant == uuid.RFC_4122


def test_a_principal_cannot_be_changed() -> None:
    principal = Principal("app", "svc", 1, frozenset({"Parts"}), frozenset())

    with pytest.raises(AttributeError):
        principal.writes = frozenset({"Parts"})  # type: ignore[misc]


def test_the_ids_of_calls_are_guids_and_no_two_are_alike() -> None:
    several = [RequestIds() for _ in range(3)]
    ids = [each.next() for each in several for _ in range(1000)]

    assert len(set(ids)) == len(ids)
    assert all(GUID.fullmatch(found) for found in ids)
