"""Subscription keys: who calls, and in which adapter's context."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from millgate.core.errors import KEY_INVALID, KEY_MISSING, Problem, Refusal, Refused
from millgate.snapshot.document import Subscription
from millgate.snapshot.model import AdapterPolicies, Snapshot
from millgate.snapshot.routes import Route

if TYPE_CHECKING:
    from collections.abc import Mapping

    from millgate.core.secrets import Digester
    from millgate.wire.messages import Request

_MOST_REMEMBERED: Final = 20_000


class Entry(msgspec.Struct, frozen=True):
    """How a call came in.

    Attributes:
        subscription: whose key it carried, or None for a call without a key.
        adapter: in whose context it runs, or None outside any adapter (a key for one API or for all).
    """

    subscription: Subscription | None
    adapter: AdapterPolicies | None


class KeyCheck:
    """Decides whether a key, or the want of one, opens a route.

    What a key in the header opens is remembered under the snapshot, the route and the key, which alone
    decide it. Refusals are not remembered, so that nobody fills the memory with wrong guesses.
    """

    def __init__(self, digester: Digester, origin: str) -> None:
        self._digester = digester
        self._origin = origin
        self._snapshot: Snapshot | None = None
        self._known: dict[tuple[int, str], Entry] = {}

    def enter(self, snapshot: Snapshot, route: Route, request: Request, fields: Mapping[str, str]) -> Entry:
        """The subscription and adapter of a call.

        A key is looked for in the header, and in the query only when the header is absent. A key that
        is sent must be good, also where none is needed.

        Args:
            snapshot: in force.
            route: that the request matches.
            request: of the call.
            fields: the request's headers by name.

        Raises:
            Refused: KEY_MISSING or KEY_INVALID.
        """
        key = fields.get(route.key_header)
        if key:
            return self._remembered(snapshot, route, key)
        keys = [] if key is not None else _query_values(request, route.api.key_query)
        if not keys or keys == [""]:
            return self._without_key(snapshot, route)
        if len(keys) > 1:
            raise self._refused(KEY_INVALID, route, "more than one key was sent")
        return self._opened(snapshot, route, keys[0])

    def _remembered(self, snapshot: Snapshot, route: Route, key: str) -> Entry:
        if snapshot is not self._snapshot:
            self._snapshot, self._known = snapshot, {}
        # A route is known by its identity: the snapshot that is remembered with it keeps it alive.
        proof = (id(route), key)
        entry = self._known.get(proof)
        if entry is None:
            entry = self._opened(snapshot, route, key)
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            self._known[proof] = entry
        return entry

    def _opened(self, snapshot: Snapshot, route: Route, key: str) -> Entry:
        subscription = snapshot.subscriptions.get(self._digester.digest(key))
        if subscription is None:
            raise self._refused(KEY_INVALID, route, "no subscription has this key")
        if not subscription.active:
            raise self._refused(KEY_INVALID, route, f"subscription {subscription.key} is not active")
        return Entry(subscription, self._adapter(snapshot, route, subscription))

    def _without_key(self, snapshot: Snapshot, route: Route) -> Entry:
        adapter = snapshot.open_adapters.get(route.api.key)
        if adapter is not None and adapter.opens(route):
            return Entry(None, adapter)
        if not route.api.subscription_required:
            return Entry(None, None)
        raise self._refused(KEY_MISSING, route, "no key was sent")

    def _adapter(
        self, snapshot: Snapshot, route: Route, subscription: Subscription
    ) -> AdapterPolicies | None:
        if subscription.all_apis or subscription.api == route.api.key:
            return None
        adapter = snapshot.adapters.get(subscription.adapter) if subscription.adapter else None
        if adapter is None or not adapter.opens(route):
            cause = f"subscription {subscription.key} does not cover {route.api.key} on {route.tier}"
            raise self._refused(KEY_INVALID, route, cause)
        return adapter

    def _refused(self, problem: Problem, route: Route, cause: str) -> Refused:
        realm, name = self._origin + route.realm, route.api.key_header
        challenge = f'AzureApiManagementKey realm="{realm}",name="{name}",type="header"'
        return Refused(Refusal(problem, headers=(("www-authenticate", challenge),), cause=cause))


def _query_values(request: Request, name: str) -> list[str]:
    if not request.query:
        return []
    return [value for given, value in request.query_fields() if given == name]
