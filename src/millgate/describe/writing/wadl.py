"""An API as WADL (W3C submission of 31 August 2009).

WADL has no schemas of JSON: bodies are told by their media types, their members and an example. It is for
tools that read nothing else; nothing of ours reads it back.
"""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator
from typing import Any, Final

from millgate.describe.model import Answer, Api, Body, Operation, Parameter, Payload, Place
from millgate.describe.writing.elements import add, add_doc, element
from millgate.describe.writing.managed import ManagedAnswer, managed_answers
from millgate.describe.writing.parameters import body_example, body_parameters
from millgate.describe.writing.paths import Placed, names_of, placed
from millgate.describe.writing.site import (
    Site,
    base_of,
    key_text,
    tier_name,
    tiers_of,
    token_text,
    version_beside,
    version_parameter,
)

_JSON: Final = "application/json"
_NAMESPACES: Final = {
    "xmlns": "http://wadl.dev.java.net/2009/02",
    "xmlns:xs": "http://www.w3.org/2001/XMLSchema",
}
_TYPES: Final = {
    "integer": "xs:integer",
    "number": "xs:decimal",
    "boolean": "xs:boolean",
    "date-time": "xs:dateTime",
    "date": "xs:date",
}
_STYLES: Final = {Place.PATH: "template", Place.QUERY: "query", Place.HEADER: "header"}
_NAME: Final = re.compile(r"[\w.:-]+")
_STATUS: Final = re.compile(r"[1-5][0-9][0-9]")


def wadl(api: Api, *, origin: str, token_url: str, resource: str = "") -> bytes:
    """A WADL document in UTF-8; the arguments are those of `openapi_31`.

    A character that XML cannot have becomes U+FFFD. A parameter whose name is no name of XML is told in
    words.
    """
    site = Site(origin, token_url, resource)
    root = element("application", **_NAMESPACES)
    add_doc(root, api.name, api.description)
    if api.upstream:
        add_doc(root, "Subscription key", key_text(api))
    if api.bearer_required:
        add_doc(root, "Access token", token_text(site))
    if api.deprecated:
        sunset = f"It may be gone after {api.sunset_on}." if api.sunset_on else ""
        add_doc(root, "Deprecated", " ".join(filter(None, (api.deprecation_note, sunset))))
    writer = _Writer(api)
    for at, tier in enumerate(tiers_of(api)):
        root.append(writer.resources(tier_name(tier), base_of(api, site, tier), f".{tier}" if at else ""))
    add(root, map(_managed_body, writer.answers))
    ET.indent(root, " ")
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


class _Writer:
    """Writes the operations of one API."""

    def __init__(self, api: Api) -> None:
        self.answers = managed_answers(api)
        self._deprecated = api.deprecated
        self._version = version_parameter(api)
        self._credentials = tuple(_credentials(api))
        self._by_template: dict[str, list[Placed]] = {}
        for item in placed(api):
            self._by_template.setdefault(item.operation.template, []).append(item)

    def resources(self, name: str, base: str, mark: str) -> ET.Element:
        """All operations on one tier; the mark is behind their ids."""
        made = element("resources", base=base)
        add_doc(made, name)
        for template, items in self._by_template.items():
            made.append(self._resource(template, items, mark))
        return made

    def _resource(self, template: str, items: list[Placed], mark: str) -> ET.Element:
        made = element("resource", path=template.removeprefix("/"))
        found = {one.name: one for item in items for one in item.parameters if one.place is Place.PATH}
        add(made, (_param(found[name], required=True) for name in names_of(template) if name in found))
        add(made, (self._method(item, mark) for item in items))
        return made

    def _method(self, item: Placed, mark: str) -> ET.Element:
        operation = item.operation
        first = "" if operation.key[:1].isalpha() else "_"
        made = element("method", name=operation.method, id=f"{first}{operation.key}{mark}")
        add_doc(made, operation.name, "\n\n".join(filter(None, (operation.summary, operation.description))))
        if operation.deprecated or self._deprecated:
            add_doc(made, "Deprecated")
        request = self._request(item, made)
        if len(request):
            made.append(request)
        add(made, _answered(operation.answers))
        add(made, map(_managed, self.answers))
        return made

    def _request(self, item: Placed, method: ET.Element) -> ET.Element:
        """What is sent; a parameter for which WADL has no word is told in the method's words."""
        made = element("request")
        version = version_beside(self._version, item.parameters)
        for one in (*item.parameters, *([version] if version else ()), *self._credentials):
            if one.place is not Place.PATH and _style(one):
                made.append(_param(one, required=one.required))
            elif one.place is not Place.PATH:
                add_doc(method, "Parameter", f"{one.name} ({one.place.value}): {one.description}")
        add(made, _sent(item.operation))
        return made


