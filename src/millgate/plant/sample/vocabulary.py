"""The words of the shop floor: statuses, events and scrap reasons, the same in every sample company."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Status:
    """A workcenter status; `flags` are the columns set in its row, `element` its ISO 22400 time element."""

    name: str
    flags: tuple[str, ...]
    element: str = "none"


@dataclass(frozen=True, slots=True)
class Event:
    """A reason for a stop; `status` is the position of the status it goes with."""

    code: str
    text: str
    status: int


@dataclass(frozen=True, slots=True)
class ScrapReason:
    """Why pieces are scrapped, and the process it belongs to."""

    name: str
    category: str


(
    PRODUCTION,
    SETUP,
    EXCESS_SETUP,
    NO_JOB,
    NO_OPERATOR,
    WAITING,
    DOWN,
    TOOLING,
    QUALITY_HOLD,
    MAINTENANCE,
    BREAK,
    OFF_SHIFT,
) = range(12)

STATUSES = (
    Status("Production", ("can_run_production", "production_status"), "APT"),
    Status("Setup", ("setup_status",), "AUST"),
    Status("Excess Setup", ("setup_status", "excess_setup"), "AUST"),
    Status("Idle - No Job", ("idle_status", "no_operator_required")),
    Status("Idle - No Operator", ("idle_status", "no_operator_required")),
    Status("Waiting Material", ("downtime_status",), "ADET"),
    Status("Down - Unplanned", ("downtime_status",), "ADET"),
    Status("Down - Tooling", ("downtime_status",), "ADET"),
    Status("Quality Hold", ("downtime_status",), "ADET"),
    Status("Planned Maintenance", ("maintenance_status", "no_operator_required")),
    Status("Break", ("off_status", "no_operator_required")),
    Status("Off Shift", ("off_status", "no_operator_required")),
)

EVENTS = (
    Event("MECH-HYD", "Hydraulic fault", DOWN),
    Event("MECH-CLUTCH", "Clutch or brake fault", DOWN),
    Event("ELEC-SENSOR", "Sensor fault", DOWN),
    Event("ELEC-DRIVE", "Drive fault", DOWN),
    Event("ROBOT", "Robot fault", DOWN),
    Event("VISION", "Vision system reject", DOWN),
    Event("FEEDER", "Feeder jam", DOWN),
    Event("COIL", "Coil change", WAITING),
    Event("DIE-CRACK", "Die crack", TOOLING),
    Event("DIE-PROT", "Die protection trip", TOOLING),
    Event("SLUG", "Slug pulling", TOOLING),
    Event("MOLD-LEAK", "Mold leak", TOOLING),
    Event("EJECTOR", "Ejector stuck", TOOLING),
    Event("HOT-RUNNER", "Hot runner fault", TOOLING),
    Event("DRYER", "Dryer or material fault", DOWN),
    Event("CHILLER", "Chiller fault", DOWN),
    Event("TIP-CHANGE", "Weld tip change", TOOLING),
    Event("TIP-DRESS", "Tip dress", TOOLING),
    Event("FIXTURE", "Fixture clamp fault", TOOLING),
    Event("TOOL-BREAK", "Tool break", TOOLING),
    Event("CHIP", "Chip conveyor jam", DOWN),
    Event("OFFSET", "Offset adjustment", TOOLING),
    Event("GAUGE", "Gauge out of tolerance", QUALITY_HOLD),
    Event("FIRST-PIECE", "Waiting for first piece approval", QUALITY_HOLD),
    Event("NO-MATERIAL", "No material", WAITING),
    Event("NO-CONTAINER", "No empty container", WAITING),
    Event("NO-OPERATOR", "No operator", NO_OPERATOR),
    Event("NO-CRANE", "No crane or forklift", WAITING),
    Event("POWER", "Power failure", DOWN),
    Event("AIR", "Compressed air lost", DOWN),
    Event("PLC-COMMS", "PLC or network communication lost", DOWN),
    Event("OTHER", "Other", DOWN),
)

SCRAP_REASONS = tuple(
    ScrapReason(name, category)
    for category, names in (
        ("Stamping", ("Split", "Wrinkle", "Burr", "Slug Mark", "Short Feed", "Dent", "Coil End")),
        (
            "Molding",
            ("Short Shot", "Flash", "Sink", "Splay", "Burn", "Warp", "Contamination"),
        ),
        ("Welding", ("Weld Porosity", "Missing Weld", "Burn-Through", "Mislocated")),
        ("Machining", ("Undersize", "Oversize", "Tool Mark", "Chatter")),
        ("General", ("Setup / First Piece", "Handling Damage")),
    )
    for name in names
)

FIRST_PIECE_SCRAP = 22
HANDLING_DAMAGE = 23
SHORT_SHOT = 7
# In the place of an event where a status needs no reason.
NO_EVENT = -1

_EVENT_AT = {event.code: n for n, event in enumerate(EVENTS)}


def event(code: str) -> int:
    """The position of an event."""
    return _EVENT_AT[code]
