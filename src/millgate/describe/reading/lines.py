"""Where in a text its values stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

import yaml

from millgate.describe.reading.problems import Path
from millgate.describe.reading.yaml_tree import events, line_of


def lines_of(text: str, paths: Iterable[Path]) -> dict[Path, int]:
    """The lines of places, from 1; of what encloses them where they are not found.

    JSON is read as YAML here, which it is but for corners; where it is not, lines after that are not known.
    """
    wanted: dict[str, Any] = {}
    asked = [path for path in paths if path]
    if not asked:
        return {}
    for path in asked:
        branch = wanted
        for segment in path:
            branch = branch.setdefault(segment, {})
    found: dict[Path, int] = {}
    with suppress(yaml.YAMLError):
        _locate(events(text), wanted, found)
    return {path: line for path in asked if (line := _nearest(path, found)) is not None}


def _nearest(path: Path, found: dict[Path, int]) -> int | None:
    ends = (path[:length] for length in range(len(path), 0, -1))
    return next((found[end] for end in ends if end in found), None)


def _locate(stream: Iterator[yaml.Event], wanted: dict[str, Any], found: dict[Path, int]) -> None:
    walk = _Walk(wanted, found)
    for event in stream:
        walk.take(event)


class _Walk:
    """Follows events along the branches that are wanted."""

    def __init__(self, wanted: dict[str, Any], found: dict[Path, int]) -> None:
        self._found = found
        self._next: tuple[dict[str, Any] | None, Path] = (wanted, ())
        self._frames: list[_Level] = []

    def take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.CollectionEndEvent):
            self._frames.pop()
            self._passed()
        elif isinstance(event, yaml.CollectionStartEvent):
            branch, path = self._here(event)
            self._frames.append(_Level(branch, path, named=isinstance(event, yaml.MappingStartEvent)))
        elif isinstance(event, yaml.ScalarEvent | yaml.AliasEvent):
            self._scalar(event)

    def _here(self, event: yaml.Event) -> tuple[dict[str, Any] | None, Path]:
        """The branch and the place of a value that begins; of an item of a list, its line is noted."""
        if not self._frames:
            return self._next
        level = self._frames[-1]
        if level.named:
            return level.branch_of(level.name or ""), (*level.path, level.name or "")
        segment = str(level.at)
        branch = level.branch_of(segment)
        if branch is not None:
            self._found[*level.path, segment] = line_of(event) or 1
        return branch, (*level.path, segment) if branch is not None else ()

    def _scalar(self, event: yaml.ScalarEvent | yaml.AliasEvent) -> None:
        level = self._frames[-1] if self._frames else None
        if level is not None and level.named and level.name is None:
            level.name = event.value if isinstance(event, yaml.ScalarEvent) else ""
            if level.branch_of(level.name) is not None:
                self._found[*level.path, level.name] = line_of(event) or 1
            return
        self._here(event)
        self._passed()

    def _passed(self) -> None:
        if self._frames:
            self._frames[-1].pass_()


class _Level:
    """A collection that is gone through."""

    __slots__ = ("at", "branch", "name", "named", "path")

    def __init__(self, branch: dict[str, Any] | None, path: Path, *, named: bool) -> None:
        self.branch = branch
        self.path = path
        self.named = named
        self.name: str | None = None
        self.at = 0

    def branch_of(self, segment: str) -> dict[str, Any] | None:
        return self.branch.get(segment) if self.branch else None

    def pass_(self) -> None:
        self.name = None
        self.at += 1
