"""Reports against sums made in Python of the rows as they were written, however the report is grouped."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import combinations, pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from millgate.plant.registry import RESOURCES
from millgate.plant.resource import Resource
from plant_suite.house import BEGIN, COMPANIES, MAIN, NOW, SECOND, Case, House, Row, rows_of, whole_case

BY_NAME = {resource.name: resource for resource in RESOURCES}
HOUR = 3600.0
Labelled = tuple[Row, Row]
"""What tells a record's groups apart, by member, and what is summed of it."""


def groupings(resource: Resource) -> Iterator[tuple[str, ...]]:
    """No group, each alone, and every two."""
    names = [item.name for item in resource.dimensions]
    for size in (0, 1, 2):
        yield from combinations(names, size)


def labels_of(resource: Resource, groups: Iterable[str]) -> list[str]:
    """The members that tell the groups apart."""
    chosen = {name for item in resource.dimensions if item.name in groups for name in item.fields}
    return [field.name for field in resource.fields if field.name in chosen]


def asked(
    house: House, case: Case, groups: Iterable[str], pcn: int = MAIN, window: dict[str, str] | None = None
) -> list[Row]:
    return house.rows(case, {"GroupBy": list(groups) or "None", **(window or {})}, pcn=pcn)


def grouped(records: Iterable[Labelled], names: Sequence[str]) -> dict[tuple[Any, ...], list[Row]]:
    found: defaultdict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for labels, sums in records:
        found[tuple(labels[name] for name in names)].append(sums)
    return dict(found)


@cache
def summed_by(
    records: Callable[[int], list[Labelled]],
    summed: Callable[[list[Row]], Row],
    pcn: int,
    names: tuple[str, ...],
) -> dict[tuple[Any, ...], Row]:
    """What is expected of each group of a company; on either engine, and so told once."""
    return {key: summed(parts) for key, parts in grouped(records(pcn), names).items()}


def close(first: Any, second: Any) -> bool:
    if first is None or second is None or isinstance(first, str):
        return bool(first == second)
    return math.isclose(first, second, rel_tol=1e-9, abs_tol=1e-6)


def compare(
    resource: Resource, groups: tuple[str, ...], rows: list[Row], expected: dict[tuple[Any, ...], Row]
) -> None:
    """Each group is there once, its other labels are null, and its sums are those expected."""
    names = labels_of(resource, groups)
    unused = {name for item in resource.dimensions for name in item.fields} - set(names)
    found = {tuple(row[name] for name in names): row for row in rows}
    assert len(found) == len(rows), groups
    assert found.keys() == expected.keys(), groups
    for key, sums in expected.items():
        assert all(found[key][name] is None for name in unused)
        for name, value in sums.items():
            assert close(found[key][name], value), (groups, key, name, found[key][name], value)


def assert_report(
    house: House,
    name: str,
    records: Callable[[int], list[Labelled]],
    summed: Callable[[list[Row]], Row],
    additive: tuple[str, ...],
) -> None:
    """A report in every grouping, and that its groups add up to the whole."""
    resource = BY_NAME[name]
    case = whole_case(resource)
    for pcn in COMPANIES:
        (whole,) = asked(house, case, (), pcn)
        for groups in groupings(resource):
            rows = asked(house, case, groups, pcn)
            expected = summed_by(records, summed, pcn, tuple(labels_of(resource, groups)))
            compare(resource, groups, rows, expected)
            for member in additive:
                assert close(sum(row[member] for row in rows), whole[member]), (groups, member)


# Records


def shown(text: str | None) -> str | None:
    """An instant as rows show it."""
    return None if text is None else text.replace(" ", "T") + "Z"


@cache
def machines(pcn: int) -> dict[int, Row]:
    return {row["workcenter_key"]: row for row in rows_of("production").of("workcenter", pcn)}


