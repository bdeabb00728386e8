"""The rows of a request while they are worked on, with what turns out to be wrong with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from millgate.core.errors import Refused
from millgate.plant.writing.bodies import Row
from millgate.plant.writing.faults import Fault, refusal_of
from millgate.plant.writing.ledger import Ledger, Record
from millgate.plant.writing.tables import BUILDING
from millgate.plant.writing.work import WriteContext, rows_of
from millgate.stores.ports import Work


class Entry:
    """One row of a request, and its faults so far.

    Attributes:
        faults: what is wrong with it.
        record: the row of the plant that it became.
    """

    __slots__ = ("_row", "faults", "record")

    def __init__(self, row: Row) -> None:
        self._row = row
        self.faults: list[Fault] = []
        self.record: Record | None = None

    def __contains__(self, name: str) -> bool:
        return name in self._row.values

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - what the member's kind reads
        return self._row.values[name]

    def get(self, name: str, default: object = None) -> Any:  # noqa: ANN401 - as above
        """The member's value, or the default where it was not sent."""
        return self._row.values.get(name, default)

    def text(self, name: str) -> str:
        """A text, empty where it was not sent."""
        return str(self.get(name, ""))

    def wrong(self, field: str, detail: str) -> None:
        """A member names something that is not there, or lacks what it needs."""
        self.faults.append(Fault(field, detail, self._row.number))

    def conflict(self, field: str, detail: str) -> None:
        """A member contradicts what is stored."""
        self.faults.append(Fault(field, detail, self._row.number, conflict=True))

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong with it so far."""
        return not self.faults


class Writing:
    """One request at work.

    Attributes:
        context: for whom and when.
        ledger: the rows that it changes.
        entries: the rows that it sends.
        path_key: the key in the path, empty where there is none.
    """

    def __init__(self, context: WriteContext, rows: Sequence[Row], path_key: str) -> None:
        self.context = context
        self.ledger = Ledger(context)
        self.entries = [Entry(row) for row in rows]
        self.path_key = path_key

    def refuse_faults(self) -> None:
        """End the work if anything is wrong with any row.

        Raises:
            Refused: with all faults of all rows.
        """
        faults = [fault for entry in self.entries for fault in entry.faults]
        if faults:
            raise Refused(refusal_of(faults))


def check_building(entry: Entry, pcn: int) -> Work[None]:
    """A building that is named must be one of the company's."""
    code = entry.text("buildingCode")
    if code and not (yield from rows_of(BUILDING, pcn, "building_code = :code", {"code": code})):
        entry.wrong(
            "buildingCode", "is no building of this company; send a buildingCode as Buildings lists it"
        )
