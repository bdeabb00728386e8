"""APIs that come from others: descriptions read in from files, and one whose every word is out to do harm."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from millgate.describe.model import Answer, Api, Body, Operation, Parameter, Payload, Place
from millgate.describe.reading import read_description

DESCRIPTIONS: Final = Path(__file__).parents[1] / "data" / "descriptions"

HOSTILE_TEXT: Final = "</doc><script>alert(1)</script> ]]> &amp; \x00\x1b\x85\u2028\ufffe 'x': {\"y\": [!!python/object]} #\n---\n- *a"
"""Ends of elements, objects and documents, characters that XML cannot have, tags and aliases of YAML."""

HOSTILE_API: Final = Api(
    key="hostile",
    name=HOSTILE_TEXT,
    suffix="S",
    version="v1",
    upstream="mock",
    description=HOSTILE_TEXT,
    operations=(
        Operation(
            "act",
            "POST",
            "/A/{K}",
            HOSTILE_TEXT,
            HOSTILE_TEXT,
            summary=HOSTILE_TEXT,
            description=HOSTILE_TEXT,
            tags=(HOSTILE_TEXT,),
            parameters=(
                Parameter("K", Place.PATH, description=HOSTILE_TEXT, required=True, values=(HOSTILE_TEXT,)),
                Parameter(HOSTILE_TEXT, Place.QUERY, description=HOSTILE_TEXT, example=HOSTILE_TEXT),
                Parameter("C", Place.COOKIE, description=HOSTILE_TEXT),
            ),
            body=Body((Payload("text/plain", {"description": HOSTILE_TEXT}, HOSTILE_TEXT),), HOSTILE_TEXT),
            answers=(
                Answer(
                    "200", HOSTILE_TEXT, (Payload("application/json", None, {HOSTILE_TEXT: HOSTILE_TEXT}),)
                ),
            ),
        ),
    ),
)


def imported_apis() -> dict[str, Api]:
    """What is read from each of the descriptions of `tests/data/descriptions`, by the name of the file."""
    read = {path.name: read_description(path.read_bytes()).api for path in sorted(DESCRIPTIONS.iterdir())}
    return {name: api for name, api in read.items() if api}
