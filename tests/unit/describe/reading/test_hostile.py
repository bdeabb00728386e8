"""Descriptions that are out to do harm: each is answered with problems, and costs no more than the bounds."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from millgate.describe.reading import Imported, read_description
from millgate.describe.reading.bounds import LARGEST, MOST_OPERATIONS

HEAD: dict[str, Any] = {"openapi": "3.0.0", "info": {"title": "a", "version": "1"}}
TOO_MANY = "it holds too many values, aliases counted as often as they stand"
TOO_DEEP = "it is nested deeper than 100 levels"


def written(**members: Any) -> str:
    return json.dumps(HEAD | members)


def laughs(levels: int) -> str:
    """Each level repeats the one before it ten times."""
    lines = ["a0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]"]
    lines += [f"a{at}: &a{at} [{', '.join([f'*a{at - 1}'] * 10)}]" for at in range(1, levels)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (laughs(12), TOO_MANY),
        ("a: &a " + "x" * 1_000_000 + "\nb: [" + ", ".join(["*a"] * 100) + "]", TOO_MANY),
        ("a: &a {b: {c: d}}\ne:\n" + "".join("- <<: *a\n" for _ in range(200_000)), TOO_MANY),
        ("\n".join(f"- {number}" for number in range(400_001)), TOO_MANY),
        ("&a [*a]", "an alias names something that is not there, or encloses it"),
        ("[" * 100_000, TOO_DEEP),
        ("{a: " * 50_000, "it is not JSON: Expecting property name enclosed in double quotes"),
        ('{"a": ' * 100_000, TOO_DEEP),
        ('{"a": ' + "[" * 101 + "]" * 101 + "}", TOO_DEEP),
        ("\n".join("  " * level + "a:" for level in range(500)), TOO_DEEP),
        ('{"a": [' + ",".join(["1"] * 500_000) + "]}", "it holds too many values"),
        ('{"a": NaN}', "it is not JSON: NaN"),
        (" " * (LARGEST + 1), "it is larger than 4 MiB"),
    ],
    ids=range(13),
)
def test_what_would_grow_without_bounds_is_refused(text: str, why: str) -> None:
    imported = read_description(text)

    assert [problem.why for problem in imported.problems] == [why]
    assert imported.api is None


def test_an_alias_that_stays_within_the_bounds_is_taken() -> None:
    text = """
openapi: 3.1.0
info: {title: Tools, version: 1}
x-answers: &answers
  '200': {description: Fine.}
paths:
  /a: {get: {responses: *answers}}
  /b: {get: {responses: {<<: *answers, '404': {description: None there.}}}}
