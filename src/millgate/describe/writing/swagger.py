"""An API as Swagger 2.0.

Read back, it gives the same operations as far as Swagger 2.0 can say them. Lost are: parameters in a
cookie; what a schema of a parameter says beyond simple values; which media types belong to which answer;
the schemas of a body or an answer but that of its first media type; examples of bodies; ranges of statuses;
and in schemas what `downgrade` leaves out. The addresses of all tiers stand in `x-servers`, examples of
parameters in `x-example`. A form becomes its fields, and parameters of the body beside it are lost.
"""

from __future__ import annotations

import re
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from millgate.describe.model import Answer, Api, Body, Parameter, Payload, Place, Schema
from millgate.describe.writing import extensions
from millgate.describe.writing.downgrade import downgraded, simple
from millgate.describe.writing.managed import ManagedAnswer, managed_answers
from millgate.describe.writing.parameters import (
    Json,
    body_parameters,
    body_schema,
    schema_of,
    told_besides,
    typed,
)
from millgate.describe.writing.paths import (
    Placed,
    api_extension,
    by_path,
    deprecation_of,
    operation_extensions,
    path_names,
    placed,
    tags_of,
    without_empty,
)
from millgate.describe.writing.schemas import Renamed, names_for
from millgate.describe.writing.security import schemes_of, security_of
from millgate.describe.writing.sharing import Shared, answer_name
from millgate.describe.writing.site import (
    Site,
    base_of,
    tier_name,
    tiers_of,
    version_beside,
    version_parameter,
)

_JSON: Final = "application/json"
_STATUS: Final = re.compile("[1-5][0-9][0-9]|default")
_FORMS: Final = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
_FILE: Final[Json] = {"type": "file"}
_SUCCESS: Final[Json] = {"description": "The call succeeded.", extensions.OWN: None}


def swagger_20(api: Api, *, origin: str, token_url: str, resource: str = "", internal: bool = False) -> Json:
    """A Swagger 2.0 document as JSON values; the arguments are those of `openapi_31`."""
    site = Site(origin, token_url, resource)
    flow = {"flow": "application", "tokenUrl": token_url, "scopes": {}}
    writer = _Writer(api, internal=internal)
    items = placed(api)
    operations = [writer.operation(item) for item in items]
    responses = Shared(
        "#/responses/",
        (item for made in operations for item in made["responses"].values()),
        answer_name,
    )
    for made in operations:
        made["responses"] = {status: responses.written(item) for status, item in made["responses"].items()}
    bases = [(tier_name(tier), base_of(api, site, tier)) for tier in tiers_of(api)]
    return {
        "swagger": "2.0",
        "info": {
            "title": api.name,
            "version": api.version,
            **without_empty({"description": api.description}),
        },
        extensions.API: api_extension(api, items, internal=internal),
        **_address(bases),
        "securityDefinitions": schemes_of(api, site, flow),
        "security": security_of(api),
        **without_empty({"tags": tags_of(api)}),
        "paths": by_path(items, operations),
        **without_empty(
            {
                "definitions": {
                    writer.names[name]: downgraded(item, writer.names)
                    for name, item in api.definitions.items()
                },
                "responses": responses.objects,
            }
        ),
    }


def _address(bases: list[tuple[str, str]]) -> Json:
    if not bases:
        return {}
    first = urlsplit(bases[0][1])
    return {
        "host": first.netloc,
        "basePath": first.path,
        "schemes": [first.scheme],
        "x-servers": [{"url": url, "description": name} for name, url in bases],
    }


