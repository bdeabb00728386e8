"""Containers: filled by production, emptied by scrap."""

from __future__ import annotations

from datetime import datetime
from itertools import count
from typing import Any, Final

from millgate.plant.writing.entries import Entry
from millgate.plant.writing.floor import SERIAL_NO
from millgate.plant.writing.ledger import Ledger, Record
from millgate.plant.writing.progress import sum_of
from millgate.plant.writing.running import CONTAINER_SNAPSHOT, Running
from millgate.plant.writing.tables import CONTAINER, PRODUCTION_LOG
from millgate.stores.ports import Statement, Work

OK: Final = "OK"
SCRAP: Final = "Scrap"
SHIPPED: Final = "Shipped"
_TAKEN: Final = f"SELECT 1 FROM {CONTAINER.name} WHERE serial_no = :serial_no"  # noqa: S608 - ours


def open_for(ledger: Ledger, entry: Entry, running: Running) -> Work[Record | None]:
    """The container that the row names, if it is there; a fault if these pieces must not go into it."""
    serial_no = entry.text(SERIAL_NO)
    if not serial_no:
        return None
    container = yield from ledger.get(CONTAINER, serial_no)
    if container is None:
        # Serial numbers are unique over all companies; of another one's no more is told than that.
        if (yield Statement(_TAKEN, {"serial_no": serial_no})):
            entry.conflict(SERIAL_NO, f"{serial_no} is taken; send another, or none")
        return None
    if container["container_status"] != OK:
        state = container["container_status"]
        entry.conflict(SERIAL_NO, f"{serial_no} is not open: its status is {state}")
    if not same_run(container, running):
        entry.conflict(SERIAL_NO, f"{serial_no} holds pieces of another job or operation")
    return container


def same_run(container: Record, running: Running) -> bool:
    """Whether a container holds what this ran."""
    return all(container[name] == running.snapshot[name] for name in ("job_key", "part_operation_key"))


def free_serial(log_key: int) -> Work[str]:
    """A serial number out of a log's key; one that somebody has taken by hand is passed over."""
    for attempt in count():
        serial_no = f"SN{log_key:010}" + (f"-{attempt}" if attempt else "")
        if not (yield Statement(_TAKEN, {"serial_no": serial_no})):
            return serial_no
    raise AssertionError  # pragma: no cover - counting does not end


def fill(
    ledger: Ledger, container: Record | None, log: Record, running: Running, now: datetime
) -> Work[None]:
    """Put a log's pieces into its container, which is made where it is not there yet."""
    if container is None:
        yield from ledger.add(CONTAINER, _new(log, running, now))
    else:
        hold(container, log["quantity"], _piece(running.part), now)


def hold(container: Record, quantity: float, piece: float, now: datetime) -> None:
    """Add pieces of this weight in kg, or take them out."""
    net = max(sum_of(container["net_weight"], quantity * piece), 0.0)
    container.change(
        quantity=sum_of(container["quantity"], quantity),
        net_weight=net,
        gross_weight=sum_of(net, container["tare_weight"]),
        update_date_time=now,
    )


def scrap(ledger: Ledger, container: Record, quantity: float, running: Running, now: datetime) -> Work[None]:
    """Take scrapped pieces out, or put back what was scrapped by mistake; the container's logs know of it."""
    hold(container, -quantity, _piece(running.part), now)
    if container["quantity"] == 0 and container["container_status"] == OK:
        container.change(container_status=SCRAP)
    elif container["quantity"] > 0 and container["container_status"] == SCRAP:
        container.change(container_status=OK)
    logs = yield from ledger.find(
        PRODUCTION_LOG,
        "serial_no = :serial_no",
        {"serial_no": container.key},
        order="record_date DESC, production_log_key DESC",
    )
    _book(logs, quantity)


def _book(logs: list[Record], quantity: float) -> None:
    """Scrap counts against the newest log; what is taken back, against those that have scrap."""
    left = quantity
    for log in logs:
        booked = max(left, -log["scrap_quantity"])
        log.change(scrap_quantity=sum_of(log["scrap_quantity"], booked))
        left = sum_of(left, -booked)


def _piece(part: dict[str, Any]) -> float:
    return float(part.get("net_weight") or 0)


def _new(log: Record, running: Running, now: datetime) -> dict[str, object]:
    net = round(log["quantity"] * _piece(running.part), 5)
    kind = (running.setup["container_type"] if running.setup else "") or running.part.get(
        "container_type", ""
    )
    return {
        "serial_no": log["serial_no"],
        **{column: running.snapshot[column] for column in CONTAINER_SNAPSHOT},
        "quantity": log["quantity"],
        "unit": log["unit"],
        "container_status": OK,
        "container_type": kind,
        "location": log["workcenter_code"],
        "lot_no": log["lot_no"],
        "heat_no": log["heat_no"],
        "gross_weight": net,
        "net_weight": net,
        "tare_weight": 0.0,
        "note": "",
        "add_date_time": now,
        "update_date_time": now,
    }
