"""Every table of a plant.

Columns are the wire's names in snake case. Keys are given by whoever writes the row and are unique over
all companies, so that a key alone names its row. What a log or a setup says about part, job, operation
and person is a copy taken at the time: it must read the same after its job is gone, and reading it must
not need a join. Its keys are therefore plain numbers, while master data and schedules hold enforced
references.
"""

from django.db import models
from django.db.models import Index, Q, UniqueConstraint


class PlantRow(models.Model):
    """What all tables share: the company (PCN) a row belongs to."""

    pcn = models.IntegerField()

    class Meta:
        abstract = True


class WireRow(PlantRow):
    """A row that a resource shows; clients ask for it by the UTC time of its last change."""

    modified_date = models.DateTimeField()

    class Meta:
        abstract = True


class Snapshot(models.Model):
    """A copy of the job, part and operation that ran when the row was written."""

    job_key = models.BigIntegerField(null=True)
    job_no = models.CharField(max_length=20, default="", blank=True)
    job_op_key = models.BigIntegerField(null=True)
    part_key = models.BigIntegerField(null=True)
    part_no = models.CharField(max_length=100, default="", blank=True)
    revision = models.CharField(max_length=8, default="", blank=True)
    part_operation_key = models.BigIntegerField(null=True)
    operation_no = models.IntegerField(null=True)
    operation_code = models.CharField(max_length=30, default="", blank=True)

    class Meta:
        abstract = True


class Pcn(WireRow):
    """A company as the API sees it: one tenant, with its own clock and production day.

    `pcn_key` and `pcn` hold the same number.
    """

    pcn_key = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=100)
    plexus_customer_code = models.CharField(max_length=50)
    time_zone = models.CharField(max_length=64)
    production_day_start = models.TimeField()
    part_rev_separator = models.CharField(max_length=4, default="-")

    class Meta:
        db_table = "plant_pcn"
        constraints = [UniqueConstraint(fields=["plexus_customer_code"], name="plant_pcn_code")]

    def __str__(self) -> str:
        return self.name


class Building(WireRow):
    """A building of a company: a physical group of departments."""

    building_key = models.BigAutoField(primary_key=True)
    building_code = models.CharField(max_length=50)
    name = models.CharField(max_length=100)
    city = models.CharField(max_length=100, default="", blank=True)
    state = models.CharField(max_length=50, default="", blank=True)
    country = models.CharField(max_length=50, default="", blank=True)
    active = models.BooleanField(default=True)

    class Meta:
        db_table = "plant_building"
        constraints = [UniqueConstraint(fields=["pcn", "building_code"], name="plant_building_code")]

    def __str__(self) -> str:
        return self.name


class Department(PlantRow):
    """An area in the sense of ISA-95, known on the wire by its number."""

    department_key = models.BigAutoField(primary_key=True)
    department_no = models.IntegerField()
    name = models.CharField(max_length=100)
    building = models.ForeignKey(Building, models.PROTECT, db_column="building_key", related_name="+")

    class Meta:
        db_table = "plant_department"
        constraints = [UniqueConstraint(fields=["pcn", "department_no"], name="plant_department_no")]

    def __str__(self) -> str:
        return self.name


class WorkcenterGroup(PlantRow):
    """A word in `workcenter.workcenter_group`: machines that can stand in for each other."""

    workcenter_group_key = models.BigAutoField(primary_key=True)
    workcenter_group = models.CharField(max_length=50)

    class Meta:
        db_table = "plant_workcenter_group"
        constraints = [
            UniqueConstraint(fields=["pcn", "workcenter_group"], name="plant_workcenter_group_name")
        ]

    def __str__(self) -> str:
        return self.workcenter_group


class WorkcenterType(PlantRow):
    """A word in `workcenter.workcenter_type`, and whether such machines are set up for jobs."""

    workcenter_type_key = models.BigAutoField(primary_key=True)
    workcenter_type = models.CharField(max_length=50)
    job_setup = models.BooleanField(default=True)

    class Meta:
        db_table = "plant_workcenter_type"
        constraints = [UniqueConstraint(fields=["pcn", "workcenter_type"], name="plant_workcenter_type_name")]

    def __str__(self) -> str:
        return self.workcenter_type


