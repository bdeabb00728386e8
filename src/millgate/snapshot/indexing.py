"""A catalogue, indexed: its routes and adapters, which stay the same while only the directory changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

import msgspec

from millgate.describe.model import Api
from millgate.snapshot.addressing import trees
from millgate.snapshot.answering import Targets, Upstreams
from millgate.snapshot.document import TIERS, Adapter, Catalogue
from millgate.snapshot.limiting import limit_faults, limit_sets
from millgate.snapshot.model import AdapterPolicies
from millgate.snapshot.names import key_faults
from millgate.snapshot.routes import RouteTree

Faults: TypeAlias = dict[str, list[str]]
"""What keeps a document from being obeyed: the reasons by place."""


class CatalogueIndex(msgspec.Struct, frozen=True, kw_only=True):
    """A catalogue as machines look things up in it.

    Attributes:
        catalogue: what was published.
        trees: the routes of each tier.
        adapters: by key.
        open_adapters: the adapters that need no key, by API key.
        faults: what is wrong with it.
    """

    catalogue: Catalogue
    trees: Mapping[str, RouteTree]
    adapters: Mapping[str, AdapterPolicies]
    open_adapters: Mapping[str, AdapterPolicies]
    faults: Mapping[str, list[str]]


def index_catalogue(catalogue: Catalogue, targets: Targets) -> CatalogueIndex:
    """Index a catalogue as far as it goes; faulty routes are left in place as broken."""
    faults: Faults = {}

    def tell(where: str, why: str) -> None:
        put_fault(faults, where, why)

    routes = trees(catalogue.apis, Upstreams(catalogue, targets, tell), tell)
    apis = _by_key(catalogue.apis)
    adapters = _adapters(catalogue.adapters, apis, faults)
    return CatalogueIndex(
        catalogue=catalogue,
        trees=routes,
        adapters=adapters,
        open_adapters=_open_adapters(adapters, apis, faults),
        faults=faults,
    )


def put_fault(faults: Faults, where: str, why: str) -> None:
    """Add one reason to those of its place."""
    faults.setdefault(where, []).append(why)


def _by_key(apis: Iterable[Api]) -> dict[str, Api]:
    """Each API with the operations of all its revisions: adapters and limits name them by key."""
    found: dict[str, Api] = {}
    for api in sorted(apis, key=lambda api: not api.current):
        known = found.setdefault(api.key, api)
        keys = {operation.key for operation in known.operations}
        more = tuple(operation for operation in api.operations if operation.key not in keys)
        if more:
            found[api.key] = msgspec.structs.replace(known, operations=(*known.operations, *more))
    return found


def _adapters(
    adapters: tuple[Adapter, ...], apis: Mapping[str, Api], faults: Faults
) -> dict[str, AdapterPolicies]:
    found: dict[str, AdapterPolicies] = {}
    for adapter in adapters:
        where = f"adapter {adapter.key}"
        whys = _adapter_faults(adapter, apis)
        if adapter.key in found:
            whys.append("it stands twice")
        for why in whys:
            put_fault(faults, where, why)
        if not whys:
            found[adapter.key] = AdapterPolicies(adapter, frozenset(adapter.apis), limit_sets(adapter, apis))
    return found


def _adapter_faults(adapter: Adapter, apis: Mapping[str, Api]) -> list[str]:
    whys = [f"it lists the API {key!r}, which is not published" for key in adapter.apis if key not in apis]
    whys.extend(key_faults(adapter.key))
    if not set(adapter.tiers) <= set(TIERS):
        whys.append(f"the tiers are not among {', '.join(TIERS)}")
    if not adapter.apis and not adapter.all_apis_on_test:
        whys.append("it opens no API")
    if adapter.subscriptions_limit is not None and adapter.subscriptions_limit < 0:
        whys.append("the subscription limit is negative")
    whys.extend(limit_faults(adapter.limits, apis))
    return whys


def _open_adapters(
    adapters: Mapping[str, AdapterPolicies], apis: Iterable[str], faults: Faults
) -> dict[str, AdapterPolicies]:
    found: dict[str, AdapterPolicies] = {}
    for item in adapters.values():
        if item.adapter.subscription_required:
            continue
        for api in apis if item.adapter.all_apis_on_test else item.adapter.apis:
            if api in found:
                other = found[api].adapter.key
                put_fault(
                    faults, f"adapter {item.adapter.key}", f"{api!r} is in the open adapter {other!r} already"
                )
            found[api] = item
    return found