def labels(row: Row, pcn: int) -> Row:
    """What tells groups of a log apart."""
    separator = rows_of("production").of("pcn", pcn)[0]["part_rev_separator"]
    return {
        "workcenterKey": row["workcenter_key"],
        "workcenterCode": row["workcenter_code"],
        "workcenterGroup": machines(pcn)[row["workcenter_key"]]["workcenter_group"],
        "reportDate": row.get("report_date"),
        "shift": row.get("shift"),
        "partKey": row["part_key"],
        "partNo": row["part_no"],
        "revision": row["revision"],
        "partNoRevision": row["part_no"] + (separator + row["revision"] if row["revision"] else ""),
        "operationNo": row["operation_no"],
        "operationCode": row["operation_code"],
        "jobKey": row["job_key"],
        "jobNo": row["job_no"],
    }


def ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


# ProductionSummary


@cache
def production(pcn: int) -> list[Labelled]:
    rows = rows_of("production")
    made = [
        (
            labels(row, pcn),
            {
                "containers": 1,
                "good": 0 if row["rejected"] else row["quantity"],
                "reject": row["quantity"] if row["rejected"] else 0,
                "scrap": 0,
                "at": row["record_date"],
            },
        )
        for row in rows.of("production_log", pcn)
    ]
    lost = [
        (
            labels(row, pcn),
            {"containers": 0, "good": 0, "reject": 0, "scrap": row["quantity"], "at": row["record_date"]},
        )
        for row in rows.of("scrap_log", pcn)
    ]
    return made + lost


def produced(parts: list[Row]) -> Row:
    good, reject, scrap = (sum(part[name] for part in parts) for name in ("good", "reject", "scrap"))
    return {
        "containers": sum(part["containers"] for part in parts),
        "goodQuantity": good,
        "rejectQuantity": reject,
        "scrapQuantity": scrap,
        "productionQuantity": good + reject + scrap,
        "scrapRatio": ratio(scrap, good + reject + scrap),
        "firstLogDate": shown(min(part["at"] for part in parts)),
        "lastLogDate": shown(max(part["at"] for part in parts)),
    }


def test_production_is_summed(house: House) -> None:
    additive = ("containers", "goodQuantity", "rejectQuantity", "scrapQuantity", "productionQuantity")
    assert_report(house, "ProductionSummary", production, produced, additive)


# ScrapByReason


@cache
def scrapped(pcn: int) -> list[Labelled]:
    return [
        (
            labels(row, pcn) | {"scrapReason": row["scrap_reason"], "scrapCategory": row["scrap_category"]},
            {"quantity": row["quantity"], "at": row["record_date"]},
        )
        for row in rows_of("production").of("scrap_log", pcn)
    ]


def lost(parts: list[Row]) -> Row:
    return {
        "scrapQuantity": sum(part["quantity"] for part in parts),
        "occurrences": len(parts),
        "firstLogDate": shown(min(part["at"] for part in parts)),
        "lastLogDate": shown(max(part["at"] for part in parts)),
    }


def test_scrap_is_summed(house: House) -> None:
    assert_report(house, "ScrapByReason", scrapped, lost, ("scrapQuantity", "occurrences", "share"))


def assert_pareto(rows: list[Row], member: str) -> None:
    """The greatest comes first, shares are of the whole, and add up from row to row."""
    sizes = [row[member] for row in rows]
    assert sizes == sorted(sizes, reverse=True)
    whole = math.fsum(sizes)
    for row in rows:
        assert close(row["share"], row[member] / whole)
    assert close(rows[-1]["cumulativeShare"], 1)


@pytest.mark.parametrize("groups", [("Reason",), ("Workcenter",), ("Reason", "Day"), ("Part", "Shift")])
def test_scrap_stands_in_the_order_of_a_pareto_table(house: House, groups: tuple[str, ...]) -> None:
    rows = asked(house, whole_case(BY_NAME["ScrapByReason"]), groups)
    assert_pareto(rows, "scrapQuantity")
    whole = math.fsum(row["scrapQuantity"] for row in rows)
    for row in rows:
        reached = math.fsum(
            other["scrapQuantity"] for other in rows if other["scrapQuantity"] >= row["scrapQuantity"]
        )
        assert close(row["cumulativeShare"], reached / whole)


