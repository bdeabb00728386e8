"""Subscription keys: who calls, and in which adapter's context."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import msgspec

from millgate.core.errors import KEY_INVALID, KEY_MISSING, Problem, Refusal
from millgate.snapshot.document import Subscription
from millgate.snapshot.model import Snapshot
from millgate.snapshot.policies import LimitSet
from millgate.snapshot.routes import Route

if TYPE_CHECKING:
    from collections.abc import Mapping

    from millgate.core.secrets import Digester
    from millgate.wire.messages import Memory, Request

_MOST_REMEMBERED: Final = 20_000


class Entry(msgspec.Struct, frozen=True):
    """How a call came in.

    Attributes:
        subscription: whose key it carried, or None for a call without a key.
        limits: those of the adapter in whose context it runs; None outside any adapter (a key for one API or
            for all), and without a key.
    """

    subscription: Subscription | None
    limits: LimitSet | None


class KeyCheck:
    """Decides whether a key, or the want of one, opens a route.

    What a key in the header opens is remembered under the snapshot, the route and the key, which alone
    decide it. Refusals are not, so that nobody fills the memory with wrong guesses: each connection
    remembers at most its own, while the very same request comes again.
    """

    def __init__(self, digester: Digester, origin: str) -> None:
        self._digester = digester
        self._origin = origin
        self._snapshot: Snapshot | None = None
        self._known: dict[tuple[int, str], Entry] = {}

    def enter(
        self, snapshot: Snapshot, route: Route, request: Request, fields: Mapping[str, str]
    ) -> Entry | Refusal:
        """The subscription and adapter of a call; or KEY_MISSING or KEY_INVALID.

        A key is looked for in the header, and in the query only when the header is absent. A key that
        is sent must be good, also where none is needed.

        Args:
            snapshot: in force.
            route: that the request matches.
            request: of the call.
            fields: the request's headers by name.

        Raises:
            Refused: the query cannot be read.
        """
        key = fields.get(route.key_header)
        if key:
            return self._remembered(snapshot, route, key, request.again)
        keys = [] if key is not None else _query_values(request, route.api.key_query)
        if not keys or keys == [""]:
            return self._without_key(snapshot, route)
        if len(keys) > 1:
            return self._refused(KEY_INVALID, route, "more than one key was sent")
        return self._opened(snapshot, route, keys[0])

    def _remembered(
        self, snapshot: Snapshot, route: Route, key: str, again: Memory | None
    ) -> Entry | Refusal:
        if snapshot is not self._snapshot:
            self._snapshot, self._known = snapshot, {}
        # A route is known by its identity: the snapshot that is remembered with it keeps it alive.
        proof = (id(route), key)
        entry = self._known.get(proof)
        if entry is None:
            refused = None if again is None else again.get(self)
            if refused is not None and refused[0] == snapshot.version:
                refusal: Refusal = refused[1]
                return refusal
            found = self._opened(snapshot, route, key)
            if isinstance(found, Refusal):
                if again is not None:
                    again.keep(self, (snapshot.version, found))
                return found
            entry = found
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            self._known[proof] = entry
        return entry

    def _opened(self, snapshot: Snapshot, route: Route, key: str) -> Entry | Refusal:
        subscription = snapshot.subscriptions.get(self._digester.digest(key))
        if subscription is None:
            return self._refused(KEY_INVALID, route, "no subscription has this key")
        if not subscription.active:
            return self._refused(KEY_INVALID, route, f"subscription {subscription.key} is not active")
        if subscription.all_apis or subscription.api == route.api.key:
            return Entry(subscription, None)
        adapter = snapshot.adapters.get(subscription.adapter) if subscription.adapter else None
        if adapter is None or not adapter.opens(route):
            cause = f"subscription {subscription.key} does not cover {route.api.key} on {route.tier}"
            return self._refused(KEY_INVALID, route, cause)
        return Entry(subscription, adapter.limits(route))

    def _without_key(self, snapshot: Snapshot, route: Route) -> Entry | Refusal:
        adapter = snapshot.open_adapters.get(route.api.key)
        if adapter is not None and adapter.opens(route):
            return Entry(None, None)
        if not route.api.subscription_required:
            return Entry(None, None)
        return self._refused(KEY_MISSING, route, "no key was sent")

    def _refused(self, problem: Problem, route: Route, cause: str) -> Refusal:
        return _refusal(problem, self._origin + route.realm, route.api.key_header, cause)


@lru_cache(maxsize=1024)
def _refusal(problem: Problem, realm: str, name: str, cause: str) -> Refusal:
    """A refusal with its challenge. A wrong key is told in the same words each time, and must cost little."""
    return Refusal(problem, headers=challenge(realm, name), cause=cause)


def challenge(realm: str, name: str) -> tuple[tuple[str, str], ...]:
    """The challenge to a call without a good key, whose header has this name."""
    return (("www-authenticate", f'AzureApiManagementKey realm="{realm}",name="{name}",type="header"'),)


def _query_values(request: Request, name: str) -> list[str]:
    if not request.query:
        return []
    return [value for given, value in request.query_fields() if given == name]
