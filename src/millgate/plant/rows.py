"""The check of rows as an engine wrote them, and which column is to blame when they cannot be read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import msgspec

from millgate.plant.resource import Field
from millgate.stores.ports import ColumnFailed


class RowCheck:
    """Reads JSON rows as what a resource promises of them.

    Args:
        name: what the rows are called.
        fields: their members.
    """

    def __init__(self, name: str, fields: Sequence[Field]) -> None:
        self._fields = fields
        self._decoder = msgspec.json.Decoder(_row_type(name, fields))

    def rows(self, text: bytes) -> list[Any]:
        """The rows, JSON objects on lines, with a member for each field, named like it.

        Raises:
            ColumnFailed: a value is not of its field's kind, or a text not UTF-8.
        """
        try:
            return self._decoder.decode_lines(text)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise ColumnFailed(self._to_blame(text)) from None

    def _to_blame(self, text: bytes) -> str:
        # Python's own reader takes what is no JSON: infinite numbers, and bytes that are not UTF-8.
        for line in text.split(b"\n"):
            row = json.loads(line.decode(errors="surrogateescape"))
            if column := _column_to_blame(self._fields, row):
                return column
        raise AssertionError("rows that are refused hold a value that is refused")


def _column_to_blame(fields: Sequence[Field], row: dict[str, Any]) -> str:
    """The column of the first value that its field does not read; empty where there is none."""
    for field in fields:
        value = row.get(field.name)
        if not _reads_as(field, value):
            return (field.rows and _inside(field.rows.fields, value)) or field.alias
    return ""


def _inside(fields: Sequence[Field], rows: list[dict[str, Any]] | None) -> str:
    return next(filter(None, [_column_to_blame(fields, row) for row in rows or ()]), "")


def _row_type(name: str, fields: Sequence[Field]) -> type[Any]:
    return msgspec.defstruct(name, [(field.name, _type(field)) for field in fields], gc=False)


def _type(field: Field) -> Any:  # noqa: ANN401 - a type made at run time
    if field.rows is None:
        return field.kind.shown | None
    return list[_row_type(field.name, field.rows.fields)]  # type: ignore[misc]


def _reads_as(field: Field, value: object) -> bool:
    try:
        msgspec.convert(value, _type(field))
        msgspec.json.encode(value)
    except (msgspec.ValidationError, UnicodeEncodeError):
        return False
    return True
