"""Rows in other formats than the JSON list: streams of bytes made of batches of rows, in bounded memory."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Final, TypeAlias
from urllib.parse import quote

import msgspec

from millgate.plant.formats import ndjson, separated, workbook
from millgate.plant.formats.columns import Batches, Column

__all__ = ["FORMATS", "Batches", "Column", "Format", "content_disposition"]

Stream: TypeAlias = Callable[[Sequence[Column], Batches], AsyncGenerator[bytes, None]]


class Format(msgspec.Struct, frozen=True):
    """One format.

    Attributes:
        media_type: as a caller names it in Accept.
        content_type: as the answer says it.
        extension: of a file's name, without the dot.
        stream: makes bytes of columns and batches. Close it (`aclose`) when it is not read to its end.
    """

    media_type: str
    content_type: str
    extension: str
    stream: Stream


FORMATS: Final[dict[str, Format]] = {
    made.media_type: made
    for made in (
        Format(separated.MEDIA_TYPE, separated.CONTENT_TYPE, separated.EXTENSION, separated.stream),
        Format(ndjson.MEDIA_TYPE, ndjson.MEDIA_TYPE, ndjson.EXTENSION, ndjson.stream),
        Format(workbook.MEDIA_TYPE, workbook.MEDIA_TYPE, workbook.EXTENSION, workbook.stream),
    )
}
"""By media type."""

_NOT_PLAIN: Final = re.compile(r"[^A-Za-z0-9._-]+")


def content_disposition(name: str, extension: str) -> str:
    """A Content-Disposition (RFC 6266) under which a browser saves the answer as `name.extension`.

    Names outside plain ASCII are given twice: in `filename*` (RFC 8187), and simplified for old readers.
    """
    plain = _NOT_PLAIN.sub("-", name).strip("-.") or "rows"
    value = f'attachment; filename="{plain}.{extension}"'
    return value if plain == name else f"{value}; filename*=UTF-8''{quote(f'{name}.{extension}', safe='')}"