class ProductionLine(PlantRow):
    """A production line in the sense of ISA-95: workcenters that stand together."""

    production_line_key = models.BigAutoField(primary_key=True)
    production_line_code = models.CharField(max_length=50)
    name = models.CharField(max_length=100)
    building = models.ForeignKey(Building, models.PROTECT, db_column="building_key", related_name="+")

    class Meta:
        db_table = "plant_production_line"
        constraints = [
            UniqueConstraint(fields=["pcn", "production_line_code"], name="plant_production_line_code")
        ]

    def __str__(self) -> str:
        return self.name


class Workcenter(WireRow):
    """A machine or cell: a work unit in the sense of ISA-95, on which the KPIs of ISO 22400 are defined."""

    workcenter_key = models.BigAutoField(primary_key=True)
    workcenter_code = models.CharField(max_length=50)
    name = models.CharField(max_length=100)
    workcenter_type = models.CharField(max_length=50)
    workcenter_group = models.CharField(max_length=50)
    department_no = models.IntegerField()
    building = models.ForeignKey(Building, models.PROTECT, db_column="building_key", related_name="+")
    production_line = models.ForeignKey(
        ProductionLine, models.PROTECT, db_column="production_line_key", related_name="+", null=True
    )
    plc_name = models.CharField(max_length=50, default="", blank=True)
    ip_address = models.CharField(max_length=45, default="", blank=True)
    active = models.BooleanField(default=True)

    class Meta:
        db_table = "plant_workcenter"
        constraints = [UniqueConstraint(fields=["pcn", "workcenter_code"], name="plant_workcenter_code")]

    def __str__(self) -> str:
        return self.name


class Part(WireRow):
    """One revision of a part number."""

    part_key = models.BigAutoField(primary_key=True)
    part_no = models.CharField(max_length=100)
    revision = models.CharField(max_length=8, default="", blank=True)
    name = models.CharField(max_length=100, default="", blank=True)
    description = models.CharField(max_length=500, default="", blank=True)
    part_type = models.CharField(max_length=50, default="", blank=True)
    part_group = models.CharField(max_length=50, default="", blank=True)
    part_source = models.CharField(max_length=50, default="", blank=True)
    product_type = models.CharField(max_length=50, default="", blank=True)
    part_status = models.CharField(max_length=50, default="", blank=True)
    building_code = models.CharField(max_length=50, default="", blank=True)
    lead_time_days = models.FloatField(default=0)
    net_weight = models.FloatField(default=0)
    standard_pack_quantity = models.FloatField(default=0)
    container_type = models.CharField(max_length=50, default="", blank=True)
    unit = models.CharField(max_length=20, default="pcs")
    note = models.CharField(max_length=500, default="", blank=True)
    created_date = models.DateTimeField()

    class Meta:
        db_table = "plant_part"
        constraints = [UniqueConstraint(fields=["pcn", "part_no", "revision"], name="plant_part_revision")]

    def __str__(self) -> str:
        return self.name


class Tool(PlantRow):
    """A die, mold or fixture, and the part it was built for."""

    tool_key = models.BigAutoField(primary_key=True)
    tool_no = models.CharField(max_length=50)
    tool_type = models.CharField(max_length=20)
    cavities = models.IntegerField(default=1)
    part = models.ForeignKey(Part, models.PROTECT, db_column="part_key", related_name="+", null=True)
    shot_count = models.BigIntegerField(default=0)

    class Meta:
        db_table = "plant_tool"
        constraints = [UniqueConstraint(fields=["pcn", "tool_no"], name="plant_tool_no")]

    def __str__(self) -> str:
        return self.tool_no


class Employee(PlantRow):
    """A person who works in the plant; operators sign in to setups."""

    employee_key = models.BigAutoField(primary_key=True)
    badge_no = models.CharField(max_length=20)
    last_name = models.CharField(max_length=50)
    first_name = models.CharField(max_length=50)
    department_no = models.IntegerField()
    shift = models.CharField(max_length=10, default="", blank=True)
    position = models.CharField(max_length=50, default="", blank=True)
    active = models.BooleanField(default=True)

    class Meta:
        db_table = "plant_employee"
        constraints = [UniqueConstraint(fields=["pcn", "badge_no"], name="plant_employee_badge")]

    def __str__(self) -> str:
        return self.badge_no


