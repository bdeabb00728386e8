"""Charts as SVG that a strict content policy lets through: attributes and classes, no styles, no scripts.

A chart is drawn twice, for a wide and for a narrow page, of which the style sheet shows one. Series differ
by pattern or dash as well as by colour. What a chart shows also stands in a table, which is not made here.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, log10
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Form: TypeAlias = Literal["bars", "lines"]
Points: TypeAlias = "Sequence[float | None]"

MOST_TICKS: Final = 5
_TOP, _BOTTOM, _RIGHT = 54.0, 26.0, 10.0
_DASHES: Final = ("", "7 4", "2 4")
_MARKS: Final = ("plain", "stripes", "crosses", "dots")
_LETTER: Final = 6.6
"""The width of a letter of an axis, with some room."""


@dataclass(frozen=True, slots=True)
class Series:
    """Numbers of one kind, one for each place on the horizontal axis; None where there is none.

    Attributes:
        name: as the legend says it.
        tone: which colour; the style sheet has `series-TONE`.
    """

    name: str
    tone: str
    points: Points


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """What is drawn.

    Attributes:
        name: makes ids; letters, digits and dashes, once in a page.
        title: what it shows.
        description: what can be seen, in words, for those who cannot see it.
        unit: of the numbers.
        form: bars that stand on each other, or lines.
        labels: of the places on the horizontal axis, the same number as each series has points. Those that
            are empty can have none.
    """

    name: str
    title: str
    description: str
    unit: str
    form: Form
    labels: Sequence[str]
    series: Sequence[Series]


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where things are in a drawing of some size."""

    width: float
    height: float
    left: float
    top_value: float
    places: int

    @property
    def slot(self) -> float:
        return (self.width - self.left - _RIGHT) / max(1, self.places)

    @property
    def zero(self) -> float:
        return self.height - _BOTTOM

    def x(self, place: float) -> float:
        return self.left + place * self.slot

    def y(self, value: float) -> float:
        return self.zero - value / self.top_value * (self.zero - _TOP)


def ticks(highest: float, most: int = MOST_TICKS) -> list[float]:
    """Round numbers from zero up to at least the highest: steps of 1, 2 or 5 times a power of ten."""
    if highest <= 0:
        return [0.0, 1.0]
    power = 10 ** floor(log10(highest / most))
    step = next(by * power for by in (1, 2, 5, 10, 20) if by * power * most >= highest * (1 - 1e-12))
    return [round(number * step, 12) for number in range(ceil(highest / step - 1e-9) + 1)]


def number(value: float) -> str:
    """A number of an axis: 1,500 or 0.5."""
    return f"{value:,.10g}" if abs(value) < 1e10 else f"{value:.3g}"  # noqa: PLR2004 - what has room


def drawn(chart: Chart) -> SafeString:
    """The chart, for wide and for narrow pages."""
    return format_html(
        '<div class="chart-wide">{}</div><div class="chart-narrow">{}</div>',
        _svg(chart, "wide", 760, 260, labels=7),
        _svg(chart, "narrow", 360, 250, labels=4),
    )


def _svg(chart: Chart, size: str, width: float, height: float, *, labels: int) -> SafeString:
    marks = ticks(_highest(chart))
    left = 12 + _LETTER * max(len(number(mark)) for mark in marks)
    frame = _Frame(width, height, left, marks[-1], len(chart.labels))
    ids = f"{chart.name}-{size}"
    body = _bars(chart, frame, ids) if chart.form == "bars" else _lines(chart, frame)
    return format_html(
        '<svg class="chart" role="img" viewBox="0 0 {} {}" aria-labelledby="{}-title {}-desc">'
        '<title id="{}-title">{}</title><desc id="{}-desc">{}</desc><defs>{}</defs>{}{}{}{}</svg>',
        *(number(width), number(height), ids, ids, ids, chart.title, ids, chart.description),
        _patterns(chart, ids),
        _legend(chart, frame, ids),
        _axis(marks, frame, chart.unit),
        body,
        _below(chart.labels, frame, labels),
    )


def _highest(chart: Chart) -> float:
    if chart.form == "bars":
        columns = zip(*(series.points for series in chart.series), strict=True)
        return max((sum(value or 0 for value in column) for column in columns), default=0)
    return max((value or 0 for series in chart.series for value in series.points), default=0)


def _joined(template: str, rows: Iterable[Sequence[object]]) -> SafeString:
    return format_html_join("", template, rows)


