"""What is wrong with a description, by place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeAlias

import msgspec

Path: TypeAlias = tuple[str, ...]
"""The names and numbers that lead from the top of a document to a value in it."""

MOST_PROBLEMS: Final = 500
"""How many are listed; the rest is counted."""

_LONGEST_SEGMENT: Final = 200
_LONGEST_SHOWN: Final = 60


class Problem(msgspec.Struct, frozen=True):
    """One thing that is wrong.

    Attributes:
        place: a JSON pointer (RFC 6901), its segments cut to 200 characters; empty for the whole document.
        why: what is wrong, and what was done about it.
        error: whether the thing at this place cannot be imported. If not, it is imported, and something was
            left out or changed.
        line: where it stands in the text, from 1; None where that is not known.
    """

    place: str
    why: str
    error: bool
    line: int | None = None


class Problems:
    """Collects problems: each once, in the order in which they are found, and so many at most."""

    def __init__(self) -> None:
        self._found: dict[tuple[Path, str], bool] = {}
        self._more = 0
        self._more_errors = False

    def error(self, path: Path, why: str) -> None:
        """Tell that something cannot be imported."""
        self._tell(path, why, error=True)

    def remark(self, path: Path, why: str) -> None:
        """Tell that something was left out or changed."""
        self._tell(path, why, error=False)

    def _tell(self, path: Path, why: str, *, error: bool) -> None:
        if (path, why) in self._found:
            return
        if len(self._found) < MOST_PROBLEMS:
            self._found[path, why] = error
        else:
            self._more += 1
            self._more_errors |= error

    def paths(self) -> Iterable[Path]:
        """The places that are told of."""
        return (path for path, _ in self._found)

    def listed(self, lines: dict[Path, int]) -> tuple[Problem, ...]:
        """All of them, errors first; with the line of the place, or else of what encloses it."""
        told = [
            Problem(pointer(path), why, error, lines.get(path)) for (path, why), error in self._found.items()
        ]
        told.sort(key=lambda problem: not problem.error)
        if self._more:
            told.append(Problem("", f"there are {self._more} problems more", self._more_errors))
        return tuple(told)


def pointer(path: Path) -> str:
    """The JSON pointer of a place."""
    return "".join(f"/{escaped(segment[:_LONGEST_SEGMENT])}" for segment in path)


def escaped(segment: str) -> str:
    """One segment of a JSON pointer (RFC 6901 section 3)."""
    return segment.replace("~", "~0").replace("/", "~1")


def shown(text: str) -> str:
    """Somebody's text in a message: quoted, on one line, and cut."""
    return ascii(text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…")