class Shift(WireRow):
    """A shift of the production day; times are wall times of the plant, days are names like `Mon,Tue`."""

    shift_key = models.BigAutoField(primary_key=True)
    shift = models.CharField(max_length=10)
    start_time = models.TimeField()
    end_time = models.TimeField()
    planned_break_minutes = models.IntegerField(default=0)
    days_of_week = models.CharField(max_length=50, default="", blank=True)

    class Meta:
        db_table = "plant_shift"
        constraints = [UniqueConstraint(fields=["pcn", "shift"], name="plant_shift_name")]

    def __str__(self) -> str:
        return self.shift


class CalendarException(PlantRow):
    """A production day that differs from the week's pattern, for the plant or for one workcenter."""

    calendar_exception_key = models.BigAutoField(primary_key=True)
    exception_date = models.DateField()
    workcenter = models.ForeignKey(
        Workcenter, models.PROTECT, db_column="workcenter_key", related_name="+", null=True
    )
    reason = models.CharField(max_length=100)
    working = models.BooleanField(default=False)

    class Meta:
        db_table = "plant_calendar_exception"
        indexes = [Index(fields=["pcn", "exception_date"], name="plant_calendar_exc_date")]

    def __str__(self) -> str:
        return self.reason


class Operation(PlantRow):
    """A kind of work, used by the routings of many parts."""

    operation_key = models.BigAutoField(primary_key=True)
    operation_code = models.CharField(max_length=30)
    operation_type = models.CharField(max_length=50, default="", blank=True)
    inventory_type = models.CharField(max_length=50, default="", blank=True)

    class Meta:
        db_table = "plant_operation"
        constraints = [UniqueConstraint(fields=["pcn", "operation_code"], name="plant_operation_code")]

    def __str__(self) -> str:
        return self.operation_code


class PartOperation(WireRow):
    """One step of a part's routing; `multiple` is pieces per stroke or cycle."""

    part_operation_key = models.BigAutoField(primary_key=True)
    part = models.ForeignKey(Part, models.PROTECT, db_column="part_key", related_name="+")
    operation_no = models.IntegerField()
    operation = models.ForeignKey(
        Operation, models.PROTECT, db_column="operation_key", related_name="+", db_index=False
    )
    active = models.BooleanField(default=True)
    shippable = models.BooleanField(default=False)
    multiple = models.IntegerField(default=1)
    standard_quantity = models.FloatField(default=0)
    net_weight = models.FloatField(default=0)

    class Meta:
        db_table = "plant_part_operation"
        constraints = [UniqueConstraint(fields=["part", "operation_no"], name="plant_part_operation_no")]

    def __str__(self) -> str:
        return str(self.part_operation_key)


class ApprovedWorkcenter(WireRow):
    """Leave to run a part operation on a workcenter, with its rates in pieces an hour.

    `standard_production_rate` plans; `ideal_rate`, where given, is what performance is measured against.
    """

    approved_workcenter_key = models.BigAutoField(primary_key=True)
    workcenter = models.ForeignKey(Workcenter, models.PROTECT, db_column="workcenter_key", related_name="+")
    part_operation = models.ForeignKey(
        PartOperation, models.PROTECT, db_column="part_operation_key", related_name="+", db_index=False
    )
    standard_production_rate = models.FloatField()
    ideal_rate = models.FloatField(null=True)
    target_rate = models.FloatField(null=True)
    setup_time_hours = models.FloatField(default=0)
    crew_size = models.FloatField(default=1)
    setup_crew_size = models.FloatField(default=1)
    note = models.CharField(max_length=500, default="", blank=True)

    class Meta:
        db_table = "plant_approved_workcenter"
        constraints = [
            UniqueConstraint(fields=["part_operation", "workcenter"], name="plant_approved_workcenter_op")
        ]

    def __str__(self) -> str:
        return str(self.approved_workcenter_key)


class Bom(PlantRow):
    """Material that one piece of a part operation consumes."""

    bom_key = models.BigAutoField(primary_key=True)
    parent_part_operation = models.ForeignKey(
        PartOperation, models.PROTECT, db_column="parent_part_operation_key", related_name="+"
    )
    component_part = models.ForeignKey(
        Part, models.PROTECT, db_column="component_part_key", related_name="+", db_index=False
    )
    quantity = models.FloatField()

    class Meta:
        db_table = "plant_bom"

    def __str__(self) -> str:
        return str(self.bom_key)


