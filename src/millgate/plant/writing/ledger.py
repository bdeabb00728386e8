"""The rows that one request changes: each is read once, changed in memory, and written once at the end.

Rows of a bulk see what the rows before them changed, and a job to which a thousand rows are booked is
written and audited once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from millgate.plant.resource import Action
from millgate.plant.writing import audit
from millgate.plant.writing.tables import Table
from millgate.plant.writing.work import WriteContext, delete, insert, rows_of, update
from millgate.stores.ports import Work


class Record:
    """One row under change.

    Attributes:
        table: whose.
        made: whether this request made it.
    """

    __slots__ = ("_stored", "_touched", "_values", "before", "made", "removed", "table")

    def __init__(
        self, table: Table, values: dict[str, Any], touched: dict[object, Record], *, made: bool = False
    ) -> None:
        self.table = table
        self._touched = touched
        self.made = made
        self.removed = False
        self.before = None if made else dict(values)
        self._stored = dict(values)
        self._values = values

    def __getitem__(self, column: str) -> Any:  # noqa: ANN401 - what the column holds
        return self._values[column]

    @property
    def key(self) -> Any:  # noqa: ANN401 - as above
        """The row's key."""
        return self._values[self.table.key]

    def change(self, **values: object) -> None:
        """Give it other values."""
        self._values.update(values)
        self._touched[self.key] = self

    def unwritten(self) -> dict[str, object]:
        """What has changed since it was last read or written."""
        return {name: value for name, value in self._values.items() if self._stored[name] != value}

    def written(self) -> None:
        """Note that the database has it as it is now."""
        self._stored = dict(self._values)

    def audited(self) -> audit.Changed | None:
        """What the trail says of it; nothing when it is as it was."""
        if self.removed:
            return audit.Changed(self.table.resource, self.key, Action.DELETE, self.before, None)
        if self.before == self._values:
            return None
        action = Action.CREATE if self.made else Action.UPDATE
        return audit.Changed(self.table.resource, self.key, action, self.before, self._values)


class Ledger:
    """The records of one request, found by table and key.

    Args:
        context: for whom and when.
    """

    def __init__(self, context: WriteContext) -> None:
        self.context = context
        self._records: dict[tuple[str, object], Record] = {}
        self._touched: dict[str, dict[object, Record]] = {}
        self._notes: list[audit.Changed] = []

    def get(self, table: Table, key: object) -> Work[Record | None]:
        """The company's row with this key, locked."""
        known = self._records.get((table.name, key))
        if known is not None:
            return known
        found = yield from self.find(table, f"{table.key} = :key", {"key": key})
        return found[0] if found else None

    def find(
        self, table: Table, where: str, parameters: Mapping[str, object], *, order: str = ""
    ) -> Work[list[Record]]:
        """Rows of the company, locked; `order` is columns, with a limit where one is wanted."""
        yield from self._write(table.name)
        then = f"ORDER BY {order or table.key}{self.context.lock}"
        found = yield from rows_of(table, self.context.pcn, where, parameters, then=then)
        return [self._known(table, row) for row in found]

    def add(self, table: Table, values: Mapping[str, object]) -> Work[Record]:
        """A new row; the database gives its key unless it is among the values."""
        stamp = {"modified_date": self.context.now} if table.stamped else {}
        row: dict[str, Any] = {**values, "pcn": self.context.pcn, **stamp}
        ((key,),) = yield insert(table, row)
        record = Record(table, {table.key: key, **row}, self._touched_in(table), made=True)
        self._records[table.name, key] = record
        return record

    def remove(self, record: Record) -> Work[None]:
        """The row away, now."""
        yield delete(record.table, self.context.pcn, record.key)
        record.removed = True

    def note(self, change: audit.Changed) -> None:
        """Say something in the trail beside what the records say."""
        self._notes.append(change)

    def close(self) -> Work[None]:
        """Write all that is not written yet, and the audit trail."""
        for name in self._touched:
            yield from self._write(name)
        changes = [change for record in self._records.values() if (change := record.audited())]
        yield from audit.record(self.context, [*changes, *self._notes])

    def _known(self, table: Table, row: dict[str, Any]) -> Record:
        at = (table.name, row[table.key])
        if at not in self._records:
            self._records[at] = Record(table, row, self._touched_in(table))
        return self._records[at]

    def _touched_in(self, table: Table) -> dict[object, Record]:
        return self._touched.setdefault(table.name, {})

    def _write(self, name: str) -> Work[None]:
        touched = self._touched.get(name, {})
        for record in list(touched.values()):
            changes = {} if record.removed else record.unwritten()
            if changes and record.table.stamped:
                record.change(modified_date=self.context.now)
                changes["modified_date"] = self.context.now
            if changes:
                yield update(record.table, self.context.pcn, record.key, changes)
                record.written()
        touched.clear()
