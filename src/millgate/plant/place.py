"""A place among the rows of a list, as a link carries it.

It is what orders the last row of a page. A page that begins behind it is found by the index, however far
into the list it lies, and rows that others add or remove meanwhile shift nothing.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

import msgspec

from millgate.plant.kinds import read_integer
from millgate.plant.resource import Resource, place_fields

_LONGEST: Final = 1024


def write_place(resource: Resource, row: object) -> str:
    """The place of a row, whose members have the names of the fields."""
    values = [getattr(row, field.name) for field in place_fields(resource)]
    return urlsafe_b64encode(msgspec.json.encode(values)).rstrip(b"=").decode()


def read_place(resource: Resource, text: str) -> tuple[Any, ...]:
    """The values that order rows, of a text made by `write_place`.

    Raises:
        ValueError: it is no place in this resource.
    """
    if len(text) > _LONGEST or not text.isascii():
        raise ValueError("too long for a place")
    data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    try:
        return tuple([_sound(value) for value in _decoder(resource).decode(data)])
    except (msgspec.DecodeError, OverflowError) as wrong:
        raise ValueError(str(wrong)) from None


def _sound(value: object) -> object:
    """The value, if every engine can compare with it.

    Raises:
        ValueError, OverflowError: an engine cannot.
    """
    if isinstance(value, int):
        return read_integer(str(value))
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, str) and "\0" in value:
        raise ValueError("no text holds this character")
    return value


@lru_cache(maxsize=512)
def _decoder(resource: Resource) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(tuple[tuple(field.kind.shown for field in place_fields(resource))])  # type: ignore[misc]
