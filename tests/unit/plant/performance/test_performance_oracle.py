"""The engine against one that shares nothing with it: it counts second by second, in fractions."""

from collections import Counter, defaultdict
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millgate.plant.performance import (
    Element,
    Group,
    Performance,
    Pieces,
    Segment,
    Stretch,
    performance,
)
from millgate.plant.performance.elements import Running

LENGTH = 60
RUNNING = (Running(), Running(1, "J1", 5, "TP-1", "A"), Running(2, "J2", 5, "TP-1", "A"))
DAYS = (date(2026, 1, 5), date(2026, 1, 6))


class Case(NamedTuple):
    stretches: list[Stretch]
    pieces: list[Pieces]
    segments: list[Segment]
    groups: frozenset[Group]


class Counted(NamedTuple):
    """What the oracle found of a group."""

    seconds: Counter[Element]
    good: Counter[object]
    rejected: Counter[object]
    scrapped: Counter[object]
    unrated: set[bool]


def group_of(row: Stretch | Pieces, day: date, shift: str, groups: frozenset[Group]) -> tuple[object, ...]:
    running = row.running
    return (
        row.workcenter_key,
        day if Group.DAY in groups else None,
        shift if Group.SHIFT in groups else None,
        (running.job_key, running.job_no) if Group.JOB in groups else (None, None),
        (running.part_key, running.part_no, running.revision) if Group.PART in groups else (None,) * 3,
    )


def count(case: Case) -> dict[tuple[object, ...], Counted]:
    """Look at every second of the window, and at every record."""
    groups: defaultdict[tuple[object, ...], Counted] = defaultdict(
        lambda: Counted(Counter(), Counter(), Counter(), Counter(), set())
    )
    for segment in case.segments:
        for second in range(int(segment.begin), int(segment.end)):
            for row in case.stretches:
                if row.begin <= second < row.end:
                    key = group_of(row, segment.report_date, segment.shift, case.groups)
                    groups[key].seconds[row.element] += 1
    window = range(int(case.segments[0].begin), int(case.segments[-1].end))
    for record in case.pieces:
        if record.at in window:
            counted = groups[group_of(record, record.report_date, record.shift, case.groups)]
            rate = record.ideal_rate or record.standard_rate
            counted.unrated.add(not rate and bool(record.good + record.rejected + record.scrapped))
            counted.good[rate] += int(record.good)
            counted.rejected[rate] += int(record.rejected)
            counted.scrapped[rate] += int(record.scrapped)
    return groups


def indicators(counted: Counted) -> dict[str, Fraction | None]:
    """The definitions of the standard, in fractions."""
    apt, aust = counted.seconds[Element.APT], counted.seconds[Element.AUST]
    pbt = sum(seconds for element, seconds in counted.seconds.items() if element is not Element.OUT)
    made = counted.good + Counter()
    made.update(counted.rejected)
    made.update(counted.scrapped)
    pq, gq = sum(made.values()), sum(counted.good.values())
    at_rate = sum(
        (Fraction(3600 * number) / Fraction(str(rate)) for rate, number in made.items() if rate), Fraction()
    )
    availability = Fraction(apt, pbt) if pbt else None
    effectiveness = at_rate / apt if apt and True not in counted.unrated else None
    quality = Fraction(gq, pq) if pq else None
    oee = nee = None
    if availability is not None and effectiveness is not None and quality is not None:
        oee = availability * effectiveness * quality
        nee = Fraction(apt + aust, pbt) * effectiveness * quality
    known = bool(pq and at_rate and True not in counted.unrated)
    return {
        "availability": availability,
        "performance": effectiveness,
        "quality": quality,
        "oee": oee,
        "nee": nee,
        "standard_production_rate": pq * 3600 / at_rate if known else None,
    }


seconds = st.integers(0, LENGTH)
quantities = st.integers(0, 50)
rates = st.sampled_from([None, 0.0, 60.0, 90.0, 3600.0])
stretches = st.builds(
    lambda key, begin, length, element, running: Stretch(key, begin, begin + length, element, running),
    st.integers(1, 2),
    st.integers(-20, LENGTH),
    st.integers(1, 40),
    st.sampled_from(Element),
    st.sampled_from(RUNNING),
)
pieces = st.builds(
    Pieces,
    st.integers(1, 2),
    st.integers(-5, LENGTH + 5),
    st.sampled_from(DAYS),
    st.sampled_from("AB"),
    quantities,
    quantities,
    quantities,
    rates,
    rates,
    st.sampled_from(RUNNING),
)


