"""Production days and shifts fall where the clock on the plant's wall says."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millgate.plant.performance import Calendar, Shift
from millgate.plant.sample.company import AUTO, MX, Profile
from millgate.plant.sample.master import SHIFT_DAYS

DETROIT = ZoneInfo("America/Detroit")
THREE = (
    Shift("A", time(6), time(14), "Mon,Tue,Wed,Thu,Fri,Sat"),
    Shift("B", time(14), time(22), "Mon,Tue,Wed,Thu,Fri,Sat"),
    Shift("C", time(22), time(6), "Mon,Tue,Wed,Thu,Fri"),
)
PLANT = Calendar("America/Detroit", time(6), THREE)


def at(text: str, fold: int = 0) -> float:
    """The instant of a wall time in Detroit."""
    return datetime.fromisoformat(text).replace(tzinfo=DETROIT, fold=fold).timestamp()


@pytest.mark.parametrize("profile", [AUTO, MX], ids=lambda profile: profile.code)
def test_it_agrees_with_the_sample_company_over_a_year_of_nights(profile: Profile) -> None:
    """Both nights in which clocks change are in it."""
    sample = profile.calendar
    times = zip(sample.shift_times(), SHIFT_DAYS, strict=True)
    shifts = [Shift(name, start, end, days) for (name, start, end), days in times]
    days = [sample.day(date(2025, 1, 1) + timedelta(days=number)) for number in range(365)]
    expected = [(span.start, span.end, day.date, span.shift) for day in days for span in day.spans]

    calendar = Calendar(sample.zone, sample.day_start, shifts)

    assert calendar.segments(days[0].start, days[-1].end) == expected


@pytest.mark.parametrize(("day", "hours"), [("2025-11-01", 9), ("2025-10-31", 8), ("2025-03-08", 7)])
def test_the_shift_of_the_night_in_which_clocks_change_is_an_hour_longer_or_shorter(
    day: str, hours: int
) -> None:
    begin = PLANT.day_begin(date.fromisoformat(day))
    end = PLANT.day_begin(date.fromisoformat(day) + timedelta(days=1))

    lengths = [segment.end - segment.begin for segment in PLANT.segments(begin, end)]

    assert lengths == [8 * 3600, 8 * 3600, hours * 3600]


@pytest.mark.parametrize(
    ("instant", "place"),
    [
        (at("2025-11-03 06:00:00"), ("2025-11-03", "A")),
        (at("2025-11-03 05:59:59"), ("2025-11-02", "C")),
        (at("2025-11-03 13:59:59.999"), ("2025-11-03", "A")),
        (at("2025-11-03 14:00:00"), ("2025-11-03", "B")),
        (at("2025-11-04 00:00:00"), ("2025-11-03", "C")),
        (at("2025-11-02 01:30:00"), ("2025-11-01", "C")),
        (at("2025-11-02 01:30:00", fold=1), ("2025-11-01", "C")),
    ],
)
def test_a_row_is_reported_in_the_day_and_shift_it_was_written_in(
    instant: float, place: tuple[str, str]
) -> None:
    day, shift = PLANT.place_of(instant)

    assert (day.isoformat(), shift) == place


def test_a_window_is_cut_at_its_own_edges_too() -> None:
    begin, end = at("2025-11-03 13:00:00"), at("2025-11-03 14:20:00")
    change, day = at("2025-11-03 14:00:00"), date(2025, 11, 3)

    assert PLANT.segments(begin, end) == [(begin, change, day, "A"), (change, end, day, "B")]


def test_time_of_no_shift_has_none() -> None:
    calendar = Calendar("America/Detroit", time(6), [Shift("Day", time(7), time(15, 30))])

    segments = calendar.segments(at("2025-11-03 06:00:00"), at("2025-11-04 06:00:00"))

    assert [(segment.shift, segment.end - segment.begin) for segment in segments] == [
        ("", 3600),
        ("Day", 8.5 * 3600),
        ("", 14.5 * 3600),
    ]


def test_without_shifts_there_are_still_production_days() -> None:
    segments = Calendar("UTC", time(6)).segments(0, 2 * 86400)

    assert [(day.isoformat(), shift) for _, _, day, shift in segments] == [
        ("1969-12-31", ""),
        ("1970-01-01", ""),
        ("1970-01-02", ""),
    ]


def test_a_weekend_shift_takes_the_place_of_the_usual_ones() -> None:
    """Monday to Friday it claims nothing, though its wall times are there every day."""
    calendar = Calendar("America/Detroit", time(6), [*THREE, Shift("W", time(6), time(18), "Sun")])

    sunday = calendar.segments(at("2025-11-09 06:00:00"), at("2025-11-10 06:00:00"))
    monday = calendar.segments(at("2025-11-10 06:00:00"), at("2025-11-11 06:00:00"))

    assert [segment.shift for segment in sunday] == ["W", "B", "C"]
    assert [segment.shift for segment in monday] == ["A", "B", "C"]


def test_overtime_goes_under_the_name_of_the_usual_shift() -> None:
    assert PLANT.place_of(at("2025-11-09 08:00:00")) == (date(2025, 11, 9), "A")


def test_of_overlapping_shifts_the_later_one_has_the_time() -> None:
    calendar = Calendar(
        "America/Detroit", time(6), [Shift("B", time(14), time(22)), Shift("A", time(6), time(14, 30))]
    )

    assert calendar.place_of(at("2025-11-03 14:15:00")) == (date(2025, 11, 3), "B")


def test_a_shift_that_outlasts_the_production_day_keeps_its_name() -> None:
    calendar = Calendar("America/Detroit", time(6), [Shift("Night", time(22, 30), time(6, 30))])

    segments = calendar.segments(at("2025-11-04 05:00:00"), at("2025-11-04 07:00:00"))

    assert [(segment.report_date.day, segment.shift) for segment in segments] == [
        (3, "Night"),
        (4, "Night"),
        (4, ""),
    ]


def test_a_shift_that_ends_when_it_begins_lasts_around_the_clock() -> None:
    calendar = Calendar("UTC", time(0), [Shift("All", time(0), time(0))])

    assert calendar.segments(0, 86400) == [(0, 86400, date(1970, 1, 1), "All")]


def test_a_window_that_ends_before_it_begins_has_no_segments() -> None:
    assert PLANT.segments(10, 10) == []
    assert PLANT.segments(20, 10) == []


def test_an_unknown_time_zone_is_refused() -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        Calendar("America/Tamarack", time(6))


wall_times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30]))
shifts = st.builds(
    Shift, st.sampled_from("ABCD"), wall_times, wall_times, st.sampled_from(["", "Sat", "Mon, Sun"])
)
calendars = st.builds(
    Calendar,
    st.sampled_from(["America/Detroit", "Australia/Lord_Howe", "Europe/Berlin", "UTC"]),
    wall_times,
    st.lists(shifts, max_size=4),
)
moments = st.integers(
    int(datetime(2025, 3, 6, tzinfo=UTC).timestamp()), int(datetime(2025, 3, 12, tzinfo=UTC).timestamp())
) | st.integers(
    int(datetime(2025, 10, 30, tzinfo=UTC).timestamp()), int(datetime(2025, 11, 5, tzinfo=UTC).timestamp())
)


@given(
    calendar=calendars,
    begin=moments,
    length=st.integers(1, 3 * 86400),
    within=st.floats(0, 1, exclude_max=True),
)
def test_segments_cover_the_window_and_say_of_each_instant_what_its_place_says(
    calendar: Calendar, begin: int, length: int, within: float
) -> None:
    instant = begin + int(length * within)

    segments = calendar.segments(begin, begin + length)

    assert segments[0].begin == begin
    assert segments[-1].end == begin + length
    assert all(one.end == two.begin for one, two in pairwise(segments))
    assert all(one[2:] != two[2:] for one, two in pairwise(segments))
    assert all(segment.begin < segment.end for segment in segments)
    (holder,) = [segment for segment in segments if segment.begin <= instant < segment.end]
    assert holder[2:] == calendar.place_of(instant)
