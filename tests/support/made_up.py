"""APIs that are made up: all that a description may hold, in the forms that publishing lets through."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from hypothesis import strategies as st

from millgate.describe.model import (
    Answer,
    Api,
    Body,
    Operation,
    Parameter,
    Payload,
    Place,
    VersionScheme,
)

SITE: Final[dict[str, Any]] = {
    "origin": "https://plant.example",
    "token_url": "https://plant.example/oauth2/v1/token",
}
"""The installation of which they are."""

# Words


def slugs(longest: int = 20) -> st.SearchStrategy[str]:
    return st.from_regex(rf"[a-z][a-z0-9]{{0,{longest}}}(-[a-z0-9]{{1,5}})?", fullmatch=True)


NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,8}", fullmatch=True)
SEGMENTS = st.sampled_from(["Parts", "a.b", "_~-"]) | st.from_regex(
    r"[A-Za-z0-9_~-][A-Za-z0-9_.~-]{0,8}", fullmatch=True
)
# PostgreSQL keeps no NUL, so the reader replaces it.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
LINES = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=20)
HEADERS = NAMES.map(lambda name: f"X-{name}")
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)

# Schemas, as OpenAPI 3.1 has them


def _optional(**members: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=members)


PLAIN = st.one_of(
    _optional(type=st.just("string"), description=TEXTS, maxLength=st.integers(0, 99)),
    _optional(type=st.sampled_from(["integer", ["number", "null"]]), exclusiveMinimum=st.integers(-9, 9)),
    st.builds(lambda values: {"enum": values}, st.lists(TEXTS, min_size=1, max_size=3, unique=True)),
    st.sampled_from([{"$ref": "#/components/schemas/Row"}, {"type": "boolean", "deprecated": True}]),
)
SCHEMAS: st.SearchStrategy[dict[str, Any]] = st.recursive(
    PLAIN,
    lambda inner: st.one_of(
        st.builds(lambda item: {"type": "array", "items": item}, inner),
        st.builds(lambda items: {"oneOf": items}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(
            lambda members: {"type": "object", "properties": members, "additionalProperties": False},
            st.dictionaries(LINES, inner, max_size=3),
        ),
    ),
    max_leaves=4,
)

# Operations


@st.composite
def parameters(draw: st.DrawFn, place: Place) -> Parameter:
    kind = draw(st.sampled_from(["string", "integer", "number", "boolean", "date-time", "date"]))
    return Parameter(
        draw(HEADERS if place is Place.HEADER else NAMES),
        place,
        kind,
        draw(TEXTS),
        required=place is Place.PATH or draw(st.booleans()),
        repeatable=place is Place.QUERY and draw(st.booleans()),
        values=tuple(draw(st.lists(LINES, max_size=3, unique=True))),
        example=draw(LINES | st.sampled_from(["", "1", "007", "1.50", "true", "1e400", "null"])),
        schema=draw(st.none() | SCHEMAS),
        deprecated=draw(st.booleans()),
    )


PAYLOADS = st.lists(
    st.builds(
        Payload,
        st.sampled_from(["application/json", "text/plain", "application/x-www-form-urlencoded", "image/png"]),
        st.none() | SCHEMAS,
        st.none() | VALUES,
    ),
    max_size=3,
    unique_by=lambda item: item.media_type,
).map(tuple)


def unique(items: list[Parameter]) -> tuple[Parameter, ...]:
    found = {(item.place, item.name.lower()): item for item in items}
    return tuple(found.values())


ANSWERS = st.lists(
    st.builds(
        Answer,
        st.sampled_from(["200", "201", "401", "403", "404", "4XX", "500", "default"]),
        TEXTS,
        PAYLOADS,
        st.lists(parameters(Place.HEADER), max_size=2).map(unique),
    ),
    max_size=4,
    unique_by=lambda item: item.status,
).map(tuple)


@st.composite
def operations(draw: st.DrawFn) -> Operation:
    names = draw(st.lists(NAMES, max_size=2, unique=True))
    segments = [draw(SEGMENTS), *(f"{{{name}}}" for name in names)]
    method = draw(st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE"]))
    described = draw(st.lists(st.sampled_from(names), unique=True)) if names else []
    beside = [msgspec.structs.replace(draw(parameters(Place.PATH)), name=name) for name in described]
    for place in (Place.QUERY, Place.HEADER, Place.COOKIE):
        beside += draw(st.lists(parameters(place), max_size=2))
    writes = method in {"POST", "PUT", "PATCH"}
    body = draw(
        st.none() | st.builds(Body, PAYLOADS.filter(bool), TEXTS, st.booleans()) if writes else st.none()
    )
    form = body is not None and body.payloads[0].media_type not in {"application/json", "text/plain"}
    members = draw(st.lists(parameters(Place.BODY), max_size=2)) if writes and not form else []
    return Operation(
        key=draw(slugs()),
        method=method,
        template="/" + "/".join(segments),
        name=draw(LINES),
        target=draw(LINES),
        summary=draw(LINES | st.just("")),
        parameters=unique([*beside, *members]),
        description=draw(TEXTS),
        deprecated=draw(st.booleans()),
        tags=tuple(draw(st.lists(LINES, max_size=2, unique=True))),
        body=body,
        answers=draw(ANSWERS),
    )


def _shape(operation: Operation) -> tuple[str, str]:
    fixed = [part for part in operation.template.split("/") if not part.startswith("{")]
    return operation.method, f"{'/'.join(fixed)}{operation.template.count('{')}"


@st.composite
def made_up(draw: st.DrawFn) -> Api:
    """An API."""
    scheme = draw(st.sampled_from(VersionScheme))
    names = {VersionScheme.QUERY: "api-version", VersionScheme.HEADER: "Api-Version"}
    made = draw(
        st.lists(operations(), min_size=1, max_size=4, unique_by=(_shape, lambda item: item.key)),
    )
    return Api(
        key=draw(slugs()),
        name=draw(LINES),
        suffix=draw(SEGMENTS),
        version=draw(SEGMENTS),
        upstream=draw(st.sampled_from(["plant", "http:erp", "mock"])),
        operations=tuple(made),
        description=draw(TEXTS),
        kind=draw(st.sampled_from(["system", "business process"])),
        tiers=draw(st.sampled_from([("test", "production"), ("production",), ("test",)])),
        subscription_required=draw(st.booleans()),
        bearer_required=draw(st.booleans()),
        key_header=draw(HEADERS),
        version_scheme=scheme,
        version_name=names.get(scheme, ""),
        definitions={"Row": {"type": "object"}, **draw(st.dictionaries(NAMES, SCHEMAS, max_size=2))},
    )
