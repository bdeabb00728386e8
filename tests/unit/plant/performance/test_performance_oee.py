"""The indicators of a shift that one can work out on paper, and what happens at the edges."""

from datetime import date

import pytest

from millgate.plant.performance import Element, Group, Pieces, RateSource, Segment, Stretch, performance
from millgate.plant.performance.elements import Running

HOUR = 3600.0
MONDAY, TUESDAY = date(2026, 1, 5), date(2026, 1, 6)
WINDOW = [
    Segment(0, 8 * HOUR, MONDAY, "A"),
    Segment(8 * HOUR, 16 * HOUR, MONDAY, "B"),
    Segment(16 * HOUR, 24 * HOUR, TUESDAY, "A"),
]
JOB = Running(7, "J7", 3, "TP-1", "C")


def stretch(begin: float, end: float, element: Element, running: Running = JOB) -> Stretch:
    """Hours of workcenter 1."""
    return Stretch(1, begin * HOUR, end * HOUR, element, running)


def good(at: float, quantity: float, ideal: float | None = 100.0, standard: float | None = 80.0) -> Pieces:
    """Good pieces of workcenter 1 at an hour of Monday's shift A."""
    return Pieces(
        1, at * HOUR, MONDAY, "A", good=quantity, ideal_rate=ideal, standard_rate=standard, running=JOB
    )


def test_a_shift_on_paper() -> None:
    """Eight hours, half an hour of it a break: 7.5 planned, 5 run, 1 set up, 1 down, half an hour idle."""
    stretches = [
        stretch(0, 1, Element.AUST),
        stretch(1, 4, Element.APT),
        stretch(4, 4.5, Element.OUT),
        stretch(4.5, 5.5, Element.ADET),
        stretch(5.5, 7.5, Element.APT),
        stretch(7.5, 8, Element.IDLE),
    ]
    pieces = [
        good(4, 380),
        Pieces(1, 4 * HOUR, MONDAY, "A", scrapped=12, ideal_rate=100, running=JOB),
        Pieces(1, 5 * HOUR, MONDAY, "A", rejected=8, ideal_rate=100, running=JOB),
    ]

    (row,) = performance(stretches, pieces, WINDOW)

    assert row.planned_production_seconds == 7.5 * HOUR
    assert row.production_seconds == 5 * HOUR
    assert row.setup_seconds == HOUR
    assert row.downtime_seconds == HOUR
    assert row.idle_seconds == HOUR / 2
    assert row.production_quantity == 400
    assert row.good_quantity == 380
    assert row.scrap_quantity == 12
    assert row.reject_quantity == 8
    assert row.standard_production_rate == pytest.approx(100)
    assert row.rate_source is RateSource.IDEAL
    assert row.availability == pytest.approx(5 / 7.5)
    assert row.performance == pytest.approx(4 / 5)
    assert row.quality == pytest.approx(0.95)
    assert row.oee == pytest.approx(36 * 380 / (7.5 * HOUR))
    assert row.nee == pytest.approx(6 / 7.5 * 0.8 * 0.95)
    assert (row.shift, row.report_date, row.job_no, row.part_no) == (None, None, None, None)


def test_a_rate_ten_times_too_low_shows_as_performance_above_one() -> None:
    (row,) = performance([stretch(0, 8, Element.APT)], [good(4, 700, ideal=10)], WINDOW)

    assert row.performance == pytest.approx(8.75)
    assert row.oee == pytest.approx(8.75)


def test_mixed_parts_weigh_by_the_time_they_take_and_not_by_their_number() -> None:
    """100 pieces of a fast part take one hour, 10 of a slow one another."""
    pieces = [good(1, 100, ideal=100), good(2, 10, ideal=None, standard=10)]

    (row,) = performance([stretch(0, 4, Element.APT)], pieces, WINDOW)

    assert row.performance == pytest.approx(0.5)
    assert row.standard_production_rate == pytest.approx(55)
    assert row.rate_source is RateSource.MIXED


def test_pieces_without_a_rate_leave_performance_open_and_quality_known() -> None:
    pieces = [good(1, 100), good(2, 1, ideal=None, standard=0)]

    (row,) = performance([stretch(0, 4, Element.APT)], pieces, WINDOW)

    assert (row.performance, row.oee, row.nee) == (None, None, None)
    assert (row.rate_source, row.standard_production_rate) == (None, None)
    assert row.availability == 1
    assert row.quality == 1