# DowntimeByReason


def instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)


def stretches(
    pcn: int, begin: datetime = BEGIN, end: datetime = NOW
) -> Iterator[tuple[Row, datetime, datetime]]:
    """Rows of the status log with what of them lies in a window."""
    for row in rows_of("production").of("status_log", pcn):
        since, until = instant(row["log_date"]), instant(row["end_date"]) or NOW
        assert since is not None
        since, until = max(since, begin), min(until, end)
        if since < until:
            yield row, since, until


def flags(pcn: int) -> dict[int, Row]:
    return {row["workcenter_status_key"]: row for row in rows_of("production").of("workcenter_status", pcn)}


@cache
def stopped(pcn: int, begin: datetime = BEGIN, end: datetime = NOW) -> list[Labelled]:
    told = flags(pcn)
    return [
        (
            labels(row, pcn)
            | {
                "workcenterStatus": row["workcenter_status"],
                "eventCode": row["event_code"],
                "workcenterEvent": row["workcenter_event"],
            },
            {"seconds": (until - since).total_seconds(), "at": row["log_date"]},
        )
        for row, since, until in stretches(pcn, begin, end)
        if told[row["workcenter_status_key"]]["downtime_status"]
    ]


def stood(parts: list[Row]) -> Row:
    seconds = math.fsum(part["seconds"] for part in parts)
    return {
        "downtimeSeconds": seconds,
        "downtimeHours": seconds / HOUR,
        "occurrences": len(parts),
        "longestSeconds": max(part["seconds"] for part in parts),
        "lastLogDate": shown(max(part["at"] for part in parts)),
    }


def test_downtime_is_summed(house: House) -> None:
    assert_report(house, "DowntimeByReason", stopped, stood, ("downtimeSeconds", "occurrences", "share"))


@pytest.mark.parametrize("groups", [("Reason",), ("Workcenter",), ("Reason", "Day")])
def test_downtime_stands_in_the_order_of_a_pareto_table(house: House, groups: tuple[str, ...]) -> None:
    rows = asked(house, whole_case(BY_NAME["DowntimeByReason"]), groups)
    assert_pareto(rows, "downtimeSeconds")
    reached = 0.0
    for row in rows:
        reached += row["share"]
        assert close(row["cumulativeShare"], reached)


WINDOWS = [
    (datetime(2025, 11, 2, 4, 13, 7, tzinfo=UTC), datetime(2025, 11, 2, 9, 59, 59, tzinfo=UTC)),
    (datetime(2025, 11, 4, 12, 0, tzinfo=UTC), datetime(2025, 11, 4, 12, 0, 1, tzinfo=UTC)),
    (datetime(2025, 11, 6, 12, 0, tzinfo=UTC), datetime(2025, 11, 8, 12, 0, tzinfo=UTC)),
    (datetime(2025, 10, 31, 10, 0, tzinfo=UTC), datetime(2025, 11, 1, 10, 0, 0, 500_000, tzinfo=UTC)),
]


def ends(window: tuple[datetime, datetime]) -> dict[str, str]:
    return {name: moment.isoformat() for name, moment in zip(("StartDate", "EndDate"), window, strict=True)}


@pytest.mark.parametrize("window", WINDOWS, ids=["hours", "a second", "partly to come", "a day"])
def test_stops_are_cut_at_the_edges_of_the_window(house: House, window: tuple[datetime, datetime]) -> None:
    resource = BY_NAME["DowntimeByReason"]
    begin, end = window[0], min(window[1], NOW)
    for groups in (("Workcenter",), ("Reason",)):
        rows = asked(house, whole_case(resource), groups, window=ends(window))
        sums = grouped(stopped(MAIN, begin, end), labels_of(resource, groups))
        compare(resource, groups, rows, {key: stood(parts) for key, parts in sums.items()})


