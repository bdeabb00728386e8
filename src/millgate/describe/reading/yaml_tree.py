"""A YAML text as plain values, built event by event so that no text can make more than the bounds allow.

Plain scalars mean what the core schema of YAML 1.2 says (section 10.3.2), as OpenAPI asks: `NO` is a text
and so is `2026-01-31`. Names are texts as written, `200` too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import yaml

from millgate.describe.reading.bounds import DEEPEST, MOST_CHARACTERS, MOST_NODES, Unreadable

LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml where there is one: it reads ten times as fast."""

_TAG: Final = "tag:yaml.org,2002:"
_RESOLVED_TAGS: Final = frozenset(f"{_TAG}{name}" for name in ("null", "bool", "int", "float"))
_CONSTANTS: Final = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER: Final = re.compile(r"[-+]?[0-9]{1,19}")
_OCTAL: Final = re.compile(r"0o[0-7]{1,21}")
_HEXADECIMAL: Final = re.compile(r"0x[0-9a-fA-F]{1,16}")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]{1,300}|[0-9]{1,300}(?:\.[0-9]{0,300})?)(?:[eE][-+]?[0-9]{1,4})?")
_MERGE: Final = "<<"


class Doubled(dict[str, Any]):
    """A mapping in which names stood twice; the last one counts.

    Attributes:
        names: those that did.
    """

    names: tuple[str, ...] = ()


def yaml_tree(text: str) -> Any:  # noqa: ANN401 - whatever the text holds
    """The value of a text.

    Raises:
        Unreadable: it is not YAML, or goes beyond the bounds.
    """
    builder = _Builder()
    try:
        for event in events(text):
            builder.take(event)
    except yaml.MarkedYAMLError as wrong:
        mark = wrong.problem_mark or wrong.context_mark
        line = mark.line + 1 if mark is not None else None
        raise Unreadable(f"it is not YAML: {wrong.problem or wrong.context}", line) from None
    except yaml.YAMLError as wrong:
        raise Unreadable(f"it is not YAML: {' '.join(str(wrong).split())[:200]}") from None
    return builder.root


def events(text: str) -> Iterator[yaml.Event]:
    """What stands in a text, one after the other; raises `yaml.YAMLError` where it is not YAML."""
    return yaml.parse(text, Loader=LOADER)


def resolved(text: str) -> Any:  # noqa: ANN401 - null, a boolean, a number or the text
    """What a plain scalar means."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _OCTAL.fullmatch(text) or _HEXADECIMAL.fullmatch(text):
        return int(text, 0)
    return float(text) if _FLOAT.fullmatch(text) else text


class _Open:
    """A collection that is being read."""

    __slots__ = ("anchor", "characters", "doubled", "merged", "name", "nodes", "value")

    def __init__(
        self, value: list[Any] | dict[str, Any], anchor: str | None, nodes: int, characters: int
    ) -> None:
        self.value = value
        self.anchor = anchor
        self.nodes = nodes
        self.characters = characters
        self.name: str | None = None
        self.merged: list[dict[str, Any]] = []
        self.doubled: list[str] = []


class _Builder:
    """Puts events together.

    Attributes:
        root: the value of the text.
    """

    def __init__(self) -> None:
        self.root: Any = None
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Any, int, int]] = {}
        self._nodes = 0
        self._characters = 0
        self._documents = 0

    def take(self, event: yaml.Event) -> None:
        """Take the next event."""
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._begin(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._end(event)
        elif isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise Unreadable("it holds several documents", line_of(event))

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        self._count(1, len(event.value), event)
        value: Any = event.value
        if not self._wants_name() and (event.implicit[0] or event.tag in _RESOLVED_TAGS):
            value = resolved(event.value)
        elif event.tag not in {None, "!", f"{_TAG}str", *_RESOLVED_TAGS}:
            raise Unreadable(f"the tag {ascii(event.tag)[:80]} is not taken", line_of(event))
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, 1, len(event.value))
        self._put(value, event, merges=event.value == _MERGE and event.implicit[0])

    def _alias(self, event: yaml.AliasEvent) -> None:
        if event.anchor not in self._anchors:
            raise Unreadable("an alias names something that is not there, or encloses it", line_of(event))
        value, nodes, characters = self._anchors[event.anchor]
        self._count(nodes, characters, event)
        self._put(value, event)

    def _begin(self, event: yaml.CollectionStartEvent) -> None:
        if len(self._open) >= DEEPEST:
            raise Unreadable(f"it is nested deeper than {DEEPEST} levels", line_of(event))
        if event.tag not in {None, "!", f"{_TAG}map", f"{_TAG}seq"}:
            raise Unreadable(f"the tag {ascii(event.tag)[:80]} is not taken", line_of(event))
        value: list[Any] | dict[str, Any] = {} if isinstance(event, yaml.MappingStartEvent) else []
        self._open.append(_Open(value, event.anchor, self._nodes, self._characters))
        self._count(1, 0, event)

    def _end(self, event: yaml.Event) -> None:
        done = self._open.pop()
        value: Any = done.value
        if isinstance(value, dict):
            if done.merged:
                value = {**_merged(done.merged), **value}
            if done.doubled:
                value = Doubled(value)
                value.names = tuple(done.doubled)
        if done.anchor is not None:
            nodes, characters = self._nodes - done.nodes, self._characters - done.characters
            self._anchors[done.anchor] = (value, nodes, characters)
        self._put(value, event)

    def _wants_name(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1].value, dict) and self._open[-1].name is None

    def _put(self, value: Any, event: yaml.Event, *, merges: bool = False) -> None:  # noqa: ANN401 - any value
        if not self._open:
            self.root = value
            return
        into = self._open[-1]
        if isinstance(into.value, list):
            into.value.append(value)
        elif into.name is None:
            if not isinstance(value, str):
                raise Unreadable("a name is not a text", line_of(event))
            into.name = value if not merges else _MERGE
        else:
            self._put_named(into, value)

    def _put_named(self, into: _Open, value: Any) -> None:  # noqa: ANN401 - any value
        name, into.name = into.name or "", None
        mappings = value if isinstance(value, list) else [value]
        if name == _MERGE and mappings and all(isinstance(item, dict) for item in mappings):
            into.merged.extend(mappings)
            return
        if isinstance(into.value, dict):
            if name in into.value:
                into.doubled.append(name)
            into.value[name] = value

    def _count(self, nodes: int, characters: int, event: yaml.Event) -> None:
        self._nodes += nodes
        self._characters += characters
        if self._nodes > MOST_NODES or self._characters > MOST_CHARACTERS:
            raise Unreadable(
                "it holds too many values, aliases counted as often as they stand", line_of(event)
            )


def _merged(mappings: list[dict[str, Any]]) -> dict[str, Any]:
    """Mappings as one; of a name that stands in several, the first counts."""
    made: dict[str, Any] = {}
    for mapping in mappings:
        for name, value in mapping.items():
            made.setdefault(name, value)
    return made


def line_of(event: yaml.Event) -> int | None:
    """The line on which an event begins, from 1."""
    mark = event.start_mark
    return mark.line + 1 if mark is not None else None
