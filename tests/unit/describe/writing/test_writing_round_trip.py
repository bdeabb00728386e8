"""What is written can be read back: for the plant's APIs, and for APIs that are made up."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings

from millgate.describe.model import Answer, Api, Operation, Parameter, Place
from millgate.describe.reading.description import Imported, read_description
from millgate.describe.writing import json_text, openapi_31, swagger_20, yaml_text
from millgate.plant.registry import apis
from support.made_up import SITE, made_up

APIS = [pytest.param(api, id=api.key) for api in apis()]
MANY = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much], max_examples=20)


def told(imported: Imported) -> Api:
    assert imported.api is not None, imported.problems
    return imported.api


@pytest.mark.parametrize("api", APIS)
def test_an_api_of_the_plant_is_read_back_from_openapi_as_it_was(api: Api) -> None:
    document = openapi_31(api, **SITE, internal=True)

    assert told(read_description(json_text(document))) == api
    assert told(read_description(yaml_text(document))) == api
    assert read_description(json_text(document)).problems == ()


@MANY
@given(made_up())
def test_a_made_up_api_is_read_back_from_openapi_as_it_was(api: Api) -> None:
    imported = read_description(json_text(openapi_31(api, **SITE, internal=True)))

    assert (told(imported), imported.errors) == (api, ())


@pytest.mark.parametrize("api", APIS)
def test_of_an_api_of_the_plant_swagger_keeps_all_but_what_it_has_no_word_for(api: Api) -> None:
    back = told(read_description(json_text(swagger_20(api, **SITE, internal=True))))

    assert back.definitions == api.definitions
    assert [_in_swagger(item) for item in back.operations] == [_in_swagger(item) for item in api.operations]
    assert msgspec.structs.replace(back, operations=(), definitions={}) == msgspec.structs.replace(
        api, operations=(), definitions={}
    )


def _in_swagger(operation: Operation) -> Operation:
    """An operation without what Swagger 2.0 cannot say: choices in bodies, media types of single answers."""
    answers = tuple(
        msgspec.structs.replace(item, payloads=item.payloads[:1] if _has_schema(item) else ())
        for item in operation.answers
    )
    return msgspec.structs.replace(operation, answers=answers, body=None)


def _has_schema(answer: Answer) -> bool:
    return any(item.media_type == "application/json" for item in answer.payloads)


@MANY
@given(made_up())
def test_of_a_made_up_api_swagger_keeps_the_operations_and_their_parameters(api: Api) -> None:
    imported = read_description(json_text(swagger_20(api, **SITE, internal=True)))
    back = told(imported)

    assert imported.errors == ()
    assert [_outline(item) for item in back.operations] == [_outline(item) for item in api.operations]
    assert back.definitions.keys() == api.definitions.keys()


def _outline(operation: Operation) -> Operation:
    kept = tuple(
        msgspec.structs.replace(item, schema=None)
        for item in operation.parameters
        if item.place is not Place.COOKIE
    )
    return msgspec.structs.replace(operation, parameters=kept, body=None, answers=())


def test_references_to_a_definition_with_another_name_lead_there() -> None:
    old, new = ({"$ref": f"#/components/schemas/{name}"} for name in ("Job«x»", "Job-x"))
    act = Operation(
        "act",
        "POST",
        "/A",
        "Act",
        "/a",
        parameters=(Parameter("A", Place.QUERY, schema=old), Parameter("b", Place.BODY, schema=old)),
    )
    api = Api(
        key="a",
        name="A",
        suffix="A",
        version="v1",
        upstream="mock",
        operations=(act,),
        definitions={"Job«x»": {"type": "string"}},
    )
    imported = read_description(json_text(openapi_31(api, **SITE, internal=True)))

    assert imported.errors == ()
    assert told(imported).definitions == {"Job-x": {"type": "string"}}
    assert [item.schema for item in told(imported).operations[0].parameters] == [new, new]