def test_a_record_of_no_pieces_needs_no_rate() -> None:
    (row,) = performance(
        [stretch(0, 4, Element.APT)], [good(1, 100), good(2, 0, ideal=None, standard=None)], WINDOW
    )

    assert row.performance == pytest.approx(0.25)


def test_nothing_made_while_running_is_no_performance_and_an_unknown_quality() -> None:
    (row,) = performance([stretch(0, 4, Element.APT)], [], WINDOW)

    assert row.availability == 1
    assert row.performance == 0
    assert (row.quality, row.oee, row.nee) == (None, None, None)
    assert (row.rate_source, row.standard_production_rate) == (None, None)


def test_a_workcenter_that_is_off_all_day_has_no_availability() -> None:
    (row,) = performance([stretch(0, 24, Element.OUT)], [], WINDOW)

    assert row.planned_production_seconds == 0
    assert (row.availability, row.performance, row.quality, row.oee) == (None, None, None, None)


def test_pieces_without_production_time_have_no_performance() -> None:
    (row,) = performance([stretch(0, 4, Element.ADET)], [good(1, 100)], WINDOW)

    assert row.availability == 0
    assert (row.performance, row.oee) == (None, None)
    assert row.standard_production_rate == pytest.approx(100)


def test_scrap_that_is_taken_back_leaves_nothing() -> None:
    pieces = [
        good(1, 90),
        Pieces(1, HOUR, MONDAY, "A", scrapped=10, ideal_rate=100),
        Pieces(1, 2 * HOUR, MONDAY, "A", scrapped=-10, ideal_rate=100),
    ]

    (row,) = performance([stretch(0, 1, Element.APT)], pieces, WINDOW)

    assert row.production_quantity == 90
    assert row.quality == 1
    assert row.performance == pytest.approx(0.9)


def test_time_is_cut_at_the_edges_of_the_window() -> None:
    (row,) = performance([stretch(-5, 2, Element.APT), stretch(23, 30, Element.ADET)], [], WINDOW)

    assert row.production_seconds == 2 * HOUR
    assert row.downtime_seconds == HOUR


def test_time_is_cut_at_shifts_and_pieces_are_not() -> None:
    """The container was booked in shift B's first minute by shift A, and its row says so."""
    rows = performance([stretch(6, 10, Element.APT)], [good(8.01, 100)], WINDOW, {Group.SHIFT, Group.DAY})

    assert [(row.report_date, row.shift) for row in rows] == [(MONDAY, "A"), (MONDAY, "B")]
    assert [row.production_seconds for row in rows] == [2 * HOUR, 2 * HOUR]
    assert [row.good_quantity for row in rows] == [100, 0]


def test_a_shift_is_summed_over_all_days() -> None:
    rows = performance([stretch(0, 24, Element.APT)], [], WINDOW, {Group.SHIFT})

    assert [(row.shift, row.production_seconds / HOUR) for row in rows] == [("A", 16), ("B", 8)]


def test_a_day_is_summed_over_its_shifts() -> None:
    rows = performance([stretch(0, 24, Element.APT)], [], WINDOW, {Group.DAY})

    assert [(row.report_date, row.production_seconds / HOUR) for row in rows] == [(MONDAY, 16), (TUESDAY, 8)]


def test_time_without_a_job_is_a_group_of_its_own() -> None:
    rows = performance(
        [stretch(0, 2, Element.APT), stretch(2, 3, Element.IDLE, Running())],
        [good(1, 100)],
        WINDOW,
        {Group.JOB, Group.PART},
    )

    assert [(row.job_key, row.job_no, row.part_key, row.part_no, row.revision) for row in rows] == [
        (None, "", None, "", ""),
        (7, "J7", 3, "TP-1", "C"),
    ]
    assert [row.planned_production_seconds for row in rows] == [HOUR, 2 * HOUR]


def test_nothing_recorded_is_no_row() -> None:
    assert performance([], [], WINDOW) == []
    assert performance([stretch(-2, 0, Element.APT)], [good(24, 1)], WINDOW) == []


def test_no_window_is_no_row() -> None:
    assert performance([stretch(0, 1, Element.APT)], [good(0, 1)], []) == []