"""
    api = read_description(text).api

    assert api is not None
    assert [[answer.status for answer in item.answers] for item in api.operations] == [
        ["200"],
        ["200", "404"],
    ]


def test_more_operations_than_an_api_may_have_are_an_error() -> None:
    imported = read_description(written(paths={f"/a{number}": {"get": {}} for number in range(6_000)}))

    assert [problem.why for problem in imported.errors] == [f"it has more than {MOST_OPERATIONS} operations"]
    assert imported.api is not None
    assert len(imported.api.operations) == MOST_OPERATIONS


def grown_by_references() -> dict[str, Any]:
    shared = {"in": "query", "name": "q", "description": "x" * 1_000_000}
    operation = {"parameters": [{"$ref": "#/components/parameters/Q"}]}
    return {
        "components": {"parameters": {"Q": shared}},
        "paths": {f"/a{number}": {"get": operation} for number in range(1_000)},
    }


def grown_by_answers() -> dict[str, Any]:
    schema = {"type": "object", "properties": {f"p{number}": {"type": "string"} for number in range(5_000)}}
    shared = {"description": "", "content": {"application/json": {"schema": schema}}}
    answers = {str(status): {"$ref": "#/components/responses/R"} for status in range(200, 599)}
    return {
        "components": {"responses": {"R": shared}},
        "paths": {f"/a{number}": {"get": {"responses": answers}} for number in range(100)},
    }


@pytest.mark.parametrize("grown", [grown_by_references, grown_by_answers])
def test_references_do_not_make_much_of_little(grown: Any) -> None:
    imported = read_description(written(**grown()))

    assert [problem.why for problem in imported.problems] == [
        "it becomes too large when its references are followed"
    ]


def test_a_long_chain_of_references_costs_no_more_than_its_length() -> None:
    schemas = {f"S{at}": {"$ref": f"#/components/schemas/S{at + 1}"} for at in range(20_000)} | {"S20000": {}}
    imported = read_description(written(paths={"/a": {"get": {}}}, components={"schemas": schemas}))

    assert imported.problems == ()


def test_what_stands_for_all_operations_is_not_read_for_each() -> None:
    document = {
        "swagger": "2.0",
        "info": HEAD["info"],
        "produces": [f"a/b{number}" for number in range(50_000)],
        "paths": {
            f"/a{number}": {"get": {"responses": {"200": {"schema": {"type": "string"}}}}}
            for number in range(2_000)
        },
    }
    imported = read_description(json.dumps(document))

    assert [problem.why for problem in imported.problems] == [
        "of what it produces, all behind the first 20 is left out"
    ]


def test_names_that_become_one_name_cost_no_more_than_others() -> None:
    schemas: dict[str, Any] = {"\u90e8" * number: {} for number in range(1, 500)}
    imported = read_description(written(paths={"/a": {"get": {}}}, components={"schemas": schemas}))

    assert imported.api is not None
    assert list(imported.api.definitions)[-1] == "Schema-498"


def test_a_long_name_makes_no_long_places() -> None:
    inner = {"properties": {f"p{number}": 5 for number in range(20_000)}}
    schemas = {"A": {"properties": {"k" * 500_000: inner}}}
    imported = read_description(written(paths={"/a": {"get": {}}}, components={"schemas": schemas}))

    assert max(len(problem.place) for problem in imported.problems) < 400


HOSTILE = "__proto__\0\r\nSet-Cookie: a=b\u202e\ud800<script>"


def hostile() -> Imported:
    operation = {
        "operationId": HOSTILE,
        "summary": HOSTILE,
        "description": HOSTILE,
        "tags": [HOSTILE, "fine"],
        "parameters": [{"name": "q", "in": "query", "example": HOSTILE, "description": HOSTILE}],
        "responses": {"200": {"description": HOSTILE, "headers": {HOSTILE: {}}}},
    }
    document = {
        "openapi": "3.1.0",
        "info": {"title": HOSTILE, "version": HOSTILE, "description": HOSTILE},
        "paths": {"/a": {"get": operation}, "/{__proto__}": {"get": {}}},
        "components": {"schemas": {"__proto__": {"title": HOSTILE}, HOSTILE: {}}},
    }
    return read_description(json.dumps(document))


def test_whatever_names_hold_keys_templates_and_titles_are_sane() -> None:
    api = hostile().api

    assert api is not None
    assert (api.key, api.suffix, api.version) == (
        "proto-set-cookie-a-b-script",
        "ProtoSetCookieABScript",
        "v1",
    )
    assert api.name == "__proto__\ufffd Set-Cookie: a=b \ufffd<script>"
    first, second = api.operations
    assert (first.key, first.name, first.tags) == ("proto-set-cookie-a-b-script", api.name, ("fine",))
    assert first.answers[0].headers == ()
    assert (second.key, second.template) == ("get-proto", "/{proto}")


def test_whatever_texts_hold_they_can_be_stored_and_sent() -> None:
    api = hostile().api
    data = msgspec.json.encode(api)

    assert b"\\u0000" not in data
    assert msgspec.json.decode(data, type=type(api)) == api


def test_numbers_beyond_all_use_do_not_break_what_is_stored() -> None:
    text = (
        '{"type": "integer", "maximum": 1'
        + "0" * 5_000
        + ', "minimum": -1e999, "multipleOf": 12345678901234567890123}'
    )
    head = json.dumps(HEAD)[:-1]
    imported = read_description(
        f'{head}, "paths": {{"/a": {{"get": {{}}}}}}, "components": {{"schemas": {{"A": {text}}}}}}}'
    )

    assert imported.api is not None
    assert msgspec.json.decode(msgspec.json.encode(imported.api.definitions)) == imported.api.definitions


@pytest.mark.parametrize(
    "said",
    [
        {"key": "../../etc", "suffix": "a/b", "version": "", "tiers": "test", "upstream": "x" * 101},
        {"key": 5, "suffix": None, "tiers": [["test"]], "kind": {}, "keyHeader": "a b", "keyQuery": "\n"},
        {"tiers": ["test", "test"], "versionScheme": "moon", "bearerRequired": "no", "operations": {"a": 1}},
        {"versionScheme": "query", "operations": [[], 5, "get-a"]},
        [],
        5,
    ],
)
def test_what_an_export_says_is_taken_only_where_it_is_sound(said: Any) -> None:
    plain = read_description(written(paths={"/a": {"get": {}}}))
    imported = read_description(written(paths={"/a": {"get": {}}}, **{"x-millgate": said}))

    assert imported.api == plain.api
