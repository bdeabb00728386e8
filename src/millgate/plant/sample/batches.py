"""What the generator hands to a store: rows to be inserted, or replaced by their first column."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one table, all with the same columns.

    A row whose first column is already stored replaces the stored row. Instants are text in UTC
    (`2026-03-14 05:06:07`), dates and times text, truth values 0 and 1.
    """

    table: str
    columns: tuple[str, ...]
    rows: list[tuple[object, ...]]


SNAPSHOT = (
    "job_key job_no job_op_key part_key part_no revision part_operation_key operation_no operation_code"
)

# In an order in which every reference points backwards, so that a store may write batch by batch.
COLUMNS: dict[str, tuple[str, ...]] = {
    f"plant_{table}": tuple(columns.split())
    for table, columns in {
        "pcn": "pcn_key pcn name plexus_customer_code time_zone production_day_start part_rev_separator "
        "modified_date",
        "building": "building_key pcn building_code name city state country active modified_date",
        "department": "department_key pcn department_no name building_key",
        "workcenter_group": "workcenter_group_key pcn workcenter_group",
        "workcenter_type": "workcenter_type_key pcn workcenter_type job_setup",
        "production_line": "production_line_key pcn production_line_code name building_key",
        "workcenter": "workcenter_key pcn workcenter_code name workcenter_type workcenter_group "
        "department_no building_key production_line_key plc_name ip_address active modified_date",
        "part": "part_key pcn part_no revision name description part_type part_group part_source "
        "product_type part_status building_code lead_time_days net_weight standard_pack_quantity "
        "container_type unit note created_date modified_date",
        "tool": "tool_key pcn tool_no tool_type cavities part_key shot_count",
        "employee": "employee_key pcn badge_no last_name first_name department_no shift position active",
        "shift": "shift_key pcn shift start_time end_time planned_break_minutes days_of_week modified_date",
        "calendar_exception": "calendar_exception_key pcn exception_date workcenter_key reason working",
        "operation": "operation_key pcn operation_code operation_type inventory_type",
        "part_operation": "part_operation_key pcn part_key operation_no operation_key active shippable "
        "multiple standard_quantity net_weight modified_date",
        "approved_workcenter": "approved_workcenter_key pcn workcenter_key part_operation_key "
        "standard_production_rate ideal_rate target_rate setup_time_hours crew_size setup_crew_size note "
        "modified_date",
        "bom": "bom_key pcn parent_part_operation_key component_part_key quantity",
        "workcenter_status": "workcenter_status_key pcn description can_run_production production_status "
        "setup_status idle_status downtime_status maintenance_status off_status excess_setup "
        "no_operator_required iso_time_element active modified_date",
        "workcenter_event": "workcenter_event_key pcn code description workcenter_status_key active "
        "modified_date",
        "scrap_reason": "scrap_reason_key pcn scrap_reason scrap_category active",
        "job": "job_key pcn job_no external_job_code part_key quantity quantity_completed quantity_scrapped "
        "job_status job_type priority due_date earliest_start_date created_date completed_date building_code "
        "cancelation_id note modified_date",
        "job_operation": "job_op_key pcn job_key operation_no operation_code part_operation_key "
        "workcenter_key quantity quantity_completed quantity_scrapped scheduled_start_date "
        "scheduled_end_date due_date start_date completed_date job_op_status setup_time_hours "
        "run_time_hours rate note modified_date",
        "workcenter_setup": f"setup_key pcn workcenter_key workcenter_code {SNAPSHOT} tool_key tool_no "
        "tool_type cavities setup_date teardown_date standard_production_rate ideal_rate standard_quantity "
        "container_type setup_hours_standard setup_hours_actual modified_date",
        "setup_operator": "setup_operator_key pcn setup_key employee_key employee_name clock_in clock_out",
        "status_log": "log_key pcn workcenter_key workcenter_code log_date end_date duration_seconds "
        "report_date shift workcenter_status_key workcenter_status workcenter_event_key event_code "
        f"workcenter_event setup_key {SNAPSHOT} note modified_date",
        "production_log": "production_log_key pcn workcenter_key workcenter_code record_date report_date "
        "shift quantity unit rejected scrap_quantity setup_key serial_no lot_no heat_no tracking_no "
        f"employee_key employee_name cycle_seconds_actual {SNAPSHOT} modified_date",
        "scrap_log": "scrap_log_key pcn workcenter_key workcenter_code record_date report_date shift "
        "quantity unit scrap_reason_key scrap_reason scrap_category transaction_type setup_key serial_no "
        f"lot_no employee_key employee_name note {SNAPSHOT} modified_date",
        "container": "serial_no pcn part_key part_no revision part_operation_key operation_no operation_code "
        "job_key job_no quantity unit container_status container_type location lot_no heat_no gross_weight "
        "net_weight tare_weight note add_date_time update_date_time modified_date",
        "simulation": "simulation_key pcn state made_until",
    }.items()
}


def batch(entity: str, rows: Iterable[tuple[object, ...]]) -> Batch:
    """Rows of the table `plant_<entity>`, in that table's column order."""
    table = f"plant_{entity}"
    return Batch(table, COLUMNS[table], list(rows))


def filled(batches: Iterable[Batch]) -> Iterator[Batch]:
    """The batches that have rows."""
    return (each for each in batches if each.rows)
