"""What a column seems to hold: by its type, and in SQLite, which lets any value in, by its values."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from millgate.snapshot.sources import DATE, INSTANT, INTEGER, TEXT

BOOLEAN: Final = "boolean"
NUMBER: Final = "number"
TIME_OF_DAY: Final = "time of day"
SHOWN: Final = 40
"""So many characters of a value are looked at."""

_EPOCH: Final = range(100_000_000, 5_000_000_000)
_SAYS_WHEN: Final = re.compile(
    r"(?:^|_)(?:at|on|date|time|timestamp|since|until)$|(?:Date|Time|At)$", re.IGNORECASE
)
_SAYS_WHETHER: Final = re.compile(
    r"^(?:is|has|can)_|(?:^|_)(?:active|enabled|deleted|open|closed|flag)$", re.IGNORECASE
)
_FORMS: Final[tuple[tuple[str, str, str], ...]] = (
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?", INSTANT, ""),
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?", INSTANT, "iso"),
    (r"\d{4}-\d\d-\d\d", DATE, ""),
    (r"[0-2]\d:[0-5]\d(?::[0-5]\d(?:\.\d+)?)?", TIME_OF_DAY, ""),
)
_ZONE: Final = re.compile(r"(?:Z|[+-]\d\d:\d\d)$")
_DECLARED: Final[tuple[tuple[str, str], ...]] = (
    ("BOOL", BOOLEAN),
    ("INT", INTEGER),
    ("CHAR", TEXT),
    ("CLOB", TEXT),
    ("TEXT", TEXT),
    ("BLOB", ""),
    ("DATETIME", INSTANT),
    ("TIMESTAMP", INSTANT),
    ("DATE", DATE),
    ("TIME", TIME_OF_DAY),
    ("REAL", NUMBER),
    ("FLOA", NUMBER),
    ("DOUB", NUMBER),
    ("NUM", NUMBER),
    ("DEC", NUMBER),
)
_TEXTUAL: Final = ("CHAR", "CLOB", "TEXT")

_POSTGRESQL: Final[Mapping[str, str]] = {
    "smallint": INTEGER,
    "integer": INTEGER,
    "bigint": INTEGER,
    "numeric": NUMBER,
    "real": NUMBER,
    "double precision": NUMBER,
    "boolean": BOOLEAN,
    "text": TEXT,
    "character varying": TEXT,
    "character": TEXT,
    "timestamp with time zone": INSTANT,
    "timestamp without time zone": INSTANT,
    "date": DATE,
    "time without time zone": TIME_OF_DAY,
    "bytea": "",
}


class Guess(NamedTuple):
    """A kind, how it is stored, and why it is a guess."""

    kind: str
    stored: str = ""
    doubt: str = ""


class Sample(NamedTuple):
    """One stored value: SQLite's name of its type, and its text, cut off."""

    type: str
    text: str


def guess_postgresql(type_: str) -> Guess:
    """By the type, which a PostgreSQL database keeps to."""
    plain = re.sub(r"\(.*?\)", "", type_).replace("  ", " ").strip()
    if plain not in _POSTGRESQL:
        return Guess(TEXT, "any", f"{type_}, shown as its text")
    doubt = "it has no time zone; taken for UTC" if plain == "timestamp without time zone" else ""
    return Guess(_POSTGRESQL[plain], "", doubt)


def guess_sqlite(name: str, declared: str, samples: Sequence[Sample]) -> Guess:
    """By the values where there are some, else by the declared type."""
    types = {sample.type for sample in samples}
    upper = declared.upper()
    if not types:
        kind = next((kind for word, kind in _DECLARED if word in upper), None)
        return Guess(TEXT, "any", "no values, no type") if kind is None else Guess(kind, "", "no values")
    if "blob" in types:
        return Guess("", "", "it holds bytes")
    if types == {"integer"}:
        return _of_integers(name, upper, samples)
    if types <= {"integer", "real"}:
        return Guess(NUMBER)
    if types == {"text"}:
        return _of_texts(upper, samples)
    return Guess(TEXT, "any", "it holds texts and numbers")


def _of_integers(name: str, declared: str, samples: Sequence[Sample]) -> Guess:
    values = {int(sample.text) for sample in samples}
    if values <= {0, 1, -1} and "BOOL" in declared:
        return Guess(BOOLEAN)
    if values <= {0, 1} and _SAYS_WHETHER.search(name):
        return Guess(BOOLEAN, "", "by its name, and 0 and 1")
    says_when = _SAYS_WHEN.search(name) or "DATE" in declared or "TIME" in declared
    if says_when and all(value in _EPOCH for value in values):
        return Guess(INSTANT, "epoch", "by its name, and numbers that are seconds since 1970")
    return Guess(INTEGER)


def _of_texts(declared: str, samples: Sequence[Sample]) -> Guess:
    for form, kind, stored in _FORMS:
        if all(re.fullmatch(form, sample.text) for sample in samples):
            zoned = kind != INSTANT or all(_ZONE.search(sample.text) for sample in samples)
            return Guess(kind, stored, "by the form of its values" + ("" if zoned else "; taken for UTC"))
    if declared and not any(word in declared for word in _TEXTUAL):
        return Guess(TEXT, "any", f"declared {declared}, and holds texts")
    return Guess(TEXT)
