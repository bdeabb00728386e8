"""Scrap recorded at a workcenter, and taken back where it was recorded by mistake.

Scrap is found when it is found: after the machine has stopped and after the job is completed. Only what is
cancelled, a job or one of its operations, takes none.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from millgate.plant.kinds import TEXT
from millgate.plant.resource import Action
from millgate.plant.writing import containers, progress
from millgate.plant.writing.entries import Entry, Writing
from millgate.plant.writing.floor import (
    EMPLOYEE_KEY,
    JOB_INPUTS,
    LOG_DATE,
    NOTE,
    SERIAL_NO,
    WORKCENTER_INPUTS,
    Floor,
    quantity_input,
)
from millgate.plant.writing.inputs import Form, Input
from millgate.plant.writing.ledger import Record
from millgate.plant.writing.running import Running, Runs, names_job
from millgate.plant.writing.tables import CONTAINER, SCRAP_LOG, SCRAP_REASON
from millgate.stores.ports import Statement, Work

NAME: Final = "WorkcenterScrapLogs"
TRANSACTION_TYPES: Final = ("Control Panel Scrap", "Scrap")

CREATE: Final = Form(
    resource_name=NAME,
    action=Action.CREATE,
    inputs=(
        *WORKCENTER_INPUTS,
        LOG_DATE,
        quantity_input("Pieces scrapped; fewer than none to take back what was recorded before. Not 0."),
        Input(
            name="scrapReason",
            kind=TEXT,
            doc="Why they are scrap: the name of a reason that is in use.",
            max_length=50,
            required=True,
            example="Handling Damage",
        ),
        Input(
            name="transactionType",
            kind=TEXT,
            doc="Control Panel Scrap where the operator records it, Scrap where it is booked later.",
            max_length=30,
            values=TRANSACTION_TYPES,
            default="Scrap",
        ),
        *JOB_INPUTS,
        Input(
            name=SERIAL_NO,
            kind=TEXT,
            doc="The container that the pieces are taken out of; it then says which job they count for.",
            max_length=25,
        ),
        EMPLOYEE_KEY,
        NOTE,
    ),
)


def create(writing: Writing) -> Work[None]:
    """Record scrap."""
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
        reason = yield from self._reason(entry)
        container = yield from self._container(entry)
        if entry["quantity"] == 0:
            entry.wrong("quantity", "must not be 0")
        if workcenter is None or (container is None and entry.text(SERIAL_NO)):
            return None
        running = yield from self._running(entry, workcenter["workcenter_key"], container, at)
        if running is None or reason is None:
            return None
        yield from self._check(entry, running, reason, container)
        if not entry.sound:
            return None
        if container is not None:
            yield from containers.scrap(self._ledger, container, entry["quantity"], running, self._floor.now)
        progress.scrap(running.job, running.operation, entry["quantity"])
        about = {column: workcenter[column] for column in ("workcenter_key", "workcenter_code")}
        return (yield from self._log(entry, running, reason, about | person, at))

    def _reason(self, entry: Entry) -> Work[dict[str, Any] | None]:
        name = entry["scrapReason"]
        reason = yield from self._floor.look(SCRAP_REASON, "scrap_reason", name)
        if reason is None or not reason["active"]:
            entry.wrong("scrapReason", f"{name!r} is no reason that this company uses")
            return None
        return reason

    def _container(self, entry: Entry) -> Work[Record | None]:
        serial_no = entry.text(SERIAL_NO)
        container = (yield from self._ledger.get(CONTAINER, serial_no)) if serial_no else None
        if serial_no and container is None:
            entry.wrong(SERIAL_NO, f"{serial_no!r} is no container of this company")
        return container

    def _running(
        self, entry: Entry, workcenter_key: int, container: Record | None, at: datetime
    ) -> Work[Running | None]:
        if container is None or names_job(entry):
            return (yield from self._runs.of(entry, workcenter_key, at))
        return (yield from self._runs.of_container(container))

    def _check(
        self, entry: Entry, running: Running, reason: dict[str, Any], container: Record | None
    ) -> Work[None]:
        quantity: float = entry["quantity"]
        if running.job is not None and running.job["job_status"] == progress.CANCELLED:
            entry.conflict("jobNo", f"names {running.job['job_no']}, which is cancelled and takes no scrap")
        elif running.operation is not None and running.operation["job_op_status"] == progress.OP_CANCELLED:
            number = running.operation["operation_no"]
            entry.conflict("jobNo", f"counts for operation {number}, which is cancelled and takes no scrap")
        if container is not None:
            _check_container(entry, running, container)
        if quantity < 0:
            scrapped = yield from self._scrapped(running, reason, container)
            if progress.sum_of(scrapped, quantity) < 0:
                entry.conflict(
                    "quantity", f"takes back {-quantity:g}, while {scrapped:g} were scrapped for this reason"
                )

    def _scrapped(self, running: Running, reason: dict[str, Any], container: Record | None) -> Work[float]:
        """How much was scrapped for a reason, of the same operation and container."""
        parameters: dict[str, object] = {"pcn": self._floor.pcn, "reason": reason["scrap_reason"]}
        where = "pcn = :pcn AND scrap_reason = :reason"
        if running.operation is not None:
            where += " AND job_op_key = :job_op_key"
            parameters["job_op_key"] = running.operation.key
        if container is not None:
            where += " AND serial_no = :serial_no"
            parameters["serial_no"] = container.key
        sql = f"SELECT COALESCE(SUM(quantity), 0) FROM {SCRAP_LOG.name} WHERE {where}"  # noqa: S608 - ours
        ((scrapped,),) = yield Statement(sql, parameters)
        return float(scrapped)

    def _log(
        self,
        entry: Entry,
        running: Running,
        reason: dict[str, Any],
        about: dict[str, object],
        at: datetime,
    ) -> Work[Record]:
        place = yield from self._floor.place(at)
        return (
            yield from self._ledger.add(
                SCRAP_LOG,
                {
                    "record_date": at,
                    "quantity": entry["quantity"],
                    "unit": running.unit,
                    "scrap_reason_key": reason["scrap_reason_key"],
                    "scrap_reason": reason["scrap_reason"],
                    "scrap_category": reason["scrap_category"],
                    "transaction_type": entry.get("transactionType", "Scrap"),
                    "setup_key": running.setup.key if running.setup else None,
                    "serial_no": entry.text(SERIAL_NO),
                    "lot_no": "",
                    "note": entry.text("note"),
                    **about,
                    **place,
                    **running.snapshot,
                },
            )
        )


def _check_container(entry: Entry, running: Running, container: Record) -> None:
    if not containers.same_run(container, running):
        entry.conflict(SERIAL_NO, f"{container.key} holds pieces of another job or operation")
    if container["container_status"] == containers.SHIPPED:
        entry.conflict(SERIAL_NO, f"{container.key} is shipped")
    if progress.sum_of(container["quantity"], -entry["quantity"]) < 0:
        entry.conflict("quantity", f"is more than {container.key} holds, {container['quantity']:g}")
