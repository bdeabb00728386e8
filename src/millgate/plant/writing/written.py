"""What a request wrote, for its answer."""

from __future__ import annotations

import msgspec

from millgate.plant.etag import etag_of


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of a request that wrote.

    Attributes:
        status: 201 where a row was made, 204 where one was removed, else 200.
        rows: the rows as GET shows them, JSON objects in the order of the request.
        location: the key of the one row that was made; None for a bulk and where none was.
        bulk: whether the request was an array, which is answered by one.
        replayed: whether it was written by an earlier request under the same Idempotency-Key.
    """

    status: int
    rows: tuple[str, ...] = ()
    location: int | str | None = None
    bulk: bool = False
    replayed: bool = False

    @property
    def etag(self) -> str | None:
        """The tag of the row, where the answer is one."""
        return etag_of(self.rows[0]) if self.rows and not self.bulk else None

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """What the answer says beside its rows; the location is for whoever knows the address."""
        tag = (("etag", self.etag),) if self.etag else ()
        return (*tag, ("idempotent-replayed", "true")) if self.replayed else tag
