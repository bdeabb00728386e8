"""Statuses of workcenters set: the one that lasts ends where the next begins, without gap or overlap."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from millgate.plant.kinds import INTEGER, TEXT
from millgate.plant.resource import Action
from millgate.plant.writing.entries import Entry, Writing
from millgate.plant.writing.floor import LOG_DATE, NOTE, WORKCENTER_INPUTS, Floor, shown
from millgate.plant.writing.inputs import Form, Input
from millgate.plant.writing.ledger import Record
from millgate.plant.writing.running import NOTHING
from millgate.plant.writing.tables import (
    SNAPSHOT_COLUMNS,
    STATUS_LOG,
    WORKCENTER,
    WORKCENTER_EVENT,
    WORKCENTER_STATUS,
    Table,
)
from millgate.stores.ports import Work

NAME: Final = "WorkcenterStatusLogs"

CREATE: Final = Form(
    resource_name=NAME,
    action=Action.CREATE,
    inputs=(
        *WORKCENTER_INPUTS,
        LOG_DATE,
        Input(
            name="workcenterStatus",
            kind=TEXT,
            doc="The name of a status that is in use.",
            max_length=50,
            example="Setup",
        ),
        Input(name="workcenterStatusKey", kind=INTEGER, doc="Its key, instead of the name."),
        Input(name="eventCode", kind=TEXT, doc="The code of a reason that is in use.", max_length=30),
        Input(name="workcenterEvent", kind=TEXT, doc="Its name, instead of the code.", max_length=100),
        NOTE,
    ),
)


def create(writing: Writing) -> Work[None]:
    """Set statuses, in the order of their instants."""
    trail = _Trail(Floor(writing, NAME))
    moments = [(trail.floor.moment(entry), entry) for entry in writing.entries]
    for at, entry in sorted(moments, key=lambda pair: pair[0]):
        entry.record = yield from trail.set(entry, at)


class _Trail:
    def __init__(self, floor: Floor) -> None:
        self.floor = floor
        self._ledger = floor.writing.ledger
        self._last: dict[int, Record | None] = {}

    def set(self, entry: Entry, at: datetime) -> Work[Record | None]:
        workcenter = yield from self.floor.workcenter(entry)
        status = yield from self._named(
            entry, WORKCENTER_STATUS, "status", {"workcenterStatus": "description"}, "workcenterStatusKey"
        )
        if status is None and entry.sound:
            entry.wrong("workcenterStatus", "is missing; send workcenterStatus or workcenterStatusKey")
        event = yield from self._named(
            entry, WORKCENTER_EVENT, "event", {"eventCode": "code", "workcenterEvent": "description"}, ""
        )
        if workcenter is None or status is None or not entry.sound:
            return None
        last = yield from self._last_of(workcenter["workcenter_key"])
        begin = _begin(entry, last, at)
        state = _state(status, event)
        if begin is None or (last is not None and _lasts(last, state)):
            return last
        return (yield from self._turn(workcenter, last, begin, state | {"note": entry.text("note")}))

    def _named(
        self, entry: Entry, table: Table, word: str, members: dict[str, str], key: str
    ) -> Work[dict[str, Any] | None]:
        """The row that all of these members name, if any was sent."""
        found: list[dict[str, Any]] = []
        for member, column in {**members, **({key: table.key} if key else {})}.items():
            if entry.get(member, "") == "":
                continue
            row = yield from self.floor.look(table, column, entry[member])
            if row is None or not row["active"]:
                entry.wrong(member, f"{entry[member]!r} is no {word} that this company uses")
            else:
                found.append(row)
        if len({row[table.key] for row in found}) > 1:
            entry.wrong(next(iter(members)), f"and the other members name a different {word} each")
        return found[0] if found else None

    def _last_of(self, workcenter_key: int) -> Work[Record | None]:
        """The newest row of a workcenter's trail, which is the one that lasts unless the trail has ended."""
        if workcenter_key not in self._last:
            # The workcenter is locked: where its trail is empty there is no row of it to lock.
            yield from self._ledger.get(WORKCENTER, workcenter_key)
            found = yield from self._ledger.find(
                STATUS_LOG,
                "workcenter_key = :workcenter_key",
                {"workcenter_key": workcenter_key},
                order="log_date DESC, log_key DESC LIMIT 1",
            )
            self._last[workcenter_key] = found[0] if found else None
        return self._last[workcenter_key]

    def _turn(
        self,
        workcenter: dict[str, Any],
        last: Record | None,
        begin: datetime,
        state: dict[str, object],
    ) -> Work[Record]:
        """End what lasted, and begin the next."""
        if last is not None and last["end_date"] is None:
            last.change(end_date=begin, duration_seconds=round((begin - last["log_date"]).total_seconds()))
        key = workcenter["workcenter_key"]
        place = yield from self.floor.place(begin)
        mounted = yield from self._mounted(key, begin)
        record = yield from self._ledger.add(
            STATUS_LOG,
            {
                "workcenter_key": key,
                "workcenter_code": workcenter["workcenter_code"],
                "log_date": begin,
                "end_date": None,
                "duration_seconds": None,
                **state,
                **place,
                **mounted,
            },
        )
        self._last[key] = record
        return record

    def _mounted(self, workcenter_key: int, begin: datetime) -> Work[dict[str, object]]:
        setup = yield from self.floor.mounted(workcenter_key)
        if setup is None or setup["setup_date"] > begin:
            return {**NOTHING, "setup_key": None}
        return {**{column: setup[column] for column in SNAPSHOT_COLUMNS}, "setup_key": setup.key}


def _begin(entry: Entry, last: Record | None, at: datetime) -> datetime | None:
    """Where the new row begins: a whole second, so that durations add up. None after a fault."""
    whole = at.replace(microsecond=0)
    if last is None:
        return whole
    bound: datetime = last["end_date"] or last["log_date"]
    if at < bound:
        entry.conflict(
            "logDate",
            f"lies before the status {last['workcenter_status']}, which began {shown(last['log_date'])}",
        )
        return None
    return max(whole, bound)


def _state(status: dict[str, Any], event: dict[str, Any] | None) -> dict[str, object]:
    """The columns that say in which status a workcenter is, and why."""
    return {
        "workcenter_status_key": status["workcenter_status_key"],
        "workcenter_status": status["description"],
        "workcenter_event_key": event["workcenter_event_key"] if event else None,
        "event_code": event["code"] if event else "",
        "workcenter_event": event["description"] if event else "",
    }


def _lasts(last: Record, state: dict[str, object]) -> bool:
    """Whether it is in this status for this reason already."""
    keys = ("workcenter_status_key", "workcenter_event_key")
    return last["end_date"] is None and all(last[key] == state[key] for key in keys)
