"""Tables of reports: the same on a page and as CSV, where no text passes for a formula."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, TypeAlias

from django.http import StreamingHttpResponse

from millgate.plant.formats.texts import guarded, number_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Value: TypeAlias = str | int | float | datetime | None


@dataclass(frozen=True, slots=True)
class Cell:
    """A value, and on the page where it leads.

    Attributes:
        value: None where there is none.
        link: an address, or empty.
        is_key: whether it is a key in place of a name, because what it named is gone.
    """

    value: Value
    link: str = ""
    is_key: bool = False

    @property
    def plain(self) -> str:
        """The value as CSV has it: instants in RFC 3339, numbers without separators."""
        if self.value is None:
            return ""
        if isinstance(self.value, datetime):
            return self.value.isoformat(timespec="minutes")
        return guarded(self.value) if isinstance(self.value, str) else number_text(self.value)

    @property
    def shown(self) -> str:
        """The value as the page has it."""
        if isinstance(self.value, datetime):
            return self.value.strftime("%Y-%m-%d %H:%M")
        if isinstance(self.value, int | float):
            return f"{self.value:,}"
        return "\N{EN DASH}" if self.value is None else self.value

    @property
    def instant(self) -> str:
        """The instant in RFC 3339; empty of what is none."""
        return self.plain if isinstance(self.value, datetime) else ""

    @property
    def is_number(self) -> bool:
        """Whether it stands at the right."""
        return isinstance(self.value, int | float)


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Attributes:
        name: in addresses and ids.
        title: above it.
        columns: their names, with units.
        rows: as many cells each as there are columns.
        note: what must be known to read it; may be empty.
    """

    name: str
    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    note: str = ""

    @property
    def heads(self) -> list[tuple[str, bool]]:
        """The names of the columns, and whether they hold numbers."""
        return [
            (column, any(row[place].is_number for row in self.rows))
            for place, column in enumerate(self.columns)
        ]


class _Echo:
    def write(self, text: str) -> str:
        return text


_ECHO: Final = _Echo()


def as_csv(table: Table, file: str) -> StreamingHttpResponse:
    """The table as a CSV file (RFC 4180), its columns named in the language of the moment."""
    columns = [str(column) for column in table.columns]
    return StreamingHttpResponse(
        _csv_lines(columns, table.rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{file}.csv"', "Cache-Control": "no-store"},
    )


def _csv_lines(columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Iterator[str]:
    writer = csv.writer(_ECHO)
    yield writer.writerow([guarded(column) for column in columns])
    for row in rows:
        yield writer.writerow([cell.plain for cell in row])
