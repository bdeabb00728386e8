"""Sample companies as stores would hold them: tables of rows by key, each row a dictionary."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from millgate.plant.sample import Batch

SEED = 7
AUTO, MX = 100137, 100142
# A Thursday afternoon in Detroit; the seven days before hold a Sunday and the end of daylight saving time.
NOW = datetime(2025, 11, 6, 19, 47, 11, tzinfo=UTC)
FIRST = date(2025, 10, 31)


@dataclass
class Stored:
    """What is in the database after some batches."""

    tables: dict[str, dict[object, tuple[object, ...]]] = field(default_factory=dict)
    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def take(self, batches: Iterable[Batch]) -> "Stored":
        """Write them: insert, or replace by the first column."""
        for batch in batches:
            table = self.tables.setdefault(batch.table, {})
            self.columns[batch.table] = batch.columns
            table.update((row[0], row) for row in batch.rows)
        return self

    @property
    def state(self) -> str:
        """What the simulation left for next time."""
        (row,) = self.rows("simulation")
        return text(row["state"])

    def rows(self, entity: str, pcn: int | None = None, **wanted: object) -> list[dict[str, object]]:
        """The rows of `plant_<entity>` with these values."""
        return [
            row
            for row in self._dictionaries(f"plant_{entity}")
            if (pcn is None or row["pcn"] == pcn)
            and all(row[name] == value for name, value in wanted.items())
        ]

    def _dictionaries(self, table: str) -> Iterator[dict[str, object]]:
        names = self.columns[table]
        return (dict(zip(names, row, strict=True)) for row in self.tables[table].values())


def text(value: object) -> str:
    assert isinstance(value, str)
    return value


def number(value: object) -> float:
    assert isinstance(value, int | float)
    return value


def instant(value: object) -> datetime:
    return datetime.fromisoformat(text(value)).replace(tzinfo=UTC)
