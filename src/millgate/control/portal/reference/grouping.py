"""The operations of an API by the resource that they are about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from millgate.describe.model import Api, Operation

_SLUG: Final = re.compile(r"[^A-Za-z0-9_.-]+")


@dataclass(frozen=True, slots=True)
class Group:
    """Operations of one resource, in the API's order.

    Attributes:
        name: of the resource, or of the tag where every operation has one.
        anchor: where it stands in the page.
        operations: at least one.
    """

    name: str
    anchor: str
    operations: tuple[Operation, ...]


def groups_of(operations: Iterable[Operation]) -> tuple[Group, ...]:
    """The groups, in the order in which they first come."""
    listed = tuple(operations)
    tagged = all(operation.tags for operation in listed)
    start = 0 if tagged else _shared(listed)
    found: dict[str, list[Operation]] = {}
    for operation in listed:
        name = operation.tags[0] if tagged else _resource(operation, start)
        found.setdefault(name, []).append(operation)
    anchors = Anchors()
    return tuple(Group(name, anchors.take("group", name), tuple(items)) for name, items in found.items())


class Anchors:
    """Identifiers of a page, each given once, whatever the names hold that they are made from."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, *parts: str) -> str:
        """One that is free: letters, digits, `_`, `.` and `-`."""
        wanted = _SLUG.sub("-", "-".join(parts))
        found, number = wanted, 1
        while found.lower() in self._taken:
            number += 1
            found = f"{wanted}-{number}"
        self._taken.add(found.lower())
        return found


def neighbours(api: Api, key: str) -> tuple[Operation | None, Operation | None]:
    """The operations before and behind one."""
    keys = [operation.key for operation in api.operations]
    at = keys.index(key)
    before = api.operations[at - 1] if at else None
    return before, api.operations[at + 1] if at + 1 < len(keys) else None


def _fixed(operation: Operation) -> list[str]:
    return [part for part in operation.template.split("/") if part]


def _shared(operations: tuple[Operation, ...]) -> int:
    """How many leading segments say nothing because all operations have them."""
    paths = [_fixed(operation)[:-1] for operation in operations]
    count = 0
    for parts in zip(*paths, strict=False):
        if len(set(parts)) > 1 or parts[0].startswith("{"):
            break
        count += 1
    return count if len(operations) > 1 else 0


def _resource(operation: Operation, start: int) -> str:
    parts = _fixed(operation)[start:]
    return next((part for part in parts if not part.startswith("{")), "/")
