"""The snapshot: a published document, indexed for the questions that machines ask."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from millgate.core.values import Principal
from millgate.snapshot.document import (
    TEST,
    Account,
    Adapter,
    Application,
    Company,
    Document,
    ProtectedResource,
    SigningKey,
    Subscription,
)
from millgate.snapshot.fault_rules import FaultRule
from millgate.snapshot.policies import LimitSet
from millgate.snapshot.routes import Route, RouteTree


class AdapterPolicies(msgspec.Struct, frozen=True):
    """An adapter with its limits, resolved for each operation that it can open.

    Attributes:
        adapter: as decided.
        apis: the keys of its APIs, for a quick look.
        policies: the limits by API and operation key.
    """

    adapter: Adapter
    apis: frozenset[str]
    policies: Mapping[tuple[str, str], LimitSet]

    def opens(self, route: Route) -> bool:
        """Whether a subscription to this adapter covers the route on its tier."""
        if self.adapter.all_apis_on_test and route.tier == TEST:
            return True
        return route.api.key in self.apis and route.tier in self.adapter.tiers

    def limits(self, route: Route) -> LimitSet:
        """The limits under which a covered route is called."""
        return self.policies[route.api.key, route.operation.key]


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """What every machine obeys. Nothing in it changes; a newer one takes its place.

    Attributes:
        version: the content hash of the document.
        document: what was published.
        trees: the routes of each tier.
        subscriptions: by the digest of a key.
        applications: by client id.
        accounts: by key.
        companies: by tenant id.
        tenants: by PCN.
        adapters: by key.
        open_adapters: the adapters that need no key, by API key.
        principals: for whom an application acts, by client id; None when it resolves to nobody.
        signing_keys: by kid.
        resources: the audiences besides the one of the settings, by identifier.
        fault_rules: those that are on, by what they watch, in the order of their names; most snapshots have
            none.
    """

    version: str
    document: Document
    trees: Mapping[str, RouteTree]
    subscriptions: Mapping[str, Subscription]
    applications: Mapping[str, Application]
    accounts: Mapping[str, Account]
    companies: Mapping[str, Company]
    tenants: Mapping[int, Company]
    adapters: Mapping[str, AdapterPolicies]
    open_adapters: Mapping[str, AdapterPolicies]
    principals: Mapping[str, Principal | None]
    signing_keys: Mapping[str, SigningKey]
    resources: Mapping[str, ProtectedResource]
    fault_rules: Mapping[str, tuple[FaultRule, ...]] = {}
