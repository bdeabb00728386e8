"""Kinds of values: what each is called, how it is read from a query, linked to and shown.

Times are UTC everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Annotated, Any, Final

import msgspec

LONGEST_TEXT: Final = 200
_INTEGER_64: Final = range(-(2**63), 2**63)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_INTEGER: Final = re.compile(r"-?[0-9]{1,19}")
_NUMBER: Final = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]{1,30})?")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME_OF_DAY: Final = re.compile(r"([0-9]{2}:[0-9]{2})(?::[0-9]{2})?")
_INSTANT: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2})(:[0-9]{2})?(?:\.([0-9]{1,7}))?"
    r"([Zz]|[+ -](?:[01][0-9]|2[0-3]):[0-5][0-9])?"
)
_LARGEST: Final = 1e300


class Kind(msgspec.Struct, frozen=True, eq=False):
    """One kind of value. How an engine writes it as JSON is told by `dialects`.

    Attributes:
        name: for people.
        wire_type: its name in an API description.
        form: the accepted form, as it completes "send …".
        shown: the type that a value must have in the JSON of a row (null is always allowed, too).
        read: makes a value of a query's text. Raises `ValueError` that tells what was wrong.
        text: the value as it stands in a link.
    """

    name: str
    wire_type: str
    form: str
    shown: Any
    read: Callable[[str], Any]
    text: Callable[[Any], str]


def read_integer(text: str) -> int:
    """A whole number of 64 bits.

    Raises:
        ValueError: it is not one.
    """
    if not _INTEGER.fullmatch(text):
        raise ValueError("is not a whole number")
    number = int(text)
    if number not in _INTEGER_64:
        raise ValueError("is outside the range of 64-bit integers")
    return number


def _read_number(text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise ValueError("is not a decimal number")
    return float(text)


def _read_text(text: str) -> str:
    if _CONTROL.search(text):
        raise ValueError("holds a control character")
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"is longer than {LONGEST_TEXT} characters")
    return text


def _read_boolean(text: str) -> bool:
    lowered = text.lower()
    if lowered not in {"true", "false"}:
        raise ValueError("is neither true nor false")
    return lowered == "true"


def read_instant(text: str) -> datetime:
    """An instant of RFC 3339 in UTC; seconds may be left out, fractions have up to 7 digits.

    A query's `+` reaches us as a space when it was not percent-encoded. Behind a time of day a space can
    mean nothing else, so it is taken for the `+`. A seventh digit is rounded up to the next microsecond:
    in comparisons with microseconds both `>=` and `<` keep their meaning.

    Raises:
        ValueError: it is something else; tells apart what is missing.
    """
    if _DATE.fullmatch(text):
        raise ValueError("is a date without a time")
    match = _INSTANT.fullmatch(text)
    if match is None:
        raise ValueError("is not an instant")
    day, minute, second, fraction, zone = match.groups()
    if zone is None:
        raise ValueError("has no time zone")
    try:
        moment = datetime.fromisoformat(f"{day} {minute}{second or ':00'}").replace(tzinfo=_offset(zone))
        return (moment + timedelta(microseconds=_micros(fraction))).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("is not on the calendar") from None


def _offset(zone: str) -> timezone:
    if zone in {"Z", "z"}:
        return UTC
    minutes = int(zone[1:3]) * 60 + int(zone[4:6])
    return timezone(timedelta(minutes=-minutes if zone[0] == "-" else minutes))


def _micros(fraction: str | None) -> int:
    return -(-int(fraction.ljust(7, "0")) // 10) if fraction else 0


def _text_instant(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat() + "Z"


def _read_date(text: str) -> date:
    if not _DATE.fullmatch(text):
        raise ValueError("is not a date")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("is not on the calendar") from None


def _read_time(text: str) -> time:
    match = _TIME_OF_DAY.fullmatch(text)
    try:
        if match:
            return time.fromisoformat(text)
    except ValueError:
        pass
    raise ValueError("is not a time of day")


def _read_rows(text: str) -> str:  # noqa: ARG001 - a Kind's reader
    raise ValueError("cannot be compared with rows")


INTEGER: Final = Kind(
    name="integer",
    wire_type="integer",
    form="a whole number, as in 42",
    shown=int,
    read=read_integer,
    text=str,
)
NUMBER: Final = Kind(
    name="number",
    wire_type="number",
    form="a decimal number, as in 12.5",
    shown=int | Annotated[float, msgspec.Meta(ge=-_LARGEST, le=_LARGEST)],
    read=_read_number,
    text=repr,
)
TEXT: Final = Kind(
    name="text",
    wire_type="string",
    form=f"a text of 1 to {LONGEST_TEXT} characters without control characters",
    shown=str,
    read=_read_text,
    text=str,
)
BOOLEAN: Final = Kind(
    name="boolean",
    wire_type="boolean",
    form="true or false",
    shown=bool,
    read=_read_boolean,
    text=lambda value: str(value).lower(),
)
INSTANT: Final = Kind(
    name="instant",
    wire_type="date-time",
    form="an instant with its zone, as in 2026-01-31T06:00:00Z or 2026-01-31T01:00:00-05:00",
    shown=Annotated[datetime, msgspec.Meta(tz=True)],
    read=read_instant,
    text=_text_instant,
)
DATE: Final = Kind(
    name="date",
    wire_type="date",
    form="a date, as in 2026-01-31",
    shown=date,
    read=_read_date,
    text=str,
)
TIME_OF_DAY: Final = Kind(
    name="time of day",
    wire_type="string",
    form="a time of day, as in 06:00",
    shown=Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")],
    read=_read_time,
    text=lambda value: value.strftime("%H:%M"),
)
ROWS: Final = Kind(
    name="rows",
    wire_type="array",
    form="nothing: no filter compares rows",
    shown=list[Any],
    read=_read_rows,
    text=str,
)
"""Rows inside a row: a JSON array of objects that one sub-select makes."""
