"""What a log's row refers to: workcenter, person, instant, and what is mounted. Looked up once a request."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from millgate.core.errors import DATA_NOT_FOUND, Refusal, Refused
from millgate.plant.kinds import INSTANT, INTEGER, NUMBER, TEXT, read_integer
from millgate.plant.writing.entries import Entry, Writing
from millgate.plant.writing.inputs import LARGEST_32, Input
from millgate.plant.writing.ledger import Record
from millgate.plant.writing.places import Places, places_of
from millgate.plant.writing.tables import EMPLOYEE, SETUP, WORKCENTER, Table
from millgate.plant.writing.work import rows_of
from millgate.stores.ports import Work

AHEAD: Final = timedelta(minutes=5)
"""How far the clock of a caller may be ahead."""
BACK: Final = timedelta(days=31)
"""How long afterwards something may be recorded."""

WORKCENTER_INPUTS: Final = (
    Input(
        name="workcenterKey",
        kind=INTEGER,
        doc="The key of the workcenter, where the path does not hold it.",
    ),
    Input(
        name="workcenterCode",
        kind=TEXT,
        doc="Its code, instead of the key.",
        max_length=50,
        example="STP-01",
    ),
)
LOG_DATE: Final = Input(
    name="logDate", kind=INSTANT, doc="When it happened, at most 31 days ago; now where it is left out."
)
JOB_INPUTS: Final = (
    Input(name="jobKey", kind=INTEGER, doc="The key of the job, where it is not the one that is set up."),
    Input(name="jobNo", kind=TEXT, doc="Its number, instead of the key.", max_length=20),
    Input(
        name="operationNo",
        kind=INTEGER,
        doc="The job's operation, where it is not the one that is set up.",
        minimum=0,
        maximum=LARGEST_32,
    ),
)
EMPLOYEE_KEY: Final = Input(name="employeeKey", kind=INTEGER, doc="The key of the person who records it.")
SERIAL_NO: Final = "serialNo"
NOTE: Final = Input(name="note", kind=TEXT, doc="A remark for people.", max_length=500, default="")


def quantity_input(doc: str, *, above: float | None = None) -> Input:
    """The quantity of a log."""
    return Input(name="quantity", kind=NUMBER, doc=doc, required=True, above=above, example="1")


class Floor:
    """The plant around the rows of one request.

    Args:
        writing: the request.
        resource_name: of the resource, for the answer to an unknown workcenter in the path.
    """

    def __init__(self, writing: Writing, resource_name: str) -> None:
        self.writing = writing
        self.pcn = writing.context.pcn
        self.now = writing.context.now
        self._resource_name = resource_name
        self._looked: dict[tuple[str, str, object], dict[str, Any] | None] = {}
        self._mounted: dict[int, Record | None] = {}
        self._places: Places | None = None

    def look(self, table: Table, column: str, value: object) -> Work[dict[str, Any] | None]:
        """The company's row in which the column has this value; not locked."""
        asked = (table.name, column, value)
        if asked not in self._looked:
            found = yield from rows_of(table, self.pcn, f"{column} = :value", {"value": value})
            self._looked[asked] = found[0] if found else None
        return self._looked[asked]

    def workcenter(self, entry: Entry) -> Work[dict[str, Any] | None]:
        """The workcenter of the row, by the path or its own members; all that are given must agree.

        Raises:
            Refused: the path names none of the company's.
        """
        named: list[dict[str, Any] | None] = []
        if self.writing.path_key:
            named.append((yield from self._of_path()))
        for member, column in (("workcenterKey", "workcenter_key"), ("workcenterCode", "workcenter_code")):
            if entry.get(member, "") != "":
                found = yield from self.look(WORKCENTER, column, entry[member])
                named.append(found)
                if found is None:
                    entry.wrong(member, f"{entry[member]!r} is no workcenter of this company")
        return _one_of(entry, named)

    def _of_path(self) -> Work[dict[str, Any]]:
        try:
            key = read_integer(self.writing.path_key)
        except ValueError:
            key = 0
        found = yield from self.look(WORKCENTER, "workcenter_key", key)
        if found is None:
            raise Refused(Refusal(DATA_NOT_FOUND, {"resource": self._resource_name}))
        return found

    def person(self, entry: Entry) -> Work[dict[str, object]]:
        """The columns that name the person who records the row."""
        key = entry.get("employeeKey")
        found = None if key is None else (yield from self.look(EMPLOYEE, "employee_key", key))
        if found is None:
            if key is not None:
                entry.wrong("employeeKey", f"{key} is no employee of this company")
            return {"employee_key": None, "employee_name": ""}
        return {"employee_key": key, "employee_name": f"{found['last_name']}, {found['first_name']}"}

    def moment(self, entry: Entry) -> datetime:
        """When the row says that it happened."""
        at: datetime = entry.get("logDate", self.now)
        if at > self.now + AHEAD:
            entry.wrong("logDate", f"lies in the future: it is {shown(self.now)} now")
        if at < self.now - BACK:
            entry.wrong("logDate", f"lies more than {BACK.days} days back")
        return at

    def place(self, at: datetime) -> Work[dict[str, object]]:
        """The columns that report an instant."""
        if self._places is None:
            self._places = yield from places_of(self.pcn)
        report_date, shift = self._places(at)
        return {"report_date": report_date, "shift": shift}

    def mounted(self, workcenter_key: int) -> Work[Record | None]:
        """The setup that stands open on a workcenter."""
        if workcenter_key not in self._mounted:
            found = yield from self.writing.ledger.find(
                SETUP,
                "workcenter_key = :workcenter_key AND teardown_date IS NULL",
                {"workcenter_key": workcenter_key},
                order="setup_date DESC, setup_key DESC LIMIT 1",
            )
            self._mounted[workcenter_key] = found[0] if found else None
        return self._mounted[workcenter_key]


def shown(moment: datetime) -> str:
    """An instant as the wire shows it."""
    return moment.replace(tzinfo=None).isoformat() + "Z"


def _one_of(entry: Entry, named: list[dict[str, Any] | None]) -> dict[str, Any] | None:
    found = [row for row in named if row is not None]
    if not named:
        entry.wrong("workcenterKey", "is missing; send workcenterKey or workcenterCode")
    if len({row["workcenter_key"] for row in found}) > 1:
        entry.wrong("workcenterKey", "and workcenterCode and the key in the path name different workcenters")
        return None
    if found and not found[0]["active"]:
        entry.conflict("workcenterKey", f"names {found[0]['workcenter_code']}, which is not in use")
    return found[0] if found else None
