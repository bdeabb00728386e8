"""Names as Millgate has them, made of names as others have them."""

from __future__ import annotations

import re
from collections.abc import Container
from typing import Final

LONGEST_KEY: Final = 76
LONGEST_NAME: Final = 300
LONGEST_API_NAME: Final = 200
LONGEST_SUFFIX: Final = 60
MOST_ALIKE: Final = 999

_OTHER: Final = re.compile(r"[^a-z0-9]+")
_WORD: Final = re.compile(r"[A-Za-z0-9]+")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBERS: Final = re.compile(r"[vV]?([0-9]{1,6})(?:[.].*)?", re.DOTALL)


def key_of(text: str) -> str:
    """A key: lower case, each run of other signs one dash, none at the ends, at most 76 signs.

    Empty when nothing is left.
    """
    return _OTHER.sub("-", text[:4096].lower()).strip("-")[:LONGEST_KEY].rstrip("-")


def key_unused(key: str, used: Container[str], following: dict[str, int]) -> str | None:
    """The key, or with the first of `-1` to `-999` that makes it one of its own; None when all are used.

    Args:
        key: as made by `key_of`.
        used: the keys that there are.
        following: by key, the number to go on with.
    """
    if key not in used:
        return key
    for number in range(following.get(key, 1), MOST_ALIKE + 1):
        end = f"-{number}"
        numbered = key[: LONGEST_KEY - len(end)].rstrip("-") + end
        if numbered not in used:
            following[key] = number + 1
            return numbered
    return None


def parameter_name(text: str, used: Container[str]) -> str:
    """The name of a template's parameter: letters and digits, a letter first; `part_id` becomes `partId`."""
    words = _WORD.findall(text[:200])
    name = "".join([*words[:1], *(word[0].upper() + word[1:] for word in words[1:])])
    if not name or name[0].isdigit():
        name = f"p{name}"
    numbered, number = name, 2
    while numbered in used:
        numbered, number = f"{name}{number}", number + 1
    return numbered


def suffix_of(title: str) -> str:
    """A suffix: the words of a title, each with a capital."""
    words = _WORD.findall(title[:400])
    return "".join(word[0].upper() + word[1:] for word in words)[:LONGEST_SUFFIX] or "Api"


def version_of(text: str) -> str:
    """The version of addresses: `v` and the first number of a version; a date as it is; else `v1`."""
    text = text.strip()
    if _DATE.fullmatch(text):
        return text
    numbers = _NUMBERS.fullmatch(text)
    return f"v{int(numbers[1])}" if numbers else "v1"