@pytest.mark.parametrize("name", ["DowntimeByReason", "ProductionSummary", "ScrapByReason"])
def test_windows_side_by_side_add_up_to_one(house: House, name: str) -> None:
    resource = BY_NAME[name]
    member = {"DowntimeByReason": "downtimeSeconds"}.get(name, "scrapQuantity")
    edges = [BEGIN, *(moment for window in WINDOWS[:2] for moment in window), NOW]
    parts = [asked(house, whole_case(resource), (), window=ends(pair)) for pair in pairwise(edges)]
    (whole,) = asked(house, whole_case(resource), (), window=ends((BEGIN, NOW)))
    assert close(math.fsum(row[member] for rows in parts for row in rows), whole[member])


# SetupHistory


@cache
def mounted(pcn: int) -> list[Labelled]:
    return [
        (
            labels(row, pcn)
            | {
                "setupKey": row["setup_key"],
                "setupDate": shown(row["setup_date"]),
                "teardownDate": shown(row["teardown_date"]),
                "toolNo": row["tool_no"],
                "toolType": row["tool_type"],
            },
            {"standard": row["setup_hours_standard"], "actual": row["setup_hours_actual"]},
        )
        for row in rows_of("production").of("workcenter_setup", pcn)
    ]


def took(parts: list[Row]) -> Row:
    timed = [part for part in parts if part["actual"] is not None]
    actual = math.fsum(part["actual"] for part in timed)
    standard = math.fsum(part["standard"] for part in timed if part["standard"] is not None)
    return {
        "setups": len(parts),
        "setupsTimed": len(timed),
        "setupHoursStandard": standard if timed else None,
        "setupHoursActual": actual if timed else None,
        "averageHoursActual": ratio(actual, len(timed)),
        "longestHoursActual": max((part["actual"] for part in timed), default=None),
        "ratio": ratio(actual, standard),
    }


def test_setups_are_summed(house: House) -> None:
    assert_report(house, "SetupHistory", mounted, took, ("setups", "setupsTimed"))


# DailyPerformance and WorkcenterPerformance


def element(status: Row) -> str:
    if status["off_status"] or (status["maintenance_status"] and status["iso_time_element"] == "none"):
        return ""
    if status["production_status"]:
        return "productionSeconds"
    if status["setup_status"]:
        return "setupSeconds"
    return "downtimeSeconds" if status["downtime_status"] or status["maintenance_status"] else "idleSeconds"


@cache
def turns(pcn: int) -> list[tuple[datetime, str, str]]:
    """The instants at which a shift or production day begins, with both, over the days of the sample."""
    company = rows_of("production").of("pcn", pcn)[0]
    zone, day_start = ZoneInfo(company["time_zone"]), time.fromisoformat(company["production_day_start"])
    shifts = rows_of("production").of("shift", pcn)
    walls = {time.fromisoformat(row["start_time"]) for row in shifts} | {day_start}
    found = []
    for number in range(14):
        day = date(2025, 10, 27) + timedelta(days=number)
        for wall in walls:
            report = day if wall >= day_start else day - timedelta(days=1)
            name = next(row["shift"] for row in shifts if at_work(row, wall))
            found.append((datetime.combine(day, wall, zone).astimezone(UTC), str(report), name))
    return sorted(found)


def at_work(shift: Row, wall: time) -> bool:
    begin, end = time.fromisoformat(shift["start_time"]), time.fromisoformat(shift["end_time"])
    return begin <= wall < end if begin < end else wall >= begin or wall < end


