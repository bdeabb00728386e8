"""Which operation a request means: the tier, the version that it names, the route."""

from __future__ import annotations

from typing import TYPE_CHECKING

from millgate.core.errors import ROUTE_UNKNOWN, Refusal, Refused
from millgate.describe.model import VersionScheme
from millgate.snapshot.document import PRODUCTION, TEST
from millgate.snapshot.routes import Match, below_version

if TYPE_CHECKING:
    from millgate.snapshot.model import Snapshot
    from millgate.snapshot.routes import Broken, RouteTree, VersionSet
    from millgate.wire.messages import Request


class Addresses:
    """Finds routes as `match` does, and remembers those of addresses that hold no parameter.

    Where the path alone says the version, method and path decide what such an address means, so there are
    no more of them than routes, whatever is asked for.
    """

    def __init__(self) -> None:
        self._snapshot: Snapshot | None = None
        self._known: dict[tuple[str, tuple[str, ...]], Match] = {}

    def match(self, snapshot: Snapshot, request: Request) -> Match | Broken:
        """As `match`."""
        if snapshot is not self._snapshot:
            self._snapshot, self._known = snapshot, {}
        address = (request.method, request.segments)
        known = self._known.get(address)
        if known is not None:
            return known
        found = match(snapshot, request)
        if isinstance(found, Match) and not found.parameters and not _asks_for_version(snapshot):
            self._known[address] = found
        return found


def _asks_for_version(snapshot: Snapshot) -> bool:
    return any(tree.version_sets for tree in snapshot.trees.values())


def match(snapshot: Snapshot, request: Request) -> Match | Broken:
    """The route of a request.

    Raises:
        Refused: ROUTE_UNKNOWN, with a hint where an address is near.
    """
    segments = request.segments
    tier = PRODUCTION
    if segments[0] == TEST:
        tier, segments = TEST, segments[1:]
    tree = snapshot.trees[tier]
    if tree.version_sets and segments:
        segments = _placed(tree, segments, request)
    found = tree.find(request.method, segments)
    if found is None:
        raise Refused(_unknown(tree, request))
    return found


def _placed(tree: RouteTree, segments: tuple[str, ...], request: Request) -> tuple[str, ...]:
    """The segments with the version that query or header name, where the suffix asks for that."""
    versions = tree.version_sets.get(segments[0].partition(";")[0])
    named = _version(versions, request) if versions else None
    return segments if named is None else below_version(segments, named)


def _version(versions: VersionSet, request: Request) -> str | None:
    """The version that a request names; None when it names none. One that is named twice is no version."""
    if versions.scheme is VersionScheme.HEADER:
        given = request.header_values(versions.name.lower())
    else:
        given = [value for name, value in request.query_fields() if name == versions.name]
    return (given[0] if len(given) == 1 else "") if given else None


def _unknown(tree: RouteTree, request: Request) -> Refusal:
    near = tree.near("/" + "/".join(request.segments))
    return Refusal(ROUTE_UNKNOWN, headers=(("x-millgate-hint", near),) if near else ())
