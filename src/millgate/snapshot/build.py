"""`build(document) -> Snapshot`, or every fault at once.

A fault is told by place ("api jobs, operation list-jobs") and reason, so that the person who publishes
can mend all of them in one go. `build_serving` is for a worker that must start with a stored version
that newer code cannot build whole: the faulty routes answer the managed 500, the others serve.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias, TypeVar

import msgspec

from millgate.core.values import Principal
from millgate.describe.model import Api, Operation
from millgate.snapshot.document import (
    TIERS,
    Account,
    Adapter,
    Application,
    Directory,
    Document,
    Limit,
    Subscription,
    encode,
    version_of,
)
from millgate.snapshot.model import AdapterPolicies, Snapshot
from millgate.snapshot.names import SEGMENT, address_faults, key_faults
from millgate.snapshot.policies import CallQuota, KilobyteQuota, LimitPolicy, RateLimit
from millgate.snapshot.policies.limits import LONGEST_RATE_PERIOD
from millgate.snapshot.routes import PARAMETER, Broken, Route, RouteTree
from millgate.snapshot.sources import DataSource, source_faults, targets_of

Targets: TypeAlias = Mapping[str, frozenset[str] | None]
"""The upstreams that exist, and the operations that each answers; None when it takes any."""

MOST_CALLS_IN_RATE: Final = 1_000_000
"""A sliding window keeps a number for each call that it may hold."""

LARGEST_AMOUNT: Final = 10**15

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_HEADER: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")

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
    sources = _sources(catalogue.sources, faults)
    trees = _trees(catalogue.apis, _Upstreams(targets, sources), faults)
    adapters = _adapters(catalogue.adapters, {api.key: api for api in catalogue.apis}, faults)
    accounts = _unique("account", ((item.key, item) for item in directory.accounts), faults)
    snapshot = Snapshot(
        version=version_of(encode(document)),
        document=document,
        trees=trees,
        subscriptions=_subscriptions(directory, faults),
        applications=_unique(
            "application", ((item.client_id, item) for item in directory.applications), faults
        ),
        accounts=accounts,
        companies=_unique("company", ((item.tenant, item) for item in directory.companies), faults),
        tenants=_unique("company", ((item.pcn, item) for item in directory.companies), faults),
        adapters=adapters,
        open_adapters=_open_adapters(adapters, faults),
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


# Data sources


class _Source(msgspec.Struct, frozen=True):
    """A source as an upstream.

    Attributes:
        source: as declared.
        sound: whether it has no fault, and can answer.
    """

    source: DataSource
    sound: bool


def _sources(sources: tuple[DataSource, ...], faults: Faults) -> dict[str, _Source]:
    _unique("source", ((source.key, source) for source in sources), faults)
    found = {}
    for source in sources:
        own = source_faults(source)
        if not source.tiers or not set(source.tiers) <= set(TIERS):
            _fault(own, f"source {source.key}", "it has no database for one of the tiers that there are")
        if len(set(source.tiers)) < len(source.tiers):
            _fault(own, f"source {source.key}", "it has two databases for one tier")
        for where, whys in own.items():
            faults.setdefault(where, []).extend(whys)
        found[source.upstream] = _Source(source, not own)
    return found


class _Upstreams:
    """Whoever answers: the upstreams of this release and the published data sources."""

    def __init__(self, targets: Targets, sources: Mapping[str, _Source]) -> None:
        self._sources = sources
        self._targets: dict[str, frozenset[str] | None] = {
            **targets,
            **{name: targets_of(item.source) for name, item in sources.items()},
        }

    def __contains__(self, upstream: str) -> bool:
        return upstream in self._targets

    def operations(self, upstream: str) -> frozenset[str] | None:
        """What it answers; None when it takes any, or is not there."""
        return self._targets.get(upstream)

    def beyond(self, api: Api) -> list[str]:
        """The tiers of an API for which its source has no database."""
        item = self._sources.get(api.upstream)
        return sorted(set(api.tiers).intersection(TIERS).difference(item.source.tiers)) if item else []

    def why_broken(self, upstream: str) -> list[str]:
        """Why nothing can be answered, where that is told as a fault of the source."""
        item = self._sources.get(upstream)
        return [] if item is None or item.sound else [f"the source {item.source.key} has faults"]


# Routes


def _trees(apis: tuple[Api, ...], upstreams: _Upstreams, faults: Faults) -> dict[str, RouteTree]:
    trees = {tier: RouteTree() for tier in TIERS}
    _unique("api", ((api.key, api) for api in apis), faults)
    for api in apis:
        where = f"api {api.key}"
        whys = _api_faults(api, upstreams)
        if not api.operations:
            _fault(faults, where, "it has no operation")
        for why in whys:
            _fault(faults, where, why)
        _unique(f"{where}, operation", ((item.key, item) for item in api.operations), faults)
        for operation in api.operations:
            own = _operation_faults(api, operation, upstreams)
            broken = [*whys, *own, *upstreams.why_broken(api.upstream)]
            own.extend(_add_operation(api, operation, broken, trees))
            for why in own:
                _fault(faults, f"{where}, operation {operation.key}", why)
    return trees


def _api_faults(api: Api, upstreams: _Upstreams) -> list[str]:
    beyond = upstreams.beyond(api)
    checks = (
        (api.upstream in upstreams, f"there is no upstream {api.upstream!r}"),
        (set(api.tiers) <= set(TIERS), f"the tiers are not among {', '.join(TIERS)}"),
        (not beyond, f"its source has no database for the tier {', '.join(beyond)}"),
        (_HEADER.fullmatch(api.key_header), f"the key's header {api.key_header!r} is not a header name"),
        (api.key_query, "the key's query name is empty"),
    )
    own = [why for fine, why in checks if not fine]
    return [*key_faults(api.key), *address_faults(api.suffix, api.version), *own]


def _add_operation(
    api: Api, operation: Operation, whys: list[str], trees: Mapping[str, RouteTree]
) -> Iterable[str]:
    """Put an operation at its address on each tier, broken when there is a reason to."""
    for tier in api.tiers:
        if tier not in trees:
            continue
        route = _route(api, operation, tier)
        leaf = Broken(route.path, "; ".join(whys)) if whys else route
        segments = tuple(route.path.removeprefix("/test")[1:].split("/"))
        if not trees[tier].add(operation.method, segments, leaf):
            yield f"another operation has the address {operation.method} {route.path}"


def _operation_faults(api: Api, operation: Operation, upstreams: _Upstreams) -> list[str]:
    known = upstreams.operations(api.upstream)
    segments = operation.template.split("/")[1:]
    names = PARAMETER.findall(operation.template)
    checks = (
        (operation.method in METHODS, f"{operation.method!r} is not a method that can be published"),
        (operation.template.startswith("/"), "the template does not start with a slash"),
        (
            all(PARAMETER.fullmatch(item) or SEGMENT.fullmatch(item) for item in segments),
            f"the template {operation.template!r} has a segment that is neither fixed nor one {{Parameter}}",
        ),
        (len(set(names)) == len(names), "the template names a parameter twice"),
        (
            known is None or operation.target in known,
            f"the upstream {api.upstream!r} has no operation {operation.target!r}",
        ),
    )
    return [*key_faults(operation.key), *(why for fine, why in checks if not fine)]


def _route(api: Api, operation: Operation, tier: str) -> Route:
    realm = f"{'/test' if tier == 'test' else ''}/{api.suffix}/{api.version}"
    return Route(
        tier=tier,
        api=api,
        operation=operation,
        names=tuple(PARAMETER.findall(operation.template)),
        path=realm + operation.template,
        realm=realm,
        key_header=api.key_header.lower(),
    )


# Adapters


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
            found[adapter.key] = AdapterPolicies(adapter, frozenset(adapter.apis), _policies(adapter, apis))
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
    for at, limit in enumerate(adapter.limits):
        whys.extend(_limit_faults(limit, apis))
        if limit in adapter.limits[:at]:
            whys.append(
                f"the {limit.kind} limit of {limit.amount} stands twice, and would count each call twice"
            )
    return whys


def _limit_faults(limit: Limit, apis: Mapping[str, Api]) -> list[str]:
    name = f"the {limit.kind} limit of {limit.amount}"
    api = apis.get(limit.api) if limit.api is not None else None
    operations = {item.key for item in api.operations} if api else set()
    most = MOST_CALLS_IN_RATE if limit.kind == "rate" else LARGEST_AMOUNT
    checks = (
        (limit.kind in {"rate", "calls", "bandwidth"}, f"{limit.kind!r} is not a kind of limit"),
        (0 < limit.amount <= most, f"{name} is not from 1 to {most}"),
        (limit.period >= 0, f"{name} has a negative period"),
        (
            limit.kind != "rate" or 0 < limit.period <= LONGEST_RATE_PERIOD,
            f"{name} needs a period of 1 to {LONGEST_RATE_PERIOD} seconds",
        ),
        (limit.api is None or api, f"{name} names the API {limit.api!r}, which is not published"),
        (
            limit.operation is None or limit.operation in operations,
            f"{name} names the operation {limit.operation!r}, which its API {limit.api!r} does not have",
        ),
    )
    return [why for fine, why in checks if not fine]


def _policies(adapter: Adapter, apis: Mapping[str, Api]) -> dict[tuple[str, str], tuple[LimitPolicy, ...]]:
    opened = apis.values() if adapter.all_apis_on_test else [apis[key] for key in adapter.apis]
    return {
        (api.key, operation.key): _limits(adapter, api.key, operation.key)
        for api in opened
        for operation in api.operations
    }


def _limits(adapter: Adapter, api: str, operation: str) -> tuple[LimitPolicy, ...]:
    """The limits that count a call of this operation: rates first, then quotas, as the checks stand."""
    order = {"rate": 0, "calls": 1, "bandwidth": 2}
    own = [
        limit for limit in adapter.limits if limit.api in {None, api} and limit.operation in {None, operation}
    ]
    return tuple(_policy(adapter.key, limit) for limit in sorted(own, key=lambda limit: order[limit.kind]))


def _policy(adapter: str, limit: Limit) -> LimitPolicy:
    scope = f"{adapter}/{limit.api or '*'}/{limit.operation or '*'}/{limit.amount}/{limit.period}"
    kinds: dict[str, type[LimitPolicy]] = {"rate": RateLimit, "calls": CallQuota, "bandwidth": KilobyteQuota}
    return kinds[limit.kind](scope, limit.amount, limit.period)


def _open_adapters(adapters: Mapping[str, AdapterPolicies], faults: Faults) -> dict[str, AdapterPolicies]:
    found: dict[str, AdapterPolicies] = {}
    for item in adapters.values():
        if item.adapter.subscription_required:
            continue
        for api in item.adapter.apis:
            if api in found:
                other = found[api].adapter.key
                _fault(
                    faults, f"adapter {item.adapter.key}", f"{api!r} is in the open adapter {other!r} already"
                )
            found[api] = item
    return found
