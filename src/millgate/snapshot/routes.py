"""Routes: which operation an address means.

A tree of path segments for each tier. A fixed segment wins over a parameter; where the fixed one has
no operation of this method below it, the parameter is tried. A route that could not be built stays in
the tree as broken, so that its addresses never fall through to a wider route.

Where query or header name the version, it stands in the tree as a segment of its own behind the suffix,
marked so that no path can hold it.
"""

from __future__ import annotations

import itertools
import operator
from typing import Final

import msgspec

from millgate.describe.model import Api, Operation, VersionScheme
from millgate.describe.names import PARAMETER
from millgate.snapshot.document import TEST

_VERSION_MARK: Final = "\0"
"""No path that is sane holds it."""
_NEAR: Final = 0.5
_LONGEST_NEAR: Final = 256
_MOST_DIFFERING: Final = 2
_SHORTEST_TELLING: Final = 4
"""Letters of a segment that tells one address from another; versions have fewer."""
_MOST_SHARING: Final = 50
"""A segment that more addresses have tells nothing; among thousands of APIs it may be everywhere."""


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


class VersionSet(msgspec.Struct, frozen=True):
    """How calls below one suffix name a version.

    Attributes:
        scheme: query or header.
        name: of the query parameter or header.
    """

    scheme: VersionScheme
    name: str


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
    """Finds the route of a method and path segments.

    Attributes:
        version_sets: by suffix, how calls name a version, where it is not a segment of the path.
    """

    def __init__(self) -> None:
        self.version_sets: dict[str, VersionSet] = {}
        self._root = _Node()
        self._exact: dict[tuple[str, tuple[str, ...]], Match] = {}
        self._paths: dict[str, tuple[str, ...]] = {}
        self._telling: dict[str, list[str]] = {}

    def add(
        self, method: str, segments: tuple[str, ...], leaf: Route | Broken, *, hinted: bool = True
    ) -> bool:
        """Put a leaf at an address; False when another route has the same address already.

        Args:
            method: of the request.
            segments: as requests have them, fixed or `{Name}`.
            leaf: what is there.
            hinted: whether callers with a wrong address are told of this one.
        """
        node = self._root
        for segment in segments:
            node = _child(node, segment)
        if method in node.leaves and not isinstance(leaf, Broken):
            return False
        node.leaves[method] = leaf
        self._exact.pop((method, segments), None)
        if isinstance(leaf, Route) and not leaf.names:
            self._exact[method, segments] = Match(leaf, {})
        if hinted:
            self._remember(leaf.path)
        return True

    def _remember(self, path: str) -> None:
        if path in self._paths:
            return
        self._paths[path] = tuple(path.casefold().split("/"))
        for segment in set(self._paths[path]):
            if len(segment) >= _SHORTEST_TELLING and segment != TEST:
                self._telling.setdefault(segment, []).append(path)

    def find(self, method: str, segments: tuple[str, ...]) -> Match | Broken | None:
        """The route of an address; HEAD is answered by GET where it has no route of its own."""
        # An address without parameters wins over all others, and most calls have one.
        exact = self._exact.get((method, segments))
        if exact is not None:
            return exact
        captured: list[str] = []
        node, at = _straight(self._root, segments)
        leaf = _find(node, method, segments, at, captured)
        if leaf is None and method == "HEAD":
            captured.clear()
            leaf = _find(node, "GET", segments, at, captured)
        if leaf is None or isinstance(leaf, Broken):
            return leaf
        return Match(leaf, dict(zip(leaf.names, captured, strict=True)))

    def near(self, path: str) -> str | None:
        """The published address most like this path, when one is near.

        Only addresses that share a telling segment with it are looked at, and of those only the ones that
        share most letter by letter: a wrong address must not cost more than a right one.
        """
        asked = path[:_LONGEST_NEAR].casefold().split("/")
        sharing = [self._telling.get(segment, []) for segment in asked]
        found = {known for addresses in sharing if len(addresses) <= _MOST_SHARING for known in addresses}
        shared = {known: sum(map(operator.eq, self._paths[known], asked)) for known in found}
        most = max(shared.values(), default=0)
        alike = [known for known, count in shared.items() if count == most]
        likeness, _, best = max(
            ((_likeness(self._paths[known], asked), -len(known), known) for known in alike),
            default=(0, 0, ""),
        )
        return best if likeness >= _NEAR else None


def below_version(segments: tuple[str, ...], version: str) -> tuple[str, ...]:
    """Where the tree keeps what these segments mean in a version that query or header name."""
    return (segments[0], _VERSION_MARK + version, *segments[1:])


def _likeness(known: tuple[str, ...], asked: list[str]) -> float:
    """How alike the segments are spelled in which two paths differ, from 0 to 1: the worst of them."""
    pairs = itertools.zip_longest(known, asked, fillvalue="")
    differing = [(one, other) for one, other in pairs if one != other and not one.startswith("{")]
    if len(differing) > _MOST_DIFFERING:
        return 0.0
    return min((_spelled_alike(one, other) for one, other in differing), default=1.0)


def _spelled_alike(one: str, other: str) -> float:
    """The share of letters that two words have in common at their begin and end.

    A true edit distance would tell more, and cost a wrong address ten times what a right one costs.
    """
    begin = sum(1 for _ in itertools.takewhile(bool, map(operator.eq, one, other)))
    ends = map(operator.eq, reversed(one[begin:]), reversed(other[begin:]))
    end = sum(1 for _ in itertools.takewhile(bool, ends))
    return (begin + end) / max(len(one), len(other))


def _child(node: _Node, segment: str) -> _Node:
    if not PARAMETER.fullmatch(segment):
        return node.fixed.setdefault(segment, _Node())
    if node.parameter is None:
        node.parameter = _Node()
    return node.parameter


def _straight(node: _Node, segments: tuple[str, ...]) -> tuple[_Node, int]:
    """How far the segments lead without a choice: the node, and how many of them."""
    for at, segment in enumerate(segments):
        fixed = node.fixed.get(segment)
        if fixed is None or node.parameter is not None:
            return node, at
        node = fixed
    return node, len(segments)


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
    if node.parameter is None or not segment or segment[0] == _VERSION_MARK:
        return None
    captured.append(segment)
    leaf = _find(node.parameter, method, segments, at + 1, captured)
    if leaf is None:
        captured.pop()
    return leaf
