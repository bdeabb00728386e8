"""Operations: what stands under the paths of a description."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from millgate.describe.model import Body, Operation, Parameter, Place
from millgate.describe.names import KEY
from millgate.describe.reading.bodies import answers_of, body_of, body_of_swagger, form_of_swagger
from millgate.describe.reading.bounds import MOST_OPERATIONS
from millgate.describe.reading.extensions import DEPRECATED, OWN, order_of, own, text_said
from millgate.describe.reading.naming import LONGEST_KEY, LONGEST_NAME, key_of, key_unused
from millgate.describe.reading.nodes import REF, Dialect, Node, followed
from millgate.describe.reading.parameters import members_said, parameter_of
from millgate.describe.reading.problems import shown
from millgate.describe.reading.schemas import Schemas
from millgate.describe.reading.templates import LONGEST, Template, shape, template_of, template_said

METHODS: Final = ("get", "head", "post", "put", "patch", "delete", "options")
_WITHOUT_BODY: Final = frozenset({"get", "head"})
_NO_METHOD: Final = frozenset({"summary", "description", "parameters", "servers", REF})
LONGEST_SUMMARY: Final = 500
_MOST_PARAMETERS: Final = 300
_MOST_TAGS: Final = 50


class Read(msgspec.Struct, frozen=True):
    """An operation that was read.

    Attributes:
        operation: its target is the path of the upstream, or what an export says.
        path: the path of the upstream.
    """

    operation: Operation
    path: str


def operations_of(root: Node, schemas: Schemas) -> list[Read]:
    """All operations that can be imported, in the order of the document, or of the export."""
    reader = _Reader(schemas)
    found: list[Read] = []
    for node in root.tables("paths"):
        for read in reader.path(node):
            if len(found) == MOST_OPERATIONS:
                root.error(f"it has more than {MOST_OPERATIONS} operations")
                return found
            found.append(read)
    order = {key: at for at, key in enumerate(order_of(root))}
    return sorted(found, key=lambda read: order.get(read.operation.key, len(order)))


class _Reader:
    """Reads operations, and knows those that it has read."""

    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas
        self._addresses: set[tuple[str, str]] = set()
        self._keys: set[str] = set()
        self._numbers: dict[str, int] = {}

    def path(self, node: Node) -> Iterator[Read]:
        """The operations of one path."""
        item = followed(node)
        template = template_of(node) if item is not None else None
        if item is None or template is None:
            return
        if item.has("servers"):
            item.remark("its servers are left out; the upstream of the API answers")
        for method in item.entries():
            if method.name in METHODS:
                if method.as_table() is not None:
                    yield from self._method(method, item, template)
            elif method.name not in _NO_METHOD:
                method.error(f"{shown(method.name.upper())} is not a method that can be published")

    def _method(self, node: Node, item: Node, template: Template) -> Iterator[Read]:
        said = text_said(node, "x-millgate-template", LONGEST)
        if said:
            template = template_said(said, template) or template
        if (node.name, shape(template.text)) in self._addresses:
            node.error("another operation has the same address")
            return
        key = self._key(node, template)
        if key is not None:
            self._addresses.add((node.name, shape(template.text)))
            yield Read(self._operation(node, item, template, key), template.target)

    def _key(self, node: Node, template: Template) -> str | None:
        said = text_said(node, "x-millgate-key", LONGEST_KEY)
        if said and not KEY.fullmatch(said):
            node.remark(f"its key {shown(said)} cannot be one")
            said = ""
        wanted = said or key_of(node.text("operationId")) or key_of(f"{node.name} {template.text}")
        key = key_unused(wanted, self._keys, self._numbers)
        if key is None:
            node.error(f"too many operations have the key {wanted!r}")
        elif key != wanted:
            node.remark(f"its key is {key!r}, for another operation has {wanted!r}")
        if key is not None:
            self._keys.add(key)
        return key

    def _operation(self, node: Node, item: Node, template: Template, key: str) -> Operation:
        for name in ("callbacks", "servers"):
            if node.has(name):
                node.remark(f"its {name} are left out")
        summary = node.line("summary", LONGEST_SUMMARY) or item.line("summary", LONGEST_SUMMARY)
        declared = _declared(node, item)
        return Operation(
            key=key,
            method=node.name.upper(),
            template=template.text,
            name=_name(node, summary, f"{node.name.upper()} {template.text}"),
            target=text_said(node, "x-millgate-target", LONGEST) or template.target,
            summary=summary,
            parameters=self._parameters(node, template, declared),
            description=node.text("description") or item.text("description"),
            deprecated=node.flag(DEPRECATED if node.has(DEPRECATED) else "deprecated"),
            tags=tuple(dict.fromkeys(_tags(node))),
            body=self._body(node, declared),
            answers=answers_of(node, self._schemas),
        )

    # Parameters

    def _parameters(self, node: Node, template: Template, declared: list[Node]) -> tuple[Parameter, ...]:
        found: dict[tuple[Place, str], Parameter] = {}
        for inner in declared:
            if inner.text("in") in {"body", "formData"}:
                continue
            said = own(inner)
            parameter = parameter_of(said, self._schemas) if said is not None else None
            if parameter is not None:
                _add(parameter, inner, template, found)
        for name in template.names.values():
            if (Place.PATH, name) not in found and not _added_by_export(declared, template, name):
                node.remark(f"the parameter {name!r} of the path is not described, and taken for a text")
                found[Place.PATH, name] = Parameter(name, Place.PATH, required=True)
        return (*found.values(), *self._members(node, declared))

    def _members(self, node: Node, declared: list[Node]) -> tuple[Parameter, ...]:
        """The parameters of the body, as an export lists them."""
        body = followed(node.child("requestBody") or node) if node.has("requestBody") else None
        inner = [body] if body is not None else [item for item in declared if item.text("in") == "body"]
        return tuple(parameter for item in inner for parameter in members_said(item, self._schemas))

    # Bodies

    def _body(self, node: Node, declared: list[Node]) -> Body | None:
        swagger = node.document.dialect is Dialect.SWAGGER_20
        body = self._body_swagger(node, declared) if swagger else self._body_openapi(node)
        if body is not None and node.name in _WITHOUT_BODY:
            node.remark(f"the body of a {node.name.upper()} request is left out")
            return None
        return body

    def _body_openapi(self, node: Node) -> Body | None:
        inner = node.table("requestBody")
        body = own(followed(inner)) if inner is not None else None
        return body_of(body, self._schemas) if body is not None else None

    def _body_swagger(self, node: Node, declared: list[Node]) -> Body | None:
        fields = [inner for inner in declared if inner.text("in") == "formData" and OWN not in inner.value]
        bodies = [inner for inner in declared if inner.text("in") == "body"]
        if fields:
            for inner in bodies:
                inner.error("it has both a form and another body")
            return form_of_swagger(fields, node, self._schemas)
        for inner in bodies[1:]:
            inner.error("it has two bodies")
        body = own(bodies[0]) if bodies else None
        return body_of_swagger(body, node, self._schemas) if body is not None else None


def _name(node: Node, summary: str, otherwise: str) -> str:
    said = text_said(node, "x-millgate-name", LONGEST_NAME)
    return said or summary[:LONGEST_NAME].rstrip() or node.line("operationId", LONGEST_NAME) or otherwise


def _tags(node: Node) -> list[str]:
    return [tag.strip()[:100] for tag in node.texts("tags") if tag.strip() and tag.isprintable()][:_MOST_TAGS]


def _declared(node: Node, item: Node) -> list[Node]:
    """The parameters of an operation: those of its path that it does not say otherwise, and its own."""
    own_ones = _resolved(node)
    overridden = {(inner.text("in"), inner.text("name")) for inner in own_ones}
    shared = [inner for inner in _resolved(item) if (inner.text("in"), inner.text("name")) not in overridden]
    both = [*shared, *own_ones]
    if len(both) > _MOST_PARAMETERS:
        node.error(f"it has more than {_MOST_PARAMETERS} parameters")
    return both[:_MOST_PARAMETERS]


def _resolved(node: Node) -> list[Node]:
    found: list[Node] = []
    for inner in node.items("parameters"):
        if len(found) > _MOST_PARAMETERS:
            break
        parameter = followed(inner) if inner.as_table() is not None else None
        if parameter is not None:
            found.append(parameter)
    return found


def _add(
    parameter: Parameter, node: Node, template: Template, found: dict[tuple[Place, str], Parameter]
) -> None:
    """Put a parameter among the others, under the name that the template has for it."""
    if parameter.place is Place.PATH:
        name = template.names.get(node.text("name"))
        if name is None:
            node.remark(f"the path has no parameter {shown(parameter.name)}, and it is left out")
            return
        parameter = msgspec.structs.replace(parameter, name=name)
    name = parameter.name.lower() if parameter.place is Place.HEADER else parameter.name
    if (parameter.place, name) in found:
        node.remark(f"{shown(parameter.name)} stands twice; the first counts")
        return
    found[parameter.place, name] = parameter


def _added_by_export(declared: list[Node], template: Template, name: str) -> bool:
    return any(
        OWN in inner.value and template.names.get(inner.text("name")) == name
        for inner in declared
        if inner.text("in") == "path"
    )
