"""Where pages look at databases of sources while they are being declared; the assembly fills it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final, Protocol

import msgspec

from millgate.plant.sources.schema import Table
from millgate.snapshot.sources import DataSource

PREVIEW_ROWS: Final = 10
"""How many rows a preview has at most."""


class SourceUnreadable(Exception):  # noqa: N818 - what happened, as it is told
    """A database that cannot be looked at; tells why, without its password."""


class Preview(msgspec.Struct, frozen=True):
    """The first rows of a resource, as a caller would get them.

    Attributes:
        names: of the members that can be read.
        rows: their values as JSON holds them, at most `PREVIEW_ROWS`.
        faults: what stands against the resource, by column; under an empty name what is about all of it.
        remarks: what works, and should be known.
    """

    names: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    faults: dict[str, list[str]] = {}
    remarks: tuple[str, ...] = ()


class SourceDesk(Protocol):
    """Looks at databases of sources. Each look ends within the installation's deadlines."""

    def tables(self, url: str) -> list[Table]:
        """The tables and views by name, without columns.

        Raises:
            SourceUnreadable: the database cannot be looked at.
        """
        ...

    def columns(self, url: str, names: Collection[str]) -> list[Table]:
        """Some tables and views with their columns; names may have their schema in front, with a dot.

        Raises:
            SourceUnreadable: the database cannot be looked at, or one of them is not there.
        """
        ...

    def preview(self, url: str, source: DataSource, resource: str, pcn: int) -> Preview:
        """The first rows of a resource as a company would get them, and every column that fails.

        Raises:
            SourceUnreadable: the database cannot be looked at.
        """
        ...
