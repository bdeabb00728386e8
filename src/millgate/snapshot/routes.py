"""Routes: which operation an address means.

A tree of path segments for each tier. A fixed segment wins over a parameter; where the fixed one has
no operation of this method below it, the parameter is tried. A route that could not be built stays in
the tree as broken, so that its addresses never fall through to a wider route.
"""

from __future__ import annotations

import difflib
import re
from typing import Final

import msgspec

from millgate.describe.model import Api, Operation

PARAMETER: Final = re.compile(r"\{([A-Za-z][A-Za-z0-9]*)\}")
_NEAR: Final = 0.6
_LONGEST_NEAR: Final = 256


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One operation on one tier.

    Attributes:
        tier: `test` or `production`.
        api: the API that it belongs to.
        operation: what is called.
        names: the parameters of the template, in order.
        path: the address, template included, as shown in hints.
        realm: the path of the API, for challenges.
        key_header: the lower-case name of the key's header.
    """

    tier: str
    api: Api
    operation: Operation
    names: tuple[str, ...]
    path: str
    realm: str
    key_header: str


class Broken(msgspec.Struct, frozen=True):
    """Stands where a route could not be built; its addresses answer the managed 500."""

    path: str
    why: str


class Match(msgspec.Struct, frozen=True):
    """A route, and what its parameters captured."""

    route: Route
    parameters: dict[str, str]


class _Node:
    __slots__ = ("fixed", "leaves", "parameter")

    def __init__(self) -> None:
        self.fixed: dict[str, _Node] = {}
        self.parameter: _Node | None = None
        self.leaves: dict[str, Route | Broken] = {}


class RouteTree:
    """Finds the route of a method and path segments."""

    def __init__(self) -> None:
        self._root = _Node()
        self._paths: set[str] = set()

    def add(self, method: str, segments: tuple[str, ...], leaf: Route | Broken) -> bool:
        """Put a leaf at an address; False when another route has the same address already."""
        node = self._root
        for segment in segments:
            node = _child(node, segment)
        if method in node.leaves and not isinstance(leaf, Broken):
            return False
        node.leaves[method] = leaf
        self._paths.add(leaf.path)
        return True

    def find(self, method: str, segments: tuple[str, ...]) -> Match | Broken | None:
        """The route of an address; HEAD is answered by GET where it has no route of its own."""
        captured: list[str] = []
        leaf = _find(self._root, method, segments, 0, captured)
        if leaf is None and method == "HEAD":
            captured.clear()
            leaf = _find(self._root, "GET", segments, 0, captured)
        if leaf is None or isinstance(leaf, Broken):
            return leaf
        return Match(leaf, dict(zip(leaf.names, captured, strict=True)))

    def near(self, path: str) -> str | None:
        """The published address most like this path, when one is near."""
        asked = path[:_LONGEST_NEAR].split("/")
        alike = {known: _alike(known.split("/"), asked) for known in self._paths}
        most = max(alike.values(), default=None)
        best = sorted(known for known, how in alike.items() if how == most)
        close = difflib.get_close_matches("/".join(asked), best, n=1, cutoff=_NEAR)
        return close[0] if close else None


def _alike(known: list[str], asked: list[str]) -> tuple[int, int]:
    """How many segments two paths share in place, whatever their case; then how near their lengths are.

    Comparing letters with every path would cost a wrong address more than a right one; they are compared
    with those alone that are most alike so.
    """
    shared = sum(
        one.casefold() == other.casefold() or one.startswith("{")
        for one, other in zip(known, asked, strict=False)
    )
    return shared, -abs(len(known) - len(asked))


def _child(node: _Node, segment: str) -> _Node:
    if not PARAMETER.fullmatch(segment):
        return node.fixed.setdefault(segment, _Node())
    if node.parameter is None:
        node.parameter = _Node()
    return node.parameter


def _find(
    node: _Node, method: str, segments: tuple[str, ...], at: int, captured: list[str]
) -> Route | Broken | None:
    if at == len(segments):
        return node.leaves.get(method)
    segment = segments[at]
    fixed = node.fixed.get(segment)
    if fixed is not None:
        leaf = _find(fixed, method, segments, at + 1, captured)
        if leaf is not None:
            return leaf
    if node.parameter is None or not segment:
        return None
    captured.append(segment)
    leaf = _find(node.parameter, method, segments, at + 1, captured)
    if leaf is None:
        captured.pop()
    return leaf
