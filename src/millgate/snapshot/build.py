"""`build(document) -> Snapshot`, or every fault at once.

A fault is told by place ("api jobs, operation list-jobs") and reason, so that the person who publishes
can mend all of them in one go. `build_serving` is for a worker that must start with a stored version
that newer code cannot build whole: the faulty routes answer the managed 500, the others serve.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias, TypeVar

import msgspec

from millgate.core.values import Principal
from millgate.describe.model import Api
from millgate.snapshot.addressing import trees
from millgate.snapshot.answering import Targets, Upstreams
from millgate.snapshot.document import (
    TIERS,
    Account,
    Adapter,
    Application,
    Directory,
    Document,
    Subscription,
    encode,
    version_of,
)
from millgate.snapshot.limiting import limit_faults, limit_sets
from millgate.snapshot.model import AdapterPolicies, Snapshot
from millgate.snapshot.names import key_faults

Faults: TypeAlias = dict[str, list[str]]
_K = TypeVar("_K")
_T = TypeVar("_T")


class SnapshotFaulty(Exception):  # noqa: N818 - it lists faults
    """A document that cannot be obeyed, with every fault by its place."""

    def __init__(self, faults: Mapping[str, list[str]]) -> None:
        super().__init__("; ".join(f"{where}: {why}" for where, whys in faults.items() for why in whys))
        self.faults = {where: tuple(whys) for where, whys in faults.items()}


def build(document: Document, targets: Targets) -> Snapshot:
    """Index a document.

    Raises:
        SnapshotFaulty: with every fault.
    """
    snapshot, faults = build_serving(document, targets)
    if faults:
        raise SnapshotFaulty(faults)
    return snapshot


def build_serving(document: Document, targets: Targets) -> tuple[Snapshot, Faults]:
    """Index a document as far as it goes; faulty routes are left in place as broken."""
    faults: Faults = {}
    catalogue, directory = document.catalogue, document.directory

    def tell(where: str, why: str) -> None:
        _fault(faults, where, why)

    routes = trees(catalogue.apis, Upstreams(catalogue, targets, tell), tell)
    apis = _by_key(catalogue.apis)
    adapters = _adapters(catalogue.adapters, apis, faults)
    accounts = _unique("account", ((item.key, item) for item in directory.accounts), faults)
    snapshot = Snapshot(
        version=version_of(encode(document)),
        document=document,
        trees=routes,
        subscriptions=_subscriptions(directory, faults),
        applications=_unique(
            "application", ((item.client_id, item) for item in directory.applications), faults
        ),
        accounts=accounts,
        companies=_unique("company", ((item.tenant, item) for item in directory.companies), faults),
        tenants=_unique("company", ((item.pcn, item) for item in directory.companies), faults),
        adapters=adapters,
        open_adapters=_open_adapters(adapters, apis, faults),
        principals={item.client_id: _principal(item, accounts) for item in directory.applications},
        signing_keys=_unique("signing key", ((item.kid, item) for item in directory.signing_keys), faults),
    )
    return snapshot, faults


def _unique(kind: str, items: Iterable[tuple[_K, _T]], faults: Faults) -> dict[_K, _T]:
    found: dict[_K, _T] = {}
    for key, item in items:
        if key in found:
            _fault(faults, f"{kind} {key}", "it stands twice")
        found[key] = item
    return found


def _subscriptions(directory: Directory, faults: Faults) -> dict[str, Subscription]:
    found: dict[str, Subscription] = {}
    for item in directory.subscriptions:
        for digest in item.digests:
            if digest in found:
                _fault(faults, f"subscription {item.key}", f"it shares a key with {found[digest].key}")
            found[digest] = item
    return found


def _principal(application: Application, accounts: Mapping[str, Account]) -> Principal | None:
    """None when the account is missing, inactive, or of another company."""
    account = accounts.get(application.account) if application.account else None
    if account is None or not account.active or application.pcn not in account.pcns:
        return None
    reads, writes = frozenset(account.reads), frozenset(account.writes)
    return Principal(application.client_id, account.key, application.pcn, reads, writes)


def _fault(faults: Faults, where: str, why: str) -> None:
    faults.setdefault(where, []).append(why)


# Adapters


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
            _fault(faults, where, why)
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
                _fault(
                    faults, f"adapter {item.adapter.key}", f"{api!r} is in the open adapter {other!r} already"
                )
            found[api] = item
    return found
