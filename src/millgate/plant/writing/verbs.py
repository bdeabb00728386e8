"""Every operation that writes: its form, its table, and its effects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import msgspec

from millgate.plant.writing import (
    approved_workcenters,
    dc_jobs,
    parts,
    production_logs,
    scrap_logs,
    status_logs,
)
from millgate.plant.writing.entries import Writing
from millgate.plant.writing.inputs import Form
from millgate.plant.writing.ledger import Record
from millgate.plant.writing.tables import APPROVED_WORKCENTER, JOB, PART, Table
from millgate.stores.ports import Work

Create: TypeAlias = Callable[[Writing], Work[None]]
"""Makes rows: gives each sound entry its record, and the others their faults."""
Edit: TypeAlias = Callable[[Writing, Record], Work[None]]
"""Changes or removes one row, or gives the entry its faults."""


class Making(msgspec.Struct, frozen=True):
    """An operation that makes rows."""

    form: Form
    work: Create


class Editing(msgspec.Struct, frozen=True):
    """An operation on one row that is there."""

    form: Form
    table: Table
    work: Edit


_ALL: Final[tuple[Making | Editing, ...]] = (
    Making(parts.CREATE, parts.create),
    Editing(parts.UPDATE, PART, parts.change),
    Editing(parts.DELETE, PART, parts.remove),
    Editing(approved_workcenters.UPDATE, APPROVED_WORKCENTER, approved_workcenters.change),
    Making(dc_jobs.CREATE, dc_jobs.create),
    Editing(dc_jobs.UPDATE, JOB, dc_jobs.change),
    Making(production_logs.CREATE, production_logs.create),
    Making(scrap_logs.CREATE, scrap_logs.create),
    Making(status_logs.CREATE, status_logs.create),
)
VERBS: Final[Mapping[str, Making | Editing]] = {verb.form.target: verb for verb in _ALL}
"""The operations by target."""


def forms() -> dict[str, Form]:
    """What the body of each operation may hold, by target."""
    return {target: verb.form for target, verb in VERBS.items()}
