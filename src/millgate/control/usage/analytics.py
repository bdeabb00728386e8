"""What calls came to, for reports: by interval, and by what they have in common.

Every function asks a fixed number of queries, and answers with so many rows at most, however many kinds
of calls there were.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from django.db import OperationalError, connections, router
from django.db.models import Count, Max, Q, QuerySet, Sum

from millgate.control.usage.models import CallCount, Refusal
from millgate.core.outcomes import StatusClass, status_class
from millgate.stores.latency import BUCKETS, percentile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from millgate.control.usage.periods import Period

Dimension: TypeAlias = Literal["api", "operation", "application", "subscription"]
DIMENSIONS: Final[tuple[Dimension, ...]] = ("api", "operation", "application", "subscription")
MOST_NAMED: Final = 10
"""How many of a dimension are named: those with most calls."""
MOST_LIMITS: Final = 20
"""How many kinds of refused calls are named."""
LONGEST_SECONDS: Final = 30.0
"""How long a report may keep one of the few threads that answer pages."""
_STEPS_BETWEEN_LOOKS: Final = 100_000

_TOOK: Final = tuple(f"took_{bucket}" for bucket in range(BUCKETS))
_SUMS: Final = ("calls", "micros_total", "bytes_in", "bytes_out")
_CLASSES: Final = {
    StatusClass.SUCCESS: Q(status__lte=301) | Q(status__in=(304, 307)),
    StatusClass.BLOCKED: Q(status__in=(401, 403, 429)),
    StatusClass.FAILED: Q(status=400) | Q(status__range=(500, 599)),
}
"""Which statuses are of a class, as `status_class` has it; other is the rest."""


class TooMuch(Exception):  # noqa: N818 - what happened, as it is told
    """There is more to add up than there is time for."""


@contextmanager
def in_time(seconds: float = LONGEST_SECONDS) -> Iterator[None]:
    """Give up what is asked inside after so long, all queries together.

    Raises:
        TooMuch: the time was over.
    """
    wrapper = connections[router.db_for_read(CallCount) or "usage"]
    wrapper.ensure_connection()
    last = monotonic() + seconds
    wrapper.connection.set_progress_handler(lambda: monotonic() > last, _STEPS_BETWEEN_LOOKS)
    try:
        yield
    except OperationalError as failed:
        if monotonic() > last:
            raise TooMuch from failed
        raise
    finally:
        wrapper.connection.set_progress_handler(None, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowing:
    """Which calls a report is about; what is empty means all. An operation is one of an API."""

    api: str = ""
    operation: str = ""
    application: str = ""
    subscription: str = ""

    def given(self) -> dict[Dimension, str]:
        """What it is narrowed down to."""
        return {name: value for name in DIMENSIONS if (value := getattr(self, name))}

    def fields(self) -> dict[str, str]:
        """The same, as filters of rows."""
        return {str(name): value for name, value in self.given().items()}


@dataclass(slots=True)
class Sums:
    """What calls came to.

    Attributes:
        by_class: how many there were, by the class of their status.
        micros_total: how long they took in all, in microseconds.
        bytes_in, bytes_out: sizes of bodies in all.
        took: how many took how long, by the buckets of `millgate.stores.latency`; nothing where not asked.
    """

    by_class: dict[StatusClass, int] = field(default_factory=lambda: dict.fromkeys(StatusClass, 0))
    micros_total: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    took: list[int] = field(default_factory=lambda: [0] * BUCKETS)

    @property
    def calls(self) -> int:
        """All of them."""
        return sum(self.by_class.values())

    @property
    def mean_ms(self) -> float | None:
        """How long a call took in the mean, in milliseconds; None without calls."""
        return self.micros_total / self.calls / 1000 if self.calls else None

    def within_ms(self, share: float) -> float | None:
        """The time within which a share of the calls ended; None where that was not counted."""
        micros = percentile(self.took, share)
        return None if micros is None else micros / 1000

    def add(self, status: int, calls: int, micros: int, sizes: tuple[int, int], took: Sequence[int]) -> None:
        """Take in the calls that had one status."""
        self.by_class[status_class(status)] += calls
        self.micros_total += micros
        self.bytes_in += sizes[0]
        self.bytes_out += sizes[1]
        self.took = [mine + more for mine, more in zip(self.took, took, strict=True)]

    def join(self, other: Sums) -> None:
        """Take in all calls of other sums."""
        for name, calls in other.by_class.items():
            self.by_class[name] += calls
        self.micros_total += other.micros_total
        self.bytes_in += other.bytes_in
        self.bytes_out += other.bytes_out
        self.took = [mine + more for mine, more in zip(self.took, other.took, strict=True)]


def sums_by_interval(period: Period, narrowing: Narrowing) -> list[Sums]:
    """The calls of each interval of a period, in order; those without calls are there, too."""
    slots = list(zip(period.edges, (*period.edges[1:-1], min(period.edges[-1], period.until)), strict=False))
    found = [Sums() for _ in slots]
    statement, values = _by_slot(slots, narrowing)
    with connections[router.db_for_read(CallCount) or "usage"].cursor() as cursor:
        cursor.execute(statement, values)
        for slot, status, calls, micros, received, sent, *took in cursor.fetchall():
            found[slot].add(status, calls, micros, (received, sent), took)
    return found


def _by_slot(slots: Sequence[tuple[int, int]], narrowing: Narrowing) -> tuple[str, list[Any]]:
    """A range of the index for each interval: they may be of any length, and each row is read once."""
    given = narrowing.given()
    listed = ", ".join(["(%s, %s, %s)"] * len(slots))
    sums = ", ".join(f"SUM(c.{name})" for name in (*_SUMS, *_TOOK))
    where = "".join(f" AND c.{name} = %s" for name in given)
    statement = (
        f"WITH slot (n, since, til) AS (VALUES {listed})"  # noqa: S608 - names of this module alone
        f" SELECT slot.n, c.status, {sums}"
        " FROM slot CROSS JOIN usage_call_count c"
        f" WHERE c.interval_start >= slot.since AND c.interval_start < slot.til{where}"
        " GROUP BY slot.n, c.status"
    )
    numbered = [value for n, (since, until) in enumerate(slots) for value in (n, since, until)]
    return statement, [*numbered, *given.values()]


def total_of(sums: Sequence[Sums]) -> Sums:
    """What several sums come to."""
    total = Sums()
    for each in sums:
        total.join(each)
    return total


def sums_before(period: Period, narrowing: Narrowing) -> Sums:
    """What the calls came to of the stretch before a period."""
    return total_of(_between(period.before, period.since, narrowing))


def _between(since: int, until: int, narrowing: Narrowing) -> list[Sums]:
    sums_of: dict[str, Any] = {f"sum_{name}": Sum(name) for name in (*_SUMS, *_TOOK)}
    rows: Any = _counts(since, until, narrowing).values("status").annotate(**sums_of)
    found = []
    for row in rows:
        sums = Sums()
        sizes = (row["sum_bytes_in"], row["sum_bytes_out"])
        took = [row[f"sum_{name}"] for name in _TOOK]
        sums.add(row["status"], row["sum_calls"], row["sum_micros_total"], sizes, took)
        found.append(sums)
    return found


def _counts(since: int, until: int, narrowing: Narrowing) -> QuerySet[CallCount]:
    rows = CallCount.objects.filter(interval_start__gte=since, interval_start__lt=until)
    return rows.filter(**narrowing.fields()).order_by()


# What calls have in common


@dataclass(frozen=True, slots=True)
class Named:
    """What the calls came to that have one key in common.

    Attributes:
        key: of the API, operation, application or subscription; empty for calls that had none.
        api: of an operation.
        sums: without how long each took.
    """

    key: str
    api: str
    sums: Sums


def most_called(period: Period, narrowing: Narrowing, dimension: Dimension) -> list[Named]:
    """Those of a dimension with most calls in a period, at most `MOST_NAMED`."""
    by = ("api", "operation") if dimension == "operation" else (dimension,)
    rows = (
        _counts(period.since, period.until, narrowing)
        .values(*by)
        .annotate(
            **{f"sum_{name}": Sum(name) for name in _SUMS},
            **{f"calls_{name}": Sum("calls", filter=which, default=0) for name, which in _CLASSES.items()},
        )
        .order_by("-sum_calls", *by)
    )
    return [
        Named(row[dimension], row["api"] if dimension == "operation" else "", _sums_of(row))
        for row in rows[:MOST_NAMED]
    ]


def _sums_of(row: Mapping[str, Any]) -> Sums:
    by_class = {name: row[f"calls_{name}"] for name in _CLASSES}
    other = row["sum_calls"] - sum(by_class.values())
    return Sums(
        by_class={**by_class, StatusClass.OTHER: other},
        micros_total=row["sum_micros_total"],
        bytes_in=row["sum_bytes_in"],
        bytes_out=row["sum_bytes_out"],
    )


# Calls that were refused


@dataclass(frozen=True, slots=True)
class Blocked:
    """Calls of one subscription that were blocked with one status."""

    subscription: str
    status: int
    calls: int


@dataclass(frozen=True, slots=True)
class LimitHit:
    """Refused calls of one subscription that were kept with one code.

    Attributes:
        subscription: its key; empty where the caller had none.
        code: of the refusal.
        limit: in words; empty where the code is of no limit.
        kept: how many were kept whole: of one that is refused again and again, a few.
        last: when the last one was.
    """

    subscription: str
    code: str
    limit: str
    kept: int
    last: float


def blocked_calls(period: Period, narrowing: Narrowing) -> list[Blocked]:
    """How many calls were blocked, by subscription and status, most first, at most `MOST_LIMITS`."""
    rows = (
        _counts(period.since, period.until, narrowing)
        .filter(_CLASSES[StatusClass.BLOCKED])
        .values("subscription", "status")
        .annotate(in_all=Sum("calls"))
        .order_by("-in_all", "subscription", "status")
    )
    return [Blocked(row["subscription"], row["status"], row["in_all"]) for row in rows[:MOST_LIMITS]]


def limits_hit(period: Period, narrowing: Narrowing) -> list[LimitHit]:
    """Which refusals were kept, by subscription, code and limit, most first, at most `MOST_LIMITS`."""
    rows = (
        Refusal.objects.filter(at__gte=period.since, at__lt=period.until, **narrowing.fields())
        .order_by()
        .values("subscription", "code", "limit")
        .annotate(kept=Count("id"), last=Max("at"))
        .order_by("-kept", "code", "subscription", "limit")
    )
    return [LimitHit(**row) for row in rows[:MOST_LIMITS]]
