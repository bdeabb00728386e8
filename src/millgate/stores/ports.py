"""The ports: what a machine asks of storage, said without saying how it is kept."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from typing import Any, Literal, Protocol, TypeAlias, TypeVar, runtime_checkable

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


class Take(msgspec.Struct, frozen=True, gc=False):
    """How one call is counted against one limit.

    Attributes:
        kind: `slide` counts it in a sliding window, `count` in a fixed one; `read` looks at a fixed window
            and counts nothing.
        scope: whose counter it is within a subscription, as `counting.scope_of` writes it. The amount is
            no part of it, so that a limit keeps its count when its amount changes.
        most: the largest count at which a call passes.
        period: the window's length in seconds; 0 is a fixed window without end.
    """

    kind: Literal["slide", "count", "read"]
    scope: str
    most: int
    period: int


Taken: TypeAlias = tuple[int, float]
"""What a `Take` found: the count in the window, this call included where it counts; and the seconds until
a call passes again, or, where this one passes, until the window gives something back. A plain tuple,
because every call makes some."""


class Counters(Protocol):
    """Counts of calls by subscription. Each method is one atomic step, whatever runs in parallel.

    Fixed windows are counted from `started_at`, the subscription's start in seconds since the epoch.
    """

    async def take(
        self, subscription: str, started_at: int, takes: Sequence[Take], now: float
    ) -> Sequence[Taken]:
        """Count one call against all its limits; those that it exceeds count it, too.

        Returns what each take found, in their order.

        Raises:
            StoreUnreachable: nothing can be said of the counts.
        """
        ...

    async def add(
        self, subscription: str, started_at: int, takes: Sequence[Take], by: int, now: float
    ) -> None:
        """Add to the fixed windows that these takes read.

        Raises:
            StoreUnreachable: nothing can be said of the counts.
        """
        ...


@runtime_checkable
class PromptCounters(Counters, Protocol):
    """Counters of this process, for which nobody has to wait."""

    def take_at_once(
        self, subscription: str, started_at: int, takes: Sequence[Take], now: float
    ) -> Sequence[Taken]:
        """As `take`."""
        ...

    def add_at_once(
        self, subscription: str, started_at: int, takes: Sequence[Take], by: int, now: float
    ) -> None:
        """As `add`."""
        ...


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How much of one limit a subscription has used in the window of an instant.

    Attributes:
        scope: by which `CounterDesk.reset` finds the counter.
        kind: `rate`, `calls` or `bandwidth`.
        adapter: by key.
        api, operation: by key, where the limit is one of theirs alone.
        period: in seconds; 0 is a lifetime quota.
        used: calls; bytes for `bandwidth`.
        start, end: of a fixed window, in seconds since the epoch; None where there is none.
    """

    scope: str
    kind: str
    adapter: str
    api: str | None
    operation: str | None
    period: int
    used: int
    start: int | None
    end: int | None


class CounterDesk(Protocol):
    """Reading and resetting counters, from any thread. Calls that come after a reset count from zero."""

    def standing(self, subscription: str, now: float) -> list[Standing]:
        """What a subscription has used, ordered by scope; limits that it never met are not in it.

        Raises:
            StoreUnreachable: the counts cannot be read.
        """
        ...

    def reset(self, subscription: str | None = None, scope: str | None = None) -> None:
        """Forget the counts of a subscription, of a scope, or of both; without either, all of them.

        Raises:
            StoreUnreachable: it is not known whether they were forgotten.
        """
        ...


class CallRecord(msgspec.Struct, gc=False):
    """What is kept of one managed call. The managed plane fills it in on the call's way.

    Attributes:
        at: when the call came in, in seconds since the epoch.
        request_id: the id that the answer carries.
        method, path: as sent; the path without the query, in which keys may travel.
        client: the address of the caller, as far as it is to be believed.
        traceparent: the W3C Trace Context that came with the call; empty without one.
        tier, api, operation: of the route; empty when none matched.
        subscription, application: by key and client id; empty when unknown.
        status: of the answer.
        code: the catalogue code of the refusal, or empty.
        reason: the refusal's cause, for its owner and for administrators; never a secret.
        limit: the limit that refused it, in words, or empty.
        wait: the seconds after which the limit lets a call pass, or 0.
        micros: how long the call took in microseconds, a streamed answer to its end.
        upstream_micros: how long the backend took until it had the head of an answer; 0 when not asked.
        bytes_in: size of the request's body.
        bytes_out: size of the answer's body.
    """

    at: float = 0.0
    request_id: str = ""
    method: str = ""
    path: str = ""
    client: str = ""
    traceparent: str = ""
    tier: str = ""
    api: str = ""
    operation: str = ""
    subscription: str = ""
    application: str = ""
    status: int = 0
    code: str = ""
    reason: str = ""
    limit: str = ""
    wait: int = 0
    micros: int = 0
    upstream_micros: int = 0
    bytes_in: int = 0
    bytes_out: int = 0


class Usage(Protocol):
    """Where calls are recorded. Recording never waits and never fails a call."""

    def record(self, call: CallRecord) -> None:
        """Keep one call; it is written out within about a second.

        The record is the recorder's from now on: nobody changes it any more.
        """
        ...


class TokenCaller(msgspec.Struct, frozen=True, gc=False):
    """Who asked for a token.

    Attributes:
        application: by client id; empty where the request names none of ours.
        client: the address, as far as it is to be believed.
        library: the program, as it says of itself; printable, and short.
    """

    application: str
    client: str
    library: str


