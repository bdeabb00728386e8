"""What exports of Millgate say in extensions is read back; what only looks like it is left out."""

from __future__ import annotations

import json
from typing import Any

import pytest

from millgate.describe.model import Body, Operation, Parameter, Payload, Place
from millgate.describe.reading import Imported, read_description


def described(paths: dict[str, Any], **members: Any) -> Imported:
    head = {"openapi": "3.1.0", "info": {"title": "a", "version": "1"}}
    return read_description(json.dumps(head | {"paths": paths} | members))


def only(imported: Imported) -> Operation:
    assert imported.errors == ()
    assert imported.api is not None
    (operation,) = imported.api.operations
    return operation


PATH: dict[str, Any] = {"name": "a", "in": "path", "required": True, "schema": {"type": "string"}}


def test_key_name_template_and_target_are_those_of_the_export() -> None:
    said = {"key": "one-job", "name": "One job", "template": "/jobs/{JobKey}", "target": "Jobs.one"}
    operation = {"operationId": "x", "parameters": [PATH]} | {
        f"x-millgate-{name}": value for name, value in said.items()
    }
    read = only(described({"/jobs/{a}": {"get": operation}}))

    assert (read.key, read.name, read.template, read.target) == (
        "one-job",
        "One job",
        "/jobs/{JobKey}",
        "Jobs.one",
    )
    assert read.parameters == (Parameter("JobKey", Place.PATH, required=True),)


@pytest.mark.parametrize(
    "template",
    ["/jobs", "/jobs/{a}/{b}", "jobs/{a}", "/jobs/x{a}", "/jobs/{a}/..//", "/other/{a}", 5, "/jobs/\n"],
)
def test_a_template_that_does_not_fit_the_path_is_left_out(template: Any) -> None:
    operation = {"parameters": [PATH], "x-millgate-template": template}

    assert only(described({"/jobs/{a}": {"get": operation}})).template == "/jobs/{a}"


def test_a_parameter_is_as_the_export_says_it() -> None:
    whole = {
        "name": "Since",
        "place": "query",
        "type": "date-time",
        "example": "now",
        "schema": {"type": "integer", "required": 5},
    }
    parameters = [
        {"name": "since", "in": "query", "x-millgate-parameter": whole},
        {"name": "b", "in": "query", "x-millgate-parameter": {"name": "B"}},
        {"name": "c", "in": "query", "x-millgate-parameter": {"place": "query", "name": 5}},
        {"name": "d", "in": "query", "x-millgate-parameter": [1]},
        {"name": "e", "in": "query", "x-millgate-parameter": {"name": "e", "place": "query", "type": "moon"}},
    ]

    assert only(described({"/a": {"get": {"parameters": parameters}}})).parameters == (
        Parameter("Since", Place.QUERY, "date-time", example="now", schema={"type": "integer"}),
        Parameter("B", Place.QUERY),
        Parameter("c", Place.QUERY),
        Parameter("d", Place.QUERY),
        Parameter("e", Place.QUERY),
    )


def test_what_the_export_added_does_not_come_back() -> None:
    operation = {
        "parameters": [PATH | {"x-millgate-own": None}, {"name": "v", "in": "query", "x-millgate-own": None}],
        "requestBody": {"content": {"text/plain": {}}, "x-millgate-own": None},
        "responses": {
            "401": {"description": "Ours.", "x-millgate-own": None},
            "404": {"description": "Both.", "x-millgate-own": {"description": "Its own."}},
        },
    }
    imported = described({"/jobs/{a}": {"post": operation}})
    read = only(imported)

    assert (read.parameters, read.body) == ((), None)
    assert [(answer.status, answer.description) for answer in read.answers] == [("404", "Its own.")]
    assert imported.remarks == ()


def test_members_of_a_body_come_back_as_parameters() -> None:
    members = [
        {"name": "note", "place": "body", "schema": {"$ref": "#/components/schemas/Note"}},
        {"name": "bad\n", "place": "body"},
        {"place": "body"},
        5,
    ]
    body: dict[str, Any] = {"content": {}, "x-millgate-own": None, "x-millgate-parameter": members}
    imported = described(
        {"/a": {"post": {"requestBody": body}}}, components={"schemas": {"Note": {"type": "string"}}}
    )

    assert imported.api is not None
    assert imported.api.operations[0].parameters == (
        Parameter("note", Place.BODY, schema={"$ref": "#/components/schemas/Note"}),
    )
    assert imported.api.operations[0].body is None


