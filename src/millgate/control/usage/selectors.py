"""Reading what machines counted and told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from django.db import connections
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import F, Max, Min, Q

from millgate.control.usage.covering import found_in, one_moment, reach
from millgate.control.usage.models import (
    CallCount,
    CallSummary,
    Notice,
    SecretCaller,
    SecretUse,
    TokenRefusal,
)
from millgate.core.outcomes import StatusClass, status_class
from millgate.stores.latency import BUCKETS, percentile
from millgate.stores.retention import DAY, SECRET_USE_DAYS
from millgate.stores.summaries import ADDED, HOUR, grouping_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.db.models import QuerySet

_TOOK: Final = tuple(f"took_{bucket}" for bucket in range(BUCKETS))
_COLUMNS: Final = {"micros_max": "MAX"} | dict.fromkeys(ADDED, "SUM")
MOST_CHOICES: Final = 200
"""How many callers a page offers to choose from: those with most calls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which calls are meant; what is empty means all.

    Attributes:
        since, until: instants in seconds since the epoch; an interval belongs to a scope by its start.
        api, subscription, application: keys.
        outcome: a class of statuses.
    """

    since: float
    until: float
    api: str = ""
    subscription: str = ""
    application: str = ""
    outcome: str = ""

    def given(self) -> dict[str, tuple[str, ...]]:
        """The keys that calls must have."""
        names = ("api", "subscription", "application")
        return {name: (value,) for name in names if (value := getattr(self, name))}


@dataclass(slots=True)
class CallsOfInterval:
    """What calls came to in one interval.

    Attributes:
        start: of the interval.
        calls: how many there were, by class of their status.
        micros_total, micros_max, upstream_micros: how long they took in all, the longest, and how long
            backends took of it, in microseconds.
        bytes_in, bytes_out: sizes of bodies in all.
        took: how many took how long, by the buckets of `millgate.stores.latency`.
    """

    start: datetime
    calls: dict[str, int] = field(default_factory=lambda: dict.fromkeys(StatusClass, 0))
    micros_total: int = 0
    micros_max: int = 0
    upstream_micros: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    took: list[int] = field(default_factory=lambda: [0] * BUCKETS)

    @property
    def total(self) -> int:
        """All its calls."""
        return sum(self.calls.values())

    @property
    def mean_ms(self) -> float:
        """How long a call took in the mean, in milliseconds."""
        return self.micros_total / max(1, self.total) / 1000

    @property
    def longest_ms(self) -> float:
        """How long the slowest took, in milliseconds."""
        return self.micros_max / 1000

    @property
    def p95_ms(self) -> float | None:
        """The time within which 95 of 100 calls ended, in milliseconds; None where that was not counted."""
        micros = percentile(self.took, 0.95)
        return None if micros is None else micros / 1000

    def add(self, row: Mapping[str, Any], outcome: str) -> None:
        """Take in sums of calls that had one class."""
        self.calls[outcome] += row["calls"]
        self.micros_total += row["micros_total"]
        self.micros_max = max(self.micros_max, row["micros_max"])
        self.upstream_micros += row["upstream_micros"]
        self.bytes_in += row["bytes_in"]
        self.bytes_out += row["bytes_out"]
        self.took = [mine + row[name] for mine, name in zip(self.took, _TOOK, strict=True)]


def calls_by_interval(scope: Scope, *, seconds: int) -> list[CallsOfInterval]:
    """The calls of a scope by intervals of so many seconds, newest first, those without calls left out.

    What was summed over longer intervals by now appears at the start of those.
    """
    sums = ", ".join(f"{function}({name})" for name, function in _COLUMNS.items())
    with one_moment():
        slots = _slots(scope, seconds)
        rows = found_in(slots, scope.given(), _COLUMNS).rows(
            f"SELECT n, status, {sums} FROM found GROUP BY n, status ORDER BY n, status"  # noqa: S608 - names of this module alone
        )
    found: dict[int, CallsOfInterval] = {}
    for slot, status, *told in rows:
        outcome = status_class(status)
        if scope.outcome in {"", outcome}:
            start = slots[slot][0] // seconds * seconds
            interval = found.setdefault(slot, CallsOfInterval(datetime.fromtimestamp(start, UTC)))
            interval.add(dict(zip(_COLUMNS, told, strict=True)), outcome)
    return list(found.values())


def _slots(scope: Scope, seconds: int) -> list[tuple[int, int]]:
    """The intervals of a scope between its first and its last counts, newest first."""
    within = CallCount.objects.filter(
        interval_start__gte=int(scope.since), interval_start__lt=int(scope.until)
    )
    # Asked for apart: the two together would read the whole index.
    first = within.aggregate(found=Min("interval_start"))["found"]
    last = within.aggregate(found=Max("interval_start"))["found"]
    if first is None:
        return []
    since, until = int(first), int(last) + 1
    starts = range(since // seconds * seconds, until, seconds)
    return [(max(start, since), min(start + seconds, until)) for start in reversed(starts)]


def counted_values(scope: Scope, name: str) -> list[str]:
    """What stands in a column (`api`, `subscription`, `application`) in a scope's time, most called first."""
    slots = [(int(scope.since), int(scope.until))]
    with one_moment():
        rows = found_in(slots, {}, {"calls": "SUM"}, by=(name,)).rows(
            f"SELECT {name} FROM found WHERE {name} <> '' GROUP BY {name}"  # noqa: S608 - a column's name
            f" ORDER BY SUM(calls) DESC, {name} LIMIT {MOST_CHOICES}"
        )
    return [key for (key,) in rows]


