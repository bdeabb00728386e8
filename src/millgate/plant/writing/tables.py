"""The plant's tables as writing sees them: those of their columns that it reads or fills.

A test compares them with the migrated database.
"""

from __future__ import annotations

from typing import Final

import msgspec


class Table(msgspec.Struct, frozen=True):
    """One table.

    Attributes:
        name: in the database.
        resource: in the audit trail: the resource that shows its rows, or the nearest name for it.
        columns: its columns, the key first.
        instants, dates, truths: those that need reading, for SQLite keeps them as texts and integers.
    """

    name: str
    resource: str
    columns: tuple[str, ...]
    instants: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    truths: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The key's column."""
        return self.columns[0]

    @property
    def stamped(self) -> bool:
        """Whether its rows know when they were changed."""
        return "modified_date" in self.columns


def _table(
    name: str, resource: str, columns: str, *, instants: str = "", dates: str = "", truths: str = ""
) -> Table:
    """Columns are given apart by how they are read; the key begins the first of them."""
    return Table(
        f"plant_{name}",
        resource,
        (*columns.split(), "pcn", *instants.split(), *dates.split(), *truths.split()),
        tuple(instants.split()),
        tuple(dates.split()),
        tuple(truths.split()),
    )


SNAPSHOT_COLUMNS: Final = (
    "job_key",
    "job_no",
    "job_op_key",
    "part_key",
    "part_no",
    "revision",
    "part_operation_key",
    "operation_no",
    "operation_code",
)
_SNAPSHOT: Final = " ".join(SNAPSHOT_COLUMNS)

COMPANY: Final = _table("pcn", "CompanyProfile", "pcn_key name time_zone production_day_start")
SHIFT: Final = _table("shift", "Shifts", "shift_key shift start_time end_time days_of_week")
BUILDING: Final = _table("building", "Buildings", "building_key building_code")
WORKCENTER: Final = _table(
    "workcenter", "Workcenters", "workcenter_key workcenter_code name", truths="active"
)
EMPLOYEE: Final = _table("employee", "Employees", "employee_key last_name first_name")
WORKCENTER_STATUS: Final = _table(
    "workcenter_status",
    "WorkcenterStatuses",
    "workcenter_status_key description",
    truths="can_run_production active",
)
WORKCENTER_EVENT: Final = _table(
    "workcenter_event", "WorkcenterEvents", "workcenter_event_key code description", truths="active"
)
SCRAP_REASON: Final = _table(
    "scrap_reason", "ScrapReasons", "scrap_reason_key scrap_reason scrap_category", truths="active"
)
OPERATION: Final = _table("operation", "Operations", "operation_key operation_code")
PART_OPERATION: Final = _table(
    "part_operation",
    "PartOperations",
    "part_operation_key part_key operation_no operation_key",
    truths="active",
)

PART: Final = _table(
    "part",
    "Parts",
    "part_key part_no revision name description part_type part_group part_source product_type part_status"
    " building_code lead_time_days net_weight standard_pack_quantity container_type unit note",
    instants="created_date modified_date",
)
APPROVED_WORKCENTER: Final = _table(
    "approved_workcenter",
    "ApprovedWorkcenters",
    "approved_workcenter_key workcenter_key part_operation_key standard_production_rate ideal_rate"
    " target_rate setup_time_hours crew_size setup_crew_size note",
    instants="modified_date",
)
JOB: Final = _table(
    "job",
    "DcJobs",
    "job_key job_no external_job_code part_key quantity quantity_completed quantity_scrapped job_status"
    " job_type priority building_code cancelation_id note",
    instants="due_date earliest_start_date created_date completed_date modified_date",
)
JOB_OPERATION: Final = _table(
    "job_operation",
    "DcJobOperations",
    "job_op_key job_key operation_no operation_code part_operation_key workcenter_key quantity"
    " quantity_completed quantity_scrapped job_op_status setup_time_hours run_time_hours rate cancelation_id"
    " note",
    instants="scheduled_start_date scheduled_end_date due_date start_date completed_date modified_date",
)
SETUP: Final = _table(
    "workcenter_setup",
    "WorkcenterSetups",
    f"setup_key workcenter_key workcenter_code {_SNAPSHOT} container_type setup_hours_actual",
    instants="setup_date teardown_date modified_date",
)
STATUS_LOG: Final = _table(
    "status_log",
    "WorkcenterStatusLogs",
    "log_key workcenter_key workcenter_code duration_seconds shift workcenter_status_key workcenter_status"
    f" workcenter_event_key event_code workcenter_event setup_key note {_SNAPSHOT}",
    instants="log_date end_date modified_date",
    dates="report_date",
)
PRODUCTION_LOG: Final = _table(
    "production_log",
    "WorkcenterProductionLogs",
    "production_log_key workcenter_key workcenter_code shift quantity unit scrap_quantity setup_key"
    " serial_no lot_no heat_no tracking_no employee_key employee_name cycle_seconds_actual"
    f" {_SNAPSHOT}",
    instants="record_date modified_date",
    dates="report_date",
    truths="rejected",
)
SCRAP_LOG: Final = _table(
    "scrap_log",
    "WorkcenterScrapLogs",
    "scrap_log_key workcenter_key workcenter_code shift quantity unit scrap_reason_key scrap_reason"
    " scrap_category transaction_type setup_key serial_no lot_no employee_key employee_name note"
    f" {_SNAPSHOT}",
    instants="record_date modified_date",
    dates="report_date",
)
CONTAINER: Final = _table(
    "container",
    "Containers",
    "serial_no part_key part_no revision part_operation_key operation_no operation_code job_key job_no"
    " quantity unit container_status container_type location lot_no heat_no gross_weight net_weight"
    " tare_weight note",
    instants="add_date_time update_date_time modified_date",
)
CHANGE: Final = _table(
    "change",
    "",
    "change_key application account source_address request_id resource row_key action before after",
    instants="changed_at",
)
IDEMPOTENCY: Final = _table(
    "idempotency",
    "",
    "idempotency_id application idempotency_key target fingerprint status body headers",
    instants="made_at",
)
