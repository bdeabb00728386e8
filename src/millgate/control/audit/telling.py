"""What became of rows, as it is told: by thing, by member, and without secrets. Nothing here meets Django."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, TypeAlias

from millgate.control.audit.described import Rows, State, filled

CHANGED: Final = "[changed]"
"""What is told of a secret that is another one now."""
HIDDEN: Final = "[secret]"
"""What is told of a secret as it was."""
LONGEST_VALUE: Final = 2000
"""How many characters of a value are told."""
MOST_MEMBERS: Final = 300
"""How many members of one change are told; the others are counted."""
_EMPTY: Final[tuple[Any, ...]] = (None, "", [], {})

Members: TypeAlias = dict[str, Any]
Thing: TypeAlias = tuple[str, str]


class Touched(NamedTuple):
    """A row that is different now."""

    rows: Rows
    before: State
    after: State


@dataclass(frozen=True, slots=True)
class Change:
    """What is told of one thing.

    Attributes:
        kind: of the thing.
        key: names it.
        name: for people.
        action: what happened to it.
        before: the members that differ, as they were.
        after: as they are.
        comment: what somebody said about it.
    """

    kind: str
    key: str
    name: str
    action: str
    before: Members
    after: Members
    comment: str = ""


@dataclass(slots=True)
class _Part:
    """One part of a thing, or the thing itself: rows that came and went under one name are one."""

    rows: Rows
    before: State = field(default_factory=dict)
    after: State = field(default_factory=dict)


@dataclass(slots=True)
class _Story:
    """What happened to a thing under one word."""

    name: str
    before: Members = field(default_factory=dict)
    after: Members = field(default_factory=dict)
    comment: str = ""


def told(
    rows: Iterable[Touched], lists: Iterable[tuple[Touched, str, list[Any], list[Any]]]
) -> Iterator[Change]:
    """The changes of things, in the order in which they were touched."""
    parts = _parts(rows)
    whole = {thing: _fate(part) for (thing, name), part in parts.items() if not name}
    stories: dict[Thing, dict[str, _Story]] = defaultdict(dict)
    for (thing, name), part in parts.items():
        if _differs(part):
            _tell(stories[thing], part, name, whole.get(thing, ""))
    for touched, name, before, after in lists:
        thing = _thing(touched.rows, touched.after)
        story = _story(
            stories[thing], whole.get(thing) or "changed", filled(touched.rows.name, touched.after)
        )
        story.before |= {name: before} if before else {}
        story.after |= {name: after} if after else {}
    for thing, by_word in stories.items():
        for word, story in by_word.items():
            yield Change(
                *thing, story.name, word, _bounded(story.before), _bounded(story.after), story.comment
            )


def _parts(rows: Iterable[Touched]) -> dict[tuple[Thing, str], _Part]:
    parts: dict[tuple[Thing, str], _Part] = {}
    for described, before, after in rows:
        if before and after and _name(described, before) != _name(described, after):
            # It has another name now: for readers one part is gone, and another has come.
            pairs: tuple[tuple[State, State], ...] = ((before, {}), ({}, after))
            if not described.part:
                pairs = ((before, after),)
        else:
            pairs = ((before, after),)
        for was, now in pairs:
            part = parts.setdefault(_name(described, now or was), _Part(described))
            part.before, part.after = was or part.before, now or part.after
    return parts


def _name(rows: Rows, state: State) -> tuple[Thing, str]:
    return _thing(rows, state), filled(rows.part, state)


def _thing(rows: Rows, state: State) -> Thing:
    return rows.kind, filled(rows.key, state)


def _fate(part: _Part) -> str:
    """What happened to a thing as a whole."""
    if not part.before or not part.after:
        return part.rows.word(part.before, part.after) or ("added" if part.after else "removed")
    return part.rows.word(part.before, part.after) or "changed"


def _differs(part: _Part) -> bool:
    return any(
        part.before.get(way) != part.after.get(way)
        for way in (*part.rows.members.values(), *part.rows.secret.values())
    )


def _tell(stories: dict[str, _Story], part: _Part, name: str, fate: str) -> None:
    own = part.rows.word(part.before, part.after)
    word = fate if not name or fate == "removed" else own or fate or "changed"
    story = _story(stories, word, filled(part.rows.name, part.after or part.before))
    before, after = _members(part, name)
    story.before |= before
    story.after |= after
    if part.rows.comment and part.after:
        story.comment = str(part.after[part.rows.comment]) or story.comment


def _story(stories: dict[str, _Story], word: str, name: str) -> _Story:
    return stories.setdefault(word, _Story(name))


def _members(part: _Part, name: str) -> tuple[Members, Members]:
    """The members that differ, before and after; secrets as marks."""
    sides: tuple[Members, Members] = ({}, {})
    prefix = f"{name}, " if name else ""
    for member, way in part.rows.members.items():
        values = part.before.get(way), part.after.get(way)
        if values[0] != values[1]:
            for side, value in zip(sides, values, strict=True):
                if value not in _EMPTY:
                    side[prefix + member] = _plain(value)
    for member, way in part.rows.secret.items():
        was, now = part.before.get(way), part.after.get(way)
        if was != now:
            sides[0].update({prefix + member: HIDDEN} if was else {})
            sides[1].update({prefix + member: CHANGED} if now else {})
    return sides


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a row holds
    """A value as JSON says it, cut where it is long."""
    text = json.dumps(value, default=_said, ensure_ascii=False)
    if len(text) > LONGEST_VALUE:
        return f"{text[:LONGEST_VALUE]}… ({len(text)} characters)"
    # PostgreSQL keeps no NUL in a text, nor in JSON.
    return json.loads(text.replace("\\u0000", "\\ufffd"))


def _said(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return str(value)


def _bounded(members: Mapping[str, Any]) -> Members:
    if len(members) <= MOST_MEMBERS:
        return dict(members)
    few = dict(list(members.items())[:MOST_MEMBERS])
    return few | {"…": f"{len(members) - MOST_MEMBERS} more members"}
