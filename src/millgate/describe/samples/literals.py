"""What the literals of several languages have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

C_ESCAPES: Final[Mapping[str, str]] = {
    "\\": "\\\\",
    '"': '\\"',
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
}
"""How languages of the family of C write these between double quotes."""

_LAST_OF_FOUR_DIGITS: Final = 0xFFFF


def escaped(text: str, known: Mapping[str, str], other: Callable[[int], str]) -> str:
    """A text with some characters replaced, and each that cannot be seen by what `other` makes of its number.

    What cannot be seen is escaped because a sample must show what it does: marks that turn the direction of
    writing make code read otherwise than it runs (CVE-2021-42574).
    """
    return "".join(_shown(char, known, other) for char in text)


def hexadecimal(code: int) -> str:
    r"""`\uXXXX` or `\UXXXXXXXX`."""
    return f"\\u{code:04x}" if code <= _LAST_OF_FOUR_DIGITS else f"\\U{code:08x}"


def braced(code: int) -> str:
    r"""`\u{X}`."""
    return f"\\u{{{code:x}}}"


def surrogates(code: int) -> str:
    r"""`\uXXXX`, or two of them."""
    if code <= _LAST_OF_FOUR_DIGITS:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"


def fits_block(text: str) -> bool:
    """Whether a text of several lines can stand as it is in a literal of several lines."""
    return "\n" in text and all(char.isprintable() or char == "\n" for char in text)


def _shown(char: str, known: Mapping[str, str], other: Callable[[int], str]) -> str:
    if char in known:
        return known[char]
    return char if char.isprintable() else other(ord(char))
