from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from millgate.plant.kinds import BOOLEAN, DATE, INSTANT, INTEGER, NUMBER, ROWS, TEXT, TIME_OF_DAY, Kind


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-05T06:00:00Z", "2026-01-05 06:00:00"),
        ("2026-01-05t06:00:00z", "2026-01-05 06:00:00"),
        ("2026-01-05T06:00Z", "2026-01-05 06:00:00"),
        ("2026-01-05T01:00:00-05:00", "2026-01-05 06:00:00"),
        ("2026-01-05T07:30:00+01:30", "2026-01-05 06:00:00"),
        ("2026-01-05T06:00:00-00:00", "2026-01-05 06:00:00"),
        ("2026-01-05T06:00:00.5Z", "2026-01-05 06:00:00.500000"),
        ("2026-01-05T06:00:00.1234567Z", "2026-01-05 06:00:00.123457"),
        ("2026-01-05T06:00:00.0000001Z", "2026-01-05 06:00:00.000001"),
        ("2024-02-29T23:59:59Z", "2024-02-29 23:59:59"),
        ("2026-01-01T00:30:00+01:00", "2025-12-31 23:30:00"),
    ],
)
def test_an_instant_is_read_as_utc(text: str, expected: str) -> None:
    read = INSTANT.read(text)
    assert (read, read.tzinfo) == (datetime.fromisoformat(f"{expected}+00:00"), UTC)


def test_a_plus_that_was_not_encoded_is_still_a_plus() -> None:
    assert INSTANT.read("2026-01-05T07:00:00 01:00") == datetime(2026, 1, 5, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "text", "wrong"),
    [
        (INSTANT, "2026-01-05", "a date without a time"),
        (INSTANT, "2026-01-05T06:00:00", "no time zone"),
        (INSTANT, "2026-01-05 06:00:00Z", "not an instant"),
        (INSTANT, "yesterday", "not an instant"),
        (INSTANT, "2026-02-30T06:00:00Z", "not on the calendar"),
        (INSTANT, "2026-01-05T25:00:00Z", "not on the calendar"),
        (INSTANT, "2026-01-05T06:00:00+24:00", "not an instant"),
        (INSTANT, "0001-01-01T00:00:00+05:00", "not on the calendar"),
        (INSTANT, "9999-12-31T23:59:59.9999999Z", "not on the calendar"),
        (INSTANT, "2026-01-05T06:00:00.12345678Z", "not an instant"),
        (INSTANT, "\uff12026-01-05T06:00:00Z", "not an instant"),
        (INTEGER, "12.0", "not a whole number"),
        (INTEGER, "١٢", "not a whole number"),
        (INTEGER, "1_000", "not a whole number"),
        (INTEGER, "9223372036854775808", "outside the range"),
        (INTEGER, "-9223372036854775809", "outside the range"),
        (NUMBER, "nan", "not a decimal number"),
        (NUMBER, "1e400", "not a decimal number"),
        (TEXT, "a\x00b", "control character"),
        (TEXT, "a\u0085b", "control character"),
        (TEXT, "x" * 201, "longer than 200"),
        (BOOLEAN, "1", "neither true nor false"),
        (DATE, "2026-1-5", "not a date"),
        (DATE, "2026-02-30", "not on the calendar"),
        (TIME_OF_DAY, "24:00", "not a time of day"),
        (TIME_OF_DAY, "6", "not a time of day"),
        (ROWS, "[]", "cannot be compared"),
    ],
)
def test_a_value_of_another_kind_is_a_fault_that_says_why(kind: Kind, text: str, wrong: str) -> None:
    with pytest.raises(ValueError, match=wrong):
        kind.read(text)


