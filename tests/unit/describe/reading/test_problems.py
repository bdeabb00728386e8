"""Every problem is told by its place: errors are left out of the import, remarks say what is different."""

from __future__ import annotations

import json
from typing import Any

import pytest

from millgate.describe.reading import Imported, Problem, read_description
from millgate.describe.reading.problems import MOST_PROBLEMS

GET: dict[str, Any] = {"responses": {"200": {"description": "Fine."}}}


def described(paths: Any = None, **members: Any) -> Imported:
    document = {
        "openapi": "3.0.3",
        "info": {"title": "Tools", "version": "1"},
        "paths": paths or {"/a": {"get": GET}},
    }
    return read_description(json.dumps(document | members))


def told(imported: Imported) -> list[tuple[str, str, bool]]:
    return [(problem.place, problem.why, problem.error) for problem in imported.problems]


def only(imported: Imported) -> Problem:
    assert len(imported.problems) == 1, imported.problems
    return imported.problems[0]


@pytest.mark.parametrize(
    ("paths", "place", "why"),
    [
        ({"/a": {"trace": GET}}, "/paths/~1a/trace", "'TRACE' is not a method that can be published"),
        ({"/a": {"fetch": GET}}, "/paths/~1a/fetch", "'FETCH' is not a method that can be published"),
        (
            {"/a-{b}": {"get": GET}},
            "/paths/~1a-{b}",
            "the segment 'a-{b}' is neither fixed nor one parameter and nothing else",
        ),
        (
            {"/a//b": {"get": GET}},
            "/paths/~1a~1~1b",
            "the segment '' is neither fixed nor one parameter and nothing else",
        ),
        (
            {"/a/..": {"get": GET}},
            "/paths/~1a~1..",
            "the segment '..' is neither fixed nor one parameter and nothing else",
        ),
        (
            {"/a?b=c": {"get": GET}},
            "/paths/~1a?b=c",
            "the segment 'a?b=c' is neither fixed nor one parameter and nothing else",
        ),
        ({"/{a}/{a}": {"get": GET}}, "/paths/~1{a}~1{a}", "it names the parameter 'a' twice"),
        ({"/": {"get": GET}}, "/paths/~1", "the path of an operation is a slash and at least one segment"),
        ({"a": {"get": GET}}, "/paths/a", "the path of an operation is a slash and at least one segment"),
        ({"/" + "a" * 200: {"get": GET}}, "/paths/~1" + "a" * 199, "its path is longer than 200 characters"),
        ({"/a": 5}, "/paths/~1a", "it is not a mapping of names and values"),
        ({"/a": {"get": 5}}, "/paths/~1a/get", "it is not a mapping of names and values"),
        ({"/a": {"get": {"parameters": {}}}}, "/paths/~1a/get/parameters", "it is not a list"),
        (
            {"/a": {"get": {"parameters": [5]}}},
            "/paths/~1a/get/parameters/0",
            "it is not a mapping of names and values",
        ),
        (
            {"/a": {"get": {"parameters": [{"name": "b", "in": "matrix"}]}}},
            "/paths/~1a/get/parameters/0",
            "a parameter cannot be in 'matrix'",
        ),
        (
            {"/a": {"get": {"parameters": [{"name": "b\r\nc: d", "in": "header"}]}}},
            "/paths/~1a/get/parameters/0",
            "'b\\r\\nc: d' cannot be the name of a parameter in header",
        ),
        (
            {"/a": {"get": {"parameters": [{"$ref": "#/components/parameters/B"}]}}},
            "/paths/~1a/get/parameters/0",
            "it refers to '#/components/parameters/B', which is not there",
        ),
        (
            {"/a": {"get": {"parameters": [{"$ref": 5}]}}},
            "/paths/~1a/get/parameters/0",
            "its $ref is not a text",
        ),
        (
            {"/a": {"$ref": "#/paths/~1b"}, "/b": {"$ref": "#/paths/~1a"}},
            "/paths/~1a",
            "its references lead in a circle, or through too many others",
        ),
    ],
)
def test_errors_stand_at_their_place(paths: Any, place: str, why: str) -> None:
    assert (place, why, True) in told(described(paths))


@pytest.mark.parametrize(
    ("operation", "place", "why"),
    [
        (
            {"requestBody": {"content": {"text/plain": {}}}},
            "/paths/~1a/get",
            "the body of a GET request is left out",
        ),
        ({"callbacks": {"done": {}}}, "/paths/~1a/get", "its callbacks are left out"),
        ({"servers": [{"url": "https://b.example"}]}, "/paths/~1a/get", "its servers are left out"),
        ({"summary": ["x"]}, "/paths/~1a/get/summary", "it is not a text, and is left out"),
        ({"summary": "x" * 501}, "/paths/~1a/get/summary", "it is cut to 500 characters"),
        ({"deprecated": "yes"}, "/paths/~1a/get/deprecated", "it is neither true nor false, and is left out"),
        (
            {"parameters": [{"$ref": "other.yaml#/B"}]},
            "/paths/~1a/get/parameters/0",
            "it refers to 'other.yaml#/B', outside this document, and is left out",
        ),
        (
            {"parameters": [{"name": "Authorization", "in": "header"}]},
            "/paths/~1a/get/parameters/0",
            "Authorization is no parameter of ours, and is left out",
        ),
        (
            {"parameters": [{"name": "b", "in": "path", "required": True}]},
            "/paths/~1a/get/parameters/0",
            "the path has no parameter 'b', and it is left out",
        ),
        (
            {"parameters": [{"name": "B", "in": "header"}, {"name": "b", "in": "header"}]},
            "/paths/~1a/get/parameters/1",
            "'b' stands twice; the first counts",
        ),
        (
            {"responses": {"banana": {}}},
            "/paths/~1a/get/responses/banana",
            "'banana' is not a status, and is left out",
        ),
        (
            {"responses": {"200": {"links": {"next": {}}}}},
            "/paths/~1a/get/responses/200",
            "its links are left out",
        ),
        (
            {"responses": {"200": {"content": {"json": {}}}}},
            "/paths/~1a/get/responses/200/content/json",
            "'json' is not a media type, and is left out",
        ),
        (
            {"responses": {"200": {"content": {"text/plain": {"schema": {"$ref": "https://b.example/c"}}}}}},
            "/paths/~1a/get/responses/200/content/text~1plain/schema",
            "it refers to 'https://b.example/c', outside this document, and allows any value",
        ),
    ],
)
def test_remarks_tell_what_is_different_and_the_operation_is_imported(
    operation: dict[str, Any], place: str, why: str
) -> None:
    imported = described({"/a": {"get": GET | operation}})

    found = [problem for problem in imported.remarks if problem.place == place]
    assert [problem.why[: len(why)] for problem in found] == [why]
    assert imported.errors == ()
    assert imported.api is not None
    assert len(imported.api.operations) == 1