def test_operations_stand_in_the_order_of_the_export_and_its_own_ways_to_sign_in_are_not_told() -> None:
    imported = described(
        {"/a": {"get": {}, "put": {}}, "/b": {"get": {}}},
        components={"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "Key"}}},
        **{
            "x-millgate": {
                "operations": ["get-b", "put-a", "get-a"],
                "versionScheme": "header",
                "versionName": "V",
            }
        },
    )

    assert imported.api is not None
    assert [item.key for item in imported.api.operations] == ["get-b", "put-a", "get-a"]
    assert (imported.api.version_scheme, imported.api.version_name) == ("header", "V")
    assert imported.said == {"version_scheme", "version_name"}
    assert imported.remarks == ()


# What no export says, and descriptions by others do


def test_examples_may_stand_anywhere_in_the_document() -> None:
    media = {
        "examples": {
            "far": {"externalValue": "https://a.example"},
            "near": {"$ref": "#/components/examples/E"},
        }
    }
    imported = described(
        {"/a": {"post": {"requestBody": {"content": {"text/plain": media}}}}},
        components={"examples": {"E": {"value": "x"}}},
    )

    assert only(imported).body == Body((Payload("text/plain", None, "x"),))
    assert [problem.why for problem in imported.remarks] == [
        "it stands outside this document, and is left out"
    ]


def test_a_body_has_so_many_media_types_and_no_encoding() -> None:
    content: dict[str, Any] = {f"a/b{number}": {"encoding": {}} for number in range(25)} | {
        "A/B1; charset=utf-8": {}
    }
    imported = described({"/a": {"post": {"requestBody": {"content": content}}}})

    body = only(imported).body
    assert body is not None
    assert len(body.payloads) == 20
    assert [problem.why for problem in imported.remarks] == [
        *["its encoding is left out"] * 20,
        "of its media types, those behind the first 20 are left out",
    ]


@pytest.mark.parametrize(
    ("servers", "url"),
    [
        ([], ""),
        ([{"url": "/v2"}], ""),
        ([{"url": "http://a.example/"}, {"url": "HTTPS://b.example"}], "http://a.example"),
        ([{"url": "http://a.example"}, {"url": "https://b.example/v1/"}], "https://b.example/v1"),
        ([{"url": "https://{x}.example"}], ""),
        ([{"url": "https://{x}.example", "variables": {"x": {"default": "y"}}}], "https://y.example"),
        ([{"url": "https://" + "a" * 3000}], ""),
        ([5], ""),
    ],
)
def test_the_first_https_server_is_proposed(servers: list[Any], url: str) -> None:
    assert described({"/a": {"get": {}}}, servers=servers).base_url == url


@pytest.mark.parametrize(
    ("members", "url"),
    [
        ({"host": "a.example"}, "https://a.example"),
        ({"host": "a.example", "schemes": ["http", "ws"], "basePath": "/v2/"}, "http://a.example/v2"),
        ({"basePath": "/v2"}, ""),
    ],
)
def test_a_host_of_swagger_is_proposed(members: dict[str, Any], url: str) -> None:
    head = {"swagger": "2.0", "info": {"title": "a", "version": "1"}, "paths": {"/a": {"get": {}}}}

    assert read_description(json.dumps(head | members)).base_url == url


def test_an_object_in_the_query_is_told() -> None:
    schema = {"type": "object", "properties": {"a": {}}}
    imported = described({"/a": {"get": {"parameters": [{"name": "q", "in": "query", "schema": schema}]}}})

    assert only(imported).parameters == (Parameter("q", Place.QUERY, schema=schema),)
    assert [problem.place for problem in imported.remarks] == ["/paths/~1a/get/parameters/0"]


def test_a_named_schema_of_a_parameter_gives_it_its_type_and_values() -> None:
    reference = {"$ref": "#/components/schemas/State"}
    imported = described(
        {"/a": {"get": {"parameters": [{"name": "q", "in": "query", "schema": reference}]}}},
        components={"schemas": {"State": {"type": "integer", "enum": [1, 2]}}},
    )

    assert only(imported).parameters == (
        Parameter("q", Place.QUERY, "integer", values=("1", "2"), schema=reference),
    )


def test_more_parameters_than_an_operation_may_have_are_an_error() -> None:
    parameters = [{"name": f"q{number}", "in": "query"} for number in range(400)]
    imported = described({"/a": {"get": {"parameters": parameters}}})

    assert [problem.why for problem in imported.errors] == ["it has more than 300 parameters"]


def test_servers_of_a_path_and_two_bodies_are_told() -> None:
    bodies = [{"name": "a", "in": "body"}, {"name": "b", "in": "body"}]
    document = {
        "swagger": "2.0",
        "info": {"title": "a", "version": "1"},
        "paths": {
            "/a": {"servers": [{"url": "x"}], "post": {"parameters": bodies, "consumes": [5], "tags": [5]}}
        },
    }
    imported = read_description(json.dumps(document))

    assert [problem.why for problem in imported.errors] == ["it has two bodies"]
    assert sorted(problem.why for problem in imported.remarks) == [
        "it is not a text, and is left out",
        "its servers are left out; the upstream of the API answers",
    ]


def test_numbers_of_yaml_are_those_of_its_core_schema() -> None:
    text = """
openapi: 3.1.0
info: {title: a, version: 1.10}
paths: {/a: {get: {}}}
components:
  schemas:
    A: {enum: [0x1F, 0o17, 1.5e3, -7, .5, NO, ~, True, 2026-01-31, '5', !!str 6, 0777]}
"""
    api = read_description(text).api

    assert api is not None
    assert api.definitions["A"]["enum"] == [
        31,
        15,
        1500.0,
        -7,
        0.5,
        "NO",
        None,
        True,
        "2026-01-31",
        "5",
        "6",
        777,
    ]
