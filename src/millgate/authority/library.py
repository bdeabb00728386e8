"""Which program asks for a token, as it says of itself."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from millgate.wire.messages import Request

LONGEST_NAME: Final = 100
"""What is kept of a name, in characters."""
_LONGEST_QUERY: Final = 2_000
_MOST_FIELDS: Final = 50
_SKU: Final = "x-client-sku"
_VERSION: Final = "x-client-ver"


def library_of(request: Request, parameters: Mapping[str, str]) -> str:
    """The client library and its version, from header, body or query; else the User-Agent; empty if neither.

    It is printable and short, and nobody has checked that it is true.
    """
    name, version = _said(request.headers)
    if not name:
        name, version = _said(parameters.items())
    if not name and _SKU in request.query.lower():
        name, version = _said(_fields(request.query))
    return _printable(name or request.header("user-agent") or "", version)


def _said(pairs: Iterable[tuple[str, str]]) -> tuple[str, str]:
    """Name and version; libraries disagree on the case of both."""
    name = version = ""
    for given, value in pairs:
        if len(given) == len(_SKU):
            lower = given.lower()
            if lower == _SKU:
                name = value
            elif lower == _VERSION:
                version = value
    return (name, version) if name else ("", "")


def _fields(query: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(query[:_LONGEST_QUERY], max_num_fields=_MOST_FIELDS)
    except ValueError:
        return []


@lru_cache(maxsize=512)
def _printable(name: str, version: str) -> str:
    said = f"{name[:LONGEST_NAME]} {version[:LONGEST_NAME]}".split()
    text = " ".join(said)[:LONGEST_NAME]
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
