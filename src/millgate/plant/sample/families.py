"""The kinds of workcenter, and the character each brings to the simulation.

Cycle, setup, failure, repair and scrap figures describe a typical automotive tier-2 plant: most of the
lost time is unplanned stops, changeovers and slow cycles, while quality stays near one.
"""

from dataclasses import dataclass

from millgate.plant.sample.vocabulary import event


@dataclass(frozen=True, slots=True)
class Family:
    """Workcenters of one kind.

    `cycle` is seconds for one piece at the ideal rate, `pace` the performance they reach against it,
    `mtbf` running hours between failures, `repair` and `setup` minutes (median and standard), `lot` the
    mean hours of a job operation that starts here, `pack` minutes to fill a container, `scrap` the mean
    share of scrap, `first_pieces` the pieces spoiled after a setup, `scrap_logged` the chance that scrap is
    booked with a container, `events` the reasons for failures with their weights, and `scrap_reasons` those
    for scrap, both by position.
    """

    code: str
    name: str
    group: str
    type: str
    count: int
    department: int
    building: int
    operation: str
    tool: str
    cycle: float
    pace: float
    setup: float
    mtbf: float
    repair: float
    repair_sigma: float
    scrap: float
    first_pieces: int
    lot: float
    pack: float
    scrap_logged: float
    events: tuple[tuple[int, float], ...]
    scrap_reasons: tuple[int, ...]


def _events(text: str) -> tuple[tuple[int, float], ...]:
    """Parse `CODE weight` pairs."""
    words = text.split()
    return tuple((event(code), float(weight)) for code, weight in zip(words[::2], words[1::2], strict=True))


_ANYWHERE = " ELEC-SENSOR 6 GAUGE 3 POWER 0.5 AIR 1 PLC-COMMS 2 OTHER 4"

STAMPING = Family(
    "STP",
    "Progressive Press",
    "Progressive Stamping",
    "Press",
    6,
    100,
    0,
    "STAMP",
    "die",
    1.6,
    0.847,
    75,
    2.6,
    13,
    0.85,
    0.004,
    40,
    28.0,
    46,
    0.37,
    _events("DIE-PROT 18 SLUG 16 FEEDER 14 COIL 12 MECH-CLUTCH 5 MECH-HYD 5 DIE-CRACK 2" + _ANYWHERE),
    (0, 2, 3, 3, 4, 5, 6),
)
TRANSFER = Family(
    "TRF",
    "Transfer Press",
    "Transfer Stamping",
    "Press",
    3,
    100,
    0,
    "FORM",
    "die",
    5.5,
    0.877,
    95,
    2.2,
    16,
    0.9,
    0.006,
    20,
    24.0,
    46,
    0.37,
    _events("DIE-PROT 20 FEEDER 16 ELEC-DRIVE 8 MECH-HYD 8 DIE-CRACK 3 SLUG 6" + _ANYWHERE),
    (0, 0, 1, 1, 2, 5),
)
MOLDING = Family(
    "IMM",
    "Injection Molding",
    "Injection Molding",
    "Molding Machine",
    12,
    200,
    0,
    "MOLD",
    "mold",
    19.0,
    0.923,
    85,
    5.5,
    15,
    0.9,
    0.018,
    12,
    50.0,
    46,
    0.37,
    _events("EJECTOR 12 HOT-RUNNER 10 MOLD-LEAK 8 DRYER 10 CHILLER 6 ROBOT 8 MECH-HYD 5" + _ANYWHERE),
    (7, 7, 8, 8, 9, 10, 11, 12, 13),
)
WELDING = Family(
    "WLD",
    "Robotic Weld Cell",
    "Robotic Welding",
    "Weld Cell",
    8,
    300,
    1,
    "WELD",
    "fixture",
    42.0,
    0.903,
    35,
    2.4,
    9,
    0.85,
    0.009,
    2,
    18.0,
    46,
    0.37,
    _events("ROBOT 22 TIP-CHANGE 14 TIP-DRESS 12 FIXTURE 12 VISION 5 ELEC-DRIVE 3" + _ANYWHERE),
    (14, 14, 15, 16, 17),
)
MACHINING = Family(
    "CNC",
    "CNC Machine",
    "CNC Machining",
    "Machine Tool",
    6,
    400,
    1,
    "MACHINE",
    "fixture",
    95.0,
    0.921,
    110,
    4.2,
    18,
    0.9,
    0.012,
    3,
    42.0,
    46,
    0.37,
    _events("TOOL-BREAK 16 OFFSET 14 CHIP 10 FIXTURE 6 ELEC-DRIVE 4 MECH-HYD 3" + _ANYWHERE),
    (18, 18, 19, 20, 21),
)
ASSEMBLY = Family(
    "ASM",
    "Assembly Cell",
    "Assembly",
    "Assembly Cell",
    5,
    500,
    1,
    "ASSEMBLE",
    "fixture",
    28.0,
    0.893,
    18,
    3.5,
    6,
    0.8,
    0.005,
    1,
    26.0,
    46,
    0.37,
    _events("FIXTURE 14 FEEDER 14 VISION 10 ROBOT 3" + _ANYWHERE),
    (5, 17, 23, 23),
)
PACKING = Family(
    "PKG",
    "Pack Line",
    "Pack & Ship",
    "Pack Line",
    2,
    600,
    1,
    "PACK",
    "",
    12.0,
    0.922,
    8,
    8.0,
    4,
    0.8,
    0.001,
    0,
    9.0,
    46,
    0.37,
    _events("VISION 12 FEEDER 6 NO-CONTAINER 10" + _ANYWHERE),
    (23,),
)

FAMILIES = (STAMPING, TRANSFER, MOLDING, WELDING, MACHINING, ASSEMBLY, PACKING)
BY_CODE = {family.code: family for family in FAMILIES}
