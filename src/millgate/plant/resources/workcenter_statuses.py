"""WorkcenterStatuses: the states that workcenters can be in, and the reasons that go with each."""

from __future__ import annotations

from typing import Final

from millgate.plant.kinds import BOOLEAN, INTEGER, ROWS, TEXT
from millgate.plant.modules import WORKCENTER
from millgate.plant.resource import (
    EQUAL,
    SELDOM_CHANGED,
    Action,
    Field,
    Filter,
    Operation,
    Resource,
    Rows,
    modified_since,
)

_EVENTS: Final = Rows(
    source="plant_workcenter_event e",
    where="e.workcenter_status_key = t.workcenter_status_key AND e.pcn = t.pcn",
    order=("e.code", "e.workcenter_event_key"),
    fields=(
        Field("workcenterEventKey", INTEGER, "e.workcenter_event_key", "The key of the reason."),
        Field("code", TEXT, "e.code", "Its code, unique in the company."),
        Field("description", TEXT, "e.description", "What it says."),
        Field("active", BOOLEAN, "e.active", "Whether it can be chosen."),
    ),
)
# A reason that was changed changes the row that clients see, so ModifiedSince must find it.
_MODIFIED: Final = (
    "{greatest}(t.modified_date, COALESCE((SELECT MAX(e.modified_date) FROM plant_workcenter_event e"  # noqa: S608 - from the declaration above
    f" WHERE {_EVENTS.where}), t.modified_date))"
)


def status_flags(alias: str) -> tuple[Field, ...]:
    """What a status under this alias says of the time spent in it."""
    return (
        Field("productionStatus", BOOLEAN, f"{alias}.production_status", "Whether pieces are made in it."),
        Field("setupStatus", BOOLEAN, f"{alias}.setup_status", "Whether it is time of setting up."),
        Field("idleStatus", BOOLEAN, f"{alias}.idle_status", "Whether work or people are wanting."),
        Field("downtimeStatus", BOOLEAN, f"{alias}.downtime_status", "Whether it is a stop."),
        Field("maintenanceStatus", BOOLEAN, f"{alias}.maintenance_status", "Whether it is maintenance."),
        Field("offStatus", BOOLEAN, f"{alias}.off_status", "Whether it lies outside the planned time."),
        Field(
            "excessSetup", BOOLEAN, f"{alias}.excess_setup", "Whether it is setup beyond its planned time."
        ),
        Field(
            "noOperatorRequired",
            BOOLEAN,
            f"{alias}.no_operator_required",
            "Whether nobody need be signed in.",
        ),
    )


WORKCENTER_STATUSES: Final = Resource(
    name="WorkcenterStatuses",
    controller="WorkcenterStatuses",
    module=WORKCENTER,
    path="/ProductionTracking/WorkcenterList/WorkcenterStatuses",
    source="plant_workcenter_status t",
    pcn="t.pcn",
    order=("t.description", "t.workcenter_status_key"),
    fields=(
        Field("workcenterStatusKey", INTEGER, "t.workcenter_status_key", "The key of the status."),
        Field("description", TEXT, "t.description", "Its name, as logs and workcenters show it."),
        *status_flags("t"),
        Field("active", BOOLEAN, "t.active", "Whether it can be chosen."),
        Field(
            "isoTimeElement",
            TEXT,
            "t.iso_time_element",
            "Where ISO 22400 counts its time: APT (production), AUST (setup), ADET (delay) or none.",
        ),
        Field("events", ROWS, "t.events", "The reasons that go with it, by their codes.", rows=_EVENTS),
    ),
    filters=(
        Filter("Active", BOOLEAN, "t.active", EQUAL, "Whether it can be chosen.", ("true", "false"), "true"),
        modified_since(_MODIFIED, days_ago=SELDOM_CHANGED),
    ),
    operations=(
        Operation(
            "list-workcenter-statuses",
            Action.LIST,
            "List workcenter statuses",
            "The states that a workcenter can be in, with the reasons that go with each.",
        ),
    ),
)
