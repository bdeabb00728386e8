"""Charts: round numbers on their axes, a zero line, and nothing that a content policy would stop."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millgate.control.usage.charts import MOST_TICKS, Chart, Form, Series, drawn, number, ticks


def chart(*points: list[float | None], form: Form = "bars", name: str = "Success") -> Chart:
    series = [Series(f"{name} {place}", "good", found) for place, found in enumerate(points)]
    labels = [f"0{place}:00" for place in range(len(points[0]) if points else 0)]
    return Chart(
        name="calls", title=name, description=name, unit="ms", form=form, labels=labels, series=series
    )


def svgs(made: Chart) -> list[ET.Element]:
    return [*ET.fromstring(f"<div>{drawn(made)}</div>").iter("svg")]  # noqa: S314 - our own


@given(st.floats(min_value=1e-6, max_value=1e15))
def test_an_axis_has_a_few_round_numbers_from_zero_to_beyond_the_highest(highest: float) -> None:
    marks = ticks(highest)
    assert marks[0] == 0
    assert marks[-1] >= highest * (1 - 1e-9)
    assert 2 <= len(marks) <= MOST_TICKS + 1
    step = marks[1]
    assert f"{step:.0e}"[0] in "125"
    assert all(after - before == pytest.approx(step) for before, after in pairwise(marks))


@pytest.mark.parametrize(
    ("highest", "marks"),
    [
        (0, [0, 1]),
        (1, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (7, [0, 2, 4, 6, 8]),
        (100, [0, 20, 40, 60, 80, 100]),
        (101, [0, 50, 100, 150]),
        (0.3, [0, 0.1, 0.2, 0.3]),
    ],
)
def test_axes_of_some_heights(highest: float, marks: list[float]) -> None:
    assert ticks(highest) == pytest.approx(marks)


def test_numbers_of_an_axis_are_short() -> None:
    assert [number(value) for value in (0, 0.5, 1500, 2_000_000, 5e12)] == [
        "0",
        "0.5",
        "1,500",
        "2,000,000",
        "5e+12",
    ]


@pytest.mark.parametrize("form", ["bars", "lines"])
@pytest.mark.parametrize("points", [[], [[]], [[5]], [[None]], [[None, 3, None, 4, 5]], [[0, 0], [0, 0]]])
def test_few_points_or_none_are_drawn_inside(points: list[list[float | None]], form: Form) -> None:
    for svg in svgs(chart(*points, form=form)):
        width, height = (float(part) for part in svg.attrib["viewBox"].split()[2:])
        for x in re.findall(r'[\sM L](?:x|x1|x2)="?([\d.]+)', ET.tostring(svg).decode()):
            assert 0 <= float(x) <= width
        assert any("zero" in line.get("class", "") for line in svg.iter("line"))
        assert "nan" not in ET.tostring(svg).decode()
        assert height


def test_bars_stand_on_each_other_and_are_as_high_as_their_numbers() -> None:
    (wide, _) = svgs(chart([10, 20], [30, 0], [0, 20]))
    paths = [path.attrib["d"] for path in wide.iter("path") if "bar" in path.get("class", "")]
    bars = [
        [(float(low), float(high)) for low, high in re.findall(r"M[\d.]+ ([\d.]+)V([\d.]+)h", path)]
        for path in paths
    ]
    scale = (bars[0][0][0] - bars[0][0][1]) / 10
    assert [[round((low - high) / scale) for low, high in bar] for bar in bars] == [[10, 20], [30], [20]]
    assert bars[1][0][0] == bars[0][0][1], "on the one below"
    assert bars[2][0][0] == pytest.approx(bars[0][1][1])


def test_a_line_has_gaps_where_there_are_no_numbers() -> None:
    (wide, _) = svgs(chart([1, 2, None, 4, None, 5, 6], form="lines"))
    (line,) = [path.attrib["d"] for path in wide.iter("path") if "d" in path.attrib][1:]
    assert line.count("M") == 3
    assert line.count("h") == 1, "a number alone is seen, too"


def test_series_differ_by_more_than_colour() -> None:
    for svg in svgs(chart([1], [1], [1], [1])):
        bars = [path for path in svg.iter("path") if "bar" in path.get("class", "")]
        assert len({bar.get("fill") for bar in bars}) == 4
        ids = {pattern.attrib["id"] for pattern in svg.iter("pattern")}
        assert {bar.attrib["fill"] for bar in bars if "fill" in bar.attrib} == {
            f"url(#{name})" for name in ids
        }
    for svg in svgs(chart([1, 2], [1, 2], [1, 2], form="lines")):
        lines = [path for path in svg.iter("path") if "line" in path.get("class", "")]
        assert len({line.attrib["stroke-dasharray"] for line in lines}) == 3


def test_a_chart_tells_what_it_is_and_its_ids_stand_once() -> None:
    both = svgs(chart([1, 2]))
    for svg in both:
        assert svg.attrib["role"] == "img"
        told = [next(svg.iter(tag)).attrib["id"] for tag in ("title", "desc")]
        assert svg.attrib["aria-labelledby"].split() == told
    ids = [element.attrib["id"] for svg in both for element in svg.iter() if "id" in element.attrib]
    assert len(ids) == len(set(ids))


def test_names_are_escaped_and_nothing_stands_inline() -> None:
    markup = drawn(chart([1, 2], name='<script>alert("1")</script>'))
    assert "<script" not in markup
    assert "style" not in markup
    assert not re.search(r"\son\w+=", markup)
    assert any(
        '<script>alert("1")' in (element.text or "")
        for svg in svgs(chart([1], name='<script>alert("1")'))
        for element in svg.iter()
    )
