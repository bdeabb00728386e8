"""A declaration as it is written, in TOML or YAML, becomes values, or every fault at once."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

import msgspec
import yaml

from millgate.snapshot.sources import (
    DataSource,
    Faults,
    SourceField,
    SourceFilter,
    SourceResource,
    source_faults,
)

TOML: Final = "toml"
YAML: Final = "yaml"
DEEPEST: Final = 100
"""Levels that a declaration in YAML may be nested; a sound one has five."""
FORMATS: Final = (TOML, YAML)
_BESIDE: Final = "databases"
LARGEST: Final = 256 * 1024
_WHOLE: Final = "declaration"
_S = TypeVar("_S", bound=msgspec.Struct)


class DeclarationFaulty(Exception):  # noqa: N818 - it lists faults
    """A declaration that cannot be used, with every fault by its place."""

    def __init__(self, faults: Faults) -> None:
        super().__init__("; ".join(lines_of(faults)))
        self.faults = faults


def lines_of(faults: Mapping[str, Sequence[str]]) -> list[str]:
    """Faults as lines for people."""
    return [f"{where}: {why}" for where, whys in faults.items() for why in whys]


def read_source(text: str, form: str) -> DataSource:
    """Read a declaration in one of `FORMATS`; the source has no database yet.

    Raises:
        DeclarationFaulty: it cannot be read, or breaks a rule; with every fault.
    """
    reading = _Reading()
    source = reading.source(_parsed(text, form))
    faults = reading.faults
    for where, whys in source_faults(source).items():
        if not reading.follows(where):
            faults.setdefault(where, []).extend(whys)
    if faults:
        raise DeclarationFaulty(faults)
    return source


# Text


def _parsed(text: str, form: str) -> dict[str, Any]:
    if len(text.encode("utf-8", "surrogatepass")) > LARGEST:
        raise DeclarationFaulty({_WHOLE: [f"it is larger than {LARGEST // 1024} KiB"]})
    try:
        found = tomllib.loads(text) if form == TOML else _yaml(text)
    except (tomllib.TOMLDecodeError, yaml.YAMLError, ValueError) as wrong:
        raise DeclarationFaulty({_WHOLE: [" ".join(str(wrong).split())]}) from None
    except RecursionError:
        raise DeclarationFaulty({_WHOLE: ["it is nested too deeply"]}) from None
    if not isinstance(found, dict):
        raise DeclarationFaulty({_WHOLE: ["it is not a table of names and values"]})
    return found


_OPENING: Final = (
    yaml.BlockMappingStartToken,
    yaml.BlockSequenceStartToken,
    yaml.FlowMappingStartToken,
    yaml.FlowSequenceStartToken,
)
_CLOSING: Final = (yaml.BlockEndToken, yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken)


class _Loader(yaml.SafeLoader):
    """Plain values alone, each name once."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - as inherited
        """The mapping, or where a name stands twice."""
        seen = set()
        for name, _ in node.value:
            if not isinstance(name, yaml.ScalarNode):
                continue
            if name.value in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"{name.value!r} stands twice", problem_mark=name.start_mark
                )
            seen.add(name.value)
        made: dict[Any, Any] = super().construct_mapping(node, deep)
        return made


def _yaml(text: str) -> object:
    depth = 0
    for token in yaml.scan(text):
        # An alias repeats what it names; a few lines of them make gigabytes.
        if isinstance(token, yaml.AnchorToken | yaml.AliasToken):
            raise yaml.MarkedYAMLError(
                problem="anchors and aliases are not taken", problem_mark=token.start_mark
            )
        # The scanner looks at every open level for each token, so deep nesting would keep it busy for hours.
        depth += isinstance(token, _OPENING) - isinstance(token, _CLOSING)
        if depth > DEEPEST:
            raise yaml.MarkedYAMLError(problem="it is nested too deeply", problem_mark=token.start_mark)
    return yaml.load(text, _Loader)  # noqa: S506 - a safe loader


# Values


class _Reading:
    """Makes values of plain ones, collecting what does not fit.

    Attributes:
        faults: by place.
    """

    def __init__(self) -> None:
        self.faults: Faults = {}
        self._unread: list[str] = []

    def follows(self, where: str) -> bool:
        """Whether a fault at a place may only say again that something in it could not be read."""
        return any(
            place.startswith(where) or where.startswith(f"{place.partition(', field ')[0]}, filter ")
            for place in self._unread
        )

    def source(self, found: dict[str, Any]) -> DataSource:
        """The source, with all parts that can be read."""
        key = _named(found, "key", 0)
        where = f"source {key}" if key else "source"
        if found.pop(_BESIDE, None) is not None:
            self._tell(where, "databases are given beside a declaration, not in it")
        parts = self._tables(found.pop("resources", []), f"{where}, resources")
        head = self._value(found, DataSource, where) or DataSource(key=key, name="", suffix="")
        made = [
            self._resource(part, f"{where}, resource {_named(part, 'name', at)}")
            for at, part in enumerate(parts, start=1)
        ]
        return msgspec.structs.replace(head, resources=tuple(part for part in made if part is not None))

    def _resource(self, found: dict[str, Any], where: str) -> SourceResource | None:
        fields = self._parts(found.pop("fields", []), "field", SourceField, where)
        filters = self._parts(found.pop("filters", []), "filter", SourceFilter, where)
        head = self._value(found, SourceResource, where)
        return None if head is None else msgspec.structs.replace(head, fields=fields, filters=filters)

    def _parts(self, found: object, what: str, type_: type[_S], where: str) -> tuple[_S, ...]:
        made = []
        for at, part in enumerate(self._tables(found, f"{where}, {what}s"), start=1):
            name = _named(part, "name", 0) or _named(part, "column", at)
            made.append(self._value(part, type_, f"{where}, {what} {name}"))
        return tuple(part for part in made if part is not None)

    def _tables(self, found: object, where: str) -> list[dict[str, Any]]:
        if isinstance(found, list) and all(isinstance(item, dict) for item in found):
            return [dict(item) for item in found]
        self._tell(where, "expected a list of tables", unread=True)
        return []

    def _value(self, found: dict[str, Any], type_: type[_S], where: str) -> _S | None:
        """The value of a table; None when one of its members is missing or of another type."""
        members = {field.name: field for field in msgspec.structs.fields(type_)}
        known = ", ".join(name for name in members if name != _BESIDE)
        for name in [name for name in found if name not in members]:
            self._tell(where, f"there is no {name!r}; there are {known}")
        values: dict[str, Any] = {}
        for name, field in members.items():
            if name not in found:
                if field.required:
                    self._tell(where, f"{name} is missing", unread=True)
                continue
            try:
                values[name] = msgspec.convert(found[name], field.type)
            except msgspec.ValidationError as wrong:
                self._tell(where, f"{name}: {wrong}", unread=True)
        complete = all(
            name in values or not (field.required or name in found) for name, field in members.items()
        )
        return type_(**values) if complete else None

    def _tell(self, where: str, why: str, *, unread: bool = False) -> None:
        self.faults.setdefault(where, []).append(why)
        if unread:
            self._unread.append(where)


def _named(found: Mapping[str, Any], member: str, at: int) -> str:
    """What a table calls itself, or else its number from 1; empty for the number 0."""
    name = found.get(member)
    return name if isinstance(name, str) else str(at or "")
