"""YAML as files of decisions use it: plain values in block style, and a line for every fault.

Reading takes less than YAML allows. Anchors and aliases (a few lines of them make gigabytes), tags, names
that are not texts and names that stand twice are faults.
"""

from __future__ import annotations

import math
import types
from collections.abc import Callable
from functools import cache
from typing import Any, Final, TypeAlias, get_args, get_origin

import msgspec
import yaml

DEEPEST: Final = 128
_TAG: Final = "tag:yaml.org,2002:"
_AS_TEXT: Final = frozenset({"str", "timestamp", "value", "merge"})
_NEVER_FOLD: Final = 2**31 - 1

# libyaml's parser and emitter are ten times as fast as those in Python and give the same (measured on the
# built-in APIs); wheels of PyYAML have them.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

Tell: TypeAlias = Callable[[int, str], None]
"""Told of a fault: the line, from 1, and why."""


class TextFaulty(Exception):  # noqa: N818 - it tells of a fault
    """Text that is not YAML as it is taken here."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(f"line {line}: {why}")
        self.line = line
        self.why = why


# Writing


class _Plain(_Dumper):  # type: ignore[misc]  # either of two classes
    """Nothing is said by reference, so that a thing can be read where it stands."""

    def ignore_aliases(self, _data: object) -> bool:
        """Equal values are written out each time."""
        return True


def _text(dumper: Any, value: str) -> Any:  # noqa: ANN401 - PyYAML's own
    """Texts of several lines stand as they are, where YAML can say them so."""
    style = "|" if "\n" in value else None
    return dumper.represent_scalar(f"{_TAG}str", value, style=style)


_Plain.add_representer(str, _text)


def written(value: object) -> str:
    """A plain value as YAML. Lines are not folded, so that a change of a text changes one line."""
    text: str = yaml.dump(
        value, Dumper=_Plain, sort_keys=False, allow_unicode=True, default_flow_style=False, width=_NEVER_FOLD
    )
    return text


# Reading


def parsed(text: str) -> yaml.Node:
    """The text's one document.

    Raises:
        TextFaulty: it cannot be read, or says what is not taken.
    """
    try:
        _plainness_check(text)
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as wrong:
        mark = wrong.problem_mark or wrong.context_mark
        raise TextFaulty(mark.line + 1 if mark else 1, wrong.problem or "it is not YAML") from None
    except yaml.YAMLError as wrong:
        raise TextFaulty(1, " ".join(str(wrong).split())) from None
    if node is None:
        raise TextFaulty(1, "it is empty")
    return node


def _plainness_check(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if getattr(event, "anchor", None) is not None:
            raise TextFaulty(line, "anchors and aliases are not taken")
        if getattr(event, "tag", None) is not None:
            raise TextFaulty(line, "tags are not taken")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                raise TextFaulty(line, f"it is nested more than {DEEPEST} deep")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def line_of(node: yaml.Node, member: str = "") -> int:
    """The line, from 1, where a node begins, or a member of it that it has."""
    first = int(node.start_mark.line) + 1
    return lines_of(node).get(member, first) if member else first


def lines_of(node: yaml.Node) -> dict[str, int]:
    """The lines of a mapping's members by their names."""
    members = node.value if isinstance(node, yaml.MappingNode) else []
    return {str(name.value): int(name.start_mark.line) + 1 for name, _value in members}


def value_of(node: yaml.Node) -> Any:  # noqa: ANN401 - whatever YAML holds
    """The plain value of a node.

    Raises:
        TextFaulty: a name stands twice or is not a text, or a number is none.
    """
    if isinstance(node, yaml.SequenceNode):
        return [value_of(item) for item in node.value]
    if isinstance(node, yaml.MappingNode):
        return _mapping(node)
    try:
        return _scalar(node)
    except ValueError as wrong:
        raise TextFaulty(line_of(node), str(wrong)) from None


def _mapping(node: yaml.MappingNode) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in node.value:
        kind = name.tag.removeprefix(_TAG)
        if not isinstance(name, yaml.ScalarNode) or kind not in _AS_TEXT:
            raise TextFaulty(line_of(name), "a name is not a text; put it in quotes")
        if name.value in found:
            raise TextFaulty(line_of(name), f"{name.value!r} stands twice")
        found[name.value] = value_of(value)
    return found


_constructor: Final = yaml.constructor.SafeConstructor()


def _scalar(node: Any) -> Any:  # noqa: ANN401 - whatever YAML holds
    kind = node.tag.removeprefix(_TAG)
    if kind in _AS_TEXT:
        return node.value
    value = getattr(_constructor, f"construct_yaml_{kind}")(node)
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{node.value} is not a number that can be kept")
    return value


# From nodes to values of a type


def converted(node: yaml.Node, type_: Any, tell: Tell) -> Any:  # noqa: ANN401 - of the type that is asked for
    """The value of a type; None when there are faults, all of which are told."""
    try:
        return msgspec.convert(value_of(node), type_)
    except TextFaulty as wrong:
        tell(wrong.line, wrong.why)
    except msgspec.ValidationError:
        _faults_tell(node, type_, "", tell)
    return None


def _faults_tell(node: yaml.Node, type_: Any, where: str, tell: Tell) -> None:  # noqa: ANN401 - any type
    """Go down as far as the types go, to tell every fault at its own line."""
    arguments = get_args(type_)
    if _is_struct(type_) and isinstance(node, yaml.MappingNode):
        _members_tell(node, type_, tell)
    elif get_origin(type_) is tuple and isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _faults_tell(item, arguments[0], where, tell)
    else:
        try:
            msgspec.convert(value_of(node), type_)
        except msgspec.ValidationError as wrong:
            tell(line_of(node), f"{where}{wrong}".replace("`", ""))


def _members_tell(node: yaml.MappingNode, type_: Any, tell: Tell) -> None:  # noqa: ANN401 - any type
    known = _members(type_)
    for name, value in node.value:
        if name.value not in known:
            tell(line_of(name), f"there is no {name.value!r}; there are {', '.join(known)}")
        else:
            _faults_tell(value, known[name.value].type, f"{name.value}: ", tell)
    given = {name.value for name, _value in node.value}
    for name, member in known.items():
        if member.required and name not in given:
            tell(line_of(node), f"{name} is missing")


@cache
def _members(type_: Any) -> types.MappingProxyType[str, msgspec.structs.FieldInfo]:  # noqa: ANN401 - any type
    return types.MappingProxyType({item.name: item for item in msgspec.structs.fields(type_)})


def _is_struct(type_: object) -> bool:
    return isinstance(type_, type) and issubclass(type_, msgspec.Struct)
