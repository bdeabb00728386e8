"""Time frames of Workcenter Lookup on the plant's clock, also when it is changed."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest
from django.core.exceptions import ValidationError

from millgate.control.lookup.calendars import PlantClock
from millgate.control.lookup.windows import (
    MOST_DAYS,
    Frame,
    Window,
    instant_text,
    window,
    window_chosen,
    window_label,
    windows,
)
from millgate.plant.performance.calendar import Shift

HOUR = 3600
SHIFTS = (Shift("A", time(6), time(14)), Shift("B", time(14), time(22)), Shift("C", time(22), time(6)))
DETROIT = PlantClock.of("America/Detroit", time(6), SHIFTS)
WEEKDAYS = PlantClock.of(
    "America/Detroit", time(6), (Shift("Day", time(8), time(16), "Mon,Tue,Wed,Thu,Fri"),)
)


def at(text: str) -> int:
    """The instant of a text in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def ends(clock: PlantClock, frame: Frame, now: str) -> tuple[str, str]:
    found = window(clock, frame, at(now))
    assert found is not None
    return instant_text(found.start), instant_text(found.end)


@pytest.mark.parametrize(
    ("frame", "start", "end"),
    [
        (Frame.LAST_8_HOURS, "2026-11-30T07:30:00Z", "2026-11-30T15:30:00Z"),
        (Frame.THIS_SHIFT, "2026-11-30T11:00:00Z", "2026-11-30T15:30:00Z"),
        (Frame.LAST_SHIFT, "2026-11-30T03:00:00Z", "2026-11-30T11:00:00Z"),
        (Frame.TODAY, "2026-11-30T11:00:00Z", "2026-11-30T15:30:00Z"),
        (Frame.YESTERDAY, "2026-11-29T11:00:00Z", "2026-11-30T11:00:00Z"),
        (Frame.LAST_7_DAYS, "2026-11-24T11:00:00Z", "2026-11-30T15:30:00Z"),
        (Frame.LAST_30_DAYS, "2026-11-01T11:00:00Z", "2026-11-30T15:30:00Z"),
    ],
)
def test_frames_are_production_days_and_shifts_of_the_plant(frame: Frame, start: str, end: str) -> None:
    assert ends(DETROIT, frame, "2026-11-30T15:30:00") == (start, end)


def test_before_the_production_day_begins_today_is_still_the_day_before() -> None:
    assert ends(DETROIT, Frame.TODAY, "2026-11-30T10:59:59")[0] == "2026-11-29T11:00:00Z"
    assert ends(DETROIT, Frame.TODAY, "2026-11-30T11:00:00")[0] == "2026-11-30T11:00:00Z"


@pytest.mark.parametrize(
    ("now", "hours"),
    [
        ("2026-11-02T15:00:00", 24),
        ("2026-11-01T15:00:00", 25),  # the production day of October 31 holds the hour that comes twice
        ("2026-03-08T15:00:00", 23),  # and that of March 7 the one that never was
    ],
)
def test_yesterday_is_as_long_as_the_clocks_make_it(now: str, hours: int) -> None:
    found = window(DETROIT, Frame.YESTERDAY, at(now))
    assert found is not None
    assert found.end - found.start == hours * HOUR


@pytest.mark.parametrize(("now", "hours"), [("2026-11-01T12:00:00", 9), ("2026-03-08T12:00:00", 7)])
def test_the_night_shift_in_which_the_clocks_change_is_longer_or_shorter(now: str, hours: int) -> None:
    found = window(DETROIT, Frame.LAST_SHIFT, at(now))
    assert found is not None
    assert (found.shift, found.end - found.start) == ("C", hours * HOUR)


def test_where_nobody_works_there_is_no_shift_now_and_the_last_one_may_be_days_ago() -> None:
    sunday_morning = at("2026-11-29T11:30:00")
    assert window(WEEKDAYS, Frame.THIS_SHIFT, sunday_morning) is None
    assert windows(WEEKDAYS, sunday_morning)[Frame.THIS_SHIFT] is None
    assert window(PlantClock.of("UTC"), Frame.LAST_SHIFT, sunday_morning) is None


def test_a_label_says_the_frame_its_shift_and_its_ends_on_the_wall() -> None:
    found = window(DETROIT, Frame.LAST_SHIFT, at("2026-11-30T15:30:00"))
    assert found is not None
    assert window_label(found, DETROIT) == "Last shift (C), 2026-11-29 22:00 to 2026-11-30 06:00"


@pytest.mark.parametrize(
    ("start", "end", "told"),
    [
        (None, "2026-11-30T06:00:00", "Give the start and the end"),
        ("2026-11-30T06:00:00", "2026-11-30T06:00:00", "must be after its start"),
        ("2025-11-28T06:00:00", "2026-11-30T06:00:00", f"at most {MOST_DAYS} days"),
        ("2026-12-30T06:00:00", "2026-12-31T06:00:00", "has not begun"),
    ],
)
def test_a_chosen_frame_that_is_none_is_refused_in_words(start: str | None, end: str, told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        window_chosen(aware(start), aware(end), at("2026-11-30T15:30:00"))


def aware(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_wall_times_of_a_chosen_frame_are_the_plants() -> None:
    start, end = (
        DETROIT.instant(datetime.fromisoformat(f"2026-{text}")) for text in ("10-31T06:00", "11-01T06:00")
    )
    assert window_chosen(start, end, at("2026-11-30T15:30:00")) == Window(
        Frame.CUSTOM, at("2026-10-31T10:00:00"), at("2026-11-01T11:00:00")
    )
