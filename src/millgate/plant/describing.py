"""What the plant's operations take and answer, described from the declarations of the resources.

Definitions are shared: a resource has one schema for a row and one for a page of them, whatever the number
of its operations, and all have one for links and one for problems.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from millgate.core import errors
from millgate.core.errors import Problem, Refusal
from millgate.describe.model import SCHEMA_REFERENCE, Answer, Body, Parameter, Payload, Place, Schema
from millgate.describe.writing.parameters import typed
from millgate.plant.answers import ONE_FORMATS
from millgate.plant.formats import FORMATS, ndjson, separated
from millgate.plant.kinds import BOOLEAN, DATE, INSTANT, INTEGER, NUMBER, TEXT, TIME_OF_DAY, Kind
from millgate.plant.resource import Action, Field, Operation, Resource, target_name
from millgate.plant.writing.bodies import MOST_ROWS
from millgate.plant.writing.inputs import Form, Input
from millgate.wire.messages import Response
from millgate.wire.refusals import PROBLEM_JSON, answer

KEY_DOC: Final = "The key of the row that is meant."
_JSON: Final = "application/json"
_LINK: Final = "Link"
_PROBLEM: Final = "Problem"
_KINDS: Final[dict[str, Schema]] = {
    INTEGER.name: {"type": "integer", "format": "int64"},
    NUMBER.name: {"type": "number"},
    TEXT.name: {"type": "string"},
    BOOLEAN.name: {"type": "boolean"},
    INSTANT.name: {"type": "string", "format": "date-time"},
    DATE.name: {"type": "string", "format": "date"},
    TIME_OF_DAY.name: {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"},
}
_EXPORTS: Final[dict[str, Schema]] = {
    separated.MEDIA_TYPE: {"type": "string", "description": "A header line, then one line for each row."},
    ndjson.MEDIA_TYPE: {"type": "string", "description": "One row on each line, as a JSON object."},
}
_FILE: Final[Schema] = {"type": "string", "format": "binary"}
_ROW_COUNT: Final[Schema] = {"type": "integer", "minimum": 0}

# Answers

_ETAG: Final = Parameter(
    "ETag", Place.HEADER, description="The tag of the row, for If-Match and If-None-Match."
)
_LOCATION: Final = Parameter("Location", Place.HEADER, description="The address of the row that was made.")
_REPLAYED: Final = Parameter(
    "Idempotent-Replayed",
    Place.HEADER,
    description="true where an earlier request with this Idempotency-Key wrote the rows.",
)
_EXAMPLE: Final = {"resource": "Workcenters", "controller": "Workcenters"}
_EXAMPLE_PATH: Final = "/ProductionTracking/WorkcenterList/Workcenters"


def definitions_of(resources: Iterable[Resource], forms: dict[str, Form]) -> dict[str, Schema]:
    """The schemas to which operations of these resources refer, by name.

    Args:
        resources: of one API.
        forms: what the bodies of operations that write may hold, by target.
    """
    found: dict[str, Schema] = {}
    for resource in resources:
        found[_row(resource)] = _object(resource.fields, _examples(resource, forms))
        found[_page(resource)] = _page_schema(resource)
        for operation in resource.operations:
            if operation.action in {Action.CREATE, Action.UPDATE}:
                form = forms[target_name(resource.name, operation.action)]
                found[_sent(resource, operation.action)] = form_schema(form, keyed=operation.keyed)
    return {**found, _LINK: _LINK_SCHEMA, _PROBLEM: _PROBLEM_SCHEMA}


def body_of(resource: Resource, operation: Operation, form: Form | None) -> Body | None:
    """What an operation that writes is sent; None where it is sent nothing."""
    if form is None or form.action is Action.DELETE:
        return None
    one = _reference(_sent(resource, operation.action))
    if operation.action is not Action.CREATE:
        return Body((Payload(_JSON, one),), "The members to change.", required=True)
    many = {"type": "array", "items": one, "minItems": 1, "maxItems": MOST_ROWS}
    doc = f"One row, or up to {MOST_ROWS} of them."
    return Body((Payload(_JSON, {"oneOf": [one, many]}),), doc, required=True)


def answers_of(resource: Resource, operation: Operation) -> tuple[Answer, ...]:
    """What an operation answers, by rising status."""
    told = [*_successes(resource, operation), *_refusals(operation.action)]
    return tuple(sorted(told, key=lambda item: item.status))


def _successes(resource: Resource, operation: Operation) -> list[Answer]:
    page = [Payload(media_type, _reference(_page(resource))) for media_type in ONE_FORMATS]
    match operation.action:
        case Action.LIST:
            exports = [Payload(media_type, _EXPORTS.get(media_type, _FILE)) for media_type in FORMATS]
            return [Answer("200", "The rows: a page of them, or all as a file.", (*page, *exports))]
        case Action.ONE:
            unchanged = Answer("304", "The row is still what If-None-Match says.", headers=(_ETAG,))
            return [Answer("200", "The row, as the only one of its page.", tuple(page), (_ETAG,)), unchanged]
        case Action.CREATE:
            headers = (_LOCATION, _ETAG, _REPLAYED) if _has_address(resource) else (_ETAG, _REPLAYED)
            unchanged = Answer("200", "Nothing was to be done; the rows.", tuple(page), (_ETAG, _REPLAYED))
            return [unchanged, Answer("201", "The rows that were made.", tuple(page), headers)]
        case Action.UPDATE:
            return [Answer("200", "The row as it is now.", tuple(page), (_ETAG,))]
        case Action.DELETE:
            return [Answer("204", "The row is gone.")]


def _has_address(resource: Resource) -> bool:
    return any(operation.action is Action.ONE for operation in resource.operations)


def _refusals(action: Action) -> list[Answer]:
    wrong = errors.ROWS_WRONG if action.writes else errors.PARAMETER_WRONG
    faults = "leadTimeDays must be at least 0." if action.writes else "limit 'many' is not a whole number."
    told = [
        _refusal("A parameter or the body is wrong.", wrong, faults=faults),
        _refusal("The account's roles do not open the controller.", errors.CONTROLLER_REFUSED),
        _refusal("There is no such row.", errors.DATA_NOT_FOUND),
        _refusal("The database failed or took too long.", errors.QUERY_TIMEOUT, instance=None),
    ]
    if action.writes:
        told.append(
            _refusal(
                "It contradicts what is stored.", errors.ROWS_CONFLICT, faults="partNo is taken already."
            )
        )
    if action in {Action.UPDATE, Action.DELETE}:
        told.append(_refusal("The row has changed since.", errors.ROW_CHANGED))
    if action in {Action.CREATE, Action.UPDATE}:
        text = {"media_type": "text/plain"}
        told.append(_refusal("The body is not JSON.", errors.MEDIA_TYPE_UNSUPPORTED, **text))
    if action is Action.CREATE:
        told.append(_refusal("The Idempotency-Key is another request's.", errors.IDEMPOTENCY_KEY_REUSED))
    return told


def _refusal(doc: str, problem: Problem, *, instance: str | None = _EXAMPLE_PATH, **values: object) -> Answer:
    """An answer in the backend's own shape, and in the strict one for whoever asks for it."""
    refused = answer(Refusal(problem, {**_EXAMPLE, **values}), instance=instance)
    payloads = (
        Payload(_JSON, _reference(_PROBLEM), _body(refused)),
        Payload(PROBLEM_JSON, _reference(_PROBLEM)),
    )
    return Answer(str(HTTPStatus(problem.status).value), doc, payloads)


