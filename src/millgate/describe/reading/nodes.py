"""Values of a document with their places: asked for by name, told of when they are of the wrong type."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, Final, Self
from urllib.parse import unquote

from millgate.describe.reading.bounds import MOST_FOLLOWED, MOST_HOPS, Unreadable
from millgate.describe.reading.problems import Path, Problems, shown

EXTENSION: Final = "x-"
REF: Final = "$ref"
_LONGEST_INDEX: Final = 7


class Dialect(StrEnum):
    """The formats that are read."""

    SWAGGER_20 = "Swagger 2.0"
    OPENAPI_30 = "OpenAPI 3.0"
    OPENAPI_31 = "OpenAPI 3.1"


class Document:
    """A document that is read.

    Attributes:
        dialect: its format.
        problems: what is found wrong with it.
        root: its top.
    """

    def __init__(self, tree: dict[str, Any], dialect: Dialect, problems: Problems) -> None:
        self.dialect = dialect
        self.problems = problems
        self.root = Node(self, tree, None, None)
        self._followed = 0
        self._weights: dict[int, int] = {}

    def at(self, path: Path) -> Node | None:
        """The value at a place; None when there is none."""
        node = self.root
        for segment in path:
            inner = node.child(segment)
            if inner is None:
                return None
            node = inner
        return node

    def spend(self, value: Any) -> None:  # noqa: ANN401 - any value
        """Count that a value of the document is read once more.

        Raises:
            Unreadable: all that was read again is more than the bounds allow.
        """
        self._followed += self._weight(value)
        if self._followed > MOST_FOLLOWED:
            raise Unreadable("it becomes too large when its references are followed")

    def _weight(self, value: Any) -> int:  # noqa: ANN401 - any value
        if not isinstance(value, dict | list):
            return 8 + (len(value) if isinstance(value, str) else 0)
        known = self._weights.get(id(value))
        if known is None:
            inner = value.values() if isinstance(value, dict) else value
            known = (
                8 + sum(map(self._weight, inner)) + (sum(map(len, value)) if isinstance(value, dict) else 0)
            )
            self._weights[id(value)] = known
        return known


class Node:
    """A value and its place.

    Attributes:
        document: where it stands.
        value: the value.
        parent: what encloses it; None at the top.
        segment: its name or number in that; None when it stands for that itself.
    """

    __slots__ = ("document", "parent", "segment", "value")

    def __init__(self, document: Document, value: Any, parent: Node | None, name: str | None) -> None:  # noqa: ANN401 - any value
        self.document = document
        self.value = value
        self.parent = parent
        self.segment = name

    @property
    def name(self) -> str:
        """Its name, or its number from 0, in what encloses it."""
        return self.segment or ""

    def at_same_place(self, value: Any) -> Node:  # noqa: ANN401 - any value
        """Another value that stands for this one."""
        return Node(self.document, value, self, None)

    @property
    def path(self) -> Path:
        """Its place."""
        names = []
        node: Node | None = self
        while node is not None:
            if node.segment is not None:
                names.append(node.segment)
            node = node.parent
        return tuple(reversed(names))

    def error(self, why: str) -> None:
        """Tell that it cannot be imported."""
        self.document.problems.error(self.path, why)

    def remark(self, why: str) -> None:
        """Tell that it was left out or changed."""
        self.document.problems.remark(self.path, why)

    def child(self, name: str) -> Node | None:
        """What it holds under a name or a number; None when it does not."""
        if isinstance(self.value, dict) and name in self.value:
            return Node(self.document, self.value[name], self, name)
        if (
            isinstance(self.value, list)
            and name.isdecimal()
            and len(name) <= _LONGEST_INDEX
            and int(name) < len(self.value)
        ):
            return Node(self.document, self.value[int(name)], self, name)
        return None

    def has(self, name: str) -> bool:
        """Whether it holds anything but null under a name."""
        return isinstance(self.value, dict) and self.value.get(name) is not None

    def text(self, name: str, default: str = "") -> str:
        """A text that it holds; numbers are taken for texts, as YAML has them."""
        found = self.value.get(name)
        if found is None or isinstance(found, str):
            return default if found is None else found
        if isinstance(found, int | float) and not isinstance(found, bool):
            return str(found)
        self._inner(name).remark("it is not a text, and is left out")
        return default

    def line(self, name: str, longest: int) -> str:
        """A text that it holds, on one line and cut to a length."""
        text = " ".join("".join(sign if sign.isprintable() else " " for sign in self.text(name)).split())
        if len(text) > longest:
            self._inner(name).remark(f"it is cut to {longest} characters")
        return text[:longest].rstrip()

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A boolean that it holds."""
        found = self.value.get(name)
        if isinstance(found, bool):
            return found
        if found is not None:
            self._inner(name).remark("it is neither true nor false, and is left out")
        return default

    def table(self, name: str) -> Node | None:
        """A mapping that it holds; None when there is none."""
        return self._inner(name).as_table() if self.has(name) else None

    def as_table(self) -> Self | None:
        """Itself when it is a mapping; else the error is told."""
        if isinstance(self.value, dict):
            return self
        self.error("it is not a mapping of names and values")
        return None

    def entries(self) -> Iterator[Node]:
        """What a mapping holds, extensions left out."""
        for name, value in self.value.items():
            if not name.startswith(EXTENSION):
                yield Node(self.document, value, self, name)

    def tables(self, name: str) -> Iterator[Node]:
        """The mappings in a mapping that it holds."""
        table = self.table(name)
        for node in table.entries() if table is not None else ():
            if node.as_table() is not None:
                yield node

    def items(self, name: str) -> Iterator[Node]:
        """The items of a list that it holds."""
        found = self.value.get(name)
        if found is None:
            return
        node = self._inner(name)
        if not isinstance(found, list):
            node.error("it is not a list")
            return
        for at, value in enumerate(found):
            yield Node(self.document, value, node, str(at))

    def texts(self, name: str) -> list[str]:
        """The texts in a list that it holds."""
        found = []
        for node in self.items(name):
            if isinstance(node.value, str):
                found.append(node.value)
            else:
                node.remark("it is not a text, and is left out")
        return found

    def _inner(self, name: str) -> Node:
        return Node(self.document, self.value[name], self, name)


def target_of(reference: str) -> Path | None:
    """The place in this document that a reference names (RFC 6901 section 6); None when it is outside."""
    fragment = unquote(reference.removeprefix("#"), errors="replace")
    if not reference.startswith("#") or (fragment and not fragment.startswith("/")):
        return None
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in fragment.split("/")[1:])


def followed(node: Node) -> Node | None:
    """The mapping that a place means, references followed; None when there is none, which is told."""
    seen = 0
    here: Node | None = node
    while here is not None and isinstance(here.value, dict) and REF in here.value:
        seen += 1
        if seen > MOST_HOPS:
            node.error("its references lead in a circle, or through too many others")
            return None
        here = _next(here)
    if here is None:
        return None
    if seen:
        here.document.spend(here.value)
    return here.as_table()


def _next(node: Node) -> Node | None:
    reference = node.value[REF]
    if not isinstance(reference, str):
        node.error("its $ref is not a text")
        return None
    path = target_of(reference)
    if path is None:
        node.remark(f"it refers to {shown(reference)}, outside this document, and is left out")
        return None
    target = node.document.at(path)
    if target is None:
        node.error(f"it refers to {shown(reference)}, which is not there")
    return target