class _Writer:
    """Writes the operations of one API."""

    def __init__(self, api: Api, *, internal: bool) -> None:
        self._api = api
        self._internal = internal
        self._version = version_parameter(api)
        self._managed = managed_answers(api)
        self.names: Renamed = names_for(api.definitions)

    def operation(self, item: Placed) -> Json:
        operation = item.operation
        body, consumed = self._body(operation.body, body_parameters(operation.parameters))
        produced = dict.fromkeys(
            payload.media_type for answer in operation.answers for payload in answer.payloads
        )
        told = {
            "tags": list(operation.tags),
            "summary": operation.summary,
            "description": operation.description,
            "operationId": operation.key,
            "consumes": consumed,
            "produces": list(produced) or [_JSON],
            "parameters": [*self._parameters(item), *body],
        }
        return {
            **without_empty(told),
            **deprecation_of(self._api, operation),
            "responses": self._responses(operation.answers),
            **operation_extensions(item, internal=self._internal),
        }

    # Parameters

    def _parameters(self, item: Placed) -> list[Json]:
        new = dict(path_names(item))
        made = [
            self._parameter(parameter, new, item.added)
            for parameter in item.parameters
            if parameter.place is not Place.COOKIE
        ]
        version = version_beside(self._version, item.parameters)
        return [*made, {**_parameter_object(version), extensions.OWN: None}] if version else made

    def _parameter(self, parameter: Parameter, new: dict[str, str], added: frozenset[str]) -> Json:
        made = _parameter_object(parameter)
        if parameter.place is not Place.PATH:
            return made
        if new[parameter.name] != parameter.name:
            made["name"] = new[parameter.name]
            made[extensions.PARAMETER] = {"name": parameter.name, **made.get(extensions.PARAMETER, {})}
        return {**made, extensions.OWN: None} if parameter.name in added else made

    # Bodies

    def _body(self, body: Body | None, members: tuple[Parameter, ...]) -> tuple[list[Json], list[str]]:
        """The parameters that say what is sent, and its media types."""
        told = [_without_schema(item) for item in members]
        listed = {extensions.PARAMETER: told} if told and self._internal else {}
        if body is None or not body.payloads:
            if not members:
                return [], []
            schema = downgraded(body_schema(members), self.names)
            required = any(one.required for one in members)
            added = {extensions.OWN: None, **listed}
            return [_body_object(schema, "", required=required) | added], [_JSON]
        media_types = list(dict.fromkeys(payload.media_type for payload in body.payloads))
        first = body.payloads[0]
        if first.media_type in _FORMS:
            return self._fields(first), [name for name in media_types if name in _FORMS]
        schema = downgraded(first.schema or {}, self.names)
        made = _body_object(schema, body.description, required=body.required) | listed
        return [made], [name for name in media_types if name not in _FORMS]

    def _fields(self, payload: Payload) -> list[Json]:
        schema = payload.schema or {}
        properties = schema.get("properties")
        required = schema.get("required", [])
        fields = properties.items() if isinstance(properties, dict) else ()
        multipart = payload.media_type != "application/x-www-form-urlencoded"
        return [_field(name, item, required=name in required, files=multipart) for name, item in fields]

    # Answers

    def _responses(self, answers: tuple[Answer, ...]) -> Json:
        own: Json = {}
        for answer in answers:
            if _STATUS.fullmatch(answer.status):
                own.setdefault(answer.status, self._response(answer))
        added = {item.status: _managed(item) for item in self._managed if item.status not in own}
        both = {item.status: _both(own[item.status], item) for item in self._managed if item.status in own}
        success = {} if any(status[0] in "2d" for status in own) else {"default": _SUCCESS}
        return {**own, **both, **success, **added}

    def _response(self, answer: Answer) -> Json:
        first = next(iter(answer.payloads), None)
        schema = downgraded(first.schema, self.names) if first and first.schema is not None else {}
        headers: Json = {}
        for item in answer.headers:
            headers.setdefault(item.name, _header(item))
        examples = {item.media_type: item.example for item in answer.payloads if item.example is not None}
        return {
            "description": answer.description,
            **without_empty(
                {
                    "schema": _FILE if _is_file(schema) else schema,
                    "headers": headers,
                    "examples": examples,
                }
            ),
        }


def _parameter_object(parameter: Parameter) -> Json:
    array = {"collectionFormat": "multi"} if parameter.repeatable and parameter.place is Place.QUERY else {}
    value = typed(parameter.type, parameter.example) if parameter.example else None
    return {
        "name": parameter.name,
        "in": parameter.place.value,
        **without_empty(
            {
                "description": parameter.description,
                "required": parameter.required or parameter.place is Place.PATH,
                "x-deprecated": parameter.deprecated,
            }
        ),
        **simple(schema_of(parameter)),
        **array,
        **({"x-example": value} if value is not None else {}),
        **_besides(parameter),
    }


def _header(parameter: Parameter) -> Json:
    described = without_empty({"description": parameter.description})
    return {**described, **simple(schema_of(parameter)), **_besides(parameter)}


def _besides(parameter: Parameter) -> Json:
    """The parameter itself, where it says more; without its schema, which is of another dialect."""
    if not parameter.deprecated and not told_besides(parameter):
        return {}
    return {extensions.PARAMETER: _without_schema(parameter)}


def _without_schema(parameter: Parameter) -> Json:
    told: Json = msgspec.to_builtins(msgspec.structs.replace(parameter, schema=None))
    return told


def _body_object(schema: Schema, description: str, *, required: bool) -> Json:
    described = without_empty({"description": description, "required": required})
    return {"name": "body", "in": "body", **described, "schema": schema}


def _field(name: str, schema: Any, *, required: bool, files: bool) -> Json:  # noqa: ANN401 - a schema
    known = schema if isinstance(schema, dict) else {}
    described = without_empty({"description": known.get("description"), "required": required})
    value = _FILE if files and _is_file(known) else simple(known)
    array = {"collectionFormat": "multi"} if value["type"] == "array" else {}
    return {"name": name, "in": "formData", **described, **value, **array}


def _is_file(schema: Schema) -> bool:
    return schema.get("type") == "string" and schema.get("format") == "binary"


def _managed(item: ManagedAnswer) -> Json:
    return {
        "description": item.description,
        "schema": downgraded(item.schema, {}),
        **without_empty({"headers": {header.name: _header(header) for header in item.headers}}),
        "examples": {_JSON: next(iter(item.examples.values()))},
        extensions.OWN: None,
    }


def _both(own: Json, item: ManagedAnswer) -> Json:
    """An answer of the operation under a status that the managed layer gives, too; of either form."""
    headers = {header.name: _header(header) for header in item.headers}
    made = {
        **own,
        "description": f"{own['description']} {item.description}".strip(),
        **without_empty({"headers": {**own.get("headers", {}), **headers}}),
        extensions.OWN: own,
    }
    if "schema" in own:
        made["schema"] = {"description": f"This, or as the managed layer answers: {item.schema['title']}."}
    return made
