"""A migrated plant database with a handful of rows of two companies.

The tables are made by the product's migrations, once per process, in a process of their own so that
Django is set up nowhere else; each caller gets a copy of the file.
"""

from __future__ import annotations

import atexit
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from millgate.core.values import Principal
from millgate.plant.registry import controllers
from millgate.stores.sqlite.plant import SqlitePlantWriter
from millgate.wire.calls import BackendCall
from support.exchange import request_of

HOME_PCN = 1
OTHER_PCN = 2
LOGS = 250
"""Production logs of workcenter 101, one a minute from 2026-01-05T06:00:00Z."""

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
        target=target,
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
        ),
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
        table("status_log", *_status_logs(pcn, base)),
        table("part", *_parts(pcn, base)),
        table("job", *_jobs(pcn, base)),
        table("production_log", *_production_logs(pcn, base)),
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
        "workcenter_status_key": 1,
        "workcenter_status": "Setup",
        "workcenter_event_key": None,
        "event_code": "",
        "workcenter_event": "",
        "setup_key": None,
        "note": "",
        "job_no": "",
        "part_no": "",
        "revision": "",
        "operation_code": "",
        "modified_date": "2026-01-05 05:00:00",
    }
    return [
        row | {"log_key": base + 1, "end_date": "2026-01-05 06:00:00", "duration_seconds": 3600},
        row | {"log_key": base + 2, "log_date": "2026-01-05 06:00:00", "workcenter_status": "Production"},
        row | {"log_key": base + 3, "workcenter_key": base + 2, "workcenter_code": "STP-02"},
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
        row | {"job_key": base + 1, "job_no": "J1"},
        row | {"job_key": base + 2, "job_no": "J2", "due_date": "2026-01-15 00:00:00", **done},
        row | {"job_key": base + 3, "job_no": "J3", "job_status": "Hold", "priority": "Low"},
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
            "cycle_seconds_actual": None,
            "job_key": base + 1,
            "job_no": "J1",
            "job_op_key": None,
            "part_key": base + 1,
            "part_no": "TP-20418",
            "revision": "C",
            "part_operation_key": None,
            "operation_no": 20,
            "operation_code": "Stamp",
            "modified_date": "2026-01-05 12:00:00",
        }
        for number in range(LOGS)
    ]
