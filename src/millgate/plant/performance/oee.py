"""The indicators of ISO 22400-2, made by summing elements; percentages are never averaged.

What standard and plants leave open is decided here once:

- setup is a loss inside planned busy time; NEE, beside OEE, counts it as productive;
- nothing is capped: a performance above 1 says that a rate is wrong;
- what would divide by zero is None, and so is all that is made of it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date
from enum import StrEnum
from math import fsum
from typing import Final, TypeAlias

import msgspec

from millgate.plant.performance.calendar import Segment
from millgate.plant.performance.elements import Element, Pieces, RateSource, Stretch, rate_of

_HOUR: Final = 3600.0


class Group(StrEnum):
    """What performance can be told apart by, within a workcenter."""

    SHIFT = "Shift"
    """The shift's name, over all days."""
    DAY = "Day"
    """The production day."""
    JOB = "Job"
    PART = "Part"


class Performance(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Elements and indicators of one workcenter, or of one group of its time and pieces.

    Labels that were not asked for are None. Ratios are parts of 1, and None where they would divide by
    zero.

    Attributes:
        planned_production_seconds: PBT, the sum of the next four.
        production_seconds, setup_seconds, downtime_seconds, idle_seconds: APT, AUST, ADET and the rest.
        production_quantity: PQ: good, rejected and scrapped pieces.
        standard_production_rate: PQ over the time it takes at the rates of its pieces, in pieces an hour;
            None when nothing was produced or a rate is unknown.
        rate_source: which rates those are; None as above.
        availability: APT / PBT.
        performance: the time that PQ takes at its rates / APT; None when a rate is unknown.
        quality: good pieces / PQ.
        oee: availability x performance x quality.
        nee: (APT + AUST) / PBT x performance x quality.
    """

    workcenter_key: int
    workcenter_code: str = ""
    workcenter_group: str = ""
    report_date: date | None = None
    shift: str | None = None
    job_key: int | None = None
    job_no: str | None = None
    part_key: int | None = None
    part_no: str | None = None
    revision: str | None = None
    planned_production_seconds: float
    production_seconds: float
    setup_seconds: float
    downtime_seconds: float
    idle_seconds: float
    production_quantity: float
    good_quantity: float
    scrap_quantity: float
    reject_quantity: float
    standard_production_rate: float | None
    rate_source: RateSource | None
    availability: float | None
    performance: float | None
    quality: float | None
    oee: float | None
    nee: float | None


def performance(
    stretches: Iterable[Stretch],
    pieces: Iterable[Pieces],
    segments: Sequence[Segment],
    groups: Collection[Group] = (),
) -> list[Performance]:
    """The performance of each workcenter in a window, told apart by `groups`.

    The window is what the segments cover, one after the other without a gap. Stretches are cut at its
    edges and, where day or shift are asked for, at those of its segments. Pieces recorded in the window
    belong to the day and shift that they were reported in. A group is there when any time or any record
    falls in it; groups come in the order of workcenter keys, days, shifts, jobs and parts.
    """
    if not segments:
        return []
    ledger = _Ledger(segments, groups)
    for stretch in stretches:
        ledger.spend(stretch)
    for record in pieces:
        ledger.count(record)
    return [_performance(key, ledger.sums[key]) for key in sorted(ledger.sums, key=_order)]


# What time and pieces are summed by, in the order of the fields that carry it: a plain tuple, since one is
# made for every row. A job or part that was renamed is as many as it has names.
_Key: TypeAlias = tuple[
    int, date | None, str | None, int | None, str | None, int | None, str | None, str | None
]


def _order(key: _Key) -> tuple[int, date, str, str, int, str, str, int]:
    workcenter_key, report_date, shift, job_key, job_no, part_key, part_no, revision = key
    return (
        workcenter_key,
        report_date or date.min,
        shift or "",
        job_no or "",
        job_key or 0,
        part_no or "",
        revision or "",
        part_key or 0,
    )


class _Sums:
    """The elements of one group."""

    __slots__ = ("by_rate", "good", "rejected", "scrapped", "seconds", "unrated")

    def __init__(self) -> None:
        self.seconds: dict[Element, float] = dict.fromkeys(Element, 0.0)
        self.good = self.rejected = self.scrapped = 0.0
        # Pieces are added up before they are divided by their rate, so that no order of rows shows.
        self.by_rate: defaultdict[tuple[float, RateSource], float] = defaultdict(float)
        self.unrated = False

    def count(self, record: Pieces) -> None:
        """Add pieces."""
        quantity = record.good + record.rejected + record.scrapped
        self.good += record.good
        self.rejected += record.rejected
        self.scrapped += record.scrapped
        if not quantity:
            return
        rated = rate_of(record.ideal_rate, record.standard_rate)
        if rated is None:
            self.unrated = True
        else:
            self.by_rate[rated] += quantity

    def seconds_at_rate(self) -> float:
        """The time that the pieces take at their rates."""
        return fsum(quantity * _HOUR / rate for (rate, _), quantity in self.by_rate.items())

    def rate_source(self) -> RateSource | None:
        """Which rates the pieces have; None when one has none."""
        sources = {source for _, source in self.by_rate}
        if self.unrated or not sources:
            return None
        return sources.pop() if len(sources) == 1 else RateSource.MIXED


class _Ledger:
    """Sums by group, as stretches and pieces are entered."""

    def __init__(self, segments: Sequence[Segment], groups: Collection[Group]) -> None:
        self.sums: defaultdict[_Key, _Sums] = defaultdict(_Sums)
        self._by_shift = Group.SHIFT in groups
        self._by_day = Group.DAY in groups
        self._by_job = Group.JOB in groups
        self._by_part = Group.PART in groups
        self._segments = segments
        self._begins = [segment.begin for segment in segments]
        self._begin, self._end = segments[0].begin, segments[-1].end

    def spend(self, stretch: Stretch) -> None:
        """Enter time, as much of it as lies in the window."""
        begin, end = max(stretch.begin, self._begin), min(stretch.end, self._end)
        if begin >= end:
            return
        if not (self._by_shift or self._by_day):
            self._sums(stretch, None, None).seconds[stretch.element] += end - begin
            return
        number = bisect_right(self._begins, begin) - 1
        while begin < end:
            segment = self._segments[number]
            until = min(end, segment.end)
            sums = self._sums(stretch, segment.report_date, segment.shift)
            sums.seconds[stretch.element] += until - begin
            begin, number = until, number + 1

    def count(self, record: Pieces) -> None:
        """Enter pieces, if they were recorded in the window."""
        if self._begin <= record.at < self._end:
            self._sums(record, record.report_date, record.shift).count(record)

    def _sums(self, row: Stretch | Pieces, report_date: date | None, shift: str | None) -> _Sums:
        running = row.running
        return self.sums[
            row.workcenter_key,
            report_date if self._by_day else None,
            shift if self._by_shift else None,
            running.job_key if self._by_job else None,
            running.job_no if self._by_job else None,
            running.part_key if self._by_part else None,
            running.part_no if self._by_part else None,
            running.revision if self._by_part else None,
        ]


def _performance(key: _Key, sums: _Sums) -> Performance:
    workcenter_key, report_date, shift, job_key, job_no, part_key, part_no, revision = key
    seconds = sums.seconds
    apt, aust = seconds[Element.APT], seconds[Element.AUST]
    pbt = apt + aust + seconds[Element.ADET] + seconds[Element.IDLE]
    pq = sums.good + sums.rejected + sums.scrapped
    source = sums.rate_source() if pq else None
    at_rate = sums.seconds_at_rate()
    availability = _ratio(apt, pbt)
    effectiveness = None if sums.unrated else _ratio(at_rate, apt)
    quality = _ratio(sums.good, pq)
    return Performance(
        workcenter_key=workcenter_key,
        report_date=report_date,
        shift=shift,
        job_key=job_key,
        job_no=job_no,
        part_key=part_key,
        part_no=part_no,
        revision=revision,
        planned_production_seconds=pbt,
        production_seconds=apt,
        setup_seconds=aust,
        downtime_seconds=seconds[Element.ADET],
        idle_seconds=seconds[Element.IDLE],
        production_quantity=pq,
        good_quantity=sums.good,
        scrap_quantity=sums.scrapped,
        reject_quantity=sums.rejected,
        standard_production_rate=_ratio(pq * _HOUR, at_rate) if source else None,
        rate_source=source,
        availability=availability,
        performance=effectiveness,
        quality=quality,
        oee=_product(availability, effectiveness, quality),
        nee=_product(_ratio(apt + aust, pbt), effectiveness, quality),
    )


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _product(*factors: float | None) -> float | None:
    product = 1.0
    for factor in factors:
        if factor is None:
            return None
        product *= factor
    return product
