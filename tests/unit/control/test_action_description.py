"""The action API described: from the registry to definitions in every form."""

from __future__ import annotations

import base64
import json
from functools import cache
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped] # it has no stubs
from openapi_spec_validator import OpenAPIV2SpecValidator, OpenAPIV31SpecValidator

from millgate.control.actions.describing.api import answers_of, api_direct, api_managed, operation_of
from millgate.control.actions.describing.examples import answer_example, body_example, params_example
from millgate.control.actions.describing.schemas import body_schema, envelope_schema
from millgate.control.actions.pipeline.validating import required_there, valid
from millgate.control.actions.registry.model import JSON, TEXT, Route, State
from millgate.control.actions.registry.table import ROUTES, parameters_of, statuses_of
from millgate.describe.model import Api
from millgate.describe.writing import openapi_31, swagger_20, wadl
from millgate.snapshot.build import build_serving
from millgate.snapshot.document import Catalogue, Document

SITE: dict[str, Any] = {
    "origin": "https://millgate.example",
    "token_url": "https://millgate.example/oauth2/v1/token",
}
EVERY_ROUTE = [pytest.param(route, id=path) for path, route in ROUTES.items()]


@cache
def direct() -> Api:
    return api_direct(ROUTES.values())


def test_every_form_of_the_definition_is_valid() -> None:
    for api in (direct(), api_managed()):
        OpenAPIV31SpecValidator(openapi_31(api, **SITE)).validate()
        OpenAPIV2SpecValidator(swagger_20(api, **SITE)).validate()
        assert wadl(api, **SITE).startswith(b"<?xml")


def test_the_direct_address_has_no_gateway_before_it() -> None:
    told: dict[str, Any] = openapi_31(direct(), **SITE)

    assert [item["url"] for item in told["servers"]] == ["https://millgate.example/api/v1"]
    assert told["security"] == []
    assert "securitySchemes" not in told["components"]
    update = told["paths"]["/cancelations/update"]["put"]
    codes = {str(status.code) for status in statuses_of(ROUTES["cancelations/update"])}
    assert set(update["responses"]) == codes, "no answer of a managed layer among them"
    assert b"Ocp-Apim" not in wadl(direct(), **SITE)


def test_the_managed_address_needs_no_credentials_and_has_the_gateways_answers_too() -> None:
    told: dict[str, Any] = openapi_31(api_managed(), **SITE)

    assert [item["url"] for item in told["servers"]] == ["https://millgate.example/actions/v1"]
    assert told["security"] == []
    create = told["paths"]["/sessions/create"]["post"]
    assert "404" in create["responses"], "where the gateway knows no such address"


def test_the_catalogue_takes_it_as_it_is() -> None:
    assert build_serving(Document(Catalogue(apis=(api_managed(),))), {})[1] == {}


def test_what_is_planned_waits_outside_the_catalogue() -> None:
    targets = {operation.target for operation in api_managed().operations}
    assert targets == {path for path, route in ROUTES.items() if route.state is State.DEPLOYED}


def test_what_is_put_or_deleted_can_be_posted_too() -> None:
    aliases = [item for item in direct().operations if item.key.endswith("-by-post")]

    assert {item.target for item in aliases} == {
        path for path, route in ROUTES.items() if route.verb in {"PUT", "DELETE"}
    }
    assert {item.method for item in aliases} == {"POST"}


@pytest.mark.parametrize("route", EVERY_ROUTE)
def test_the_sample_call_passes_the_checks_and_its_own_schema(route: Route) -> None:
    sample = params_example(route)

    required_there(route, sample)
    valid(route, sample)
    Draft202012Validator(body_schema(route)).validate(sample)
    if TEXT in route.content_types:
        assert json.loads(base64.b64decode(body_example(route, TEXT))) == sample
    if JSON in route.content_types:
        plain = json.loads(body_example(route, JSON))
        assert not {item.name for item in parameters_of(route) if item.sensitive} & plain.keys()


@pytest.mark.parametrize("route", EVERY_ROUTE)
def test_each_status_is_among_the_answers_of_its_code(route: Route) -> None:
    answers = {answer.status: answer for answer in answers_of(route)}

    for status in statuses_of(route):
        answer = answers[str(status.code)]
        assert f"`{status.slug}`" in answer.description
        schema = answer.payloads[0].schema
        assert schema is not None
        assert status.slug in schema["properties"]["status"]["enum"]
        same = [item for item in statuses_of(route) if item.code == status.code]
        told = {**envelope_schema(route, same)["properties"], "session": True, "application": True}
        Draft202012Validator({"properties": told}).validate(answer_example(route, status))


def test_a_schema_says_what_the_pipeline_asks_of_a_parameter() -> None:
    schema = body_schema(ROUTES["cancelations/update"])

    assert schema["required"] == ["token", "id"]
    assert schema["properties"]["token"]["x-position"] == 100
    assert schema["properties"]["application"]["enum"] == ["planoauth", "planoorder", "planox2"]
    assert schema["properties"]["cancelable_id"]["type"] == ["string", "integer"]
    assert schema["additionalProperties"] is False
    register = body_schema(ROUTES["clients/register"])["properties"]["client"]
    assert {"email", "password"} <= set(register["required"])


def test_members_of_an_index_stand_within_what_they_belong_to() -> None:
    schema = operation_of(ROUTES["sessions/index"]).body
    assert schema is not None
    body = schema.payloads[0].schema
    assert body is not None

    assert set(body["properties"]["page"]["properties"]) == {"number", "size"}
    assert set(body["properties"]["filters"]["items"]["properties"]) == {"attribute", "comparison", "value"}
