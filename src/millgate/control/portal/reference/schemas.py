"""Schemas as a tree of rows: bounded, and safe from schemas that contain themselves."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext as _

from millgate.describe.model import SCHEMA_REFERENCE, Schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MOST_ROWS: Final = 300
"""Rows of one tree; what is below is a link to the schema's own page."""

DEEPEST: Final = 5
LONGEST_VALUE: Final = 120
MOST_VALUES: Final = 30

_BOUNDS: Final = (
    ("minimum", "≥ %s"),
    ("exclusiveMinimum", "> %s"),
    ("maximum", "≤ %s"),
    ("exclusiveMaximum", "< %s"),
    ("multipleOf", "multiple of %s"),
    ("minLength", "at least %s characters"),
    ("maxLength", "at most %s characters"),
    ("minItems", "at least %s items"),
    ("maxItems", "at most %s items"),
    ("pattern", "pattern %s"),
    ("default", "default %s"),
    ("const", "always %s"),
)


@dataclass(frozen=True, slots=True)
class SchemaRow:
    """One member of a schema, with what it holds itself.

    Attributes:
        name: of the member; empty for the items of a list.
        type: in words.
        required: whether it must be there.
        deprecated: whether new programs should do without it.
        description: Markdown.
        facts: what a value must be besides.
        rows: its own members; none where `definition` names what it is.
        definition: the schema that stands on a page of its own, where it is not shown here.
    """

    name: str
    type: str
    required: bool
    deprecated: bool
    description: str
    facts: tuple[str, ...]
    rows: tuple[SchemaRow, ...] = ()
    definition: str = ""


def schema_tree(
    schema: Schema | None, definitions: Mapping[str, Schema], name: str = "", most: int = MOST_ROWS
) -> SchemaRow | None:
    """The whole schema as one row; None where nothing is said.

    Args:
        schema: what is shown.
        definitions: schemas by name, for references.
        name: what the row is called.
        most: rows, but for those that say that there are more.
    """
    return _Tree(definitions, most).row(name, schema, required=False, depth=0) if schema else None


def type_words(schema: Schema) -> str:
    """The type of a schema in words: `integer`, `string (date-time)`, `list of Part`, `string or null`."""
    name = _referred(schema)
    if name:
        return name
    for word in ("oneOf", "anyOf"):
        alternatives = [item for item in _list(schema.get(word)) if isinstance(item, dict)]
        if alternatives:
            words = dict.fromkeys(type_words(item) for item in alternatives)
            return _(" or ").join(words)
    kind = schema.get("type")
    kinds = [str(item) for item in kind] if isinstance(kind, list) else [str(kind)] if kind else []
    if not kinds:
        kinds = ["object"] if "properties" in schema or "allOf" in schema else ["any"]
    return _(" or ").join(_kind_words(item, schema) for item in kinds)


def facts_of(schema: Schema) -> tuple[str, ...]:
    """What a schema asks of a value besides its type."""
    facts = [words % _value(schema[key]) for key, words in _BOUNDS if key in schema]
    values = _list(schema.get("enum"))
    if values:
        listed = ", ".join(_value(item) for item in values[:MOST_VALUES])
        facts.append(_("one of %s") % listed + (" …" if len(values) > MOST_VALUES else ""))
    facts += [_("read only")] if schema.get("readOnly") is True else []
    facts += [_("write only")] if schema.get("writeOnly") is True else []
    return tuple(facts)


def _kind_words(kind: str, schema: Schema) -> str:
    if kind == "array":
        items = schema.get("items")
        return _("list of %s") % type_words(items) if isinstance(items, dict) else _("list")
    form = schema.get("format")
    return f"{kind} ({form})" if isinstance(form, str) and kind != "null" else kind


class _Tree:
    """Builds one tree within its bounds."""

    def __init__(self, definitions: Mapping[str, Schema], most: int) -> None:
        self._definitions = definitions
        self._left = most
        self._open: list[str] = []

    def row(self, name: str, schema: Schema, *, required: bool, depth: int) -> SchemaRow:
        self._left -= 1
        target, whole = _referred(schema), self._whole(schema)
        rows, definition = self._inside(target, whole, depth)
        return SchemaRow(
            name=name,
            type=type_words(schema),
            required=required,
            deprecated=whole.get("deprecated") is True,
            description=str(whole.get("description", "")),
            facts=facts_of(whole),
            rows=rows,
            definition=definition,
        )

    def _inside(self, target: str, whole: Schema, depth: int) -> tuple[tuple[SchemaRow, ...], str]:
        """The rows of a schema, or the name of the definition that has them on its own page."""
        closed = self._left <= 0 or depth >= DEEPEST
        if target and (closed or target in self._open):
            return (), target if target in self._definitions else ""
        if closed:
            return (), ""
        self._open.append(target)
        rows = tuple(self._rows(whole, depth + 1))
        self._open.pop()
        if not rows:
            return self._items(whole, depth)
        return rows, ""

    def _items(self, whole: Schema, depth: int) -> tuple[tuple[SchemaRow, ...], str]:
        """What the items of a list hold, without a row for the list itself."""
        items = whole.get("items")
        if not isinstance(items, dict):
            return (), ""
        return self._inside(_referred(items), self._whole(items), depth)

    def _whole(self, schema: Schema) -> Schema:
        """A schema with what it refers to; of definitions that refer to one another, a few."""
        whole = schema
        for _step in range(DEEPEST):
            target = _referred(whole)
            if not target:
                break
            own = {key: value for key, value in whole.items() if key != "$ref"}
            whole = {**self._definitions.get(target, {}), **own}
        return whole

    def _rows(self, whole: Schema, depth: int) -> Iterable[SchemaRow]:
        required = {str(item) for item in _list(whole.get("required"))}
        yield from self._members(whole.get("properties"), required, depth)
        for part in self._parts(whole.get("allOf")):
            yield from self._rows(part, depth)
        more = whole.get("additionalProperties")
        if isinstance(more, dict) and self._left > 0:
            yield self.row(_("any other name"), more, required=False, depth=depth)
        for word in ("oneOf", "anyOf"):
            choices = [item for item in _list(whole.get(word)) if isinstance(item, dict)]
            for number, item in enumerate(choices, 1):
                if self._left > 0 and item.get("type") != "null":
                    yield self.row(_("choice %d") % number, item, required=False, depth=depth)

    def _members(self, properties: object, required: set[str], depth: int) -> Iterable[SchemaRow]:
        for name, item in properties.items() if isinstance(properties, dict) else ():
            if self._left <= 0:
                yield _more()
                return
            if isinstance(item, dict):
                yield self.row(str(name), item, required=name in required, depth=depth)

    def _parts(self, parts: object) -> Iterable[Schema]:
        """The parts of `allOf`, each definition once on the way down."""
        for part in _list(parts):
            if not isinstance(part, dict):
                continue
            target = _referred(part)
            if target and target in self._open:
                continue
            if target:
                self._open.append(target)
            yield self._whole(part)
            if target:
                self._open.remove(target)


def _more() -> SchemaRow:
    words = _("and more, which the API definition tells")
    return SchemaRow("…", words, required=False, deprecated=False, description="", facts=())


def _referred(schema: Schema) -> str:
    """The definition that a schema refers to; empty when it is none."""
    reference = schema.get("$ref")
    if not isinstance(reference, str) or not reference.startswith(SCHEMA_REFERENCE):
        return ""
    return reference.removeprefix(SCHEMA_REFERENCE).replace("~1", "/").replace("~0", "~")


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _value(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…"
