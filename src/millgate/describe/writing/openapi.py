"""An API as OpenAPI 3.1.

Read back, the internal form gives the same operations, but for four things: parameters in the body come
behind the others; definitions have names of letters, digits, `.`, `_` and `-`; of what is said twice (a
header in two spellings, a media type, a status) the first stands; and so does a parameter of the path only
where the template names it.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

from millgate.describe.model import Answer, Api, Body, Parameter, Payload, Place
from millgate.describe.writing import extensions
from millgate.describe.writing.managed import ManagedAnswer, managed_answers
from millgate.describe.writing.parameters import (
    Json,
    body_example,
    body_parameters,
    body_schema,
    header_object,
    parameter_object,
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
from millgate.describe.writing.schemas import Renamed, names_for, referring
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

_STATUS: Final = re.compile("[1-5]([0-9][0-9]|XX)|default")
_JSON: Final = "application/json"
_SUCCESS: Final[Json] = {"description": "The call succeeded.", extensions.OWN: None}


def openapi_31(api: Api, *, origin: str, token_url: str, resource: str = "", internal: bool = False) -> Json:
    """An OpenAPI 3.1.0 document as JSON values.

    Args:
        api: what is described.
        origin: scheme, host and port of the installation, without a slash at the end.
        token_url: the address of the token endpoint.
        resource: what token requests send as `resource`.
        internal: for administrators: tells upstream and targets too, so that it can be read back whole.
    """
    site = Site(origin, token_url, resource)
    flow = {"tokenUrl": token_url, "scopes": {}}
    writer = _Writer(api, internal=internal)
    items = placed(api)
    operations = [writer.operation(item) for item in items]
    parameters = Shared(
        "#/components/parameters/",
        (item for made in operations for item in made.get("parameters", ())),
        lambda item: item["name"],
    )
    responses = Shared(
        "#/components/responses/",
        (item for made in operations for item in made["responses"].values()),
        answer_name,
    )
    written = [_shared(made, parameters, responses) for made in operations]
    components = {
        "schemas": {
            writer.names[name]: referring(item, writer.names) for name, item in api.definitions.items()
        },
        "responses": responses.objects,
        "parameters": parameters.objects,
        "securitySchemes": schemes_of(api, site, {"flows": {"clientCredentials": flow}}),
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": api.name,
            "version": api.version,
            **without_empty({"description": api.description}),
        },
        extensions.API: api_extension(api, items, internal=internal),
        "servers": [
            {"url": base_of(api, site, tier), "description": tier_name(tier)} for tier in tiers_of(api)
        ],
        "security": security_of(api),
        **without_empty({"tags": tags_of(api)}),
        "paths": by_path(items, written),
        "components": without_empty(components),
    }


def _shared(made: Json, parameters: Shared, responses: Shared) -> Json:
    own = made.get("parameters")
    return {
        **made,
        **({"parameters": [parameters.written(item) for item in own]} if own else {}),
        "responses": {status: responses.written(item) for status, item in made["responses"].items()},
    }


class _Writer:
    """Writes the operations of one API."""

    def __init__(self, api: Api, *, internal: bool) -> None:
        self._api = api
        self._internal = internal
        self._version = version_parameter(api)
        self._managed = {item.status: item for item in managed_answers(api)}
        self.names: Renamed = names_for(api.definitions)

    def operation(self, item: Placed) -> Json:
        operation = item.operation
        told = {
            "tags": list(operation.tags),
            "summary": operation.summary,
            "description": operation.description,
        }
        made = {
            **without_empty(told),
            "operationId": operation.key,
            **deprecation_of(self._api, operation),
            **without_empty({"parameters": self._parameters(item)}),
        }
        body = self._body(item)
        return {
            **made,
            **({"requestBody": body} if body else {}),
            "responses": self._responses(operation.answers),
            **operation_extensions(item, internal=self._internal),
        }

    # Parameters

    def _parameters(self, item: Placed) -> list[Json]:
        new = dict(path_names(item))
        made = [self._parameter(parameter, new, item.added) for parameter in item.parameters]
        version = version_beside(self._version, item.parameters)
        return [*made, {**parameter_object(version), extensions.OWN: None}] if version else made

    def _parameter(self, parameter: Parameter, new: dict[str, str], added: frozenset[str]) -> Json:
        made = parameter_object(self._named(parameter))
        if parameter.place is not Place.PATH:
            return made
        if new[parameter.name] != parameter.name:
            made |= {
                "name": new[parameter.name],
                extensions.PARAMETER: {"name": parameter.name, **made.get(extensions.PARAMETER, {})},
            }
        return {**made, extensions.OWN: None} if parameter.name in added else made

    def _named(self, parameter: Parameter) -> Parameter:
        """A parameter whose schema refers to definitions by their names in the document."""
        if parameter.schema is None:
            return parameter
        return msgspec.structs.replace(parameter, schema=referring(parameter.schema, self.names))

    # Bodies

    def _body(self, item: Placed) -> Json:
        operation = item.operation
        parameters = tuple(map(self._named, body_parameters(operation.parameters)))
        made = self._own_body(operation.body) if operation.body else {}
        if parameters and not made:
            payload = {
                "schema": body_schema(parameters),
                **without_empty({"example": body_example(parameters)}),
            }
            required = {"required": True} if any(one.required for one in parameters) else {}
            made = {"content": {_JSON: payload}, **required, extensions.OWN: None}
        if parameters and self._internal:
            made[extensions.PARAMETER] = msgspec.to_builtins(parameters)
        return made

    def _own_body(self, body: Body) -> Json:
        return {
            **without_empty({"description": body.description}),
            "content": self._content(body.payloads),
            **without_empty({"required": body.required}),
        }

    def _content(self, payloads: tuple[Payload, ...]) -> Json:
        content: Json = {}
        for payload in payloads:
            content.setdefault(payload.media_type, self._media(payload))
        return content

    def _media(self, payload: Payload) -> Json:
        made: Json = {}
        if payload.schema is not None:
            made["schema"] = referring(payload.schema, self.names)
        if payload.example is not None:
            made["example"] = payload.example
        return made

    # Answers

    def _responses(self, answers: tuple[Answer, ...]) -> Json:
        own: Json = {}
        for answer in answers:
            if _STATUS.fullmatch(answer.status):
                own.setdefault(answer.status, self._response(answer))
        success = {} if any(status[0] in "2d" for status in own) else {"2XX": _SUCCESS}
        both = {status: _both(made, self._managed.get(status)) for status, made in own.items()}
        added = {status: _managed(item) for status, item in self._managed.items() if status not in own}
        return {**success, **both, **added}

    def _response(self, answer: Answer) -> Json:
        headers: Json = {}
        for item in answer.headers:
            headers.setdefault(item.name, header_object(self._named(item)))
        return {
            "description": answer.description,
            **without_empty({"headers": headers, "content": self._content(answer.payloads)}),
        }


def _managed(item: ManagedAnswer) -> Json:
    """An answer that only the managed layer gives."""
    return {
        "description": item.description,
        **without_empty({"headers": {header.name: header_object(header) for header in item.headers}}),
        "content": {_JSON: {"schema": item.schema, "examples": _examples(item)}},
        extensions.OWN: None,
    }


def _both(own: Json, item: ManagedAnswer | None) -> Json:
    """An answer of the operation under a status that the managed layer gives, too."""
    if item is None:
        return own
    said = own.get("content", {}).get(_JSON)
    examples = _examples(item)
    if said and "example" in said:
        examples = {"own": {"value": said["example"]}, **examples}
    schema = {"anyOf": [said["schema"], item.schema]} if said and "schema" in said else item.schema
    told = {} if said and "schema" not in said else {"schema": schema}
    headers = {header.name: header_object(header) for header in item.headers}
    return {
        "description": f"{own['description']} {item.description}".strip(),
        **without_empty({"headers": {**own.get("headers", {}), **headers}}),
        "content": {**own.get("content", {}), _JSON: {**told, "examples": examples}},
        extensions.OWN: own,
    }


def _examples(item: ManagedAnswer) -> Json:
    return {name: {"value": value} for name, value in item.examples.items()}
