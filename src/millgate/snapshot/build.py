"""`build(document) -> Snapshot`, or every fault at once.

A fault is told by place ("api jobs, operation list-jobs") and reason, so that the person who publishes
can mend all of them in one go. `build_serving` is for a worker that must start with a stored version
that newer code cannot build whole: the faulty routes answer the managed 500, the others serve.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

import msgspec

from millgate.snapshot.answering import Targets
from millgate.snapshot.document import (
    TIERS,
    Account,
    Application,
    Company,
    Directory,
    Document,
    ProtectedResource,
    SigningKey,
    Subscription,
    encode,
    version_of,
)
from millgate.snapshot.fault_rules import MOST_RULES, FaultRule, rule_faults
from millgate.snapshot.indexing import CatalogueIndex, Faults, index_catalogue, put_fault
from millgate.snapshot.model import Snapshot
from millgate.snapshot.principals import principals
from millgate.snapshot.redirects import redirect_faults

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
    index = index_catalogue(document.catalogue, targets)
    return build_upon(index, document, version_of(encode(document)))


def build_upon(index: CatalogueIndex, document: Document, version: str) -> tuple[Snapshot, Faults]:
    """Index a document whose catalogue is indexed already.

    Args:
        index: of its catalogue.
        document: both halves.
        version: its content hash.
    """
    found = _look_up(document.directory)
    snapshot = Snapshot(
        version=version,
        document=document,
        trees=index.trees,
        subscriptions=found.subscriptions,
        applications=found.applications,
        accounts=found.accounts,
        companies=found.companies,
        tenants=found.tenants,
        adapters=index.adapters,
        open_adapters=index.open_adapters,
        principals=principals(document.directory.applications, found.accounts),
        signing_keys=found.signing_keys,
        resources=found.resources,
        fault_rules=found.fault_rules,
    )
    return snapshot, {**index.faults, **found.faults}


def directory_faults(directory: Directory) -> Faults:
    """What is wrong with a directory, whatever the catalogue is."""
    return _look_up(directory).faults


class _LookUp(msgspec.Struct, frozen=True, kw_only=True):
    """A directory by what machines ask for, as the snapshot has it, and what is wrong with it."""

    subscriptions: Mapping[str, Subscription]
    applications: Mapping[str, Application]
    accounts: Mapping[str, Account]
    companies: Mapping[str, Company]
    tenants: Mapping[int, Company]
    signing_keys: Mapping[str, SigningKey]
    resources: Mapping[str, ProtectedResource]
    fault_rules: Mapping[str, tuple[FaultRule, ...]]
    faults: Faults


def _look_up(directory: Directory) -> _LookUp:
    faults: Faults = {}
    return _LookUp(
        accounts=_unique("account", ((item.key, item) for item in directory.accounts), faults),
        subscriptions=_subscriptions(directory, faults),
        applications=_applications(directory, faults),
        companies=_unique("company", ((item.tenant, item) for item in directory.companies), faults),
        tenants=_unique("company", ((item.pcn, item) for item in directory.companies), faults),
        signing_keys=_unique("signing key", ((item.kid, item) for item in directory.signing_keys), faults),
        resources=_unique("resource", ((item.identifier, item) for item in directory.resources), faults),
        fault_rules=_fault_rules(directory.fault_rules, faults),
        faults=faults,
    )


def _unique(kind: str, items: Iterable[tuple[_K, _T]], faults: Faults) -> dict[_K, _T]:
    found: dict[_K, _T] = {}
    for key, item in items:
        if key in found:
            put_fault(faults, f"{kind} {key}", "it stands twice")
        found[key] = item
    return found


def _applications(directory: Directory, faults: Faults) -> dict[str, Application]:
    for item in directory.applications:
        for why in redirect_faults(item.redirect_uris):
            put_fault(faults, f"application {item.client_id}", why)
    return _unique("application", ((item.client_id, item) for item in directory.applications), faults)


def _subscriptions(directory: Directory, faults: Faults) -> dict[str, Subscription]:
    found: dict[str, Subscription] = {}
    for item in directory.subscriptions:
        for digest in item.digests:
            if digest in found:
                put_fault(faults, f"subscription {item.key}", f"it shares a key with {found[digest].key}")
            found[digest] = item
    return found


def _fault_rules(rules: tuple[FaultRule, ...], faults: Faults) -> dict[str, tuple[FaultRule, ...]]:
    """By what they watch; one that is faulty strikes nothing."""
    if len(rules) > MOST_RULES:
        put_fault(faults, "fault rules", f"{len(rules)} of them are on, and at most {MOST_RULES} may be")
        return {}
    known = _unique("fault rule", ((rule.name, rule) for rule in rules), faults)
    found: dict[str, tuple[FaultRule, ...]] = {}
    for _, rule in sorted(known.items()):
        whys = rule_faults(rule)
        if rule.tier not in TIERS:
            whys.append(f"the tier is not among {', '.join(TIERS)}")
        for why in whys:
            put_fault(faults, f"fault rule {rule.name}", why)
        if not whys:
            found[rule.place] = (*found.get(rule.place, ()), rule)
    return found
