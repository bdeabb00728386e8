"""How far jobs have come: what pieces do to the states of a job and its operations."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from millgate.plant.writing.ledger import Record

NEW: Final = "New"
SCHEDULED: Final = "Scheduled"
PRODUCTION: Final = "Production"
COMPLETED: Final = "Completed"
HOLD: Final = "Hold"
CANCELLED: Final = "Cancelled"
OP_OPEN: Final = "Open"
OP_RUNNING: Final = "Running"
OP_DONE: Final = "Done"
OP_HOLD: Final = "Hold"
OP_CANCELLED: Final = "Cancelled"
DIGITS: Final = 5
"""Quantities are kept to so many digits; sums of them are rounded to shed what binary fractions add."""


def sum_of(one: float, other: float) -> float:
    """Two quantities together."""
    return round(one + other, DIGITS)


def begun(operation: Record) -> bool:
    """Whether anything was ever made by an operation."""
    return operation["start_date"] is not None or operation["quantity_completed"] > 0


def produce(job: Record, operation: Record, operations: list[Record], quantity: float, at: datetime) -> None:
    """Good pieces were made."""
    operation.change(quantity_completed=sum_of(operation["quantity_completed"], quantity))
    if operation["start_date"] is None:
        operation.change(start_date=at)
    if operation["job_op_status"] == OP_OPEN:
        operation.change(job_op_status=OP_RUNNING)
    if job["job_status"] in {NEW, SCHEDULED}:
        job.change(job_status=PRODUCTION)
    if operation is operations[-1]:
        job.change(quantity_completed=sum_of(job["quantity_completed"], quantity))
    settle(job, operations, at)


def settle(job: Record, operations: list[Record], at: datetime) -> None:
    """Operations that reached their quantity are done, and so is a job that reached its own."""
    for operation in operations:
        reached = operation["quantity_completed"] >= operation["quantity"]
        if reached and operation["job_op_status"] in {OP_OPEN, OP_RUNNING}:
            operation.change(job_op_status=OP_DONE, completed_date=at)
    if job["job_status"] == PRODUCTION and job["quantity_completed"] >= job["quantity"]:
        job.change(job_status=COMPLETED, completed_date=at)


def scrap(job: Record | None, operation: Record | None, quantity: float) -> None:
    """Pieces were scrapped, or scrap was taken back."""
    for record in (job, operation):
        if record is not None:
            record.change(quantity_scrapped=sum_of(record["quantity_scrapped"], quantity))
