"""The request target at an upstream: its template filled in, and the query as it came."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote_plus

from millgate.core.errors import PATH_NOT_SANE, Refusal, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

_PARAMETER: Final = re.compile(r"\{([^{}]*)\}")
_UNSENDABLE: Final = re.compile(r"[^\x21\x22\x24-\x7e]")
_PLAIN: Final = re.compile(r"[A-Za-z0-9_~-]+")
_DOTS: Final = re.compile(r"/\.{1,2}(?:;|%3B|/|$)")
_LITERAL: Final = "/%:@!$&'()*+,;=~-._"


def path_of(template: str, parameters: Mapping[str, str]) -> str:
    """The template with its parameters percent-encoded, so that none of them adds a segment or a query.

    Raises:
        Refused: PATH_NOT_SANE: a value would leave its segment all the same (CVE-2021-43557).
        KeyError: the template names a parameter that the call has not.
    """
    pieces = _pieces(template)
    if len(pieces) == 1:
        return pieces[0]
    filled = list(pieces)
    plain = True
    for place in range(1, len(pieces), 2):
        value = parameters[pieces[place]]
        if not _PLAIN.fullmatch(value):
            plain = False
            value = _encoded(value)
        filled[place] = value
    path = "".join(filled)
    if not plain and _DOTS.search(path):
        raise _not_sane("it holds a '.' or '..' segment")
    return path


def query_of(query: str, key_names: frozenset[str]) -> str:
    """The query with its question mark, byte for byte as it came but for the fields that carry a key."""
    if not query:
        return ""
    if "%" in query or "+" in query or any(name in query for name in key_names):
        fields = [field for field in query.split("&") if _name_of(field) not in key_names]
        query = "&".join(fields)
        if not query:
            return ""
    # A server that lets through what no address may hold must not make two requests of one here.
    return "?" + _UNSENDABLE.sub(_escaped, query)


@lru_cache(maxsize=4096)
def _pieces(template: str) -> tuple[str, ...]:
    """Literal texts, and between them the names of parameters."""
    pieces = _PARAMETER.split("/" + template.removeprefix("/"))
    return tuple(piece if number % 2 else quote(piece, safe=_LITERAL) for number, piece in enumerate(pieces))


def _encoded(value: str) -> str:
    if not value:
        raise _not_sane("it holds an empty segment")
    if "/" in value or "\\" in value:
        raise _not_sane("it holds an encoded slash, dot or backslash")
    return quote(value, safe="")


def _name_of(field: str) -> str:
    return unquote_plus(field.partition("=")[0])


def _escaped(found: re.Match[str]) -> str:
    return quote(found[0].encode("latin-1", "replace"), safe="")


def _not_sane(reason: str) -> Refused:
    return Refused(Refusal(PATH_NOT_SANE, {"reason": reason}))
