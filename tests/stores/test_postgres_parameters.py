"""Parameters by name become numbers, and nothing that only looks like one does."""

from __future__ import annotations

from typing import Final

import pytest

from millgate.stores.postgres.parameters import numbered

CASES: Final[dict[str, tuple[str, str, tuple[str, ...]]]] = {
    "none": ("SELECT 1", "SELECT 1", ()),
    "in order of appearance": ("SELECT :b, :a", "SELECT $1, $2", ("b", "a")),
    "one number for one name": ("SELECT :a, :b, :a", "SELECT $1, $2, $1", ("a", "b")),
    "beside signs": ("x>=:low AND(y=:f0_1)", "x>=$1 AND(y=$2)", ("low", "f0_1")),
    "a cast": ("SELECT :a::text, '1'::int", "SELECT $1::text, '1'::int", ("a",)),
    "a text": ("SELECT ':a', 'it''s :a', :b", "SELECT ':a', 'it''s :a', $1", ("b",)),
    "a text that ends in a backslash": (r"SELECT '\', :a", r"SELECT '\', $1", ("a",)),
    "a text with escapes": (r"SELECT E'\':a', :b", r"SELECT E'\':a', $1", ("b",)),
    "a quoted name": ('SELECT ":a"":b", :c', 'SELECT ":a"":b", $1', ("c",)),
    "a text in dollars": ("SELECT $$:a$$, $x$ $$ :a $x$, :b", "SELECT $$:a$$, $x$ $$ :a $x$, $1", ("b",)),
    "a comment to the end of the line": ("SELECT 1 -- :a it's\n, :b", "SELECT 1 -- :a it's\n, $1", ("b",)),
    "a comment": ("SELECT /* :a it's\n:a */ :b", "SELECT /* :a it's\n:a */ $1", ("b",)),
    "a slice": ("SELECT a[1 : n], :b", "SELECT a[1 : n], $1", ("b",)),
    "a time of day": ("SELECT time '06:00', :a", "SELECT time '06:00', $1", ("a",)),
    "letters of other alphabets": ("SELECT :größe", "SELECT $1", ("größe",)),
}


@pytest.mark.parametrize("case", CASES)
def test_parameters_are_numbered(case: str) -> None:
    given, sql, names = CASES[case]

    assert numbered(given) == (sql, names)


def test_numbers_begin_where_they_are_told_to() -> None:
    assert numbered("SELECT :a, :b", first=2) == ("SELECT $2, $3", ("a", "b"))
