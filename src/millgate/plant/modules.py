"""The APIs that resources belong to."""

from __future__ import annotations

from typing import Final

from millgate.plant.resource import Module

PLATFORM: Final = Module(
    "platform",
    "Platform",
    "Platform",
    "The company itself: its name, its codes and the clock that its production days follow.",
)
PART_LIST: Final = Module(
    "part-list", "PartList", "PartList", "The parts that the plant makes, buys and consumes, by revision."
)
WORKCENTER: Final = Module(
    "workcenter",
    "Workcenter",
    "Workcenter",
    "Machines and cells: where they stand, what they belong to and the status they are in.",
)
JOB_TRACKING: Final = Module(
    "job-tracking",
    "Job Tracking",
    "JobTracking",
    "Jobs: which part in which quantity by when, and how far each has come.",
)
PRODUCTION_TRACKING: Final = Module(
    "production-tracking",
    "Production Tracking",
    "Production",
    "What workcenters made: every container of good pieces, with its job, part, person and time.",
)
