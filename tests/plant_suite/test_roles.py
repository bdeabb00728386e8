"""Each built-in role opens the controllers that the contract gives it, and no other."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

import millgate.control
from millgate.plant.registry import controllers
from plant_suite.house import CASES, Case, House

ACCOUNTS = Path(millgate.control.__file__ or "").parent / "accounts"
REPORTS = {
    "ProductionSummary",
    "ScrapByReason",
    "DowntimeByReason",
    "SetupHistory",
    "DailyPerformance",
    "JobProgress",
}
EVERYONE = {"CompanyProfile", "Buildings", "Shifts", "Parts", "PartOperations"}
VIEWER = REPORTS | {
    "Workcenters",
    "WorkcenterSetups",
    "WorkcenterStatuses",
    "WorkcenterProductionLogs",
    "WorkcenterScrapLogs",
    "WorkcenterStatusLogs",
    "WorkcenterPerformance",
    "DcJobs",
    "DcJobOperations",
    "Containers",
}
READS = {
    "everyone": EVERYONE,
    "production-viewer": VIEWER,
    "operator": VIEWER,
    "production-planner": VIEWER | {"AuditLogs"},
    "engineer": VIEWER | {"AuditLogs", "Parts", "PartOperations", "ApprovedWorkcenters"},
    "quality": VIEWER | {"AuditLogs"},
}
WRITES = {
    "everyone": set[str](),
    "production-viewer": set[str](),
    "operator": {"WorkcenterProductionLogs", "WorkcenterScrapLogs", "WorkcenterStatusLogs"},
    "production-planner": {"DcJobs"},
    "engineer": {"Parts", "PartOperations", "ApprovedWorkcenters"},
    "quality": {"WorkcenterScrapLogs", "Containers"},
}


def constants(path: Path, known: dict[str, Any]) -> dict[str, Any]:
    """The constants of a module that are written out, without importing it: it asks for Django."""
    found = dict(known)
    for node in ast.parse(path.read_text()).body:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        value = getattr(node, "value", None)
        if isinstance(targets[0], ast.Name) and isinstance(value, ast.expr):
            try:
                found[targets[0].id] = eval(compile(ast.Expression(value), str(path), "eval"), {}, found)  # noqa: S307 - our own source
            except (NameError, TypeError, AttributeError):
                continue
    return found


def built_in() -> dict[str, tuple[set[str], set[str]]]:
    """What each role opens for reading and for writing; what it may write it may read."""
    roles = constants(ACCOUNTS / "services.py", constants(ACCOUNTS / "models.py", {}))["BUILT_IN_ROLES"]
    return {key: (set(reads) | set(writes), set(writes)) for key, (_, _, (reads, writes)) in roles.items()}


ROLES = built_in()


def test_the_built_in_roles_are_those_of_the_contract() -> None:
    assert {key: reads for key, (reads, _) in ROLES.items()} == READS
    assert {key: writes for key, (_, writes) in ROLES.items()} == WRITES


def test_roles_open_what_there_is_and_together_all_of_it() -> None:
    opened: set[str] = set().union(*(reads for reads, _ in ROLES.values()))
    assert opened == controllers()


def status(house: House, case: Case, reads: frozenset[str]) -> tuple[int, str]:
    key = house.keys(case)[0] if case.operation.keyed else None
    answer = house.ask(case, case.window, key=key, reads=reads)
    return answer.status, answer.json.get("detail", "")


@pytest.mark.parametrize("role", READS)
def test_a_role_reads_what_it_opens_and_is_told_what_it_does_not(house: House, role: str) -> None:
    reads = frozenset(ROLES[role][0])
    for case in CASES:
        controller = case.resource.controller
        if controller in READS[role]:
            assert status(house, case, reads)[0] in {200, 404}, case.target
        else:
            assert status(house, case, reads) == (
                403,
                f"PCN does not have access to Controller '{controller}'",
            )


def test_an_account_without_a_role_reads_nothing(house: House) -> None:
    assert {status(house, case, frozenset())[0] for case in CASES} == {403}
