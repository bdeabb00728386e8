"""The ports: what a machine asks of storage, said without saying how it is kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import msgspec


class Versions(Protocol):
    """Published versions, written by pages and read by machines."""

    def latest(self) -> int:
        """The number of the newest version; 0 when nothing is published. Cheap: it is polled."""
        ...

    def load(self, number: int) -> bytes:
        """The stored document of a version.

        Raises:
            LookupError: there is no such version.
        """
        ...


class PrivateKeys(Protocol):
    """The private halves of the signing keys, sealed at rest."""

    def private_pem(self, kid: str) -> bytes:
        """The key in PEM form.

        Raises:
            LookupError: there is no such key.
        """
        ...


class Counters(Protocol):
    """Counts of calls. Each method is one atomic step, whatever runs in parallel."""

    async def slide(self, key: str, amount: int, period: int, now: float) -> float:
        """Count one call in a sliding window of `period` seconds.

        Every call counts, refused ones too. Returns 0.0 when the call is among the first `amount` of
        its window, else the seconds after which a call would be, if none is made until then.
        """
        ...

    async def count(self, key: str, window: int, by: int) -> int:
        """Add to the counter of a fixed window and return its new value.

        A counter holds one window; a later window starts it again from zero.
        """
        ...

    async def read(self, key: str, window: int) -> int:
        """The counter's value in this window; 0 when it was never counted there."""
        ...


class CallRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of one managed call.

    Attributes:
        at: seconds since the epoch.
        request_id: the id that the answer carried.
        tier, api, operation: of the route; empty when none matched.
        subscription, application: by key and client id; empty when unknown.
        status: of the answer.
        code: the catalogue code of the refusal, or empty.
        reason: the refusal's cause, for its owner and for administrators; never a secret.
        micros: how long the call took in microseconds.
        bytes_out: size of the answer's body.
    """

    at: float
    request_id: str
    tier: str
    api: str
    operation: str
    subscription: str
    application: str
    status: int
    code: str
    reason: str
    micros: int
    bytes_out: int


class Usage(Protocol):
    """Where calls are recorded. Recording never waits and never fails a call."""

    def record(self, call: CallRecord) -> None:
        """Keep one call; it is written out within about a second."""
        ...


class QueryTimedOut(Exception):  # noqa: N818 - what happened, as it is told
    """The query was stopped at its deadline."""


class StoreUnreachable(Exception):  # noqa: N818 - what happened, as it is told
    """The database cannot be reached or opened."""


class ColumnFailed(Exception):  # noqa: N818 - what happened, as it is told
    """A returned value cannot be read; names the column."""

    def __init__(self, column: str) -> None:
        super().__init__(column)
        self.column = column


class Select(msgspec.Struct, frozen=True):
    """One read: the rows of a page, and how many rows there are in all.

    Attributes:
        rows: SQL for the rows.
        count: SQL for the number of rows without offset and limit.
        parameters: bound by name (`:name`) in both.
    """

    rows: str
    count: str
    parameters: dict[str, object]


class Page(msgspec.Struct, frozen=True):
    """The answer to a `Select`."""

    rows: Sequence[tuple[object, ...]]
    total: int


class PlantReader(Protocol):
    """Reads one tier's plant database."""

    async def select(self, select: Select, seconds: float) -> Page:
        """Run a read, both statements in one view of the data.

        Raises:
            QueryTimedOut: it took longer than `seconds`.
            StoreUnreachable: the database cannot be opened.
        """
        ...


class Rows(Protocol):
    """Rows of one table, to be put by primary key (the first column)."""

    @property
    def table(self) -> str:
        """The table."""
        ...

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns, primary key first."""
        ...

    @property
    def rows(self) -> Sequence[tuple[object, ...]]:
        """The values, in the order of the columns."""
        ...


class PlantWriter(Protocol):
    """Writes many rows of one tier's plant database."""

    def put(self, batches: Iterable[Rows]) -> int:
        """Put all rows of all batches in one transaction; returns how many."""
        ...

    def scalar(self, sql: str) -> object:
        """The first column of the first row of a read, or None."""
        ...
