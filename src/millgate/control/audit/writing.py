"""Entries as rows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings

from millgate.control.audit.acting import Actor, actor_of, origin
from millgate.control.audit.models import LONGEST_COMMENT, LONGEST_NAME, Entry

if TYPE_CHECKING:
    from collections.abc import Iterable

    from millgate.control.audit.telling import Change

LONGEST_TEXT: Final = 8000
"""How much of an entry a search looks through."""
_AT_ONCE: Final = 500


def write(changes: Iterable[Change], *, by: str = "", actor: Actor | None = None) -> None:
    """Write an entry for each change, in the transaction that is open.

    Args:
        changes: to be told.
        by: who made them, where neither a request nor a command tells.
        actor: who made them, where that is known for sure.
    """
    told = list(changes)
    if told:
        common = _common(actor or actor_of(by), by)
        Entry.objects.bulk_create((_entry(change, common) for change in told), batch_size=_AT_ONCE)


def _common(actor: Actor, by: str) -> dict[str, Any]:
    where = origin()
    return {
        "at": settings.CLOCK.utc(),
        "who": _short(actor.who, 254),
        "email": _short(actor.email, 254),
        "through": _short(where.through or by, 100),
        "page": _short(where.page, LONGEST_NAME),
        "address": _short(where.address, 45),
        "request_id": where.request_id,
        "user_agent": _short(where.user_agent, LONGEST_NAME),
    }


def _entry(change: Change, common: dict[str, Any]) -> Entry:
    named = {
        "kind": change.kind,
        "key": _short(change.key, LONGEST_NAME),
        "name": _short(change.name, LONGEST_NAME),
        "action": change.action,
        "comment": _short(change.comment, LONGEST_COMMENT),
    }
    said = [*named.values(), common["who"], common["email"], common["address"], common["request_id"]]
    members = [json.dumps(side, ensure_ascii=False) for side in (change.before, change.after) if side]
    text = " ".join([*said, *members]).lower()[:LONGEST_TEXT]
    return Entry(**common, **named, before=change.before, after=change.after, text=text)


def _short(text: str, longest: int) -> str:
    text = text.replace("\0", "\ufffd")
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
