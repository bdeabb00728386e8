"""A migrated plant database with a handful of rows of two companies.

The tables are made by the product's migrations, once per process, in a process of their own so that
Django is set up nowhere else; each caller gets a copy of the file.
"""

from __future__ import annotations

import asyncio
import atexit
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar

from millgate.core.clock import StillClock
from millgate.core.values import Principal
from millgate.describe.calls import BackendCall
from millgate.describe.model import Operation
from millgate.plant.backend import PlantBackend
from millgate.plant.registry import RESOURCES, controllers
from millgate.plant.resource import Resource
from millgate.stores.sqlite.plant import SqlitePlant, SqlitePlantWriter
from support.exchange import Answer, request_of, seen

HOME_PCN = 1
OTHER_PCN = 2
LOGS = 250
"""Production logs of workcenter 101, one a minute from 2026-01-05T06:00:00Z."""
CLOCK: Final = StillClock(datetime(2026, 1, 31, tzinfo=UTC).timestamp())
"""The time now: later than all rows of the small plant, but for a due date that is still to come."""

_MIGRATE = """
import sys, django
from django.conf import settings
settings.configure(
    INSTALLED_APPS=["millgate.control.plantdata"],
    USE_TZ=True,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": sys.argv[1]}},
)
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
"""


T = TypeVar("T")


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """What a coroutine comes to, in a loop of its own."""
    return asyncio.run(coroutine)


class Plant:
    """A backend on a plant database."""

    def __init__(self, path: Path, links: str = "backend", resources: Iterable[Resource] = RESOURCES) -> None:
        self.path = path
        self.reader = SqlitePlant(path, threads=2)
        self.backend = PlantBackend({"production": self.reader}, CLOCK, 5.0, links=links, resources=resources)

    def ask(self, target: str, query: str = "", **more: Any) -> Answer:
        """Put one call."""

        async def asked() -> Answer:
            return await seen(await self.backend(call(target, query, **more)))

        return run(asked())

    def rows(self, target: str, query: str = "", **more: Any) -> list[dict[str, Any]]:
        """The rows of an answer that must have some."""
        answer = self.ask(target, query, **more)
        assert answer.status == 200, answer.json
        found: list[dict[str, Any]] = answer.json["embedded"]
        return found


@dataclass(frozen=True)
class Table:
    """Rows of one table, as a writer takes them."""

    table: str
    columns: tuple[str, ...]
    rows: list[tuple[object, ...]]


def table(name: str, *rows: dict[str, object]) -> Table:
    """Rows of `plant_<name>`, all with the members of the first."""
    return Table(f"plant_{name}", tuple(rows[0]), [tuple(row.values()) for row in rows])


