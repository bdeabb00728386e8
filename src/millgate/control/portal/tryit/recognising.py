"""Which error of the catalogue an answer is, by its status and its text.

An answer does not carry the code, and a call without a key is nobody's, so that its record is shown to nobody
who merely knows its ID: IDs count up. What the answer itself says may always be explained.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Final

from millgate.core.errors import CATALOGUE, Shape

LONGEST_TEXT: Final = 8_000
"""Characters of a body that are looked at."""

_NAME: Final = re.compile(r"\\\{\w+\\\}")
_MEMBERS: Final = {
    Shape.MANAGED: "message",
    Shape.BEARER: "Message",
    Shape.BACKEND: "detail",
    Shape.OAUTH: "error_description",
}


def recognised(status: int, body: str) -> str:
    """The code of the error that an answer is; empty when it is none of the catalogue.

    Args:
        status: of the answer.
        body: its text; anybody may have made it up.
    """
    try:
        told = json.loads(body[:LONGEST_TEXT])
    except (ValueError, RecursionError):
        return ""
    if not isinstance(told, dict):
        return ""
    for expected, member, pattern, code in _patterns():
        text = told.get(member)
        if expected == status and isinstance(text, str) and pattern.match(text):
            return code
    return ""


@cache
def _patterns() -> tuple[tuple[int, str, re.Pattern[str], str], ...]:
    """Status, member, what its text begins with, and code; those that say most come first."""
    found = []
    for problem in CATALOGUE.values():
        if problem.shape in _MEMBERS:
            end = r"(?:\r\n|\Z)" if problem.shape is Shape.OAUTH else r"\Z"
            written = _NAME.sub(r"(?s:.{0,2000}?)", re.escape(problem.message))
            pattern = re.compile(f"{written}{end}")
            found.append((problem.status, _MEMBERS[problem.shape], pattern, problem.code))
    told = {code: len(re.sub(r"\{\w+\}", "", CATALOGUE[code].message)) for *_, code in found}
    return tuple(sorted(found, key=lambda item: (-told[item[3]], item[3])))
