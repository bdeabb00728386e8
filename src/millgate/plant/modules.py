"""The APIs that resources belong to."""

from __future__ import annotations

from typing import Final

from millgate.plant.resource import Module

PLATFORM: Final = Module(
    "platform",
    "Platform",
    "Platform",
    "The company itself: its name, its buildings, and the clock and shifts that its production days follow.",
)
PART_LIST: Final = Module(
    "part-list",
    "PartList",
    "PartList",
    "The parts that the plant makes, buys and consumes, by revision, and the steps by which they are made.",
)
WORKCENTER: Final = Module(
    "workcenter",
    "Workcenter",
    "Workcenter",
    "Machines and cells: where they stand, the status they are in, what is set up on them and what may be.",
)
JOB_TRACKING: Final = Module(
    "job-tracking",
    "Job Tracking",
    "JobTracking",
    "Jobs and their operations: which part in which quantity by when, and how far each has come.",
)
PRODUCTION_TRACKING: Final = Module(
    "production-tracking",
    "Production Tracking",
    "Production",
    "What workcenters made, scrapped and stood still for, and the containers that it became.",
)
REPORTS: Final = Module(
    "production-reports",
    "Production Reports",
    "Reports",
    "The questions that a plant asks every day, summed up: what was made and scrapped, why machines stood,"
    " how long setups really take, how well workcenters perform and how far jobs have come.",
)