def split(pcn: int, since: datetime, until: datetime) -> Iterator[tuple[float, str, str]]:
    """Seconds of a stretch, by production day and shift."""
    edges = turns(pcn)
    for (begin, day, shift), (end, _, _) in pairwise(edges):
        seconds = (min(end, until) - max(begin, since)).total_seconds()
        if seconds > 0:
            yield seconds, day, shift


@cache
def worked(pcn: int) -> list[Labelled]:
    rows, told = rows_of("production"), flags(pcn)
    setups = {row["setup_key"]: row for row in rows.of("workcenter_setup", pcn)}
    approved = {
        (row["workcenter_key"], row["part_operation_key"]): row for row in rows.of("approved_workcenter", pcn)
    }
    found: list[Labelled] = []
    for row, since, until in stretches(pcn):
        for seconds, day, shift in split(pcn, since, until):
            found.append(
                (
                    labels(row, pcn) | {"reportDate": day, "shift": shift},
                    {element(told[row["workcenter_status_key"]]): seconds},
                )
            )
    for name, scrap in (("production_log", False), ("scrap_log", True)):
        for row in rows.of(name, pcn):
            rates = (
                setups.get(row["setup_key"])
                or approved.get((row["workcenter_key"], row["part_operation_key"]))
                or {}
            )
            rate = rates.get("ideal_rate") or rates.get("standard_production_rate")
            member = "scrapQuantity" if scrap else "rejectQuantity" if row["rejected"] else "goodQuantity"
            found.append((labels(row, pcn), {member: row["quantity"], "rate": rate}))
    return found


SECONDS = ("productionSeconds", "setupSeconds", "downtimeSeconds", "idleSeconds")
PIECES = ("goodQuantity", "rejectQuantity", "scrapQuantity")


def performed(parts: list[Row]) -> Row:
    sums = {name: math.fsum(part.get(name, 0) for part in parts) for name in (*SECONDS, *PIECES)}
    planned, made = sum(sums[name] for name in SECONDS), sum(sums[name] for name in PIECES)
    pieces = [(sum(part.get(name, 0) for name in PIECES), part["rate"]) for part in parts if "rate" in part]
    known = all(rate for count, rate in pieces if count)
    at_rate = math.fsum(count * HOUR / rate for count, rate in pieces if count and rate)
    apt, setup = sums["productionSeconds"], sums["setupSeconds"]
    availability, quality = ratio(apt, planned), ratio(sums["goodQuantity"], made)
    effectiveness = ratio(at_rate, apt) if known else None
    whole = None not in {availability, quality, effectiveness}
    return sums | {
        "plannedProductionSeconds": planned,
        "productionQuantity": made,
        "availability": availability,
        "performance": effectiveness,
        "quality": quality,
        "oee": availability * effectiveness * quality if whole else None,  # type: ignore[operator]
        "nee": (apt + setup) / planned * effectiveness * quality if whole else None,  # type: ignore[operator]
    }


@pytest.mark.parametrize("name", ["DailyPerformance", "WorkcenterPerformance"])
@pytest.mark.parametrize("pcn", COMPANIES)
def test_performance_is_summed_of_its_elements(house: House, name: str, pcn: int) -> None:
    resource = BY_NAME[name]
    own = ("workcenterKey", "workcenterCode", "workcenterGroup")
    totals: dict[str, float] = {}
    for groups in groupings(resource):
        names = (*own, *labels_of(resource, groups))
        rows = asked(house, whole_case(resource), groups, pcn)
        expected = summed_by(worked, performed, pcn, names)
        found = {tuple(row[label] for label in names): row for row in rows}
        assert len(found) == len(rows)
        assert found.keys() == expected.keys(), groups
        for key, sums in expected.items():
            for member, value in sums.items():
                assert close(found[key][member], value), (groups, key, member, found[key][member], value)
        for member in (*SECONDS, *PIECES):
            total = math.fsum(row[member] for row in rows)
            assert close(total, totals.setdefault(member, total)), (groups, member)


# JobProgress