def _credentials(api: Api) -> Iterator[Parameter]:
    if api.subscription_required:
        yield Parameter(api.key_header, Place.HEADER, description="The subscription key.", required=True)
    if api.bearer_required:
        doc = "Bearer, a space, and the access token."
        yield Parameter("Authorization", Place.HEADER, description=doc, required=True)


def _style(parameter: Parameter) -> str | None:
    """How a parameter is sent; None where WADL has no word for it."""
    return _STYLES.get(parameter.place) if _NAME.fullmatch(parameter.name) else None


def _param(parameter: Parameter, *, required: bool, style: str = "", path: str = "") -> ET.Element:
    made = element(
        "param",
        name=parameter.name,
        style=style or _style(parameter) or "plain",
        type=_TYPES.get(parameter.type, "xs:string"),
    )
    for name, flag in (("required", required), ("repeating", parameter.repeatable)):
        if flag:
            made.set(name, "true")
    if path:
        made.set("path", path)
    example = f"For example: {parameter.example}" if parameter.example else ""
    text = "\n".join(filter(None, (parameter.description, example)))
    if text:
        add_doc(made, "", text)
    add(made, (element("option", value=value) for value in parameter.values))
    return made


# Bodies


def _sent(operation: Operation) -> Iterator[ET.Element]:
    members = body_parameters(operation.parameters)
    if members:
        made = element("representation", mediaType=_JSON)
        _example(made, body_example(members))
        named = [one for one in members if _NAME.fullmatch(one.name)]
        add(made, (_param(one, required=one.required, style="plain", path=f"$.{one.name}") for one in named))
        yield made
    yield from _payloads(operation.body, without=_JSON if members else "")


def _payloads(body: Body | None, without: str) -> Iterator[ET.Element]:
    if body is not None:
        yield from (_representation(item) for item in body.payloads if item.media_type != without)


def _representation(payload: Payload) -> ET.Element:
    made = element("representation", mediaType=payload.media_type)
    _example(made, payload.example)
    return made


def _example(made: ET.Element, value: Any) -> None:  # noqa: ANN401 - a JSON value
    if value is not None:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)
        add_doc(made, "Example", text)


# Answers


def _answered(answers: Iterable[Answer]) -> Iterator[ET.Element]:
    for answer in answers:
        made = _response(answer.status, answer.description, answer.headers)
        add(made, (_representation(item) for item in answer.payloads))
        yield made


def _managed(item: ManagedAnswer) -> ET.Element:
    made = _response(item.status, item.description, item.headers)
    made.append(element("representation", href=f"#{_managed_id(item)}"))
    return made


def _managed_body(item: ManagedAnswer) -> ET.Element:
    """The bodies of an answer of the managed layer, to which all operations refer."""
    made = element("representation", id=_managed_id(item), mediaType=_JSON)
    for value in item.examples.values():
        _example(made, value)
    return made


def _managed_id(item: ManagedAnswer) -> str:
    # The ids of methods begin with a small letter, a digit or an underscore.
    return f"Managed.{item.status}"


def _response(status: str, description: str, headers: tuple[Parameter, ...]) -> ET.Element:
    """A response; one for a range of statuses has none, for WADL lists them singly."""
    plain = _STATUS.fullmatch(status)
    made = element("response", **({"status": status} if plain else {}))
    add_doc(made, "" if plain else status, description)
    add(made, (_param(one, required=one.required) for one in headers if _NAME.fullmatch(one.name)))
    return made