def last_called(subscriptions: Iterable[str]) -> dict[str, float]:
    """When each of these subscriptions, by key, was last called, in seconds since the epoch.

    It is the start of the interval in which that was: a minute, or of long ago as much as is kept apart.
    At most four queries are asked, however many subscriptions there are.
    """
    wanted = set(subscriptions)
    counts = CallCount.objects.filter(subscription__in=wanted)
    found = _last_of(counts.filter(interval_start__gte=reach().until))
    summed: dict[str, tuple[int, int]] = {}
    for length in (HOUR, DAY):
        rest = wanted - found.keys() - summed.keys()
        summaries = CallSummary.objects.filter(
            grouping=grouping_for({"subscription"}),
            interval_seconds=length,
            api="",
            operation="",
            application="",
            subscription__in=rest,
        )
        summed |= {key: (start, start + length) for key, start in _last_of(summaries).items()}
    inside = Q(pk=None)
    for key, (start, end) in summed.items():
        inside |= Q(subscription=key, interval_start__gte=start, interval_start__lt=end)
    starts = {key: start for key, (start, _end) in summed.items()}
    found |= starts | (_last_of(counts.filter(inside)) if summed else {})
    return {key: float(start) for key, start in found.items()}


def _last_of(rows: QuerySet[CallCount] | QuerySet[CallSummary]) -> dict[str, int]:
    """By subscription, the last interval with calls."""
    return dict(rows.order_by().values_list("subscription").annotate(last=Max("interval_start")))


def notices_unread() -> QuerySet[Notice]:
    """Notices that nobody has read since they last happened."""
    return Notice.objects.filter(Q(read_at=None) | Q(read_at__lt=F("last_seen")))


# Token requests

_RECORDED_BY: Final = {"app": "usage", "name": "0004_token_requests"}
MOST_ASKED: Final = 500
"""How many secrets one query asks for."""


def secret_uses(secrets: Iterable[str]) -> dict[str, SecretUse]:
    """How each of these secrets, by key, was used; those that never were are left out."""
    keys = list(secrets)
    parts = (keys[start : start + MOST_ASKED] for start in range(0, len(keys), MOST_ASKED))
    return {row.secret: row for part in parts for row in SecretUse.objects.filter(secret__in=part)}


def secrets_used() -> set[str]:
    """The keys of all secrets that are known to have been used."""
    return set(SecretUse.objects.order_by().values_list("secret", flat=True))


def secret_callers(secrets: Iterable[str]) -> dict[str, list[SecretCaller]]:
    """Who used each of these secrets, by key, the last caller first. They are those of one application."""
    found: dict[str, list[SecretCaller]] = {}
    for row in SecretCaller.objects.filter(secret__in=list(secrets)):
        found.setdefault(row.secret, []).append(row)
    return found


def secret_uses_since(now: float) -> float:
    """Since when every use is known, in seconds since the epoch; earlier ones are not, or not any more."""
    applied: datetime = MigrationRecorder(connections["usage"]).migration_qs.get(**_RECORDED_BY).applied
    return max(applied.timestamp(), now - SECRET_USE_DAYS * DAY)


def token_refusals(applications: Iterable[str]) -> QuerySet[TokenRefusal]:
    """Refused token requests of some applications, by client id, the last first."""
    return TokenRefusal.objects.filter(application__in=list(applications))