def progress(pcn: int, job: Row) -> Row:
    """What is told of one job, in the words of its description."""
    rows = rows_of("production")
    steps = sorted(
        (row for row in rows.of("job_operation", pcn) if row["job_key"] == job["job_key"]),
        key=lambda row: int(row["operation_no"]),
    )
    left = [row for row in steps if row["job_op_status"] != "Done"]
    step = left[0] if left else None
    open_job = job["job_status"] not in {"Completed", "Cancelled"}
    late = job["due_date"] < str(NOW)[:19] or any(
        row["scheduled_end_date"] and row["scheduled_end_date"] < str(NOW)[:19] for row in left
    )
    machine = machines(pcn).get(step["workcenter_key"]) if step else None
    status = open_status(pcn).get(machine["workcenter_key"]) if machine else None
    return {
        "progress": ratio(job["quantity_completed"], job["quantity"]),
        "operations": len(steps),
        "operationsDone": len(steps) - len(left),
        "operationNo": step and step["operation_no"],
        "operationCode": step and step["operation_code"],
        "jobOpStatus": step and step["job_op_status"],
        "operationCompleted": step and step["quantity_completed"],
        "workcenterKey": step and step["workcenter_key"],
        "workcenterCode": machine and machine["workcenter_code"],
        "workcenterStatus": status and status["workcenter_status"],
        "scheduledEndDate": shown(step["scheduled_end_date"]) if step else None,
        "behind": open_job and job["quantity"] > job["quantity_completed"] and late,
        "waitingFor": waiting(job, step, machine, status) if open_job else "",
    }


@cache
def open_status(pcn: int) -> dict[int, Row]:
    return {
        row["workcenter_key"]: row
        for row in rows_of("production").of("status_log", pcn)
        if row["end_date"] is None
    }


def waiting(job: Row, step: Row | None, machine: Row | None, status: Row | None) -> str:
    """A remark of the planner, a hold, another job, the workcenter's status; empty when nothing."""
    said = (
        (step or {}).get("note")
        or job["note"]
        or ("The job is on hold" if job["job_status"] == "Hold" else "")
    )
    if said or step is None:
        return str(said)
    if step["job_op_status"] == "Hold":
        return "The operation is on hold"
    if step["job_op_status"] == "Open":
        return not_begun(job, step, machine, status)
    if status is None or status["workcenter_status"] == "Production":
        return ""
    event = f": {status['workcenter_event']}" if status["workcenter_event"] else ""
    return f"{status['workcenter_status']}{event}"


def not_begun(job: Row, step: Row, machine: Row | None, status: Row | None) -> str:
    if machine and status and status["job_key"] not in {None, job["job_key"]}:
        return f"Workcenter {machine['workcenter_code']} runs job {status['job_no']}"
    return f"Operation {step['operation_no']} has not begun"


@pytest.mark.parametrize("pcn", [MAIN, SECOND])
def test_jobs_are_as_far_as_their_operations(house: House, pcn: int) -> None:
    resource = BY_NAME["JobProgress"]
    jobs = {row["job_key"]: row for row in rows_of("production").of("job", pcn)}
    rows = house.all(resource, pcn)
    assert {row["jobKey"] for row in rows} == set(jobs)
    assert any(row["behind"] for row in rows)
    assert pcn != MAIN or len({row["waitingFor"] for row in rows}) > 3
    for row in rows:
        for name, value in progress(pcn, jobs[row["jobKey"]]).items():
            assert close(row[name], value), (row["jobNo"], name, row[name], value)


@pytest.mark.parametrize("pcn", COMPANIES)
def test_what_is_behind_is_what_the_rows_say(house: House, pcn: int) -> None:
    resource = BY_NAME["JobProgress"]
    for behind in (True, False):
        rows = house.rows(whole_case(resource), {"Behind": str(behind).lower()}, pcn=pcn)
        assert rows == [row for row in house.all(resource, pcn) if row["behind"] is behind]