def _body(response: Response) -> Any:  # noqa: ANN401 - a JSON value
    assert isinstance(response.body, bytes)  # noqa: S101 - a refusal is not streamed
    return json.loads(response.body)


# Schemas of what is answered

_LINK_SCHEMA: Final[Schema] = {
    "type": "object",
    "required": ["rel", "href", "method"],
    "properties": {
        "rel": {"type": "string", "description": "self, first, prev, next or last.", "examples": ["self"]},
        "href": {
            "type": "string",
            "description": "A path with its query, without scheme and host.",
            "examples": [_EXAMPLE_PATH],
        },
        "method": {"type": "string", "examples": ["GET"]},
    },
}
_FAULT_SCHEMA: Final[Schema] = {
    "type": "object",
    "properties": {
        "row": {"type": "integer", "description": "Which row of an array, from 1."},
        "field": {"type": "string", "description": "The member; empty for the row as a whole."},
        "detail": {"type": "string"},
    },
}
_PROBLEM_SCHEMA: Final[Schema] = {
    "type": "object",
    "description": "Why a call was refused. As application/problem+json it is that of RFC 9457.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": ["string", "null"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string", "description": "The backend's path."},
        "errors": {"type": "array", "items": _FAULT_SCHEMA, "description": "What is wrong with the rows."},
    },
}


