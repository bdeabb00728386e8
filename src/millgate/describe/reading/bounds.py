"""How large a description may be, whatever it says: nothing that is read costs more than this."""

from __future__ import annotations

from typing import Final

LARGEST: Final = 4 * 1024 * 1024
"""Bytes of a document."""

DEEPEST: Final = 100
"""Levels of a document."""

MOST_NODES: Final = 400_000
"""Values in a document, with those that YAML aliases repeat."""

MOST_CHARACTERS: Final = 2 * LARGEST
"""Characters of its texts together, with those that YAML aliases repeat."""

MOST_OPERATIONS: Final = 5_000
"""Operations of one API."""

MOST_FOLLOWED: Final = 16 * 1024 * 1024
"""Characters that following references may add up to, eight for each value counted in."""

MOST_HOPS: Final = 50
"""References that lead to references."""


class Unreadable(Exception):  # noqa: N818 - what happened, as it is told
    """A text that is no description at all, or too large a one."""

    def __init__(self, why: str, line: int | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.line = line
