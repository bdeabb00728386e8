"""Every form is what it claims to be: the schemas of the specifications are met."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from lxml import etree
from msgspec.structs import replace
from openapi_spec_validator import OpenAPIV2SpecValidator, OpenAPIV31SpecValidator

from millgate.control.actions.describing.api import api_direct, api_managed
from millgate.control.actions.registry.table import ROUTES
from millgate.describe.writing import json_text, openapi_31, swagger_20, wadl, yaml_text
from millgate.plant.registry import apis
from millgate.plant.sources.describe import api_of
from millgate.plant.sources.reading import read_source
from support.foreign_apis import HOSTILE_API, HOSTILE_TEXT, imported_apis
from support.made_up import SITE, made_up
from support.own_database import ORDERS

if TYPE_CHECKING:
    from millgate.describe.model import Api

DATA: Final = Path(__file__).parents[3] / "data"
APIS = [
    pytest.param(api, id=name)
    for name, api in (
        *((api.key, api) for api in (*apis(), api_of(read_source(ORDERS, "toml")))),
        *imported_apis().items(),
    )
]
FEW = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much], max_examples=8)


def faults_of(api: Api) -> list[str]:
    documents = (
        OpenAPIV31SpecValidator(openapi_31(api, **SITE)),
        OpenAPIV2SpecValidator(swagger_20(api, **SITE)),
    )
    return [str(fault) for document in documents for fault in document.iter_errors()]


@pytest.mark.parametrize("api", APIS)
def test_openapi_and_swagger_of_the_plant_and_of_others_are_valid(api: Api) -> None:
    assert faults_of(api) == []


@FEW
@given(made_up())
@example(HOSTILE_API)
def test_openapi_and_swagger_of_a_made_up_api_are_valid(api: Api) -> None:
    assert faults_of(api) == []


@pytest.mark.parametrize("api", APIS)
def test_every_operation_is_there_in_every_form(api: Api) -> None:
    expected = {(item.method, item.template) for item in api.operations}

    for document in (openapi_31(api, **SITE), swagger_20(api, **SITE)):
        paths = document["paths"]
        assert {(name.upper(), path) for path in paths for name in paths[path]} == expected
    for resources in ET.fromstring(wadl(api, **SITE)).iter(f"{NAMESPACE}resources"):  # noqa: S314 - we wrote it
        told = {
            (method.get("name"), f"/{resource.get('path')}")
            for resource in resources.iter(f"{NAMESPACE}resource")
            for method in resource.iter(f"{NAMESPACE}method")
        }
        assert told == expected


@pytest.mark.parametrize("api", [*APIS, pytest.param(HOSTILE_API, id="hostile")])
def test_yaml_and_json_say_the_same(api: Api) -> None:
    document = openapi_31(api, **SITE)

    assert yaml.safe_load(yaml_text(document)) == document
    assert json.loads(json_text(document)) == document


@pytest.mark.parametrize("api", APIS)
def test_nothing_is_written_twice(api: Api) -> None:
    """Answers, parameters and schemas that operations share stand once, so a document stays readable."""
    document = openapi_31(api, **SITE)
    operations = [item for path in document["paths"].values() for item in path.values()]
    responses = [item for made in operations for item in made["responses"].values() if "$ref" not in item]
    parameters = [item for made in operations for item in made.get("parameters", ()) if "$ref" not in item]

    for inline in (responses, parameters):
        told = [json.dumps(item) for item in inline]
        assert len(set(told)) == len(told)
    assert not [item for made in responses for item in rows_inside(made)]


def rows_inside(response: dict[str, Any]) -> list[dict[str, Any]]:
    """Schemas of rows that stand in an answer itself."""
    return [
        media for media in response.get("content", {}).values() if "properties" in media.get("schema", {})
    ]


# WADL

NAMESPACE: Final = "{http://wadl.dev.java.net/2009/02}"
GRAMMAR: Final = etree.XMLSchema(file=str(DATA / "wadl" / "wadl-2009-02.xsd"))
"""Of the W3C submission of 31 August 2009, whose own schema neither Debian nor PyPI has."""


def wadl_fault(written: bytes) -> str:
    """What is not as the grammar of WADL has it; empty when all is."""
    try:
        GRAMMAR.assertValid(etree.fromstring(written))
    except etree.DocumentInvalid as fault:
        return str(fault)
    return ""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"<method", b"<other/><method"),
        (b"<request>", b"<response/><request>"),
        (b'style="query"', b'style="cookie"'),
        (b'type="xs:integer"', b'type="nowhere:integer"'),
        (b'required="true"', b'required="yes"'),
        (b'status="200"', b'status="2XX"'),
        (b'name="offset"', b'name="off set"'),
        (b'id="list-parts"', b'id="get-part"'),
    ],
)
def test_a_document_that_breaks_the_grammar_of_wadl_is_noticed(before: bytes, after: bytes) -> None:
    parts = next(api for api in apis() if api.key == "part-list")
    good = wadl(parts, **SITE)
    assert wadl_fault(good) == ""
    assert wadl_fault(good.replace(before, after, 1)) != ""


def checked(api: Api) -> ET.Element:
    written = wadl(api, **SITE)
    assert wadl_fault(written) == ""
    root = ET.fromstring(written)  # noqa: S314 - we wrote it
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert {str(item.get("href"))[1:] for item in root.iter() if item.get("href")} <= set(ids)
    return root


@pytest.mark.parametrize("api", APIS)
def test_wadl_of_the_plant_and_of_others_is_built_as_wadl_is(api: Api) -> None:
    expected = [f"https://plant.example{tier}/{api.suffix}/{api.version}" for tier in ("/test", "")]
    assert bases_of(api) == expected[: len(api.tiers)]


def bases_of(api: Api) -> list[str | None]:
    return [item.get("base") for item in checked(api).iter(f"{NAMESPACE}resources")]


def test_wadl_of_the_action_api_is_built_as_wadl_is() -> None:
    assert bases_of(api_managed()) == ["https://plant.example/actions/v1"]
    assert bases_of(api_direct(ROUTES.values())) == ["https://plant.example/api/v1"]


@FEW
@given(made_up())
@example(HOSTILE_API)
@example(replace(HOSTILE_API, operations=(replace(HOSTILE_API.operations[0], key="1-first"),)))
def test_wadl_of_a_made_up_api_is_built_as_wadl_is(api: Api) -> None:
    checked(api)


def test_hostile_words_stay_words() -> None:
    """CVE-2016-1000229 and its kin: descriptions that become markup."""
    root = checked(HOSTILE_API)
    words: list[Any] = [item.text for item in root.iter(f"{NAMESPACE}doc")]

    assert not list(root.iter("script")) + list(root.iter(f"{NAMESPACE}script"))
    assert any(text and "</doc><script>alert(1)</script>" in text for text in words)
    assert b"\x00" not in wadl(HOSTILE_API, **SITE)
    assert openapi_31(HOSTILE_API, **SITE)["info"]["title"] == HOSTILE_TEXT