class TokenRefusal(msgspec.Struct, frozen=True, gc=False):
    """Why a token was refused; never what was sent.

    Attributes:
        code: of the catalogue.
        hint: the likely cause, by `core.hints`, or empty.
        secret: the key of the secret that was meant, or with which the request was authenticated, or empty.
    """

    code: str
    hint: str = ""
    secret: str = ""


class TokenUses(Protocol):
    """Where token requests are recorded. Recording never waits and never fails a request."""

    def used(self, secret: str, caller: TokenCaller, at: float) -> None:
        """Keep that a secret, by its key, proved an application to be itself."""
        ...

    def issued(self) -> None:
        """Count a token that was given."""
        ...

    def refused(self, refusal: TokenRefusal, caller: TokenCaller, request_id: str, at: float) -> None:
        """Count a refused request; where it names an application of ours, keep it for its owner."""
        ...


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """Something that somebody should look at. Of the same kind and subject there is one, counted.

    Attributes:
        at: seconds since the epoch.
        kind: what happened: `column` (a column is missing or holds something else than declared),
            `database` (a database cannot be reached or used), `secret` (one in use is about to expire) or
            `mail` (one did not leave).
        subject: to what it happened, as people know it.
        text: what was found; never a secret.
        once: whether it is told once and not counted again.
    """

    at: float
    kind: str
    subject: str
    text: str
    once: bool = False


class Notices(Protocol):
    """Where machines tell people. Telling never waits and never fails a call."""

    def notify(self, notice: Notice) -> None:
        """Keep a notice; it is written out within about a second."""
        ...


class QueryTimedOut(Exception):  # noqa: N818 - what happened, as it is told
    """The query was stopped at its deadline."""


class ConnectTimedOut(Exception):  # noqa: N818 - what happened, as it is told
    """No connection to the database could be had in time."""


class StoreUnreachable(Exception):  # noqa: N818 - what happened, as it is told
    """The database cannot be reached or opened."""


class ColumnFailed(Exception):  # noqa: N818 - what happened, as it is told
    """A returned value cannot be read; names the column."""

    def __init__(self, column: str) -> None:
        super().__init__(column)
        self.column = column


class RowConflict(Exception):  # noqa: N818 - what happened, as it is told
    """A write contradicts a row that is there: a key twice, or a reference to or from it."""


class Select(msgspec.Struct, frozen=True):
    """One read: a page of rows as JSON, and how many rows there are in all.

    Attributes:
        page: SQL that answers one row with one text: the page's rows, each a JSON object on a line of its
            own, or NULL when there are none.
        count: SQL for the number of rows without offset and limit.
        parameters: bound by name (`:name`) in all statements, as Python's own values: `datetime` (aware),
            `date`, `time`, `bool`, `int`, `float`, `str` or None.
        rows: the same rows as plain columns, to find out which of them cannot be read.
    """

    page: str
    count: str
    parameters: dict[str, object]
    rows: str = ""


class Page(msgspec.Struct, frozen=True):
    """The answer to a `Select`: JSON objects on lines in UTF-8, in order; empty when there are none."""

    text: bytes
    total: int


class PlantReader(Protocol):
    """Reads one database of rows."""

    @property
    def dialect(self) -> str:
        """Which SQL it speaks: `sqlite` or `postgresql`."""
        ...

    async def select(self, select: Select, seconds: float) -> Page:
        """Run a read, all of it in one view of the data.

        Raises:
            QueryTimedOut: it took longer than `seconds`.
            ConnectTimedOut: no connection could be had in time.
            StoreUnreachable: the database cannot be opened.
            ColumnFailed: a value cannot be read, or a column is not there.
        """
        ...


class Statement(msgspec.Struct, frozen=True):
    """One SQL statement of a piece of work, with named parameters as in `Select`."""

    sql: str
    parameters: dict[str, object]


Outcome = TypeVar("Outcome")
Work: TypeAlias = Generator[Statement, list[tuple[Any, ...]], Outcome]
"""A transaction without its database: yields statements, is sent the rows of each, returns its outcome.

Instants, dates and truth values come back as the engine keeps them: SQLite gives texts and integers.
"""


class PlantTransactor(Protocol):
    """Changes one database of rows."""

    async def transact(self, work: Callable[[], Work[Outcome]], seconds: float) -> Outcome:
        """Run a piece of work in one transaction: all of it is kept, or nothing.

        Work that raises is rolled back and the exception is raised here. It may be begun again from the
        start when the engine asks for that, and does nothing but yield statements.

        Raises:
            RowConflict: a constraint of the database was contradicted.
            QueryTimedOut: it took longer than `seconds`.
            ConnectTimedOut: no connection, or no turn to write, could be had in time.
            StoreUnreachable: the database cannot be opened or written.
        """
        ...


class PlantStore(PlantReader, PlantTransactor, Protocol):
    """One database of rows, to read and to change."""


ReadRows: TypeAlias = Callable[[str], list[tuple[Any, ...]]]
"""A read that is given as SQL and answers with all its rows."""


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

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """All rows of a read, with values as the engine keeps them."""
        ...

    def revise(self, make: Callable[[ReadRows], Iterable[Rows]]) -> int:
        """Read, and put what comes of it, as if nobody else wrote meanwhile; returns how many rows.

        `make` is given a function that reads as `rows` does, in the transaction in which its batches are
        put. It may be called again from the start when the engine asks for that, and does nothing but read.
        """
        ...