class WorkcenterStatus(WireRow):
    """A state a workcenter can be in, with the flags that place its time in ISO 22400.

    `iso_time_element` is APT, AUST, ADET or none; planned busy time leaves out `off_status` and planned
    maintenance.
    """

    workcenter_status_key = models.BigAutoField(primary_key=True)
    description = models.CharField(max_length=50)
    can_run_production = models.BooleanField(default=False)
    production_status = models.BooleanField(default=False)
    setup_status = models.BooleanField(default=False)
    idle_status = models.BooleanField(default=False)
    downtime_status = models.BooleanField(default=False)
    maintenance_status = models.BooleanField(default=False)
    off_status = models.BooleanField(default=False)
    excess_setup = models.BooleanField(default=False)
    no_operator_required = models.BooleanField(default=False)
    iso_time_element = models.CharField(max_length=10, default="none")
    active = models.BooleanField(default=True)

    class Meta:
        db_table = "plant_workcenter_status"
        constraints = [UniqueConstraint(fields=["pcn", "description"], name="plant_workcenter_status_name")]

    def __str__(self) -> str:
        return self.description


class WorkcenterEvent(WireRow):
    """A reason for a stop, and the status it usually goes with."""

    workcenter_event_key = models.BigAutoField(primary_key=True)
    code = models.CharField(max_length=30)
    description = models.CharField(max_length=100)
    workcenter_status = models.ForeignKey(
        WorkcenterStatus, models.PROTECT, db_column="workcenter_status_key", related_name="+"
    )
    active = models.BooleanField(default=True)

    class Meta:
        db_table = "plant_workcenter_event"
        constraints = [UniqueConstraint(fields=["pcn", "code"], name="plant_workcenter_event_code")]

    def __str__(self) -> str:
        return self.description


class ScrapReason(PlantRow):
    """Why pieces were scrapped; the category is the process it belongs to."""

    scrap_reason_key = models.BigAutoField(primary_key=True)
    scrap_reason = models.CharField(max_length=50)
    scrap_category = models.CharField(max_length=50, default="", blank=True)
    active = models.BooleanField(default=True)

    class Meta:
        db_table = "plant_scrap_reason"
        constraints = [UniqueConstraint(fields=["pcn", "scrap_reason"], name="plant_scrap_reason_name")]

    def __str__(self) -> str:
        return self.scrap_reason


class Job(WireRow):
    """An order to make a quantity of one part; its quantities count good pieces of its last operation."""

    job_key = models.BigAutoField(primary_key=True)
    job_no = models.CharField(max_length=20)
    external_job_code = models.CharField(max_length=50, default="", blank=True)
    part = models.ForeignKey(Part, models.PROTECT, db_column="part_key", related_name="+")
    quantity = models.FloatField()
    quantity_completed = models.FloatField(default=0)
    quantity_scrapped = models.FloatField(default=0)
    job_status = models.CharField(max_length=20)
    job_type = models.CharField(max_length=20, default="Standard")
    priority = models.CharField(max_length=10, default="Medium")
    due_date = models.DateTimeField()
    earliest_start_date = models.DateTimeField(null=True)
    created_date = models.DateTimeField()
    completed_date = models.DateTimeField(null=True)
    building_code = models.CharField(max_length=50, default="", blank=True)
    cancelation_id = models.BigIntegerField(null=True)
    note = models.CharField(max_length=500, default="", blank=True)

    class Meta:
        db_table = "plant_job"
        indexes = [
            Index(fields=["pcn", "due_date"], name="plant_job_due"),
            Index(fields=["pcn", "job_status"], name="plant_job_status"),
            Index(fields=["pcn", "modified_date"], name="plant_job_modified"),
        ]
        constraints = [UniqueConstraint(fields=["pcn", "job_no"], name="plant_job_no")]

    def __str__(self) -> str:
        return self.job_no