def test_one_faulty_operation_leaves_the_others() -> None:
    imported = described({"/a": {"get": GET, "trace": GET}, "/b-{c}": {"get": GET}, "/d": {"post": GET}})

    assert imported.api is not None
    assert [item.key for item in imported.api.operations] == ["get-a", "post-d"]
    assert len(imported.errors) == 2


def test_two_operations_of_one_address_are_an_error_whatever_their_parameters_are_called() -> None:
    wrong = only(described({"/a/{b}": {"get": GET | with_("b")}, "/a/{c}": {"get": GET | with_("c")}}))

    assert (wrong.place, wrong.why) == ("/paths/~1a~1{c}/get", "another operation has the same address")


def with_(name: str) -> dict[str, Any]:
    return {"parameters": [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}}]}


def test_ways_to_sign_in_are_told_and_ours_apply() -> None:
    schemes = {
        "key": {"type": "apiKey", "in": "cookie", "name": "session"},
        "token": {"type": "http", "scheme": "bearer"},
        "flow": {"type": "oauth2", "flows": {}},
        "tls": {"type": "mutualTLS"},
    }
    remarks = described(components={"securitySchemes": schemes}).remarks

    assert [problem.place for problem in remarks] == [
        f"/components/securitySchemes/{name}" for name in schemes
    ]
    assert "an API key in cookie 'session': callers send a subscription key" in remarks[0].why
    assert all("callers send an access token" in problem.why for problem in remarks[1:3])


def test_webhooks_are_told() -> None:
    assert ("/webhooks/done", "webhooks are left out", False) in told(
        described(webhooks={"done": {"post": GET}})
    )


@pytest.mark.parametrize(
    ("text", "why", "line"),
    [
        ("", "it is not a mapping of names and values", None),
        ("[1, 2]", "it is not a mapping of names and values", None),
        ("just words", "it is not a mapping of names and values", None),
        ("{}", "it says neither openapi nor swagger, with a version", None),
        ('{"openapi": "4.0.0"}', "version '4.0.0' is not read; 2.0, 3.0 and 3.1 are", 1),
        ('{"swagger": "1.2"}', "version '1.2' is not read; 2.0, 3.0 and 3.1 are", 1),
        ('{\n"openapi" "3.0"}', "it is not JSON: Expecting ':' delimiter", 2),
        ("a: b\n c: [", "it is not YAML: mapping values are not allowed in this context", 2),
        ("a: 1\n---\nb: 2\n", "it holds several documents", 2),
        (
            "a: !!python/object/apply:os.system [id]",
            "the tag 'tag:yaml.org,2002:python/object/apply:os.system' is not taken",
            1,
        ),
        ("? [a]\n: b", "a name is not a text", 1),
    ],
)
def test_what_is_no_description_at_all_says_so(text: str, why: str, line: int | None) -> None:
    imported = read_description(text)
    wrong = only(imported)

    assert (wrong.why, wrong.line, wrong.error) == (why, line, True)
    assert imported.api is None


def test_bytes_that_are_no_utf_8_are_refused() -> None:
    assert only(read_description("{}".encode("utf-16"))).why == "it is not UTF-8"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("openapi: 3.0.0\ninfo: {title: a, version: 1}\npaths:\n  /a:\n    get: {}\n    get: {}\n", 6),
        (
            '{"openapi": "3.0.0", "info": {"title": "a", "version": "1"},\n"paths": {"/a": {"get": {},\n"get": {}}}}',
            3,
        ),
    ],
)
def test_a_name_that_stands_twice_is_an_error_with_its_line(text: str, line: int) -> None:
    wrong = only(read_description(text))

    assert (wrong.place, wrong.why, wrong.error, wrong.line) == (
        "/paths/~1a/get",
        "'get' stands twice",
        True,
        line,
    )


def test_so_many_problems_are_listed_and_the_rest_is_counted() -> None:
    imported = described({f"/a{number}": {"trace": GET} for number in range(MOST_PROBLEMS + 10)})

    assert len(imported.problems) == MOST_PROBLEMS + 1
    # All operations are wrong, and that there is none left is one more.
    assert imported.problems[-1] == Problem("", "there are 11 problems more", error=True)


def test_info_without_a_title_is_imported_under_a_name_to_be_changed() -> None:
    imported = described(info={"version": "1"})

    assert imported.api is not None
    assert (imported.api.key, imported.api.name, imported.api.suffix) == ("api", "API", "Api")
    assert imported.errors == ()
    assert described(info=None).errors[0].why == "info is missing"
