"""What a document says of addresses, keys, tokens, parameters, bodies and answers."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

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
from millgate.describe.reading.description import read_description
from millgate.describe.writing import json_text, openapi_31, swagger_20, wadl, yaml_text
from support.made_up import SITE

KEY = Parameter("JobKey", Place.PATH, "integer", "The job.", required=True, example="4711")
JOBS = Api(
    key="jobs",
    name="Jobs",
    suffix="JobTracking",
    version="v1",
    upstream="http:erp",
    description="Jobs of the plant.",
    operations=(
        Operation("get-job", "GET", "/Jobs/{JobKey}", "Get a job", "/secret/{JobKey}", parameters=(KEY,)),
        Operation(
            "list-jobs",
            "GET",
            "/Jobs",
            "List jobs",
            "/secret",
            summary="All jobs.",
            description="In *their* order.",
            deprecated=True,
            tags=("Jobs", "Read"),
            parameters=(
                Parameter(
                    "Status",
                    Place.QUERY,
                    values=("Open", "Done"),
                    repeatable=True,
                    required=True,
                    example="Open",
                ),
            ),
            answers=(
                Answer(
                    "200",
                    "Some jobs.",
                    (Payload("application/json", {"$ref": "#/components/schemas/Job"}, {"no": 1}),),
                    (Parameter("X-Count", Place.HEADER, "integer", "How many."),),
                ),
                Answer("404", "None.", (Payload("application/json", {"type": "object"}, {"none": True}),)),
            ),
        ),
    ),
    definitions={"Job": {"type": "object", "properties": {"no": {"type": ["integer", "null"]}}}},
)


def written(api: Api, **more: Any) -> dict[str, Any]:
    return openapi_31(api, **SITE, **more)


def operation(document: dict[str, Any], path: str, method: str = "get") -> dict[str, Any]:
    found: dict[str, Any] = document["paths"][path][method]
    return found


def resolved(document: dict[str, Any], item: dict[str, Any]) -> dict[str, Any]:
    reference = item.get("$ref", "")
    if not reference:
        return item
    for name in reference.removeprefix("#/").split("/"):
        document = document[name]
    return document


def responses(document: dict[str, Any], path: str, method: str = "get") -> dict[str, Any]:
    found = operation(document, path, method)["responses"]
    return {status: resolved(document, item) for status, item in found.items()}


# Addresses


@pytest.mark.parametrize(
    ("change", "test", "production"),
    [
        ({}, "/test/JobTracking/v1", "/JobTracking/v1"),
        ({"current": False, "revision": 3}, "/test/JobTracking/v1;rev=3", "/JobTracking/v1;rev=3"),
        ({"version_scheme": VersionScheme.ORIGINAL}, "/test/JobTracking", "/JobTracking"),
        (
            {"version_scheme": VersionScheme.QUERY, "version_name": "v", "current": False, "revision": 2},
            "/test/JobTracking;rev=2",
            "/JobTracking;rev=2",
        ),
    ],
)
def test_each_tier_is_a_server_the_harmless_one_first(
    change: dict[str, Any], test: str, production: str
) -> None:
    api = replace(JOBS, tiers=("production", "test"), **change)

    assert written(api)["servers"] == [
        {"url": f"https://plant.example{test}", "description": "Test"},
        {"url": f"https://plant.example{production}", "description": "Production"},
    ]
    swagger = swagger_20(api, **SITE)
    assert (swagger["schemes"], swagger["host"], swagger["basePath"]) == (["https"], "plant.example", test)


@pytest.mark.parametrize(
    ("scheme", "place"), [(VersionScheme.QUERY, "query"), (VersionScheme.HEADER, "header")]
)
def test_a_version_that_the_path_does_not_name_is_a_parameter_of_every_operation(
    scheme: VersionScheme, place: str
) -> None:
    api = replace(JOBS, version_scheme=scheme, version_name="api-version")
    for document in (written(api), swagger_20(api, **SITE)):
        for path in ("/Jobs", "/Jobs/{JobKey}"):
            last = resolved(document, operation(document, path)["parameters"][-1])
            assert (last["name"], last["in"], last["required"]) == ("api-version", place, True)
            assert last.get("schema", last)["enum"] == ["v1"]


# Keys and tokens


def test_a_call_carries_the_key_in_one_of_two_places_and_the_token() -> None:
    document = written(replace(JOBS, key_header="x-key", key_query="key"), resource="http://api.plex.com/")
    schemes = document["components"]["securitySchemes"]

    assert [(schemes[name]["in"], schemes[name]["name"]) for name in list(schemes)[:2]] == [
        ("header", "x-key"),
        ("query", "key"),
    ]
    token = schemes["accessToken"]
    assert token["flows"] == {"clientCredentials": {"tokenUrl": SITE["token_url"], "scopes": {}}}
    assert "resource: http://api.plex.com/" in token["description"]
    assert document["security"] == [
        {"subscriptionKeyHeader": [], "accessToken": []},
        {"subscriptionKeyQuery": [], "accessToken": []},
    ]


@pytest.mark.parametrize(
    ("key", "token", "security"),
    [
        (True, False, [{"subscriptionKeyHeader": []}, {"subscriptionKeyQuery": []}]),
        (False, True, [{"accessToken": []}]),
        (False, False, []),
    ],
)
def test_what_an_api_does_not_need_is_not_asked_for(key: bool, token: bool, security: list[Any]) -> None:
    api = replace(JOBS, subscription_required=key, bearer_required=token)

    assert written(api)["security"] == security
    assert swagger_20(api, **SITE)["security"] == security
    text = wadl(api, **SITE)
    assert (b'name="Authorization"' in text, b'name="Ocp-Apim-Subscription-Key"' in text) == (token, key)


# Operations


def test_an_operation_says_what_its_page_says() -> None:
    made = operation(written(JOBS), "/Jobs")

    assert {name: made[name] for name in ("summary", "description", "operationId", "deprecated", "tags")} == {
        "summary": "All jobs.",
        "description": "In *their* order.",
        "operationId": "list-jobs",
        "deprecated": True,
        "tags": ["Jobs", "Read"],
    }
    assert written(JOBS)["tags"] == [{"name": "Jobs"}, {"name": "Read"}]


def test_what_is_deprecated_as_a_whole_says_so_in_every_operation_of_every_form() -> None:
    """No form has a word for an API; code generators heed the one for operations."""
    old = replace(JOBS, deprecated=True, deprecation_note="Use v2.", sunset_on=date(2027, 3, 31))
    for form in (openapi_31(old, **SITE), swagger_20(old, **SITE)):
        assert operation(form, "/Jobs/{JobKey}")["deprecated"]
        assert form["x-millgate"]["deprecationNote"] == "Use v2."
        assert form["x-millgate"]["sunsetOn"] == "2027-03-31"
        back = read_description(json_text(form)).api
        assert back is not None
        assert [item.deprecated for item in back.operations] == [False, True], "their own flags are kept"
    assert wadl(old, **SITE).count(b'<doc title="Deprecated"') == 1 + 2 * len(old.tiers)
    assert b"Use v2. It may be gone after 2027-03-31." in wadl(old, **SITE)


def test_parameters_have_types_values_and_examples() -> None:
    document = written(JOBS)
    (status,) = operation(document, "/Jobs")["parameters"]
    (key,) = operation(document, "/Jobs/{JobKey}")["parameters"]

    assert status == {
        "name": "Status",
        "in": "query",
        "required": True,
        "schema": {"type": "array", "items": {"type": "string", "enum": ["Open", "Done"]}},
        "example": ["Open"],
    }
    assert key == {
        "name": "JobKey",
        "in": "path",
        "description": "The job.",
        "required": True,
        "schema": {"type": "integer"},
        "example": 4711,
    }
    (status,) = swagger_20(JOBS, **SITE)["paths"]["/Jobs"]["get"]["parameters"]
    assert (status["type"], status["collectionFormat"]) == ("array", "multi")


def test_a_parameter_of_the_path_that_nobody_described_is_declared_all_the_same() -> None:
    bare = replace(JOBS.operations[0], parameters=(Parameter("Other", Place.PATH, required=True),))
    (declared,) = operation(written(replace(JOBS, operations=(bare,))), "/Jobs/{JobKey}")["parameters"]

    assert (declared["name"], declared["in"], declared["required"]) == ("JobKey", "path", True)


def test_templates_that_differ_in_names_alone_are_one_path() -> None:
    """OpenAPI 3.1 section 4.8.8: templated paths of the same hierarchy must not exist twice."""
    other = replace(KEY, name="No")
    change = Operation("change-job", "PUT", "/Jobs/{No}", "Change", "/x", parameters=(other,))
    document = written(replace(JOBS, operations=(*JOBS.operations, change)))
    made = operation(document, "/Jobs/{JobKey}", "put")

    assert list(document["paths"]) == ["/Jobs/{JobKey}", "/Jobs"]
    assert made["x-millgate-template"] == "/Jobs/{No}"
    assert made["parameters"][0]["name"] == "JobKey"


def test_parameters_of_the_body_make_an_object() -> None:
    members = (
        Parameter("quantity", Place.BODY, "integer", "Pieces.", required=True, example="12"),
        Parameter("reasons", Place.BODY, repeatable=True, values=("Dent", "Crack"), example="Dent"),
    )
    record = Operation("record", "POST", "/Scrap", "Record", "/x", parameters=members)
    api = replace(JOBS, operations=(record,))
    body = operation(written(api), "/Scrap", "post")["requestBody"]

    assert body["required"] is True
    assert body["content"]["application/json"] == {
        "schema": {
            "type": "object",
            "required": ["quantity"],
            "properties": {
                "quantity": {"type": "integer", "description": "Pieces."},
                "reasons": {"type": "array", "items": {"type": "string", "enum": ["Dent", "Crack"]}},
            },
        },
        "example": {"quantity": 12, "reasons": ["Dent"]},
    }
    (swagger,) = swagger_20(api, **SITE)["paths"]["/Scrap"]["post"]["parameters"]
    assert swagger["in"] == "body"
    assert swagger["schema"]["properties"]["quantity"]["type"] == "integer"


def test_a_form_is_a_body_in_openapi_and_fields_in_swagger() -> None:
    schema = {
        "type": "object",
        "required": ["file"],
        "properties": {
            "file": {"type": "string", "format": "binary", "description": "The drawing."},
            "tags": {"type": "array", "items": {"type": "string"}},
        },
    }
    send = Operation(
        "send", "POST", "/Drawings", "Send", "/x", body=Body((Payload("multipart/form-data", schema),))
    )
    api = replace(JOBS, operations=(send,))

    content = operation(written(api), "/Drawings", "post")["requestBody"]["content"]
    assert content == {"multipart/form-data": {"schema": schema}}
    made = swagger_20(api, **SITE)["paths"]["/Drawings"]["post"]
    assert made["consumes"] == ["multipart/form-data"]
    assert made["parameters"] == [
        {
            "name": "file",
            "in": "formData",
            "description": "The drawing.",
            "required": True,
            "type": "file",
        },
        {
            "name": "tags",
            "in": "formData",
            "type": "array",
            "items": {"type": "string"},
            "collectionFormat": "multi",
        },
    ]


# Answers


def test_answers_of_the_managed_layer_are_the_literal_ones() -> None:
    told = responses(written(JOBS), "/Jobs/{JobKey}")
    examples = {
        name: item["value"]
        for status in ("401", "403", "404", "429", "500")
        for name, item in told[status]["content"]["application/json"]["examples"].items()
    }

    assert examples["noKey"] == {
        "statusCode": 401,
        "message": "Access denied due to missing subscription key. Make sure to include subscription key when"
        " making requests to an API.",
    }
    assert examples["noToken"]["message"] == "Not authorized: Authorization header value not present."
    assert examples["refusedToken"].keys() == {"status", "Message"}
    assert examples["testOnly"] == {
        "statusCode": 403,
        "message": "Application is not allowed to access production resources.",
    }
    assert examples["callQuota"]["message"].endswith("Quota will be replenished in 02:28:27.")
    assert examples["rateLimit"] == {
        "statusCode": 429,
        "message": "Rate limit is exceeded. Try again in 46 seconds.",
    }
    assert examples["noOperation"] == {"statusCode": 404, "message": "Resource not found"}
    assert examples["failure"].keys() == {"statusCode", "message", "activityId"}
    assert "Retry-After" in told["429"]["headers"]


def test_an_operation_without_answers_of_its_own_still_succeeds_somehow() -> None:
    assert "2XX" in responses(written(JOBS), "/Jobs/{JobKey}")
    assert "2XX" not in responses(written(JOBS), "/Jobs")
    assert "default" in swagger_20(JOBS, **SITE)["paths"]["/Jobs/{JobKey}"]["get"]["responses"]


def test_an_answer_says_its_schema_its_example_and_its_headers() -> None:
    told = responses(written(JOBS), "/Jobs")["200"]

    assert told["description"] == "Some jobs."
    assert told["headers"] == {"X-Count": {"description": "How many.", "schema": {"type": "integer"}}}
    assert told["content"]["application/json"] == {
        "schema": {"$ref": "#/components/schemas/Job"},
        "example": {"no": 1},
    }


def test_a_status_that_both_layers_give_has_both_bodies() -> None:
    media = responses(written(JOBS), "/Jobs")["404"]["content"]["application/json"]

    assert [item.get("title", item["type"]) for item in media["schema"]["anyOf"]] == [
        "object",
        "ManagedError",
    ]
    assert {name: item["value"] for name, item in media["examples"].items()} == {
        "own": {"none": True},
        "noOperation": {"statusCode": 404, "message": "Resource not found"},
    }


def test_names_of_definitions_that_components_may_not_have_are_changed_with_their_references() -> None:
    """OpenAPI 3.1 section 4.8.7: letters, digits, dot, dash and underscore."""
    reference = "#/components/schemas/"
    page = {"properties": {"$ref": {"$ref": f"{reference}Job«x»"}}, "example": {"$ref": f"{reference}Job«x»"}}
    document = written(replace(JOBS, definitions={"Job«x»": {"type": "object"}, "Job-x": page}))
    schemas = document["components"]["schemas"]

    assert schemas == {
        "Job-x-2": {"type": "object"},
        "Job-x": {
            "properties": {"$ref": {"$ref": f"{reference}Job-x-2"}},
            "example": {"$ref": f"{reference}Job«x»"},
        },
    }


# Who may know what


def test_only_the_internal_form_tells_of_upstreams() -> None:
    for form in (openapi_31, swagger_20):
        public, internal = (json_text(form(JOBS, **SITE, internal=value)) for value in (False, True))
        assert b"secret" not in public
        assert b"http:erp" not in public
        assert b"/secret/{JobKey}" in internal
        assert b"http:erp" in internal
    assert b"secret" not in wadl(JOBS, **SITE)


@pytest.mark.parametrize(
    "text", ["1e3", "0o17", "0x1F", "y", "No", "2026-01-31", "~", "=", "1_000", "+.5", ".inf", "12:30", ""]
)
def test_texts_stay_texts_in_yaml_of_either_version(text: str) -> None:
    """YAML 1.1 and 1.2 disagree about which plain words are numbers or truth values."""
    assert yaml_text({"a": text}) in {f"a: '{text}'\n".encode(), f'a: "{text}"\n'.encode()}