class JobOperation(WireRow):
    """One step of a job on the workcenter it is planned for; times in hours, rate in pieces an hour."""

    job_op_key = models.BigAutoField(primary_key=True)
    job = models.ForeignKey(Job, models.PROTECT, db_column="job_key", related_name="+")
    operation_no = models.IntegerField()
    operation_code = models.CharField(max_length=30)
    part_operation = models.ForeignKey(
        PartOperation, models.PROTECT, db_column="part_operation_key", related_name="+", db_index=False
    )
    workcenter = models.ForeignKey(
        Workcenter, models.PROTECT, db_column="workcenter_key", related_name="+", null=True
    )
    quantity = models.FloatField()
    quantity_completed = models.FloatField(default=0)
    quantity_scrapped = models.FloatField(default=0)
    scheduled_start_date = models.DateTimeField(null=True)
    scheduled_end_date = models.DateTimeField(null=True)
    due_date = models.DateTimeField(null=True)
    start_date = models.DateTimeField(null=True)
    completed_date = models.DateTimeField(null=True)
    job_op_status = models.CharField(max_length=20, default="Open")
    setup_time_hours = models.FloatField(default=0)
    run_time_hours = models.FloatField(default=0)
    rate = models.FloatField(null=True)
    cancelation_id = models.BigIntegerField(null=True)
    note = models.CharField(max_length=500, default="", blank=True)

    class Meta:
        db_table = "plant_job_operation"
        constraints = [UniqueConstraint(fields=["job", "operation_no"], name="plant_job_operation_no")]

    def __str__(self) -> str:
        return self.operation_code


class WorkcenterSetup(Snapshot, WireRow):
    """A job operation mounted on a workcenter, from `setup_date` until `teardown_date` (null while it is).

    Rates are those of the day of the setup; `setup_hours_actual` is null until the first good piece.
    """

    setup_key = models.BigAutoField(primary_key=True)
    workcenter = models.ForeignKey(
        Workcenter, models.PROTECT, db_column="workcenter_key", related_name="+", db_index=False
    )
    workcenter_code = models.CharField(max_length=50)
    tool_key = models.BigIntegerField(null=True)
    tool_no = models.CharField(max_length=50, default="", blank=True)
    tool_type = models.CharField(max_length=20, default="", blank=True)
    cavities = models.IntegerField(null=True)
    setup_date = models.DateTimeField()
    teardown_date = models.DateTimeField(null=True)
    standard_production_rate = models.FloatField()
    ideal_rate = models.FloatField(null=True)
    standard_quantity = models.FloatField(default=0)
    container_type = models.CharField(max_length=50, default="", blank=True)
    setup_hours_standard = models.FloatField(default=0)
    setup_hours_actual = models.FloatField(null=True)

    class Meta:
        db_table = "plant_workcenter_setup"
        indexes = [
            Index(fields=["pcn", "workcenter", "setup_date"], name="plant_setup_workcenter"),
            Index(
                fields=["pcn", "workcenter"], name="plant_setup_open", condition=Q(teardown_date__isnull=True)
            ),
            Index(fields=["job_op_key"], name="plant_setup_job_op"),
        ]

    def __str__(self) -> str:
        return self.tool_no


class SetupOperator(PlantRow):
    """A person's time at a setup; `clock_out` is null while they are on it."""

    setup_operator_key = models.BigAutoField(primary_key=True)
    setup_key = models.BigIntegerField()
    employee_key = models.BigIntegerField()
    employee_name = models.CharField(max_length=110)
    clock_in = models.DateTimeField()
    clock_out = models.DateTimeField(null=True)

    class Meta:
        db_table = "plant_setup_operator"
        indexes = [Index(fields=["setup_key"], name="plant_setup_operator_setup")]

    def __str__(self) -> str:
        return str(self.setup_operator_key)


