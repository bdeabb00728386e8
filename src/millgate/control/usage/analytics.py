"""What calls came to, for reports: by interval, and by what they have in common.

Every function asks a fixed number of queries, and answers with so many rows at most, however many kinds
of calls there were.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from django.db import OperationalError, connections
from django.db.models import Count, Max

from millgate.control.usage.covering import alias, found_in, one_moment
from millgate.control.usage.models import Refusal
from millgate.core.outcomes import StatusClass, status_class
from millgate.stores.latency import BUCKETS, percentile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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

_SIZES: Final = ("calls", "micros_total", "bytes_in", "bytes_out")
_SUMS: Final = dict.fromkeys((*_SIZES, *(f"took_{bucket}" for bucket in range(BUCKETS))), "SUM")
_CLASSES: Final = {
    StatusClass.SUCCESS: "status <= 301 OR status IN (304, 307)",
    StatusClass.BLOCKED: "status IN (401, 403, 429)",
    StatusClass.FAILED: "status = 400 OR status BETWEEN 500 AND 599",
}
"""Which statuses are of a class, as `status_class` has it; other is the rest."""


class TooMuch(Exception):  # noqa: N818 - what happened, as it is told
    """There is more to add up than there is time for."""


@contextmanager
def in_time(seconds: float = LONGEST_SECONDS) -> Iterator[None]:
    """Give up what is asked inside after so long, all queries together, which see one moment of the file.

    Raises:
        TooMuch: the time was over.
    """
    wrapper = connections[alias()]
    with one_moment():
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
    """Which calls a report is about; what is empty means all. An operation is one of an API.

    Attributes:
        api, operation, application, subscription: by key.
        within: the subscriptions that the reader may know of; None means all.
    """

    api: str = ""
    operation: str = ""
    application: str = ""
    subscription: str = ""
    within: tuple[str, ...] | None = None

    def given(self) -> dict[Dimension, str]:
        """What it is narrowed down to."""
        return {name: value for name in DIMENSIONS if (value := getattr(self, name))}

    def fields(self) -> dict[str, str]:
        """The same, as filters of rows."""
        return {str(name): value for name, value in self.given().items()}

    def keys(self) -> dict[str, tuple[str, ...]]:
        """Which keys calls must have, by name: one of several."""
        found: dict[str, tuple[str, ...]] = {name: (value,) for name, value in self.fields().items()}
        if self.within is not None:
            own = found.get("subscription", self.within)
            found["subscription"] = tuple(key for key in own if key in self.within)
        return found


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
    return _sums(list(zip(period.edges[:-1], (*period.edges[1:-1], _end(period)), strict=True)), narrowing)


def _sums(slots: Sequence[tuple[int, int]], narrowing: Narrowing) -> list[Sums]:
    found = [Sums() for _ in slots]
    sums = ", ".join(f"SUM({name})" for name in _SUMS)
    with one_moment():
        rows = found_in(slots, narrowing.keys(), _SUMS).rows(
            f"SELECT n, status, {sums} FROM found GROUP BY n, status"  # noqa: S608 - names of this module alone
        )
    for slot, status, calls, micros, received, sent, *took in rows:
        found[slot].add(status, calls, micros, (received, sent), took)
    return found


def total_of(sums: Sequence[Sums]) -> Sums:
    """What several sums come to."""
    total = Sums()
    for each in sums:
        total.join(each)
    return total


def sums_before(period: Period, narrowing: Narrowing) -> Sums:
    """What the calls came to of the stretch before a period."""
    return _sums([(period.before, period.since)], narrowing)[0]


def _end(period: Period) -> int:
    return min(period.edges[-1], period.until)


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
    keys = ", ".join(by)
    sizes = ", ".join(f"SUM({name})" for name in _SIZES)
    classes = ", ".join(f"SUM(CASE WHEN {which} THEN calls ELSE 0 END)" for which in _CLASSES.values())
    query = (
        f"SELECT {keys}, {sizes}, {classes} FROM found GROUP BY {keys}"  # noqa: S608 - names of this module alone
        f" ORDER BY SUM(calls) DESC, {keys} LIMIT {MOST_NAMED}"
    )
    with one_moment():
        slots = [(period.since, period.until)]
        found = found_in(slots, narrowing.keys(), dict.fromkeys(_SIZES, "SUM"), by=by)
        rows = found.rows(query)
    return [Named(row[len(by) - 1], row[0] if len(by) > 1 else "", _sums_of(*row[len(by) :])) for row in rows]


def _sums_of(calls: int, micros: int, received: int, sent: int, *by_class: int) -> Sums:
    told = dict(zip(_CLASSES, by_class, strict=True))
    return Sums(
        by_class={**told, StatusClass.OTHER: calls - sum(by_class)},
        micros_total=micros,
        bytes_in=received,
        bytes_out=sent,
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
    query = (
        f"SELECT subscription, status, SUM(calls) FROM found WHERE {_CLASSES[StatusClass.BLOCKED]}"  # noqa: S608 - names of this module alone
        f" GROUP BY subscription, status ORDER BY SUM(calls) DESC, subscription, status LIMIT {MOST_LIMITS}"
    )
    with one_moment():
        slots = [(period.since, period.until)]
        found = found_in(slots, narrowing.keys(), {"calls": "SUM"}, by=("subscription",))
        return [Blocked(*row) for row in found.rows(query)]


def limits_hit(period: Period, narrowing: Narrowing) -> list[LimitHit]:
    """Which refusals were kept, by subscription, code and limit, most first, at most `MOST_LIMITS`."""
    rows = (
        Refusal.objects.filter(at__gte=period.since, at__lt=period.until)
        .filter(**{f"{name}__in": keys for name, keys in narrowing.keys().items()})
        .order_by()
        .values("subscription", "code", "limit")
        .annotate(kept=Count("id"), last=Max("at"))
        .order_by("-kept", "code", "subscription", "limit")
    )
    return [LimitHit(**row) for row in rows[:MOST_LIMITS]]
