"""Good pieces recorded at a workcenter: the log, its container, and how far they bring the job."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from millgate.plant.kinds import NUMBER, TEXT
from millgate.plant.resource import Action
from millgate.plant.writing import containers, progress
from millgate.plant.writing.entries import Entry, Writing
from millgate.plant.writing.floor import (
    EMPLOYEE_KEY,
    JOB_INPUTS,
    LOG_DATE,
    SERIAL_NO,
    WORKCENTER_INPUTS,
    Floor,
    quantity_input,
    shown,
)
from millgate.plant.writing.inputs import Form, Input
from millgate.plant.writing.ledger import Record
from millgate.plant.writing.running import Running, Runs, names_job
from millgate.plant.writing.tables import PRODUCTION_LOG, STATUS_LOG, WORKCENTER_STATUS
from millgate.plant.writing.work import rows_of
from millgate.stores.ports import Work

NAME: Final = "WorkcenterProductionLogs"
_REFUSING: Final = frozenset({progress.CANCELLED, progress.HOLD, progress.COMPLETED})
_REFUSING_OPERATIONS: Final = {progress.OP_HOLD: "on hold", progress.OP_CANCELLED: "cancelled"}

CREATE: Final = Form(
    resource_name=NAME,
    action=Action.CREATE,
    inputs=(
        *WORKCENTER_INPUTS,
        LOG_DATE,
        quantity_input("Good pieces.", above=0),
        *JOB_INPUTS,
        Input(
            name=SERIAL_NO,
            kind=TEXT,
            doc="The label of the container: a new one, or an open one of the same job and operation."
            " Made by the server where it is left out.",
            max_length=25,
        ),
        Input(name="lotNo", kind=TEXT, doc="The lot.", max_length=25, default=""),
        Input(name="heatNo", kind=TEXT, doc="The heat of the metal.", max_length=50, default=""),
        Input(
            name="trackingNo",
            kind=TEXT,
            doc="A number for following the container elsewhere.",
            max_length=50,
            default="",
        ),
        EMPLOYEE_KEY,
        Input(
            name="cycleSecondsActual",
            kind=NUMBER,
            doc="Seconds a cycle really took.",
            minimum=0,
            nullable=True,
        ),
    ),
)


def create(writing: Writing) -> Work[None]:
    """Record production."""
    recorder = _Recorder(Floor(writing, NAME))
    for entry in writing.entries:
        entry.record = yield from recorder.record(entry)


class _Recorder:
    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._ledger = floor.writing.ledger
        self._runs = Runs(floor)

    def record(self, entry: Entry) -> Work[Record | None]:
        workcenter = yield from self._floor.workcenter(entry)
        person = yield from self._floor.person(entry)
        at = self._floor.moment(entry)
        if workcenter is None:
            return None
        running = yield from self._runs.of(entry, workcenter["workcenter_key"], at)
        yield from self._check_status(entry, workcenter, at)
        if running is None:
            return None
        _check_job(entry, running, at)
        container = yield from containers.open_for(self._ledger, entry, running)
        if not entry.sound:
            return None
        log = yield from self._log(entry, running, workcenter, person, at)
        yield from containers.fill(self._ledger, container, log, running, self._floor.now)
        _advance(running, entry["quantity"], at)
        return log

    def _check_status(self, entry: Entry, workcenter: dict[str, Any], at: datetime) -> Work[None]:
        found = yield from rows_of(
            STATUS_LOG,
            self._floor.pcn,
            "workcenter_key = :workcenter_key AND log_date <= :at",
            {"workcenter_key": workcenter["workcenter_key"], "at": at},
            then="ORDER BY log_date DESC, log_key DESC LIMIT 1",
        )
        code = workcenter["workcenter_code"]
        if not found or (found[0]["end_date"] is not None and found[0]["end_date"] <= at):
            entry.conflict("logDate", f"is when {code} had no status; set a production status first")
            return
        key = found[0]["workcenter_status_key"]
        status = yield from self._floor.look(WORKCENTER_STATUS, "workcenter_status_key", key)
        if status is None or not status["can_run_production"]:
            name = found[0]["workcenter_status"]
            entry.conflict(
                "logDate",
                f"is when {code} was in the status {name}, and there is no production outside a production"
                " status",
            )

    def _log(
        self,
        entry: Entry,
        running: Running,
        workcenter: dict[str, Any],
        person: dict[str, object],
        at: datetime,
    ) -> Work[Record]:
        place = yield from self._floor.place(at)
        log = yield from self._ledger.add(
            PRODUCTION_LOG,
            {
                "workcenter_key": workcenter["workcenter_key"],
                "workcenter_code": workcenter["workcenter_code"],
                "record_date": at,
                "quantity": entry["quantity"],
                "unit": running.unit,
                "rejected": False,
                "scrap_quantity": 0.0,
                "setup_key": running.setup.key if running.setup else None,
                "serial_no": entry.text(SERIAL_NO),
                "lot_no": entry.text("lotNo"),
                "heat_no": entry.text("heatNo"),
                "tracking_no": entry.text("trackingNo"),
                "cycle_seconds_actual": entry.get("cycleSecondsActual"),
                **person,
                **place,
                **running.snapshot,
            },
        )
        if not log["serial_no"]:
            log.change(serial_no=(yield from containers.free_serial(log.key)))
        return log


def _check_job(entry: Entry, running: Running, at: datetime) -> None:
    job, operation = running.job, running.operation
    assert job is not None  # noqa: S101 - `Runs.of` finds a job, or nothing
    assert operation is not None  # noqa: S101 - as above
    named = "jobNo" if names_job(entry) else ""
    if job["job_status"] in _REFUSING:
        state = job["job_status"]
        entry.conflict(named, f"counts for {job['job_no']}, which takes no production: its status is {state}")
    elif operation["job_op_status"] in _REFUSING_OPERATIONS:
        number, state = operation["operation_no"], _REFUSING_OPERATIONS[operation["job_op_status"]]
        entry.conflict(named, f"counts for operation {number} of {job['job_no']}: {state}")
    if at < job["created_date"]:
        entry.conflict("logDate", f"lies before {job['job_no']} was made, {shown(job['created_date'])}")


def _advance(running: Running, quantity: float, at: datetime) -> None:
    assert running.job is not None  # noqa: S101 - checked with the job
    assert running.operation is not None  # noqa: S101 - as above
    progress.produce(running.job, running.operation, running.operations, quantity, at)
    setup = running.setup
    if setup is not None and setup["setup_hours_actual"] is None:
        hours = (at - setup["setup_date"]).total_seconds() / 3600
        setup.change(setup_hours_actual=round(max(hours, 0.0), 4))