class StatusLog(Snapshot, WireRow):
    """A stretch of time a workcenter spent in one status.

    Rows of a workcenter follow each other without gap or overlap; the last one is open: its end and
    duration are null. Shift and report date are those of its beginning.
    """

    log_key = models.BigAutoField(primary_key=True)
    workcenter_key = models.BigIntegerField()
    workcenter_code = models.CharField(max_length=50)
    log_date = models.DateTimeField()
    end_date = models.DateTimeField(null=True)
    duration_seconds = models.IntegerField(null=True)
    report_date = models.DateField()
    shift = models.CharField(max_length=10, default="", blank=True)
    workcenter_status_key = models.BigIntegerField()
    workcenter_status = models.CharField(max_length=50)
    workcenter_event_key = models.BigIntegerField(null=True)
    event_code = models.CharField(max_length=30, default="", blank=True)
    workcenter_event = models.CharField(max_length=100, default="", blank=True)
    setup_key = models.BigIntegerField(null=True)
    note = models.CharField(max_length=500, default="", blank=True)

    class Meta:
        db_table = "plant_status_log"
        indexes = [
            Index(fields=["pcn", "workcenter_key", "log_date"], name="plant_status_log_read"),
            Index(fields=["pcn", "log_date"], name="plant_status_log_time"),
            Index(
                fields=["pcn", "workcenter_key"],
                name="plant_status_log_open",
                condition=Q(end_date__isnull=True),
            ),
            Index(fields=["pcn", "modified_date"], name="plant_status_log_modified"),
        ]

    def __str__(self) -> str:
        return self.shift


class ProductionLog(Snapshot, WireRow):
    """Good pieces put in one container by one person.

    `scrap_quantity` is the scrap recorded against the same container.
    """

    production_log_key = models.BigAutoField(primary_key=True)
    workcenter_key = models.BigIntegerField()
    workcenter_code = models.CharField(max_length=50)
    record_date = models.DateTimeField()
    report_date = models.DateField()
    shift = models.CharField(max_length=10, default="", blank=True)
    quantity = models.FloatField()
    unit = models.CharField(max_length=20, default="pcs")
    rejected = models.BooleanField(default=False)
    scrap_quantity = models.FloatField(default=0)
    setup_key = models.BigIntegerField(null=True)
    serial_no = models.CharField(max_length=25, default="", blank=True)
    lot_no = models.CharField(max_length=25, default="", blank=True)
    heat_no = models.CharField(max_length=50, default="", blank=True)
    tracking_no = models.CharField(max_length=50, default="", blank=True)
    employee_key = models.BigIntegerField(null=True)
    employee_name = models.CharField(max_length=110, default="", blank=True)
    cycle_seconds_actual = models.FloatField(null=True)

    class Meta:
        db_table = "plant_production_log"
        indexes = [
            Index(fields=["pcn", "workcenter_key", "record_date"], name="plant_production_log_read"),
            Index(fields=["pcn", "record_date"], name="plant_production_log_time"),
            Index(fields=["pcn", "modified_date"], name="plant_production_log_modified"),
            Index(fields=["serial_no"], name="plant_production_log_serial"),
            Index(fields=["job_op_key"], name="plant_production_log_job_op"),
        ]

    def __str__(self) -> str:
        return self.serial_no


class ScrapLog(Snapshot, WireRow):
    """Pieces scrapped for one reason; a negative quantity takes an earlier row back."""

    scrap_log_key = models.BigAutoField(primary_key=True)
    workcenter_key = models.BigIntegerField()
    workcenter_code = models.CharField(max_length=50)
    record_date = models.DateTimeField()
    report_date = models.DateField()
    shift = models.CharField(max_length=10, default="", blank=True)
    quantity = models.FloatField()
    unit = models.CharField(max_length=20, default="pcs")
    scrap_reason_key = models.BigIntegerField(null=True)
    scrap_reason = models.CharField(max_length=50)
    scrap_category = models.CharField(max_length=50, default="", blank=True)
    transaction_type = models.CharField(max_length=30)
    setup_key = models.BigIntegerField(null=True)
    serial_no = models.CharField(max_length=25, default="", blank=True)
    lot_no = models.CharField(max_length=25, default="", blank=True)
    employee_key = models.BigIntegerField(null=True)
    employee_name = models.CharField(max_length=110, default="", blank=True)
    note = models.CharField(max_length=500, default="", blank=True)

    class Meta:
        db_table = "plant_scrap_log"
        indexes = [
            Index(fields=["pcn", "workcenter_key", "record_date"], name="plant_scrap_log_read"),
            Index(fields=["pcn", "record_date"], name="plant_scrap_log_time"),
            Index(fields=["pcn", "modified_date"], name="plant_scrap_log_modified"),
        ]

    def __str__(self) -> str:
        return self.serial_no