@pytest.mark.parametrize(
    ("kind", "text", "value", "linked"),
    [
        (INTEGER, "-9223372036854775808", -(2**63), "-9223372036854775808"),
        (INTEGER, "007", 7, "7"),
        (NUMBER, "12.50", 12.5, "12.5"),
        (TEXT, "Große %", "Große %", "Große %"),
        (BOOLEAN, "TRUE", True, "true"),
        (BOOLEAN, "false", False, "false"),
        (DATE, "2026-01-05", date(2026, 1, 5), "2026-01-05"),
        (TIME_OF_DAY, "06:00", time(6), "06:00"),
        (TIME_OF_DAY, "06:00:30", time(6, 0, 30), "06:00"),
        (
            INSTANT,
            "2026-01-05T01:00:00-05:00",
            datetime(2026, 1, 5, 6, tzinfo=UTC),
            "2026-01-05T06:00:00Z",
        ),
        (
            INSTANT,
            "2026-01-05T06:00:00.5Z",
            datetime(2026, 1, 5, 6, 0, 0, 500_000, tzinfo=UTC),
            "2026-01-05T06:00:00.500000Z",
        ),
    ],
)
def test_a_value_is_python_s_own_and_is_linked_in_one_form(
    kind: Kind, text: str, value: object, linked: str
) -> None:
    read = kind.read(text)
    assert (read, type(read)) == (value, type(value))
    assert kind.text(read) == linked


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        (BOOLEAN, b"false"),
        (BOOLEAN, b"true"),
        (INSTANT, b'"2026-01-05T06:00:00Z"'),
        (INSTANT, b'"2026-01-05T06:00:00.250000Z"'),
        (DATE, b'"2026-01-05"'),
        (TIME_OF_DAY, b'"06:00"'),
        (TEXT, b'"\xc3\xbc"'),
        (NUMBER, b"1.5"),
        (NUMBER, b"-2"),
        (INTEGER, b"5"),
        (ROWS, b"[]"),
    ],
)
def test_a_value_is_shown_in_the_form_of_the_wire(kind: Kind, shown: bytes) -> None:
    msgspec.json.decode(shown, type=kind.shown)


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        (BOOLEAN, b"1"),
        (BOOLEAN, b'"true"'),
        (INSTANT, b'"2026-01-05T06:00:00"'),
        (INSTANT, b'"2026-01-05"'),
        (INSTANT, b"5"),
        (DATE, b'"2026-01-05T06:00:00Z"'),
        (DATE, b'"2026-02-30"'),
        (TIME_OF_DAY, b'"6:00"'),
        (TIME_OF_DAY, b'"06:00:00"'),
        (TIME_OF_DAY, b'"24:00"'),
        (TEXT, b"5"),
        (NUMBER, b'"5"'),
        (NUMBER, b"true"),
        (NUMBER, b"1e301"),
        (INTEGER, b"5.5"),
        (INTEGER, b"true"),
        (ROWS, b"{}"),
    ],
)
def test_a_value_of_another_kind_is_no_value_of_it(kind: Kind, shown: bytes) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(shown, type=kind.shown)


def test_times_of_python_read_back_as_themselves() -> None:
    assert DATE.read("2026-01-05") == date(2026, 1, 5)
    assert TIME_OF_DAY.read("06:00") == time(6)


@given(
    st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)),  # noqa: DTZ001 - the zone comes with the offset
    st.integers(-23 * 60, 23 * 60),
)
def test_every_instant_is_read_in_every_zone(moment: datetime, minutes: int) -> None:
    zoned = moment.replace(tzinfo=UTC)
    sign, (hours, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
    local = (moment + timedelta(minutes=minutes)).isoformat()
    assert INSTANT.read(f"{local}{sign}{hours:02}:{rest:02}") == zoned
    assert INSTANT.read(INSTANT.text(zoned)) == zoned


@pytest.mark.parametrize("kind", [INTEGER, NUMBER, BOOLEAN, INSTANT, DATE, TIME_OF_DAY, TEXT])
@given(text=st.text(max_size=250))
def test_any_text_is_a_value_or_a_fault(kind: Kind, text: str) -> None:
    try:
        value = kind.read(text)
    except ValueError as wrong:
        assert str(wrong)  # noqa: PT017 - both outcomes are right
    else:
        assert isinstance(kind.text(value), str)