def _row(resource: Resource) -> str:
    return f"{resource.name}Row"


def _page(resource: Resource) -> str:
    return f"{resource.name}Page"


def _sent(resource: Resource, action: Action) -> str:
    return f"{resource.name}{action.value.title()}"


def _reference(name: str) -> Schema:
    return {"$ref": SCHEMA_REFERENCE + name}


def _page_schema(resource: Resource) -> Schema:
    return {
        "type": "object",
        "required": ["links", "embedded", "total", "count"],
        "properties": {
            "links": {"type": "array", "items": _reference(_LINK)},
            "embedded": {"type": "array", "items": _reference(_row(resource))},
            "total": {**_ROW_COUNT, "description": "How many rows there are in all.", "examples": [1]},
            "count": {**_ROW_COUNT, "description": "How many rows this page has.", "examples": [1]},
        },
    }


def _object(fields: Sequence[Field], examples: Mapping[str, str]) -> Schema:
    return {
        "type": "object",
        "required": [field.name for field in fields],
        "properties": {field.name: _field(field, examples) for field in fields},
    }


def _field(field: Field, examples: Mapping[str, str]) -> Schema:
    doc = {"description": field.doc} if field.doc else {}
    if field.rows is not None:
        return {"type": "array", "items": _object(field.rows.fields, examples), **doc}
    value = typed(field.kind.wire_type, examples.get(field.name.lower(), ""))
    shown = {} if value in (None, "") else {"examples": [value]}
    return {**_nullable(_KINDS[field.kind.name]), **doc, **shown}


def _examples(resource: Resource, forms: Mapping[str, Form]) -> dict[str, str]:
    """Values of the sample company that filters and forms tell, by the name of the field in lower case."""
    form = forms.get(target_name(resource.name, Action.CREATE))
    sent = {item.name.lower(): item.example for item in form.inputs} if form else {}
    sought = {item.name.lower(): item.example for item in resource.filters if "%" not in item.example}
    return {**sent, **sought}


def _nullable(schema: Schema) -> Schema:
    return {**schema, "type": [schema["type"], "null"]}


# Schemas of what is sent


def form_schema(form: Form, *, keyed: bool) -> Schema:
    """One row of a body, with the rules of its members that a schema can say.

    Args:
        form: what the body may hold.
        keyed: whether the path says which row is meant; else a member does.
    """
    making = form.action is Action.CREATE
    members = {item.name: _input(item, making=making) for item in form.inputs}
    required = [item.name for item in form.inputs if making and item.required]
    if form.key and not keyed:
        members = {form.key: {**_KINDS[INTEGER.name], "description": KEY_DOC}, **members}
        required = [form.key, *required]
    return {
        "type": "object",
        **({"required": required} if required else {}),
        "properties": members,
        **({} if form.unchangeable else {"additionalProperties": False}),
    }


def _input(item: Input, *, making: bool) -> Schema:
    schema = {**_KINDS[item.kind.name], **_rules(item)}
    if making and item.default not in (None, ""):
        schema["default"] = item.default
    if item.nullable:
        schema = _nullable(schema)
        if "enum" in schema:
            schema["enum"] = [*schema["enum"], None]
    return {**schema, "description": item.doc}


def _rules(item: Input) -> Schema:
    told = {
        "minimum": item.minimum,
        "maximum": item.maximum,
        "exclusiveMinimum": item.above,
        "maxLength": item.max_length or None,
        "minLength": 1 if _never_empty(item, item.kind) else None,
        "enum": [*item.values, *([""] if item.may_be_empty else [])] if item.values else None,
    }
    return {rule: value for rule, value in told.items() if value is not None}


def _never_empty(item: Input, kind: Kind) -> bool:
    return kind is TEXT and not item.values and not item.may_be_empty