def _at(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


# Axes


def _axis(marks: Sequence[float], frame: _Frame, unit: str) -> SafeString:
    rows = [
        (
            "zero" if mark == 0 else "rule",
            *(_at(frame.left), _at(frame.width - _RIGHT), _at(frame.y(mark)), _at(frame.y(mark))),
            *(_at(frame.left - 6), _at(frame.y(mark) + 4), number(mark)),
        )
        for mark in marks
    ]
    lines = _joined(
        '<line class="{}" x1="{}" x2="{}" y1="{}" y2="{}"/><text class="tick" x="{}" y="{}">{}</text>', rows
    )
    return format_html('{}<text class="unit" x="0" y="{}">{}</text>', lines, _at(_TOP - 15), unit)


def _below(labels: Sequence[str], frame: _Frame, most: int) -> SafeString:
    """Labels with room between them, as evenly as those that are not empty allow."""
    told = [place for place, label in enumerate(labels) if label]
    stride = max(1, ceil(len(told) / most))
    rows = []
    for place in told[::stride]:
        middle = frame.x(place + 0.5)
        half = len(labels[place]) * _LETTER / 2
        inside = min(max(middle, half), frame.width - half)
        tick = (_at(middle), _at(middle), _at(frame.zero), _at(frame.zero + 5))
        rows.append((*tick, _at(inside), _at(frame.height - 7), labels[place]))
    return _joined(
        '<line class="zero" x1="{}" x2="{}" y1="{}" y2="{}"/><text class="place" x="{}" y="{}">{}</text>',
        rows,
    )


# Series


def _fill(place: int, series: Series, ids: str) -> tuple[str, SafeString]:
    """The class of a series' colour, and its pattern as the attribute that names it, if it has one."""
    if _MARKS[place % len(_MARKS)] == "plain":
        return f"series-{series.tone}", mark_safe("")
    return f"series-{series.tone} patterned", format_html(' fill="url(#{}-pattern-{})"', ids, place)


def _patterns(chart: Chart, ids: str) -> SafeString:
    if chart.form != "bars":
        return mark_safe("")
    shapes = {
        "stripes": mark_safe('<path d="M-1 1l2-2M0 6l6-6M5 7l2-2"/>'),
        "crosses": mark_safe('<path d="M0 0l6 6M0 6l6-6"/>'),
        "dots": mark_safe('<circle cx="3" cy="3" r="1.2"/>'),
    }
    rows = [
        (ids, place, series.tone, shapes[mark])
        for place, series in enumerate(chart.series)
        if (mark := _MARKS[place % len(_MARKS)]) != "plain"
    ]
    return _joined(
        '<pattern id="{}-pattern-{}" class="series-{}" width="6" height="6" patternUnits="userSpaceOnUse">'
        '<rect class="wash" width="6" height="6"/>{}</pattern>',
        rows,
    )


def _legend(chart: Chart, frame: _Frame, ids: str) -> SafeString:
    x, parts = 2.0, []
    for place, series in enumerate(chart.series):
        parts.append(_sample(chart, place, series, ids, x))
        parts.append(format_html('<text class="name" x="{}" y="15">{}</text>', _at(x + 20), series.name))
        x += 34 + min(_LETTER * len(series.name), frame.width / len(chart.series))
    return format_html_join("", "{}", ((part,) for part in parts))


def _sample(chart: Chart, place: int, series: Series, ids: str, x: float) -> SafeString:
    if chart.form == "bars":
        tone, fill = _fill(place, series, ids)
        template = '<rect class="bar {}"{} x="{}" y="5" width="14" height="11"/>'
        return format_html(template, tone, fill, _at(x))
    dash = _DASHES[place % len(_DASHES)]
    template = '<path class="line series-{}" stroke-dasharray="{}" d="M{} 11h16"/>'
    return format_html(template, series.tone, dash or "none", _at(x))


def _bars(chart: Chart, frame: _Frame, ids: str) -> SafeString:
    """One path for each series: its bars stand on those of the series before it."""
    width = max(frame.slot * 0.8, 0.8)
    below = [0.0] * frame.places
    rows = []
    for place, series in enumerate(chart.series):
        parts = []
        for at, value in enumerate(series.points):
            if value:
                low, high = frame.y(below[at]), frame.y(below[at] + value)
                left = frame.x(at) + (frame.slot - width) / 2
                parts.append(f"M{_at(left)} {low:.2f}V{high:.2f}h{width:.2f}V{low:.2f}z")
                below[at] += value
        rows.append((*_fill(place, series, ids), "".join(parts)))
    return _joined('<path class="bar {}"{} d="{}"/>', [row for row in rows if row[2]])


def _lines(chart: Chart, frame: _Frame) -> SafeString:
    rows = [
        (series.tone, _DASHES[place % len(_DASHES)] or "none", _line(series.points, frame))
        for place, series in enumerate(chart.series)
    ]
    return _joined(
        '<path class="line series-{}" stroke-dasharray="{}" d="{}"/>', [row for row in rows if row[2]]
    )


def _line(points: Points, frame: _Frame) -> str:
    """A line with gaps where there are no numbers; a number alone is a short line."""
    parts, pen = [], "M"
    for place, value in enumerate(points):
        if value is None:
            pen = "M"
            continue
        alone = pen == "M" and (place + 1 == len(points) or points[place + 1] is None)
        x = frame.x(place + (0.25 if alone else 0.5))
        parts.append(f"{pen}{_at(x)} {frame.y(value):.2f}")
        if alone:
            parts.append(f"h{frame.slot / 2:.2f}")
        pen = "L"
    return "".join(parts)
