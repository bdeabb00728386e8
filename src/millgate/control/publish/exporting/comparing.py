"""What files say beside what rows say: every difference in words, by place."""

from __future__ import annotations

import difflib
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, TypeAlias

import msgspec

from millgate.control.publish.exporting.kinds import SOURCE, SUBSCRIPTION_KEYS, Kind, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from millgate.control.publish.exporting.kinds import Decisions

What: TypeAlias = Literal["added", "changed", "removed"]

LONGEST_SHOWN: Final = 80
_NAMES: Final = (
    "key",
    "name",
    "revision",
    "role",
    "controller",
    "tier",
    "status",
    "media_type",
    "released_at",
)
NOTHING: Final = object()
"""Stands for what is not there."""
IN_ORDER: Final = "in its order"
REORDERED: Final = "in another order"


class Difference(NamedTuple):
    """One difference between two plain values: the names that lead to it, and both sides."""

    place: tuple[str, ...]
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Detail:
    """One member that differs.

    Attributes:
        place: the way to it, as in `operation list-jobs, summary`; empty for the thing as a whole.
        old: how it stands, shortened; empty when it does not.
        new: what it becomes.
    """

    place: str
    old: str
    new: str

    def __str__(self) -> str:
        if not self.old:
            return f"{self.place}: added {self.new}".rstrip()
        if not self.new:
            return f"{self.place}: removed {self.old}".rstrip()
        return f"{self.place}: {self.old} → {self.new}"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs: what becomes of it, and the members that do.

    Attributes:
        what: becomes of it.
        kind: of the thing.
        key: names it.
        title: its name for people.
        details: the members that differ, when it stands before and after.
        mark: of all that it says before and after; what is shown of it is shortened, and hides secrets.
    """

    what: What
    kind: Kind
    key: str
    title: str
    mark: str
    details: tuple[Detail, ...] = ()

    def __str__(self) -> str:
        title = f" ({self.title})" if self.title and self.title != self.key else ""
        return f"{self.what} {self.kind.name} {self.key}{title}"


def compared(rows: Decisions, files: Decisions) -> tuple[Change, ...]:
    """What becomes of the rows when they are made as the files say. Kinds that files leave out stay."""
    return tuple(
        change
        for kind in files
        for change in _changes(kind, rows[kind], files[kind])
        if change.what != "removed" or _is_told(kind, rows[kind][change.key], files)
    )


def _is_told(kind: Kind, thing: Any, files: Decisions) -> bool:  # noqa: ANN401 - a thing of the kind
    """Whether a removal is a decision of its own: secrets go with what they belong to."""
    if kind.of is None:
        return True
    return kind is not SUBSCRIPTION_KEYS and str(getattr(thing, kind.names[0])) in files[kind.of]


def _changes(kind: Kind, rows: Mapping[str, Any], files: Mapping[str, Any]) -> Iterator[Change]:
    for key, thing in files.items():
        if key not in rows:
            yield Change("added", kind, key, _title(thing), _mark(thing))
        elif thing != rows[key]:
            details = tuple(_details(kind, rows[key], thing))
            yield Change("changed", kind, key, _title(thing), _mark(rows[key], thing), details)
    for key in rows:
        if key not in files:
            yield Change("removed", kind, key, _title(rows[key]), _mark(rows[key]))


def _mark(*things: Any) -> str:  # noqa: ANN401 - things of any kind
    return hashlib.sha256(msgspec.json.encode(things)).hexdigest()


def _title(thing: Any) -> str:  # noqa: ANN401 - a thing of any kind
    """A name for people, of things that are known by a number or a GUID."""
    return next((str(getattr(thing, name)) for name in ("display_name", "name") if hasattr(thing, name)), "")


def _details(kind: Kind, old: Any, new: Any) -> Iterator[Detail]:  # noqa: ANN401 - things of the kind
    before, after = _values(old), _values(new)
    for name in kind.sealed:
        if before.pop(name) != after.pop(name):
            yield Detail(name, "[secret]", "[another secret]")
    if kind is SOURCE:
        yield from _lines(before.pop("declaration"), after.pop("declaration"))
    for difference in differences(before, after):
        yield _detail(difference)


def _detail(difference: Difference) -> Detail:
    place, old, new = difference
    if new is REORDERED:
        return Detail(", ".join(place), old, new)
    return Detail(", ".join(place), _shown(old), _shown(new))


def _values(thing: Any) -> dict[str, Any]:  # noqa: ANN401 - a thing of any kind
    """All members of a thing, those with their default too."""
    return {name: plain(getattr(thing, name)) for name in thing.__struct_fields__}


def differences(old: Any, new: Any, place: tuple[str, ...] = ()) -> Iterator[Difference]:  # noqa: ANN401 - plain values
    """Where two plain values differ. Parts that have names are told by their names, others as a whole."""
    if old == new and type(old) is type(new):
        return
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _members(old, new, place)
    elif isinstance(old, list) and isinstance(new, list):
        yield from _items(old, new, place)
    else:
        yield Difference(place, old, new)


def _members(old: dict[str, Any], new: dict[str, Any], place: tuple[str, ...]) -> Iterator[Difference]:
    for name in old | new:
        yield from differences(old.get(name, NOTHING), new.get(name, NOTHING), (*place, name))
    both = [name for name in old if name in new]
    if both != [name for name in new if name in old]:
        yield Difference(place, IN_ORDER, REORDERED)


def _items(old: list[Any], new: list[Any], place: tuple[str, ...]) -> Iterator[Difference]:
    before, after = _named(old), _named(new)
    if before is not None and after is not None:
        yield from _members(before, after, place)
    else:
        yield Difference(place, old, new)


def _named(items: list[Any]) -> dict[str, Any] | None:
    if all(isinstance(item, str | int) for item in items):
        found = {str(item): item for item in items}
        return found if len(found) == len(items) else None
    for name in _NAMES:
        if all(isinstance(item, dict) and name in item for item in items):
            found = {str(item[name]): item for item in items}
            return found if len(found) == len(items) else None
    return None


def _lines(old: str, new: str) -> Iterator[Detail]:
    for line in difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=0):
        if line.startswith("-") and not line.startswith("---"):
            yield Detail("declaration", _shown(line[1:]), "")
        elif line.startswith("+") and not line.startswith("+++"):
            yield Detail("declaration", "", _shown(line[1:]))


def _shown(value: object) -> str:
    if value is NOTHING:
        return ""
    if isinstance(value, dict):
        return "{…}"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_SHOWN else f"{text[: LONGEST_SHOWN - 1]}…"
