"""A source becomes a declaration again, so that a page can change it and it stays a text for people."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from millgate.plant.sources.layout import layout_of
from millgate.snapshot.sources import TEXT, DataSource, SourceField, SourceFilter, SourceResource

_PARTS: Final = frozenset({"resources", "databases", "fields", "filters"})


def declaration_of(source: DataSource, form: str) -> str:
    """The declaration of a source in one of `reading.FORMATS`; reading it gives the same source.

    Remarks of a declaration from which the source was read are not in it, nor are its databases.
    """
    layout = layout_of(form)
    lines = layout.head(_members(source) | {"dialect": source.dialect})
    for resource in source.resources:
        lines += layout.resource(_Written(resource))
    return "\n".join(lines) + "\n"


class _Written:
    """What is written of one resource."""

    def __init__(self, resource: SourceResource) -> None:
        self._resource = resource

    def head(self) -> dict[str, Any]:
        return _members(self._resource)

    def remarks(self) -> tuple[str, ...]:
        return ()

    def fields(self) -> list[tuple[dict[str, Any], str]]:
        return [(_field(field), "") for field in self._resource.fields]

    def filters(self) -> list[dict[str, Any]]:
        return [_members(item) for item in self._resource.filters]


def _field(field: SourceField) -> dict[str, Any]:
    members = _members(field)
    return {
        "column": members.pop("column"),
        **({} if field.kind == TEXT else {"kind": field.kind}),
        **members,
    }


def _members(value: DataSource | SourceResource | SourceField | SourceFilter) -> dict[str, Any]:
    """Names and values without parts, and without members that have their default."""
    found = {}
    for item in msgspec.structs.fields(value):
        member = getattr(value, item.name)
        if item.name not in _PARTS and (item.required or member != item.default):
            found[item.name] = list(member) if isinstance(member, tuple) else member
    return found
