"""A description's text, JSON or YAML, as plain values within the bounds."""

from __future__ import annotations

import json
import math
from typing import Any, Final, NoReturn

from millgate.describe.reading.bounds import DEEPEST, LARGEST, MOST_CHARACTERS, MOST_NODES, Unreadable
from millgate.describe.reading.problems import Path, Problems, shown
from millgate.describe.reading.yaml_tree import Doubled, yaml_tree

_LARGEST_INTEGER: Final = 2**63 - 1
_REPLACED: Final = str.maketrans({"\0": "\ufffd", **{chr(code): "\ufffd" for code in range(0xD800, 0xE000)}})
"""NUL and lone surrogates, which neither JSON columns nor UTF-8 can hold."""


def decoded(text: bytes | str) -> str:
    """The text of a document.

    Raises:
        Unreadable: it is too large, or not UTF-8.
    """
    if len(text) > LARGEST:
        raise Unreadable(f"it is larger than {LARGEST // 1024 // 1024} MiB")
    try:
        return (text.decode("utf-8-sig") if isinstance(text, bytes) else text).removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise Unreadable("it is not UTF-8") from None


def tree_of(text: str, problems: Problems) -> Any:  # noqa: ANN401 - whatever the text holds
    """The values of a text, which is JSON when it begins with a brace, else YAML.

    Raises:
        Unreadable: it is neither, or goes beyond the bounds.
    """
    begins = text.lstrip()[:1]
    return _Sound(problems).value(_json(text) if begins == "{" else yaml_tree(text), (), 0)


def _json(text: str) -> Any:  # noqa: ANN401 - whatever the text holds
    try:
        return json.loads(text, object_pairs_hook=_mapping, parse_int=_integer, parse_constant=_no_constant)
    except json.JSONDecodeError as wrong:
        raise Unreadable(f"it is not JSON: {wrong.msg}", wrong.lineno) from None
    except RecursionError:
        raise Unreadable(f"it is nested deeper than {DEEPEST} levels") from None


def _mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) == len(pairs):
        return made
    names = [name for name, _ in pairs]
    doubled = Doubled(made)
    seen: set[str] = set()
    doubled.names = tuple(name for name in names if name in seen or seen.add(name))  # type: ignore[func-returns-value] # add answers None
    return doubled


def _integer(digits: str) -> float:
    """An integer; one that is beyond all use becomes a number."""
    return int(digits) if len(digits) < len(str(_LARGEST_INTEGER)) + 2 else float(digits)


def _no_constant(name: str) -> NoReturn:
    raise Unreadable(f"it is not JSON: {name}")


class _Sound:
    """Goes through all values once: counts them, tells names that stand twice, mends texts and numbers."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._nodes = 0
        self._characters = 0

    def value(self, value: Any, path: Path, depth: int) -> Any:  # noqa: ANN401 - any value
        self._nodes += 1
        if depth > DEEPEST:
            raise Unreadable(f"it is nested deeper than {DEEPEST} levels")
        if self._nodes > MOST_NODES or self._characters > MOST_CHARACTERS:
            raise Unreadable("it holds too many values")
        if isinstance(value, dict):
            return self._mapping(value, path, depth)
        if isinstance(value, list):
            return [self.value(item, (*path, str(at)), depth + 1) for at, item in enumerate(value)]
        return self._text(value) if isinstance(value, str) else _number(value)

    def _mapping(self, value: dict[str, Any], path: Path, depth: int) -> dict[str, Any]:
        if isinstance(value, Doubled):
            for name in value.names[:100]:
                self._problems.error((*path, name), f"{shown(name)} stands twice")
        return {self._text(name): self.value(item, (*path, name), depth + 1) for name, item in value.items()}

    def _text(self, text: str) -> str:
        self._characters += len(text)
        return text if text.isascii() and "\0" not in text else text.translate(_REPLACED)


def _number(value: Any) -> Any:  # noqa: ANN401 - any scalar
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, int) and abs(value) > _LARGEST_INTEGER:
        return float(value)
    return value