@cache
def _template() -> Path:
    home = Path(tempfile.mkdtemp(prefix="millgate-plant-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    path = home / "empty.db"
    subprocess.run([sys.executable, "-c", _MIGRATE, str(path)], check=True)
    return path


def empty_plant(path: Path) -> Path:
    """A database with all tables and no row."""
    shutil.copyfile(_template(), path)
    return path


def small_plant(path: Path) -> Path:
    """A database with two companies."""
    SqlitePlantWriter(empty_plant(path)).put(
        [*_company(HOME_PCN, 100, "ACME"), *_company(OTHER_PCN, 900, "RIVAL")]
    )
    return path


def principal(pcn: int = HOME_PCN, reads: frozenset[str] | None = None) -> Principal:
    """An account that may read everything, or only what is named."""
    return Principal("app", "account", pcn, controllers() if reads is None else reads, frozenset())


def call(
    target: str,
    query: str = "",
    *,
    by: Principal | None = None,
    anonymous: bool = False,
    accept: str = "",
    tier: str = "production",
    **parameters: str,
) -> BackendCall:
    """A call as the managed layer hands it on; keywords are what the path captured."""
    headers = {"accept": accept} if accept else {}
    key = "".join(f"/{value}" for value in parameters.values() if value.isalnum())
    managed = f"/Suffix/v1/{target.partition('.')[0]}{key}"
    return BackendCall(
        request=request_of("GET", f"{managed}?{query}", headers=headers),
        tier=tier,
        operation=Operation(key="asked", method="GET", template="/", name="", target=target),
        parameters=parameters,
        principal=None if anonymous else by or principal(),
        managed_path=managed,
    )


def _company(pcn: int, base: int, code: str) -> list[Table]:
    changed = {"pcn": pcn, "modified_date": "2026-01-01 00:00:00"}
    return [
        table(
            "pcn",
            {
                "pcn_key": pcn,
                **changed,
                "name": f"{code} Works",
                "plexus_customer_code": code,
                "time_zone": "America/Detroit",
                "production_day_start": "06:00:00",
                "part_rev_separator": "-",
            },
        ),
        table(
            "building",
            {
                "building_key": base + 1,
                **changed,
                "building_code": "MILL",
                "name": "Mill",
                "city": "",
                "state": "",
                "country": "",
                "active": 1,
            },
            {
                "building_key": base + 2,
                **changed,
                "building_code": "AIR_PARK",
                "name": "Airpark",
                "city": "Tamarack",
                "state": "MI",
                "country": "US",
                "active": 0,
            },
        ),
        table("department", *_departments(pcn, base)),
        table("shift", *_shifts(pcn, base)),
        table(
            "production_line",
            {
                "production_line_key": base + 1,
                "pcn": pcn,
                "production_line_code": "LINE-1",
                "name": "Line",
                "building_key": base + 1,
            },
        ),
        table("workcenter", *(_workcenter(pcn, base, number) for number in (1, 2, 3))),
        table("workcenter_status", *_statuses(pcn, base)),
        table("workcenter_event", *_events(pcn, base)),
        table("status_log", *_status_logs(pcn, base)),
        table("part", *_parts(pcn, base)),
        table("operation", *_operations(pcn, base)),
        table("part_operation", *_part_operations(pcn, base)),
        table("approved_workcenter", *_approvals(pcn, base)),
        table("job", *_jobs(pcn, base)),
        table("job_operation", *_job_operations(pcn, base)),
        table("workcenter_setup", *_setups(pcn, base)),
        table("setup_operator", *_setup_operators(pcn, base)),
        table("production_log", *_production_logs(pcn, base)),
        table("scrap_log", *_scrap_logs(pcn, base)),
        table("container", *_containers(pcn, base)),
        table("change", *_changes(pcn, base)),
    ]


def _departments(pcn: int, base: int) -> list[dict[str, object]]:
    named = ((2, 200, "Molding"), (1, 100, "Größe & Co"))
    return [
        {
            "department_key": base + number,
            "pcn": pcn,
            "department_no": no,
            "name": name,
            "building_key": base + 1,
        }
        for number, no, name in named
    ]


def _shifts(pcn: int, base: int) -> list[dict[str, object]]:
    return [
        {
            "shift_key": base + number,
            "pcn": pcn,
            "shift": name,
            "start_time": start,
            "end_time": end,
            "planned_break_minutes": 30,
            "days_of_week": "Mon,Tue",
            "modified_date": f"2026-01-0{number} 00:00:00",
        }
        for number, name, start, end in (
            (1, "A", "06:00:00", "14:00:00"),
            (2, "C", "22:00:00", "06:00:00"),
        )
    ]


def _statuses(pcn: int, base: int) -> list[dict[str, object]]:
    flags = "can_run_production production_status setup_status idle_status downtime_status"
    more = "maintenance_status off_status excess_setup no_operator_required active"
    row: dict[str, object] = dict.fromkeys([*flags.split(), *more.split()], 0)
    stamp = {"pcn": pcn, "modified_date": "2026-01-01 00:00:00", "active": 1}
    named = (
        (1, "Production", "APT", "production_status"),
        (2, "Setup", "AUST", "setup_status"),
        (3, "Down - Tooling", "ADET", "downtime_status"),
        (4, "Moved", "none", "off_status"),
    )
    return [
        {"workcenter_status_key": base + number, "description": name, "iso_time_element": element}
        | row
        | stamp
        | {flag: -1, "active": int(number != 4)}
        for number, name, element, flag in named
    ]


def _events(pcn: int, base: int) -> list[dict[str, object]]:
    return [
        {
            "workcenter_event_key": base + number,
            "pcn": pcn,
            "code": code,
            "description": description,
            "workcenter_status_key": base + 3,
            "active": active,
            "modified_date": "2026-01-03 00:00:00",
        }
        for number, code, description, active in (
            (1, "SLUG", 'Slug "pulling"', -1),
            (2, "CRACK", "Die crack", 0),
        )
    ]


def _operations(pcn: int, base: int) -> list[dict[str, object]]:
    return [
        {
            "operation_key": base + number,
            "pcn": pcn,
            "operation_code": code,
            "operation_type": "Production",
            "inventory_type": "WIP",
        }
        for number, code in ((1, "STAMP"), (2, "PACK"))
    ]


def _part_operations(pcn: int, base: int) -> list[dict[str, object]]:
    return [
        {
            "part_operation_key": base + number,
            "pcn": pcn,
            "part_key": base + part,
            "operation_no": 10 * step,
            "operation_key": base + step,
            "active": int(number != 3),
            "shippable": int(step == 2),
            "multiple": 2,
            "standard_quantity": 100.0,
            "net_weight": 0.054,
            "modified_date": f"2026-01-0{number} 00:00:00",
        }
        for number, part, step in ((1, 1, 1), (2, 1, 2), (3, 3, 1))
    ]


def _approvals(pcn: int, base: int) -> list[dict[str, object]]:
    return [
        {
            "approved_workcenter_key": base + number,
            "pcn": pcn,
            "workcenter_key": base + workcenter,
            "part_operation_key": base + step,
            "standard_production_rate": 1200.5,
            "ideal_rate": 1300.0 if number == 1 else None,
            "target_rate": 1250.0 if number == 2 else None,
            "setup_time_hours": 1.25,
            "crew_size": 1.0,
            "setup_crew_size": 2.0,
            "note": "",
            "modified_date": f"2026-01-0{number} 00:00:00",
        }
        for number, workcenter, step in ((1, 1, 1), (2, 2, 1), (3, 1, 2))
    ]


def _workcenter(pcn: int, base: int, number: int) -> dict[str, object]:
    return {
        "workcenter_key": base + number,
        "pcn": pcn,
        "workcenter_code": f"STP-0{number}",
        "name": ("Große Presse", "Press_2", "Press 3")[number - 1],
        "workcenter_type": "Press",
        "workcenter_group": "Stamping",
        "department_no": 100 * number,
        "building_key": base + 1,
        "production_line_key": base + 1 if number == 1 else None,
        "plc_name": "",
        "ip_address": "10.0.0.1",
        "active": int(number != 3),
        "modified_date": f"2026-01-0{number} 00:00:00",
    }


def _status_logs(pcn: int, base: int) -> list[dict[str, object]]:
    row: dict[str, object] = {
        "log_key": 0,
        "pcn": pcn,
        "workcenter_key": base + 1,
        "workcenter_code": "STP-01",
        "log_date": "2026-01-05 05:00:00",
        "end_date": None,
        "duration_seconds": None,
        "report_date": "2026-01-05",
        "shift": "A",
        "workcenter_status_key": base + 2,
        "workcenter_status": "Setup",
        "workcenter_event_key": None,
        "event_code": "",
        "workcenter_event": "",
        "setup_key": None,
        "note": "",
        "job_key": None,
        "job_no": "",
        "job_op_key": None,
        "part_key": None,
        "part_no": "",
        "revision": "",
        "part_operation_key": None,
        "operation_no": None,
        "operation_code": "",
        "modified_date": "2026-01-05 05:00:00",
    }
    running = _snapshot(base) | {"workcenter_status_key": base + 1, "workcenter_status": "Production"}
    stopped = {
        "log_date": "2026-01-05 04:00:00",
        "end_date": "2026-01-05 05:00:00",
        "duration_seconds": 3600,
        "shift": "C",
        "workcenter_status_key": base + 3,
        "workcenter_status": "Down - Tooling",
        "workcenter_event_key": base + 1,
        "event_code": "SLUG",
        "workcenter_event": 'Slug "pulling"',
    }
    return [
        row | {"log_key": base + 1, "end_date": "2026-01-05 06:00:00", "duration_seconds": 3600},
        row | running | {"log_key": base + 2, "log_date": "2026-01-05 06:00:00"},
        row | {"log_key": base + 3, "workcenter_key": base + 2, "workcenter_code": "STP-02"},
        row | _snapshot(base) | stopped | {"log_key": base + 4},
    ]


def _parts(pcn: int, base: int) -> list[dict[str, object]]:
    row: dict[str, object] = {
        "part_key": 0,
        "pcn": pcn,
        "part_no": "TP-20418",
        "revision": "C",
        "name": "Bracket",
        "description": 'A "bracket"',
        "part_type": "Finished Good",
        "part_group": "Stamping",
        "part_source": "Manufactured",
        "product_type": "Automotive",
        "part_status": "Production",
        "building_code": "MILL",
        "lead_time_days": 8.0,
        "net_weight": 0.054,
        "standard_pack_quantity": 100.0,
        "container_type": "",
        "unit": "pcs",
        "note": "",
        "created_date": "2026-01-01 00:00:00",
        "modified_date": "2026-01-02 03:04:05.600000",
    }
    return [
        row | {"part_key": base + 1},
        row
        | {
            "part_key": base + 2,
            "part_no": "0012-4E5",
            "revision": "",
            "name": "Clip",
            "part_type": "Raw Material",
        },
        row | {"part_key": base + 3, "part_no": "TP_20418"},
    ]


def _jobs(pcn: int, base: int) -> list[dict[str, object]]:
    row: dict[str, object] = {
        "job_key": 0,
        "pcn": pcn,
        "job_no": "",
        "external_job_code": "",
        "part_key": base + 1,
        "quantity": 1000.0,
        "quantity_completed": 400.5,
        "quantity_scrapped": 0.0,
        "job_status": "Production",
        "job_type": "Standard",
        "priority": "High",
        "due_date": "2026-02-01 12:00:00",
        "earliest_start_date": None,
        "created_date": "2026-01-01 00:00:00",
        "completed_date": None,
        "building_code": "MILL",
        "cancelation_id": None,
        "note": "",
        "modified_date": "2026-01-01 00:00:00",
    }
    done = {"job_status": "Completed", "quantity_completed": 1001.0, "completed_date": "2026-01-20 00:00:00"}
    return [
        row | {"job_key": base + 1, "job_no": "J1", "earliest_start_date": "2026-01-05 00:00:00"},
        row | {"job_key": base + 2, "job_no": "J2", "due_date": "2026-01-15 00:00:00", **done},
        row
        | {"job_key": base + 3, "job_no": "J3", "job_status": "Hold", "priority": "Low", "cancelation_id": 4},
    ]


def _production_logs(pcn: int, base: int) -> list[dict[str, object]]:
    return [
        {
            "production_log_key": base * 1000 + number,
            "pcn": pcn,
            "workcenter_key": base + 1,
            "workcenter_code": "STP-01",
            "record_date": f"2026-01-05 {6 + number // 60:02}:{number % 60:02}:00",
            "report_date": "2026-01-05",
            "shift": "A" if number < 120 else "B",
            "quantity": 10.0 + number % 2 / 2,
            "unit": "pcs",
            "rejected": -(number % 2),
            "scrap_quantity": 0.0,
            "setup_key": None,
            "serial_no": f"SN{base * 1000 + number}",
            "lot_no": "",
            "heat_no": "",
            "tracking_no": "",
            "employee_key": 7,
            "employee_name": "O'Brien, Zoë",
            "cycle_seconds_actual": 2.5 if number % 3 else None,
            **_snapshot(base),
            "modified_date": "2026-01-05 12:00:00",
        }
        for number in range(LOGS)
    ]


def _snapshot(base: int) -> dict[str, object]:
    return {
        "job_key": base + 1,
        "job_no": "J1",
        "job_op_key": base + 1,
        "part_key": base + 1,
        "part_no": "TP-20418",
        "revision": "C",
        "part_operation_key": base + 1,
        "operation_no": 10,
        "operation_code": "STAMP",
    }


def _job_operations(pcn: int, base: int) -> list[dict[str, object]]:
    row: dict[str, object] = {
        "job_op_key": 0,
        "pcn": pcn,
        "job_key": base + 1,
        "operation_no": 10,
        "operation_code": "STAMP",
        "part_operation_key": base + 1,
        "workcenter_key": base + 1,
        "quantity": 1000.0,
        "quantity_completed": 400.5,
        "quantity_scrapped": 2.0,
        "scheduled_start_date": "2026-01-05 05:00:00",
        "scheduled_end_date": "2026-01-06 05:00:00",
        "due_date": "2026-01-07 05:00:00",
        "start_date": "2026-01-05 06:00:00",
        "completed_date": None,
        "job_op_status": "Running",
        "setup_time_hours": 1.25,
        "run_time_hours": 0.833,
        "rate": 1200.5,
        "note": "",
        "cancelation_id": None,
        "modified_date": "2026-01-05 12:00:00",
    }
    waiting = {
        "operation_no": 20,
        "operation_code": "PACK",
        "part_operation_key": base + 2,
        "workcenter_key": None,
        "job_op_status": "Open",
        "scheduled_start_date": None,
        "start_date": None,
        "rate": None,
    }
    done = {"job_key": base + 2, "job_op_status": "Done", "completed_date": "2026-01-06 00:00:00"}
    return [
        row | waiting | {"job_op_key": base + 2},
        row | {"job_op_key": base + 1},
        row | done | {"job_op_key": base + 3, "quantity_completed": 1001.0},
        row | done | {"job_op_key": base + 4, "job_key": base + 1, "operation_no": 5, "cancelation_id": 4},
    ]


def _setups(pcn: int, base: int) -> list[dict[str, object]]:
    """Two that are mounted, and one that was."""
    row: dict[str, object] = {
        "setup_key": 0,
        "pcn": pcn,
        "workcenter_key": base + 1,
        "workcenter_code": "STP-01",
        "tool_key": base + 1,
        "tool_no": "D-01",
        "tool_type": "die",
        "cavities": 2,
        "setup_date": "2026-01-05 05:00:00",
        "teardown_date": None,
        "standard_production_rate": 1200.5,
        "ideal_rate": 1300.0,
        "standard_quantity": 100.0,
        "container_type": "Tote",
        "setup_hours_standard": 1.25,
        "setup_hours_actual": 1.0,
        **_snapshot(base),
        "modified_date": "2026-01-05 06:00:00",
    }
    beside = {"workcenter_key": base + 2, "workcenter_code": "STP-02", "ideal_rate": None}
    over = {"job_key": base + 2, "job_no": "J2", "job_op_key": base + 3, "setup_hours_actual": None}
    return [
        row | {"setup_key": base + 1, "teardown_date": "2026-01-05 05:00:00"},
        row | {"setup_key": base + 2},
        row | beside | over | {"setup_key": base + 3, "modified_date": "2026-01-04 00:00:00"},
    ]


def _setup_operators(pcn: int, base: int) -> list[dict[str, object]]:
    row: dict[str, object] = {
        "setup_operator_key": 0,
        "pcn": pcn,
        "setup_key": base + 2,
        "employee_key": 7,
        "employee_name": "O'Brien, Zoë",
        "clock_in": "2026-01-05 06:00:00.500000",
        "clock_out": None,
    }
    earlier = {"employee_key": 8, "employee_name": "Kowal, Cole", "clock_in": "2026-01-05 05:00:00"}
    gone = {"clock_in": "2026-01-05 04:00:00", "clock_out": "2026-01-05 05:00:00"}
    return [
        row | {"setup_operator_key": base + 1},
        row | earlier | {"setup_operator_key": base + 2},
        row | gone | {"setup_operator_key": base + 3},
    ]


def _scrap_logs(pcn: int, base: int) -> list[dict[str, object]]:
    row: dict[str, object] = {
        "scrap_log_key": 0,
        "pcn": pcn,
        "workcenter_key": base + 1,
        "workcenter_code": "STP-01",
        "record_date": "2026-01-05 06:30:00",
        "report_date": "2026-01-05",
        "shift": "A",
        "quantity": 3.0,
        "unit": "pcs",
        "scrap_reason_key": 1,
        "scrap_reason": "Slug Mark",
        "scrap_category": "Stamping",
        "transaction_type": "Control Panel Scrap",
        "setup_key": base + 2,
        "serial_no": f"SN{base * 1000}",
        "lot_no": "",
        "employee_key": 7,
        "employee_name": "O'Brien, Zoë",
        "note": "",
        **_snapshot(base),
        "modified_date": "2026-01-05 12:00:00",
    }
    back = {"quantity": -3.0, "record_date": "2026-01-05 08:00:00", "transaction_type": "Scrap", "shift": "B"}
    dent = {"scrap_reason": "Dent_2", "scrap_category": "General", "workcenter_key": base + 2}
    return [
        row | {"scrap_log_key": base + 1},
        row | back | {"scrap_log_key": base + 2},
        row | dent | {"scrap_log_key": base + 3, "workcenter_code": "STP-02", "employee_key": None},
    ]


def _containers(pcn: int, base: int) -> list[dict[str, object]]:
    snapshot = {name: value for name, value in _snapshot(base).items() if name != "job_op_key"}
    row: dict[str, object] = {
        "serial_no": "",
        "pcn": pcn,
        **snapshot,
        "quantity": 100.0,
        "unit": "pcs",
        "container_status": "OK",
        "container_type": "Tote",
        "location": "DOCK-01",
        "lot_no": "L1",
        "heat_no": "H1",
        "gross_weight": 6.9,
        "net_weight": 5.4,
        "tare_weight": 1.5,
        "note": "",
        "add_date_time": "2026-01-05 06:00:00",
        "update_date_time": "2026-01-05 07:00:00",
        "modified_date": "2026-01-05 07:00:00",
    }
    held = {"container_status": "Hold", "location": "MRB", "quantity": 99.5, "lot_no": "L_2"}
    strange = {"job_key": None, "job_no": "", "part_no": "TP_20418", "modified_date": "2026-01-06 07:00:00"}
    return [
        row | {"serial_no": f"SN{base}A"},
        row | held | {"serial_no": f"SN{base}B"},
        row | strange | {"serial_no": f"sn{base} ü"},
    ]


def _changes(pcn: int, base: int) -> list[dict[str, object]]:
    row: dict[str, object] = {
        "change_key": 0,
        "pcn": pcn,
        "changed_at": "2026-01-05 06:00:00.250000",
        "application": f"app-{base}",
        "account": "svc.jobs",
        "source_address": "10.0.0.7",
        "request_id": f"r-{base}",
        "resource": "DcJobs",
        "row_key": str(base + 1),
        "action": "update",
        "before": '{"priority":"Low"}',
        "after": '{"priority":"High"}',
    }
    added = {"action": "create", "before": "", "resource": "Parts", "account": ""}
    return [
        row | {"change_key": base + 1},
        row | added | {"change_key": base + 2, "changed_at": "2026-01-06 06:00:00"},
    ]