@st.composite
def windows(draw: st.DrawFn) -> list[Segment]:
    edges = sorted(draw(st.sets(seconds, min_size=2, max_size=6)))
    return [
        Segment(begin, end, draw(st.sampled_from(DAYS)), draw(st.sampled_from(["A", "B", ""])))
        for begin, end in pairwise(edges)
    ]


cases = st.builds(
    Case,
    st.lists(stretches, max_size=12),
    st.lists(pieces, max_size=12),
    windows(),
    st.frozensets(st.sampled_from(Group)),
)


def run(case: Case) -> list[Performance]:
    return performance(case.stretches, case.pieces, case.segments, case.groups)


def key_of(row: Performance) -> tuple[object, ...]:
    return (
        row.workcenter_key,
        row.report_date,
        row.shift,
        (row.job_key, row.job_no),
        (row.part_key, row.part_no, row.revision),
    )


@given(cases)
def test_it_counts_what_the_oracle_counts(case: Case) -> None:
    counted = count(case)
    rows = {key_of(row): row for row in run(case)}

    assert rows.keys() == counted.keys()
    for key, row in rows.items():
        found = counted[key].seconds
        assert row.production_seconds == found[Element.APT]
        assert row.setup_seconds == found[Element.AUST]
        assert row.downtime_seconds == found[Element.ADET]
        assert row.idle_seconds == found[Element.IDLE]
        assert row.planned_production_seconds == found.total() - found[Element.OUT]
        assert row.good_quantity == counted[key].good.total()
        assert row.reject_quantity == counted[key].rejected.total()
        assert row.scrap_quantity == counted[key].scrapped.total()


@given(cases)
def test_its_indicators_are_those_of_the_oracle(case: Case) -> None:
    counted = count(case)
    for row in run(case):
        for name, expected in indicators(counted[key_of(row)]).items():
            value = getattr(row, name)
            if expected is None:
                assert value is None, name
            else:
                assert value == pytest.approx(float(expected), rel=1e-9), name


@given(cases)
def test_oee_is_the_ideal_time_of_good_pieces_over_planned_time(case: Case) -> None:
    """ISO 22400-2: OEE = PRI x GQ / PBT, for every row that has an OEE."""
    for row in run(case):
        if row.oee is not None and row.standard_production_rate is not None:
            ideal_seconds = 3600 / row.standard_production_rate * row.good_quantity
            assert row.oee == pytest.approx(ideal_seconds / row.planned_production_seconds, rel=1e-9)


ADDABLE = (
    "planned_production_seconds",
    "production_seconds",
    "setup_seconds",
    "downtime_seconds",
    "idle_seconds",
    "production_quantity",
    "good_quantity",
    "scrap_quantity",
    "reject_quantity",
)


def sums(rows: list[Performance]) -> dict[tuple[object, ...], list[float]]:
    """The elements of each group, added up."""
    added: defaultdict[tuple[object, ...], list[float]] = defaultdict(lambda: [0.0] * len(ADDABLE))
    for row in rows:
        parts = added[key_of(row)]
        for number, name in enumerate(ADDABLE):
            parts[number] += getattr(row, name)
    return added


@given(cases, seconds)
def test_the_halves_of_a_window_add_up_to_the_whole(case: Case, at: int) -> None:
    early = [segment._replace(end=min(segment.end, at)) for segment in case.segments if segment.begin < at]
    late = [segment._replace(begin=max(segment.begin, at)) for segment in case.segments if segment.end > at]

    halves = run(case._replace(segments=early)) + run(case._replace(segments=late))

    assert sums(halves) == sums(run(case))


@given(cases)
def test_the_groups_of_a_window_add_up_to_the_whole(case: Case) -> None:
    def totals(groups: frozenset[Group]) -> Counter[int]:
        counted = Counter[int]()
        for row in run(case._replace(groups=groups)):
            counted[row.workcenter_key] += int(row.planned_production_seconds + row.production_quantity)
        return counted

    assert totals(case.groups) == totals(frozenset())
