"""What differs between two catalogues, member by member, in words. Nothing secret is in them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec
from django.utils.translation import gettext as _

from millgate.control.publish.exporting.comparing import NOTHING, REORDERED, differences

if TYPE_CHECKING:
    from millgate.control.publish.exporting.comparing import Difference
    from millgate.control.publish.selectors import Change
    from millgate.snapshot.document import Limit

MOST_LINES: Final = 100
"""How many differences of one thing are told."""
LONGEST: Final = 5_000
"""What is told of a text, in characters."""
LONGEST_IN_LINE: Final = 80
"""Longer texts are folded."""

_ONE_OF: Final = {
    "operations": "operation",
    "parameters": "parameter",
    "payloads": "payload",
    "answers": "answer",
    "definitions": "definition",
    "headers": "header",
    "addresses": "address",
    "resources": "resource",
    "fields": "field",
    "filters": "filter",
    "databases": "database",
    "limits": "",
}
"""What one of several is called, before its name. A limit's name says all."""
_LIMITS: Final = {"rate": "rate limit", "calls": "call quota", "bandwidth": "bandwidth quota"}


@dataclass(frozen=True, slots=True)
class _Hidden:
    """A secret: told apart from another one, and never shown."""

    sealed: str


@dataclass(frozen=True, slots=True)
class Line:
    """One member that differs.

    Attributes:
        place: the way to it, as in `operation list-jobs, summary`.
        old: how it was; None where it was not.
        new: how it is; None where it is not any more.
    """

    place: str
    old: str | None
    new: str | None

    @property
    def folded(self) -> bool:
        """Whether it is too long for a line."""
        return any(len(text) > LONGEST_IN_LINE or "\n" in text for text in (self.old or "", self.new or ""))

    def __str__(self) -> str:
        if self.old is None:
            return f"{self.place}: added {self.new}"
        if self.new is None:
            return f"{self.place}: removed {self.old}"
        return f"{self.place}: was {self.old}, is {self.new}"


@dataclass(frozen=True, slots=True)
class Told:
    """A change with its lines; there are none of what was added or removed as a whole.

    Attributes:
        change: what happened to which thing.
        lines: the members that differ, the first `MOST_LINES`.
        more: how many there are besides.
    """

    change: Change
    lines: tuple[Line, ...] = ()
    more: int = 0


def told(change: Change) -> Told:
    """A change in words."""
    if change.what != "changed":
        return Told(change)
    found = differences(_members(change.kind, change.old), _members(change.kind, change.new))
    lines = tuple(_line(difference) for difference in found)
    return Told(change, lines[:MOST_LINES], max(0, len(lines) - MOST_LINES))


def _members(kind: str, thing: Any) -> dict[str, Any]:  # noqa: ANN401 - a thing of the kind
    """All members of a thing, with secrets hidden and limits called by what they count."""
    members: dict[str, Any] = _plain(thing)
    if kind == "adapter":
        members["limits"] = _limits(thing.limits)
    elif kind == "upstream":
        members["headers"] = {header.name: _Hidden(header.sealed) for header in thing.headers}
    elif kind == "source":
        members["databases"] = {place.tier: _Hidden(place.url) for place in thing.databases}
    return members


def _plain(value: Any) -> Any:  # noqa: ANN401 - a thing, a part of one, or a value
    """Things as names and values, those with their default too: what was left out has a value as well."""
    if isinstance(value, msgspec.Struct):
        return {name: _plain(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return msgspec.to_builtins(value)


def _limits(limits: tuple[Limit, ...]) -> dict[str, str]:
    found = {}
    for limit in limits:
        name = _limit_name(limit)
        found[name] = f"{limit.amount:,} {'kilobytes' if limit.kind == 'bandwidth' else 'calls'}"
        for what in ("remaining_header", "total_header"):
            if header := getattr(limit, what):
                found[f"{name}, {_spaced(what)}"] = header
    return found


def _limit_name(limit: Limit) -> str:
    of = f" of API {limit.api}" if limit.api else ""
    of += f", operation {limit.operation}," if limit.operation else ""
    return (
        f"{_LIMITS.get(limit.kind, limit.kind)}{of} {f'per {limit.period} s' if limit.period else 'for life'}"
    )


def _line(difference: Difference) -> Line:
    place, old, new = difference
    if new is REORDERED:
        return Line(_place(place), old, new)
    if isinstance(old, _Hidden) and isinstance(new, _Hidden):
        return Line(_place(place), _("[secret]"), _("[another secret]"))
    if place[-1:] in ((old,), (new,)):
        place = place[:-1]  # one of a list of texts, which is its own name
    return Line(_place(place), _text(old), _text(new))


def _place(place: tuple[str, ...]) -> str:
    words, names = [], iter(place)
    for name in names:
        one = _ONE_OF.get(name)
        following = next(names, None) if one is not None else None
        words.append(_spaced(name) if following is None else f"{one} {following}".strip())
    return ", ".join(words)


def _spaced(name: str) -> str:
    return name.replace("_", " ")


def _text(value: Any) -> str | None:  # noqa: ANN401 - a plain value
    if value is NOTHING:
        return None
    if isinstance(value, _Hidden):
        return _("[secret]")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if value is None or value == "":
        return _("empty")
    if isinstance(value, dict) and {"method", "template"} <= value.keys():
        return f"{value['method']} {value['template']}"
    if isinstance(value, dict):
        value = {name: member for name, member in value.items() if member not in (None, "", [], {})} or value
    text = value if isinstance(value, str) else _json(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _json(value: dict[str, Any] | list[Any] | float) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_IN_LINE else json.dumps(value, ensure_ascii=False, indent=2)
