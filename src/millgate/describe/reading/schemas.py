"""Schemas in the dialect of OpenAPI 3.1 (JSON Schema 2020-12), whatever dialect they were written in."""

from __future__ import annotations

import re
from typing import Any, Final

from millgate.describe.model import SCHEMA_REFERENCE, Schema
from millgate.describe.reading.nodes import EXTENSION, REF, Dialect, Document, Node, target_of
from millgate.describe.reading.problems import Path, shown

_MAPS: Final = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})
_LISTS: Final = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_SINGLE: Final = frozenset(
    {
        *("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames"),
        *("unevaluatedItems", "unevaluatedProperties", "contentSchema"),
    }
)
_TYPES: Final = frozenset({"string", "number", "integer", "boolean", "array", "object", "null"})
_LEFT_OUT: Final = frozenset(
    {
        "$id",
        "id",
        "$schema",
        "$anchor",
        "$dynamicRef",
        "$dynamicAnchor",
        "$recursiveRef",
        "$recursiveAnchor",
        "$vocabulary",
    }
)
_NAME: Final = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_NAME: Final = 100
_NULLABLE: Final = ("nullable", "x-nullable")
_NAMED: Final = {
    Dialect.SWAGGER_20: ("definitions",),
    Dialect.OPENAPI_30: ("components", "schemas"),
    Dialect.OPENAPI_31: ("components", "schemas"),
}


