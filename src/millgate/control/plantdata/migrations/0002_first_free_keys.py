"""Keys that the database hands out begin where the simulation of the sample company never gets to."""

from typing import Any

from django.db import migrations

# As `millgate.plant.sample.ledger` promises it. A migration keeps what it was written with.
FIRST_FREE_KEY = 5_000_000_000

KEYS = {
    "plant_part": "part_key",
    "plant_approved_workcenter": "approved_workcenter_key",
    "plant_job": "job_key",
    "plant_job_operation": "job_op_key",
    "plant_workcenter_setup": "setup_key",
    "plant_status_log": "log_key",
    "plant_production_log": "production_log_key",
    "plant_scrap_log": "scrap_log_key",
}
"""The primary key of each table in which programs make rows.

On SQLite the start is lost when a table is made anew, as Django does to change a column: such a migration
runs `start_keys` again.
"""


def start_keys(_apps: object, schema_editor: Any) -> None:
    """Let each table's next own key be `FIRST_FREE_KEY`, or a later one that is already reached."""
    start = _start_sqlite if schema_editor.connection.vendor == "sqlite" else _start_postgresql
    with schema_editor.connection.cursor() as cursor:
        for table, key in KEYS.items():
            start(cursor, table, key)


def _start_sqlite(cursor: Any, table: str, _key: str) -> None:
    last = FIRST_FREE_KEY - 1
    cursor.execute("UPDATE sqlite_sequence SET seq = max(seq, %s) WHERE name = %s", [last, table])
    cursor.execute(
        "INSERT INTO sqlite_sequence (name, seq) SELECT %s, %s"
        " WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = %s)",
        [table, last, table],
    )


def _start_postgresql(cursor: Any, table: str, key: str) -> None:
    cursor.execute(f'SELECT greatest(max("{key}") + 1, %s) FROM "{table}"', [FIRST_FREE_KEY])
    cursor.execute(f'ALTER TABLE "{table}" ALTER COLUMN "{key}" RESTART WITH {cursor.fetchone()[0]}')


class Migration(migrations.Migration):
    dependencies = [("plantdata", "0001_initial")]
    operations = [migrations.RunPython(start_keys, migrations.RunPython.noop)]
