"""How a declaration is laid out in TOML and in YAML: a field on each line, so that changes read easily."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import tomli_w
import yaml

from millgate.plant.sources.reading import TOML


class LaidOut(Protocol):
    """What is written of one resource."""

    def head(self) -> dict[str, Any]:
        """The members of the resource itself."""
        ...

    def remarks(self) -> Iterable[str]:
        """What a reader should know."""
        ...

    def fields(self) -> Iterable[tuple[dict[str, Any], str]]:
        """The members of each field, and what is to be said of it."""
        ...

    def filters(self) -> Sequence[dict[str, Any]]:
        """The members of each filter."""
        ...


def layout_of(form: str) -> TomlLayout | YamlLayout:
    """The layout of one of `reading.FORMATS`."""
    return TomlLayout() if form == TOML else YamlLayout()


class TomlLayout:
    """Writes TOML, a field on each line."""

    def comment(self, text: str) -> list[str]:
        """A remark."""
        return [f"# {' '.join(text.split())}"]

    def head(self, head: Mapping[str, Any]) -> list[str]:
        """The members of the source itself."""
        return _toml_lines(head)

    def resource(self, resource: LaidOut) -> list[str]:
        """One resource."""
        remarks = [line for remark in resource.remarks() for line in self.comment(remark)]
        fields = [f"  {_inline(given)},{self._beside(doubt)}" for given, doubt in resource.fields()]
        filters = [f"  {_inline(given)}," for given in resource.filters()]
        head = ["", "[[resources]]", *_toml_lines(resource.head()), *remarks]
        return [*head, "fields = [", *fields, "]", *(["filters = [", *filters, "]"] if filters else [])]

    def _beside(self, doubt: str) -> str:
        return f"  {self.comment(doubt)[0]}" if doubt else ""


def _toml_lines(given: Mapping[str, Any]) -> list[str]:
    return [f"{name} = {_toml(value)}" for name, value in given.items()]


def _inline(given: Mapping[str, Any]) -> str:
    return "{ " + ", ".join(_toml_lines(given)) + " }"


def _toml(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_toml(item) for item in value)}]"
    return tomli_w.dumps({"v": value}).removeprefix("v = ").rstrip("\n")


class YamlLayout:
    """Writes YAML, a field on each line."""

    def comment(self, text: str) -> list[str]:
        """A remark."""
        return [f"# {' '.join(text.split())}"]

    def head(self, head: Mapping[str, Any]) -> list[str]:
        """The members of the source itself."""
        return [*_yaml_lines(head), "resources:"]

    def resource(self, resource: LaidOut) -> list[str]:
        """One resource."""
        remarks = [f"  {line}" for remark in resource.remarks() for line in self.comment(remark)]
        fields = [f"      - {_flow(given)}{self._beside(doubt)}" for given, doubt in resource.fields()]
        filters = [f"      - {_flow(given)}" for given in resource.filters()]
        first, *rest = _yaml_lines(resource.head())
        head = [*remarks, f"  - {first}", *(f"    {line}" for line in rest)]
        return [*head, "    fields:", *fields, *(["    filters:", *filters] if filters else [])]

    def _beside(self, doubt: str) -> str:
        return f"  {self.comment(doubt)[0]}" if doubt else ""


def _yaml_lines(given: Mapping[str, Any]) -> list[str]:
    return [_flow({name: value})[1:-1] for name, value in given.items()]


def _flow(given: Mapping[str, Any]) -> str:
    made: str = yaml.safe_dump(
        given, default_flow_style=True, width=10**6, sort_keys=False, allow_unicode=True
    )
    return made.rstrip("\n")
