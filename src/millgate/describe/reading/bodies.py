"""Bodies of requests and answers: media types with their schemas and examples."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from millgate.describe.model import Answer, Body, Parameter, Payload, Place, Schema
from millgate.describe.reading.examples import example_of
from millgate.describe.reading.extensions import own
from millgate.describe.reading.nodes import Dialect, Node, followed
from millgate.describe.reading.parameters import INLINE, described, name_sound
from millgate.describe.reading.problems import shown
from millgate.describe.reading.schemas import Schemas

URLENCODED: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"
_JSON: Final = "application/json"
_MEDIA: Final = re.compile(r"(?:\*|[a-z0-9!#$&^_.+-]{1,100})/(?:\*|[a-z0-9!#$&^_.+-]{1,100})")
_STATUS: Final = re.compile(r"[1-5](?:[0-9]{2}|XX)|default")
MOST_MEDIA: Final = 20
"""Media types of one body."""


def body_of(node: Node, schemas: Schemas) -> Body | None:
    """The request body of OpenAPI 3; None when there is nothing in it."""
    payloads = payloads_of(node, schemas)
    if not payloads:
        return None
    return Body(payloads, description=node.text("description"), required=node.flag("required"))


def payloads_of(node: Node, schemas: Schemas) -> tuple[Payload, ...]:
    """What stands under `content`."""
    found: dict[str, Payload] = {}
    for media in node.tables("content"):
        media_type = _media_type(media.name, media)
        if media_type is None or media_type in found:
            continue
        if len(found) == MOST_MEDIA:
            node.remark(f"of its media types, those behind the first {MOST_MEDIA} are left out")
            break
        if media.has("encoding"):
            media.remark("its encoding is left out")
        found[media_type] = Payload(media_type, _schema(media, schemas), example_of(media))
    return tuple(found.values())


def _schema(node: Node, schemas: Schemas) -> Schema | None:
    inner = node.child("schema")
    return schemas.schema(inner) if inner is not None and inner.value is not None else None


def _media_type(text: str, node: Node) -> str | None:
    plain = text.partition(";")[0].strip().lower()
    if _MEDIA.fullmatch(plain):
        return plain
    node.remark(f"{shown(text)} is not a media type, and is left out")
    return None


# Swagger 2.0


def media_types(operation: Node, name: str) -> list[str]:
    """What an operation of Swagger 2.0 consumes or produces, or else the whole document does."""
    node = operation if operation.has(name) else operation.document.root
    found: dict[str, None] = {}
    for at, item in enumerate(node.items(name)):
        if at == MOST_MEDIA:
            node.remark(f"of what it {name}, all behind the first {MOST_MEDIA} is left out")
            break
        plain = _media_type(item.value, item) if isinstance(item.value, str) else None
        if plain is not None:
            found[plain] = None
    return list(found)


def body_of_swagger(node: Node, operation: Node, schemas: Schemas) -> Body:
    """The body that a parameter in `body` describes."""
    schema = _schema(node, schemas)
    kinds = media_types(operation, "consumes") or [_JSON]
    example = node.value.get("x-example")
    payloads = _payloads(node, kinds, schema, dict.fromkeys(kinds, example))
    return Body(payloads, description=node.text("description"), required=node.flag("required"))


def form_of_swagger(fields: list[Node], operation: Node, schemas: Schemas) -> Body:
    """The form that parameters in `formData` describe together."""
    forms = [kind for kind in media_types(operation, "consumes") if kind in {URLENCODED, MULTIPART}]
    files = any(field.text("type") == "file" for field in fields)
    required = [field.text("name") for field in fields if field.flag("required")]
    properties = {field.text("name"): _field(field, schemas) for field in fields}
    schema: Schema = {"type": "object", "properties": properties}
    if required:
        schema["required"] = list(dict.fromkeys(required))
    kinds = forms or [MULTIPART if files else URLENCODED]
    return Body(tuple(Payload(kind, schema) for kind in kinds), required=bool(required))


def _field(field: Node, schemas: Schemas) -> Schema:
    inline = {name: value for name, value in field.value.items() if name in INLINE and name != "x-example"}
    made = schemas.schema(field.at_same_place(inline))
    description = field.text("description")
    return {**made, "description": description} if description else made


def _payloads(
    node: Node, kinds: Iterable[str], schema: Schema | None, examples: dict[str, Any]
) -> tuple[Payload, ...]:
    made = []
    for kind in kinds:
        node.document.spend(node.value)
        made.append(Payload(kind, schema, examples.get(kind)))
    return tuple(made)


# Answers


def answers_of(operation: Node, schemas: Schemas) -> tuple[Answer, ...]:
    """The answers of an operation, each status once."""
    found: dict[str, Answer] = {}
    for node in operation.tables("responses"):
        status = node.name.upper() if node.name != "default" else node.name
        response = own(followed(node))
        if not _STATUS.fullmatch(status):
            node.remark(f"{shown(node.name)} is not a status, and is left out")
        elif response is not None:
            found.setdefault(status, _answer(status, response, operation, schemas))
    return tuple(found.values())


def _answer(status: str, node: Node, operation: Node, schemas: Schemas) -> Answer:
    if node.has("links"):
        node.remark("its links are left out")
    swagger = node.document.dialect is Dialect.SWAGGER_20
    payloads = _answer_of_swagger(node, operation, schemas) if swagger else payloads_of(node, schemas)
    headers = tuple(_headers(node, schemas))
    return Answer(status, node.text("description"), payloads, headers)


def _answer_of_swagger(node: Node, operation: Node, schemas: Schemas) -> tuple[Payload, ...]:
    table = node.table("examples")
    examples = (
        {item.name.partition(";")[0].strip().lower(): item.value for item in table.entries()} if table else {}
    )
    schema = _schema(node, schemas)
    if schema is None and not examples:
        return ()
    kinds = (
        media_types(operation, "produces") or [kind for kind in examples if _MEDIA.fullmatch(kind)] or [_JSON]
    )
    return _payloads(node, kinds[:MOST_MEDIA], schema, examples)


def _headers(node: Node, schemas: Schemas) -> Iterator[Parameter]:
    seen = set()
    for item in node.tables("headers"):
        header = followed(item)
        if header is None or item.name.lower() == "content-type":
            continue
        if not name_sound(item.name, Place.HEADER):
            item.remark(f"{shown(item.name)} is not the name of a header, and is left out")
        elif item.name.lower() not in seen:
            seen.add(item.name.lower())
            yield described(header, item.name, Place.HEADER, schemas)
