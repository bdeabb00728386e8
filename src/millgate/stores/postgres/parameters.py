"""From parameters by name to PostgreSQL's own, by number."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

# Whatever may hold a colon without meaning a parameter comes first, and is stepped over as a whole. The
# lower bound of a slice is one case that is not told apart: `a[1:n]` must be written `a[1 : n]`.
_PIECES: Final = re.compile(
    r"""
    \b[eE]'(?:[^'\\]|\\.|'')*'
    | '(?:[^']|'')*'
    | "(?:[^"]|"")*"
    | \$(?P<tag>(?:[^\W\d]\w*)?)\$ .*? \$(?P=tag)\$
    | --[^\n]*
    | /\*.*?\*/
    | ::
    | :(?P<name>[^\W\d]\w*)
    """,
    re.VERBOSE | re.DOTALL,
)


class Numbered(NamedTuple):
    """SQL with `$1`, `$2` … and the names that stood there, in the order of the numbers."""

    sql: str
    names: tuple[str, ...]


def numbered(sql: str, first: int = 1) -> Numbered:
    """Number the parameters of a statement, the first of them with `first`; each name has one number."""
    numbers: dict[str, int] = {}

    def number(piece: re.Match[str]) -> str:
        name = piece["name"]
        if name is None:
            return piece[0]
        return f"${numbers.setdefault(name, first + len(numbers))}"

    return Numbered(_PIECES.sub(number, sql), tuple(numbers)) if ":" in sql else Numbered(sql, ())
