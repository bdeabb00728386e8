"""Every entry of the catalogue is provoked by some test, or stands below with the reason why none does."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Final

import pytest

from millgate.core import errors
from millgate.core.errors import CATALOGUE, Problem

TESTS: Final = Path(__file__).parents[2]
NOT_PROVOKING: Final = {Path(__file__), Path(__file__).with_name("test_errors.py")}
LEAST: Final = 12
"""How many letters of a text tell it from any other."""

NOT_PROVOKED: Final[dict[str, str]] = {}
"""Codes with the reason why no test provokes them."""


@cache
def told_by_tests() -> tuple[str, frozenset[str]]:
    """All text in the tests' literals, and all names that they use."""
    texts: list[str] = []
    names: set[str] = set()
    for path in sorted(TESTS.rglob("test_*.py")):
        if path in NOT_PROVOKING:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
                value = node.value
                texts.append(value if isinstance(value, str) else value.decode("latin-1"))
            elif isinstance(node, ast.Name):
                names.add(node.id)
            elif isinstance(node, ast.Attribute):
                names.add(node.attr)
    return "\n".join(texts), frozenset(names)


def is_provoked(problem: Problem) -> bool:
    """Whether tests expect its code, its constant, or the fixed parts of its text."""
    texts, names = told_by_tests()
    constants = {name for name, value in vars(errors).items() if value is problem}
    fixed = [part for part, _, _, _ in Formatter().parse(problem.message) if len(part) >= LEAST]
    return (
        problem.code in texts
        or bool(constants & names)
        or bool(fixed and all(part in texts for part in fixed))
    )


@pytest.mark.parametrize("code", CATALOGUE)
def test_an_entry_is_provoked_by_some_test(code: str) -> None:
    if code in NOT_PROVOKED:
        pytest.skip(NOT_PROVOKED[code])

    assert is_provoked(CATALOGUE[code])


def test_exceptions_are_entries_of_the_catalogue_with_a_reason() -> None:
    assert set(NOT_PROVOKED) <= set(CATALOGUE)
    assert all(NOT_PROVOKED.values())


def test_what_no_test_expects_is_noticed() -> None:
    assert not is_provoked(
        Problem("MG" + "199", 400, errors.Shape.MANAGED, "Nobody has ever " + "seen this text.", "")
    )