class Container(WireRow):
    """A labelled box of pieces after one operation; weights in kg.

    A box that the next operation has used up stays with quantity 0.
    """

    serial_no = models.CharField(max_length=25, primary_key=True)
    part_key = models.BigIntegerField()
    part_no = models.CharField(max_length=100)
    revision = models.CharField(max_length=8, default="", blank=True)
    part_operation_key = models.BigIntegerField()
    operation_no = models.IntegerField()
    operation_code = models.CharField(max_length=30)
    job_key = models.BigIntegerField(null=True)
    job_no = models.CharField(max_length=20, default="", blank=True)
    quantity = models.FloatField()
    unit = models.CharField(max_length=20, default="pcs")
    container_status = models.CharField(max_length=20)
    container_type = models.CharField(max_length=50, default="", blank=True)
    location = models.CharField(max_length=50, default="", blank=True)
    lot_no = models.CharField(max_length=25, default="", blank=True)
    heat_no = models.CharField(max_length=50, default="", blank=True)
    gross_weight = models.FloatField(default=0)
    net_weight = models.FloatField(default=0)
    tare_weight = models.FloatField(default=0)
    note = models.CharField(max_length=500, default="", blank=True)
    add_date_time = models.DateTimeField()
    update_date_time = models.DateTimeField()

    class Meta:
        db_table = "plant_container"
        indexes = [
            Index(fields=["pcn", "part_no"], name="plant_container_part"),
            Index(fields=["pcn", "job_no"], name="plant_container_job"),
            Index(fields=["pcn", "container_status"], name="plant_container_status"),
            Index(fields=["pcn", "serial_no"], name="plant_container_serial"),
            Index(fields=["pcn", "modified_date"], name="plant_container_modified"),
        ]

    def __str__(self) -> str:
        return self.job_no


class Simulation(PlantRow):
    """Where the sample companies' simulation stands: one row, `state` is JSON for its eyes only.

    `pcn` is 0, for the row speaks for all sample companies. `made_until` repeats the UTC time from `state`.
    """

    simulation_key = models.BigAutoField(primary_key=True)
    state = models.TextField()
    made_until = models.DateTimeField()

    class Meta:
        db_table = "plant_simulation"

    def __str__(self) -> str:
        return str(self.simulation_key)


class Change(PlantRow):
    """One change that a program made through the API: who, what, and the row before and after.

    `row_key` is the changed row's key as text; `before` and `after` are JSON objects, or empty where there
    was no row.
    """

    change_key = models.BigAutoField(primary_key=True)
    changed_at = models.DateTimeField()
    application = models.CharField(max_length=50)
    account = models.CharField(max_length=100, default="", blank=True)
    source_address = models.CharField(max_length=45, default="", blank=True)
    request_id = models.CharField(max_length=40)
    resource = models.CharField(max_length=50)
    row_key = models.CharField(max_length=50)
    action = models.CharField(
        max_length=10, choices=[("create", "create"), ("update", "update"), ("delete", "delete")]
    )
    before = models.TextField(default="", blank=True)
    after = models.TextField(default="", blank=True)

    class Meta:
        db_table = "plant_change"
        indexes = [
            Index(fields=["pcn", "resource", "row_key"], name="plant_change_row"),
            Index(fields=["pcn", "changed_at"], name="plant_change_time"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.resource} {self.row_key}"


class Idempotency(PlantRow):
    """The answer to a write that carried an idempotency key, kept so that a repetition gets the same one.

    `target` is the method and path, `fingerprint` a digest of what was sent, `headers` a JSON object.
    """

    idempotency_id = models.BigAutoField(primary_key=True)
    application = models.CharField(max_length=50)
    idempotency_key = models.CharField(max_length=200)
    target = models.CharField(max_length=100)
    fingerprint = models.CharField(max_length=64)
    status = models.IntegerField()
    body = models.TextField(default="", blank=True)
    headers = models.TextField(default="", blank=True)
    made_at = models.DateTimeField()

    class Meta:
        db_table = "plant_idempotency"
        constraints = [
            UniqueConstraint(fields=["pcn", "application", "idempotency_key"], name="plant_idempotency_key")
        ]
        indexes = [Index(fields=["made_at"], name="plant_idempotency_age")]

    def __str__(self) -> str:
        return self.idempotency_key
