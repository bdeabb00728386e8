"""Parameters beside a path, in the query, in headers and cookies."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from millgate.describe.model import Parameter, Place, Schema
from millgate.describe.names import TOKEN
from millgate.describe.reading.examples import as_text, example_of
from millgate.describe.reading.extensions import PARAMETER, parameter_said
from millgate.describe.reading.nodes import Dialect, Node
from millgate.describe.reading.problems import shown
from millgate.describe.reading.schemas import Schemas

_PLACES: Final = {place.value: place for place in (Place.PATH, Place.QUERY, Place.HEADER, Place.COOKIE)}
_TYPES: Final = frozenset({"integer", "number", "boolean"})
_FORMATS: Final = frozenset({"date-time", "date"})
_IGNORED: Final = frozenset({"accept", "content-type", "authorization"})
"""Headers that are no parameters (OpenAPI 3.1 section 4.8.12.2)."""

INLINE: Final = frozenset(
    {
        *("type", "format", "items", "default", "enum", "minimum", "maximum", "exclusiveMinimum"),
        *("exclusiveMaximum", "minLength", "maxLength", "pattern", "minItems", "maxItems", "uniqueItems"),
        *("multipleOf", "x-nullable", "x-example"),
    }
)
"""Members of a parameter that are its schema, in Swagger 2.0."""

_SEPARATED: Final = {
    "csv": ",",
    "ssv": " ",
    "tsv": "tab",
    "pipes": "|",
    "spaceDelimited": " ",
    "pipeDelimited": "|",
}
_LONGEST_NAME: Final = 200


def parameter_of(node: Node, schemas: Schemas) -> Parameter | None:
    """A parameter that is no part of a body; None when it is left out, which is told."""
    place = _PLACES.get(node.text("in"))
    name = node.text("name")
    if place is None:
        node.error(f"a parameter cannot be in {shown(node.text('in'))}")
        return None
    if place is Place.HEADER and name.lower() in _IGNORED:
        node.remark(f"{name} is no parameter of ours, and is left out")
        return None
    if not name_sound(name, place):
        node.error(f"{shown(name)} cannot be the name of a parameter in {place.value}")
        return None
    return described(node, name, place, schemas)


def name_sound(name: str, place: Place) -> bool:
    """Whether a parameter may be called so."""
    if place in {Place.HEADER, Place.COOKIE}:
        return len(name) <= _LONGEST_NAME and TOKEN.fullmatch(name) is not None
    return 0 < len(name) <= _LONGEST_NAME and name.isprintable()


def described(node: Node, name: str, place: Place, schemas: Schemas) -> Parameter:
    """A parameter, or a header of an answer, of a name and a place that are known."""
    said = parameter_said(node)
    inner = node.child(PARAMETER)
    if inner is not None and "place" in said:
        whole = _whole(inner, name, place, schemas)
        if whole is not None:
            return whole
    schema = _schema_node(node)
    read = Parameter(
        name=_renamed(said, name, place),
        place=place,
        description=node.text("description"),
        required=place is Place.PATH or node.flag("required"),
        deprecated=node.flag("deprecated"),
        example=as_text(_example(node)),
    )
    if schema is None:
        return read
    return _typed(node, read, schema, schemas)


def _renamed(said: dict[str, Any], name: str, place: Place) -> str:
    told = said.get("name")
    return told if isinstance(told, str) and name_sound(told, place) else name


def members_said(node: Node, schemas: Schemas) -> tuple[Parameter, ...]:
    """The parameters of a body, as an export lists them."""
    if not isinstance(node.value, dict) or not isinstance(node.value.get(PARAMETER), list | None):
        return ()
    found = [
        _whole(item, item.text("name"), Place.BODY, schemas)
        for item in node.items(PARAMETER)
        if item.as_table() is not None
    ]
    return tuple(item for item in found if item is not None and name_sound(item.name, Place.BODY))


def _whole(node: Node, name: str, place: Place, schemas: Schemas) -> Parameter | None:
    """A parameter as an export says all of it; its schema is read like any other."""
    try:
        whole = msgspec.convert({**node.value, "schema": None}, Parameter)
    except (msgspec.ValidationError, RecursionError):
        node.remark("it is not a parameter, and is left out")
        return None
    schema = node.table("schema")
    return msgspec.structs.replace(
        whole,
        name=whole.name if name_sound(whole.name, place) else name,
        place=place,
        type=whole.type if whole.type in _TYPES | _FORMATS else "string",
        schema=schemas.schema(schema) if schema is not None else None,
    )


def _example(node: Node) -> Any:  # noqa: ANN401 - a JSON value
    if node.document.dialect is Dialect.SWAGGER_20:
        return node.value.get("x-example", node.value.get("example"))
    return example_of(node)


def _schema_node(node: Node) -> Node | None:
    """Where the schema of a parameter stands; in Swagger it is the parameter itself."""
    if node.document.dialect is Dialect.SWAGGER_20:
        inline = {name: value for name, value in node.value.items() if name in INLINE and name != "x-example"}
        return node.at_same_place(inline) if inline else None
    if node.has("schema"):
        return Node(node.document, node.value["schema"], node, "schema")
    return None if not node.has("content") else _content(node)


def _content(node: Node) -> Node | None:
    """The schema of a parameter that is sent as a document of its own."""
    content = node.table("content")
    for media in content.entries() if content is not None else ():
        if media.as_table() is not None:
            inner = {"type": "string", "contentMediaType": media.name}
            if media.has("schema"):
                inner["contentSchema"] = media.value["schema"]
            return media.at_same_place(inner)
    return None


def _typed(node: Node, read: Parameter, schema: Node, schemas: Schemas) -> Parameter:
    """A parameter with its type, and its schema where type and values do not say all of it."""
    meant = schemas.meant(schema)
    if isinstance(meant.value, dict) and meant.value.get("type") == "array":
        return _list(node, read, meant, schemas)
    kept = schemas.schema(schema)
    full = schemas.schema(meant) if meant is not schema else kept
    if full.get("type") == "object" or "properties" in full:
        node.remark("an object is sent as one text here; its members are described by its schema alone")
    kind = _type(full)
    values = full.get("enum", []) if isinstance(full.get("enum"), list) else []
    texts = tuple(as_text(value) for value in values if value is not None)
    example = (
        read.example or as_text(next(iter(full.get("examples", ())), None)) or as_text(full.get("example"))
    )
    return msgspec.structs.replace(
        read,
        type=kind,
        values=texts,
        example=example,
        schema=None if _says_all(kept, kind, texts) else kept,
    )


def _list(node: Node, read: Parameter, array: Node, schemas: Schemas) -> Parameter:
    """A parameter with several values: by its repeated name, or else as one text."""
    items = array.table("items")
    separator = _separator(node, read.place)
    example = read.example
    raw = _example(node)
    if isinstance(raw, list):
        example = as_text(raw[0]) if raw else ""
    if separator is None and items is not None:
        single = msgspec.structs.replace(read, example=example)
        return msgspec.structs.replace(_typed(node, single, items, schemas), repeatable=True)
    node.remark(
        f"it takes several values in one text, separated by {separator or ','!r}; it is described as a text"
    )
    joined = (separator or ",").join(map(as_text, raw)) if isinstance(raw, list) else example
    return msgspec.structs.replace(read, example=joined)


def _separator(node: Node, place: Place) -> str | None:
    """What stands between the values of a list; None when the name is repeated instead."""
    if node.document.dialect is Dialect.SWAGGER_20:
        form = node.text("collectionFormat") or "csv"
        return None if form == "multi" else _SEPARATED.get(form, ",")
    style = node.text("style") or ("form" if place in {Place.QUERY, Place.COOKIE} else "simple")
    if style == "form" and place is Place.QUERY and node.flag("explode", default=True):
        return None
    return _SEPARATED.get(style, ",")


def _type(schema: Schema) -> str:
    kinds = schema.get("type", "string")
    single = [kind for kind in (kinds if isinstance(kinds, list) else [kinds]) if kind != "null"]
    kind = single[0] if len(single) == 1 else "string"
    if kind in _TYPES:
        return str(kind)
    form = schema.get("format")
    return str(form) if kind == "string" and form in _FORMATS else "string"


def _says_all(schema: Schema, kind: str, values: tuple[str, ...]) -> bool:
    """Whether type and values say all that a schema does."""
    plain: Schema = {"type": "string", "format": kind} if kind in _FORMATS else {"type": kind}
    rest = {name: value for name, value in schema.items() if name not in {"examples", "example"}}
    enum = rest.pop("enum", [])
    return rest in (plain, {}) and tuple(map(as_text, enum)) == values
