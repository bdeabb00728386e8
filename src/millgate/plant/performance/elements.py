"""What performance is made of: stretches of time and pieces, as the logs tell them.

Instants are seconds since 1970 in UTC, rates pieces an hour.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import msgspec


class Element(StrEnum):
    """What a stretch of time is in ISO 22400-2. All but `OUT` are planned busy time (PBT)."""

    APT = "APT"
    """Actual production time."""
    AUST = "AUST"
    """Actual unit setup time."""
    ADET = "ADET"
    """Actual unit delay time: something to do, and a stop."""
    IDLE = "IDLE"
    """Planned, and not busy."""
    OUT = "OUT"
    """Outside of planned busy time: breaks, no shift, planned maintenance."""


class RateSource(StrEnum):
    """Which rate pieces are measured against."""

    IDEAL = "ideal"
    STANDARD = "standard"
    MIXED = "mixed"


def element_of(
    *, off: bool, production: bool, setup: bool, downtime: bool, maintenance: bool, iso_time_element: str
) -> Element:
    """The element of time spent in a status with these flags.

    Maintenance whose `iso_time_element` is `none` is planned, any other a delay.
    """
    if off or (maintenance and iso_time_element == "none"):
        return Element.OUT
    if production:
        return Element.APT
    if setup:
        return Element.AUST
    return Element.ADET if downtime or maintenance else Element.IDLE


def rate_of(ideal_rate: float | None, standard_rate: float | None) -> tuple[float, RateSource] | None:
    """The rate that counts, the ideal one where it is given; None when neither is known."""
    if ideal_rate is not None and ideal_rate > 0:
        return ideal_rate, RateSource.IDEAL
    if standard_rate is not None and standard_rate > 0:
        return standard_rate, RateSource.STANDARD
    return None


# Members stand in the order in which the database hands them out: its rows are read straight into these.
# They cannot form cycles, and tens of thousands of them need not be looked through for some (gc=False).


class Running(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The job and part that ran, as the row named them when it was written."""

    job_key: int | None = None
    job_no: str = ""
    part_key: int | None = None
    part_no: str = ""
    revision: str = ""


class Stretch(msgspec.Struct, frozen=True, gc=False):
    """Time a workcenter spent in one status, `begin` included and `end` not."""

    workcenter_key: int
    begin: float
    end: float
    element: Element
    running: Running = Running()


class Pieces(msgspec.Struct, frozen=True, array_like=True, tag="pieces", gc=False):
    """Pieces recorded at one moment.

    Attributes:
        at: when they were recorded.
        report_date, shift: where the row itself says it belongs.
        good, rejected, scrapped: how many; less than none take an earlier row back.
        ideal_rate, standard_rate: of what ran; None or 0 when unknown.
    """

    workcenter_key: int
    at: float
    report_date: date
    shift: str
    good: float = 0.0
    rejected: float = 0.0
    scrapped: float = 0.0
    ideal_rate: float | None = None
    standard_rate: float | None = None
    running: Running = Running()
