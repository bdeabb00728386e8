"""The audit trail: who changed which row when and from where, with the row before and after."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

import msgspec

from millgate.plant.resource import Action
from millgate.plant.writing.tables import CHANGE
from millgate.plant.writing.work import WriteContext
from millgate.stores.ports import Statement, Work

_AT_ONCE: Final = 100
_PER_REQUEST: Final = ("pcn", "changed_at", "application", "account", "source_address", "request_id")
_PER_ROW: Final = ("resource", "row_key", "action", "before", "after")


class Changed(msgspec.Struct, frozen=True):
    """One row that was made, changed or removed; `before` and `after` hold its columns, or nothing."""

    resource: str
    key: object
    action: Action
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


def record(context: WriteContext, changes: Sequence[Changed]) -> Work[None]:
    """Put changes into the trail, in their order."""
    for start in range(0, len(changes), _AT_ONCE):
        yield _insert(context, changes[start : start + _AT_ONCE])


def _insert(context: WriteContext, changes: Sequence[Changed]) -> Statement:
    parameters: dict[str, object] = {
        "pcn": context.pcn,
        "changed_at": context.now,
        "application": context.application,
        "account": context.account,
        "source_address": context.source_address,
        "request_id": context.request_id,
    }
    rows = []
    for number, change in enumerate(changes):
        values = (change.resource, str(change.key), str(change.action), *_texts(change))
        names = [f"{column}_{number}" for column in _PER_ROW]
        parameters |= zip(names, values, strict=True)
        rows.append(f"({', '.join(f':{name}' for name in (*_PER_REQUEST, *names))})")
    columns = ", ".join((*_PER_REQUEST, *_PER_ROW))
    return Statement(f"INSERT INTO {CHANGE.name} ({columns}) VALUES {', '.join(rows)}", parameters)  # noqa: S608 - ours


def _texts(change: Changed) -> Iterator[str]:
    for row in (change.before, change.after):
        yield "" if row is None else json.dumps(dict(row), ensure_ascii=False, default=_text)


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value).__name__)
