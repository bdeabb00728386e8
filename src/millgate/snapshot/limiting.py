"""An adapter's limits: what is wrong with them, and which of them count a call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from millgate.describe.model import Api
from millgate.describe.names import TOKEN
from millgate.snapshot.document import Adapter, Limit
from millgate.snapshot.policies import CallQuota, KilobyteQuota, LimitPolicy, LimitSet, RateLimit
from millgate.snapshot.policies.limits import LONGEST_RATE_PERIOD

MOST_CALLS_IN_RATE: Final = 1_000_000
"""A sliding window keeps a number for each call that it may hold."""

LARGEST_AMOUNT: Final = 10**15

TAKEN_HEADERS: Final = frozenset(
    {
        *("connection", "content-encoding", "content-length", "content-type", "date", "etag", "location"),
        *("ratelimit", "ratelimit-policy", "retry-after", "server", "set-cookie", "transfer-encoding"),
        *("www-authenticate", "x-request-id"),
    }
)
"""Headers of answers in which no limit may tell anything."""


def limit_faults(limits: tuple[Limit, ...], apis: Mapping[str, Api]) -> list[str]:
    """What is wrong with each limit, and with several together."""
    own = [why for limit in limits for why in _limit_faults(limit, apis)]
    return [*own, *_clashes(limits)]


def _clashes(limits: tuple[Limit, ...]) -> Iterable[str]:
    """Limits that would share a counter, or tell in the same header of one answer."""
    counted = set()
    telling: dict[str, list[Limit]] = {}
    for limit in limits:
        counter = (limit.kind, limit.api, limit.operation, limit.period)
        if counter in counted:
            within = f"in {limit.period} s" if limit.period else "in all"
            yield f"two {limit.kind} limits count the same calls {within}"
        counted.add(counter)
        for name in filter(None, (limit.remaining_header.lower(), limit.total_header.lower())):
            if any(_both_cover(limit, other) for other in telling.setdefault(name, [])):
                yield f"two things are told in the header {name!r} of one answer"
            telling[name].append(limit)


def _both_cover(one: Limit, other: Limit) -> bool:
    apis, operations = {one.api, other.api} - {None}, {one.operation, other.operation} - {None}
    return len(apis) < 2 and len(operations) < 2  # noqa: PLR2004 - where both name one, it is the same


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
        *(
            (_may_tell(header), f"{name} tells in {header!r}, which is no header's name or has its own use")
            for header in (limit.remaining_header, limit.total_header)
            if header
        ),
    )
    return [why for fine, why in checks if not fine]


def _may_tell(header: str) -> bool:
    return TOKEN.fullmatch(header) is not None and header.lower() not in TAKEN_HEADERS


def limit_sets(adapter: Adapter, apis: Mapping[str, Api]) -> dict[tuple[str, str], LimitSet]:
    """The limits under which each operation that an adapter opens is called, by API and operation key."""
    opened = apis.values() if adapter.all_apis_on_test else [apis[key] for key in adapter.apis]
    # Most operations have the same limits, and an adapter may open ten thousand APIs.
    shared: dict[tuple[Limit, ...], LimitSet] = {}
    return {
        (api.key, operation.key): _limits(adapter, api.key, operation.key, shared)
        for api in opened
        for operation in api.operations
    }


def _limits(
    adapter: Adapter, api: str, operation: str, shared: dict[tuple[Limit, ...], LimitSet]
) -> LimitSet:
    """The limits that count a call of this operation: rates first, then quotas, as the checks stand."""
    own = tuple(
        limit for limit in adapter.limits if limit.api in {None, api} and limit.operation in {None, operation}
    )
    if own not in shared:
        order = {"rate": 0, "calls": 1, "bandwidth": 2}
        policies = [_policy(adapter.key, limit) for limit in sorted(own, key=lambda limit: order[limit.kind])]
        shared[own] = LimitSet.of(policies, fields=adapter.ratelimit_fields)
    return shared[own]


def _policy(adapter: str, limit: Limit) -> LimitPolicy:
    kinds: dict[str, type[LimitPolicy]] = {"rate": RateLimit, "calls": CallQuota, "bandwidth": KilobyteQuota}
    return kinds[limit.kind](
        adapter,
        limit.amount,
        limit.period,
        limit.api,
        limit.operation,
        limit.remaining_header.lower(),
        limit.total_header.lower(),
    )
