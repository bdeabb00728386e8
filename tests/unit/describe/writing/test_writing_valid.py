"""Every form is what it claims to be: the specifications' own schemas, and the grammar of WADL, are met."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Any, Final

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from msgspec.structs import replace
from openapi_spec_validator import OpenAPIV2SpecValidator, OpenAPIV31SpecValidator

from millgate.describe.writing import json_text, openapi_31, swagger_20, wadl, yaml_text
from millgate.plant.registry import apis
from millgate.plant.sources.describe import api_of
from millgate.plant.sources.reading import read_source
from support.foreign_apis import HOSTILE_API, HOSTILE_TEXT, imported_apis
from support.made_up import SITE, made_up
from support.own_database import ORDERS

if TYPE_CHECKING:
    from millgate.describe.model import Api

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


@pytest.mark.uncounted
@pytest.mark.parametrize("api", APIS)
def test_openapi_and_swagger_of_the_plant_and_of_others_are_valid(api: Api) -> None:
    assert faults_of(api) == []


@pytest.mark.uncounted
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


# WADL: what the W3C submission of 31 August 2009 lets stand where. Neither Debian nor PyPI has a copy of its schema.

NAMESPACE: Final = "{http://wadl.dev.java.net/2009/02}"
INSIDE: Final = {
    "application": ["doc", "grammars", "resources", "resource_type|method|representation|param"],
    "resources": ["doc", "resource"],
    "resource": ["doc", "param", "method|resource"],
    "method": ["doc", "request", "response"],
    "request": ["doc", "param", "representation"],
    "response": ["doc", "param", "representation"],
    "representation": ["doc", "param"],
    "param": ["doc", "option", "link"],
    "option": ["doc"],
    "doc": [],
}
"""The elements in the order in which each may hold them."""

ATTRIBUTES: Final = {
    "resources": {"base"},
    "resource": {"path", "id", "type", "queryType"},
    "method": {"name", "id", "href"},
    "response": {"status"},
    "representation": {"id", "mediaType", "href", "element", "profile"},
    "param": {"name", "style", "type", "required", "repeating", "default", "fixed", "path", "id", "href"},
    "option": {"value", "mediaType"},
    "doc": {"title"},
}
FORMS: Final = {
    "id": r"[A-Za-z_][\w.-]*",
    "style": "plain|query|matrix|header|template",
    "type": "xs:(string|integer|decimal|boolean|dateTime|date)",
    "required": "true|false",
    "repeating": "true|false",
    "status": "[0-9]{3}( [0-9]{3})*",
}


def wadl_faults(element: ET.Element) -> list[str]:
    """All that stands where it may not."""
    name = element.tag.removeprefix(NAMESPACE)
    inner = [child.tag.removeprefix(NAMESPACE) for child in element]
    order = "".join(f"((?:{names}),)*" for names in INSIDE[name])
    faults = [] if re.fullmatch(order, "".join(f"{item}," for item in inner)) else [f"{name}: {inner}"]
    for attribute, value in element.attrib.items():
        if attribute not in ATTRIBUTES.get(name, set()) or not re.fullmatch(
            FORMS.get(attribute, ".*"), value, re.DOTALL
        ):
            faults.append(f"{name}: {attribute}={value}")
    if name == "param" and not re.fullmatch(r"[\w.:-]+", element.get("name", "")):
        faults.append(f"{element.get('name')} is no NMTOKEN")
    return [*faults, *(fault for child in element for fault in wadl_faults(child))]


def checked(api: Api) -> ET.Element:
    root = ET.fromstring(wadl(api, **SITE))  # noqa: S314 - we wrote it
    assert wadl_faults(root) == []
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(set(ids)) == len(ids)
    assert {str(item.get("href"))[1:] for item in root.iter() if item.get("href")} <= set(ids)
    return root


@pytest.mark.parametrize("api", APIS)
def test_wadl_of_the_plant_and_of_others_is_built_as_wadl_is(api: Api) -> None:
    bases = [item.get("base") for item in checked(api).iter(f"{NAMESPACE}resources")]

    assert (
        bases
        == [f"https://plant.example{tier}/{api.suffix}/{api.version}" for tier in ("/test", "")][
            : len(api.tiers)
        ]
    )


@pytest.mark.uncounted
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