class Schemas:
    """The schemas of a document: those it names, and those that something in it refers to.

    Args:
        document: whose.
    """

    def __init__(self, document: Document) -> None:
        self._document = document
        self._old = document.dialect is not Dialect.OPENAPI_31
        self._names: dict[Path, str] = {}
        self._used: set[str] = set()
        self._numbers: dict[str, int] = {}
        self._waiting: list[tuple[str, Node]] = []
        self._leading: set[Path] = set()
        self._circular: set[Path] = set()
        self._read: dict[str, Schema] = {}
        self._find()

    def _find(self) -> None:
        """Give a name to every schema that the document names."""
        path = _NAMED[self._document.dialect]
        node: Node | None = self._document.root
        for name in path:
            node = node.table(name) if node is not None else None
        for schema in node.entries() if node is not None else ():
            if self._is_schema(schema):
                name = self._named((*path, schema.name), schema.name, schema)
                if name != schema.name:
                    schema.remark(f"it is called {name!r}")

    def _named(self, path: Path, wanted: str, node: Node) -> str:
        base = _NAME.sub("-", wanted[:_LONGEST_NAME]).strip("-") or "Schema"
        name = base
        while name in self._used:
            self._numbers[base] = number = self._numbers.get(base, 0) + 1
            name = f"{base}-{number}"
        self._used.add(name)
        self._names[path] = name
        self._waiting.append((name, node))
        return name

    def definitions(self) -> dict[str, Schema]:
        """All named schemas, in the order of their names in the document."""
        while self._waiting:
            waiting, self._waiting = self._waiting, []
            for name, node in waiting:
                self._read[name] = self.schema(node)
        return self._read

    def schema(self, node: Node) -> Schema:
        """A schema as it stands; named ones in it stay references."""
        read = self._schema(node)
        if isinstance(read, dict):
            return read
        return {} if read else {"not": {}}

    def meant(self, node: Node) -> Node:
        """The schema that a place means, references followed as far as they lead."""
        for _ in range(10):
            reference = node.value.get(REF) if isinstance(node.value, dict) else None
            path = target_of(reference) if isinstance(reference, str) else None
            inner = self._document.at(path) if path is not None else None
            if inner is None:
                break
            self._document.spend(inner.value)
            node = inner
        return node

    # One schema

    def _is_schema(self, node: Node) -> bool:
        fine = isinstance(node.value, dict) or (isinstance(node.value, bool) and not self._old)
        if not fine:
            node.error("it is not a schema")
        return fine

    def _schema(self, node: Node) -> Schema | bool:
        if isinstance(node.value, bool):
            return node.value
        if not self._is_schema(node):
            return {}
        made: Schema = {}
        if REF in node.value:
            reference = self._reference(node)
            if reference is not None:
                made[REF] = reference
            if self._old:
                return made
        for name in node.value:
            if name != REF and not (self._old and name in _NULLABLE):
                self._keyword(name, Node(self._document, node.value[name], node, name), made)
        return self._modern(node, made)

    def _keyword(self, name: str, node: Node, made: Schema) -> None:
        value = node.value
        if name in _LEFT_OUT:
            node.remark(f"{name} is left out")
        elif name in _MAPS:
            self._map(name, node, made)
        elif name in _LISTS or (name == "items" and isinstance(value, list)):
            self._list("prefixItems" if name == "items" else name, node, made)
        elif name in _SINGLE and isinstance(value, bool):
            made[name] = value
        elif name in _SINGLE:
            made[name] = self._schema(node)
        elif self._sound(name, value):
            made[name] = value
        else:
            node.remark(f"it is not what {name} may be, and is left out")

    def _map(self, name: str, node: Node, made: Schema) -> None:
        if node.as_table() is not None:
            # Names of properties may begin like extensions.
            made[name] = {
                inner: self._schema(Node(self._document, value, node, inner))
                for inner, value in node.value.items()
            }

    def _list(self, name: str, node: Node, made: Schema) -> None:
        if not isinstance(node.value, list):
            node.error("it is not a list")
            return
        inner = [
            self._schema(Node(self._document, value, node, str(at))) for at, value in enumerate(node.value)
        ]
        if inner:
            made[name] = inner

    def _sound(self, name: str, value: Any) -> bool:  # noqa: ANN401 - any value
        """Whether a keyword holds what whoever reads schemas will take for granted."""
        if name == "type":
            return value == "file" or _types_sound(value)
        if name == "required":
            return isinstance(value, list) and all(isinstance(item, str) for item in value)
        if name in {"enum", "examples"}:
            return isinstance(value, list)
        if name in {"description", "title", "format", "pattern"}:
            return isinstance(value, str)
        if name in {"exclusiveMinimum", "exclusiveMaximum"}:
            return isinstance(value, int | float) and (self._old or not isinstance(value, bool))
        return True

    def _modern(self, node: Node, made: Schema) -> Schema:
        """What the older dialects said otherwise."""
        if not self._old:
            return made
        _exclusive(made, "minimum", "exclusiveMinimum")
        _exclusive(made, "maximum", "exclusiveMaximum")
        if "example" in made:
            made.setdefault("examples", [made.pop("example")])
            made.pop("example", None)
        if made.get("type") == "file":
            made.update(type="string", format="binary")
        if isinstance(made.get("discriminator"), str):
            made["discriminator"] = {"propertyName": made["discriminator"]}
        self._mapping(node, made)
        return _nullable(made) if any(node.value.get(name) is True for name in _NULLABLE) else made

    def _mapping(self, node: Node, made: Schema) -> None:
        """The names that a discriminator maps values to, as they are called now."""
        mapping = (
            made["discriminator"].get("mapping") if isinstance(made.get("discriminator"), dict) else None
        )
        if isinstance(mapping, dict):
            known = {
                value: self._place(target_of(name) or ()) or name
                for value, name in mapping.items()
                if isinstance(name, str)
            }
            made["discriminator"] = {**made["discriminator"], "mapping": known}
        elif mapping is not None:
            node.remark("the mapping of its discriminator is left out")
            made["discriminator"] = {
                key: value for key, value in made["discriminator"].items() if key != "mapping"
            }

    # References

    def _reference(self, node: Node) -> str | None:
        reference = node.value[REF]
        if not isinstance(reference, str):
            node.error("its $ref is not a text")
            return None
        path = target_of(reference)
        if path is None:
            node.remark(f"it refers to {shown(reference)}, outside this document, and allows any value")
            return None
        named = self._place(path) or self._lifted(path, reference, node)
        return None if path in self._circular else named

    def _place(self, path: Path) -> str | None:
        """The reference to a schema that has a name; None when it has none."""
        name = self._names.get(path)
        if name is None:
            return None
        self._leads_somewhere(path)
        return f"{SCHEMA_REFERENCE}{name}"

    def _lifted(self, path: Path, reference: str, node: Node) -> str | None:
        """Give a name to a schema that stands somewhere else in the document."""
        target = self._document.at(path)
        if target is None:
            node.error(f"it refers to {shown(reference)}, which is not there")
            return None
        if not self._is_schema(target):
            return None
        words = [
            word for word in path if word not in {"components", "schemas", "properties", "schema", *_NAMED}
        ]
        name = self._named(path, "-".join(words[-4:]), target)
        self._leads_somewhere(path)
        return f"{SCHEMA_REFERENCE}{name}"

    def _leads_somewhere(self, path: Path) -> None:
        """Tell of references that only lead to each other."""
        seen: dict[Path, None] = {}
        here: Path | None = path
        while here is not None and here not in self._leading:
            if here in seen:
                node = self._document.at(here)
                if node is not None:
                    node.error("its references lead in a circle and describe nothing")
                self._circular.update(seen)
                break
            seen[here] = None
            here = self._only_leads_to(here)
        self._leading.update(seen)

    def _only_leads_to(self, path: Path) -> Path | None:
        node = self._document.at(path)
        if node is None or not isinstance(node.value, dict) or not isinstance(node.value.get(REF), str):
            return None
        alone = self._old or all(name == REF or name.startswith(EXTENSION) for name in node.value)
        return target_of(node.value[REF]) if alone else None


def _types_sound(value: Any) -> bool:  # noqa: ANN401 - any value
    if isinstance(value, list):
        return bool(value) and all(isinstance(item, str) and item in _TYPES for item in value)
    return isinstance(value, str) and value in _TYPES


def _exclusive(made: Schema, bound: str, exclusive: str) -> None:
    """Booleans beside a bound become bounds themselves."""
    if not isinstance(made.get(exclusive), bool):
        return
    excludes = made.pop(exclusive)
    if excludes and bound in made:
        made[exclusive] = made.pop(bound)


def _nullable(made: Schema) -> Schema:
    kind = made.get("type")
    if isinstance(kind, str):
        made["type"] = [kind, "null"]
        if isinstance(made.get("enum"), list) and None not in made["enum"]:
            made["enum"] = [*made["enum"], None]
        return made
    return {"anyOf": [made, {"type": "null"}]}
