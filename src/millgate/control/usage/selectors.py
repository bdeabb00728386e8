"""Reading what machines counted and told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from django.db import connections
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import F, IntegerField, Max, Q, Sum
from django.db.models.expressions import ExpressionWrapper

from millgate.control.usage.models import (
    CallCount,
    Notice,
    Refusal,
    SecretCaller,
    SecretUse,
    TokenRefusal,
)
from millgate.core.outcomes import StatusClass, status_class
from millgate.stores.latency import BUCKETS, percentile
from millgate.stores.retention import DAY, SECRET_USE_DAYS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.db.models import QuerySet

_TOOK: Final = tuple(f"took_{bucket}" for bucket in range(BUCKETS))
_SUMS: Final = ("calls", "micros_total", "upstream_micros", "bytes_in", "bytes_out", *_TOOK)
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
        self.micros_max = max(self.micros_max, row["longest"])
        self.upstream_micros += row["upstream_micros"]
        self.bytes_in += row["bytes_in"]
        self.bytes_out += row["bytes_out"]
        self.took = [mine + row[name] for mine, name in zip(self.took, _TOOK, strict=True)]


def calls_by_interval(scope: Scope, *, seconds: int) -> list[CallsOfInterval]:
    """The calls of a scope by intervals of so many seconds, newest first, those without calls left out.

    What was summed over longer intervals by now appears at the start of those.
    """
    start = ExpressionWrapper(F("interval_start") / seconds * seconds, output_field=IntegerField())
    rows = (
        _counts(scope)
        .annotate(start=start)
        .values("start", "status")
        .annotate(longest=Max("micros_max"), **{name: Sum(name) for name in _SUMS})
        .order_by("-start", "status")
    )
    found: dict[int, CallsOfInterval] = {}
    for row in rows:
        outcome = status_class(row["status"])
        if scope.outcome in {"", outcome}:
            interval = CallsOfInterval(datetime.fromtimestamp(row["start"], UTC))
            found.setdefault(row["start"], interval).add(row, outcome)
    return list(found.values())


def counted_values(scope: Scope, name: str) -> list[str]:
    """What stands in a column (`api`, `subscription`, `application`) in a scope's time, most called first."""
    rows = CallCount.objects.filter(_within(scope)).exclude(**{name: ""}).values(name)
    ordered = rows.annotate(in_all=Sum("calls")).order_by("-in_all", name)[:MOST_CHOICES]
    return [row[name] for row in ordered]


def refusals_of(*, subscriptions: Iterable[str] = (), applications: Iterable[str] = ()) -> QuerySet[Refusal]:
    """Refused calls of some subscriptions or applications, by their keys, newest first."""
    theirs = Q(subscription__in=list(subscriptions)) | Q(application__in=list(applications))
    return Refusal.objects.filter(theirs).order_by("-at", "-id")


def _counts(scope: Scope) -> QuerySet[CallCount]:
    rows = CallCount.objects.filter(_within(scope))
    for name in ("api", "subscription", "application"):
        if wanted := getattr(scope, name):
            rows = rows.filter(**{name: wanted})
    return rows


def _within(scope: Scope) -> Q:
    return Q(interval_start__gte=int(scope.since), interval_start__lt=int(scope.until))


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
