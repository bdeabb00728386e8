"""A workbook, opened in LibreOffice, shows what the CSV says, cell by cell."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from millgate.plant.formats import Column
from millgate.plant.formats.cells import LONGEST_TEXT, cell_text
from millgate.plant.formats.workbook import MEDIA_TYPE, WorkbookFile

Row = tuple[object, ...]
Written = Callable[[str, list[Column], list[Row]], bytes]
Opened = Callable[[bytes], list[list[list[str]]]]

NAMES = [Column("n", "integer"), Column("text", "text")]


def csv_cells(text: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.decode(), newline="")))


def same_in_both(written: Written, opened: Opened, columns: list[Column], rows: list[Row]) -> None:
    (shown,) = opened(written(MEDIA_TYPE, columns, rows))
    said = csv_cells(written("text/csv", columns, rows))
    assert [pair for pair in zip(said, shown, strict=True) if pair[0] != pair[1]] == []


def numbered(kind: str, values: list[object]) -> tuple[list[Column], list[Row]]:
    """A first column keeps a line of which all else is empty from being empty."""
    return [Column("n", "integer"), Column("value", kind)], list(enumerate(values))


def test_texts_are_shown_as_they_are(written: Written, opened: Opened) -> None:
    texts: list[object] = [
        "0012-4E5",
        "0012",
        "1E5",
        "3-4",
        "1/2",
        "2026-01-31",
        "06:00",
        "TRUE",
        "12.50",
        " blanks ",
        "",
        None,
        'say "hi", twice',
        "two\nlines",
        "comma, semicolon; tab\tend",
        "Zoë Ångström-Núñez 数量 😀",
        "D'Arcy",
        "'quoted'",
        "=1+1",
        '=HYPERLINK("http://127.0.0.1","x")',
        "+49 30 1234",
        "-5",
        "@SUM(A1)",
        "\t=1",
        "\u200b=1",
        "\uff1d1",
        "{=1}",
        "http://127.0.0.1/",
        "mailto:a@b",
        "<b>&amp;</b>",
        "<r><t>markup</t></r>",
        "<r>not markup</t></r>",
        "_x0041_",
        "_x000D_",
        "#N/A",
        "9" * 30,
    ]
    same_in_both(written, opened, *numbered("text", texts))


def test_numbers_are_shown_with_the_digits_of_the_csv(written: Written, opened: Opened) -> None:
    numbers: list[object] = [
        0,
        1,
        -1,
        12.5,
        -12.5,
        0.1 + 0.2,
        1 / 3,
        2 / 3,
        1 / 30,
        1e-7,
        -1e-7,
        1e-15,
        1.5e-20,
    ]
    numbers += [1.23456789012345e-6, 1.23456789012345e-7, 123456789.123456, 2.675, 1.005, 100.01, -0.0, None]
    numbers += [
        99999999999999.9,
        1e15,
        1e16,
        2.0**70,
        1e22,
        1e100,
        -1e300,
        5e-324,
        999999999999999,
        10**15,
        -(2**63),
    ]
    numbers += [10.0**power / divisor for power in range(-9, 15) for divisor in (3, 7, 11, -13)]
    numbers += [round(number / 7, places) for places in range(8) for number in range(1, 400, 13)]
    same_in_both(written, opened, *numbered("number", numbers))


def test_integers_are_shown_exactly(written: Written, opened: Opened) -> None:
    integers: list[object] = [
        0,
        -1,
        10**15 - 1,
        10**15,
        2**53,
        2**53 + 1,
        -(2**53) - 1,
        2**63 - 1,
        -(2**63),
        None,
    ]
    same_in_both(written, opened, *numbered("integer", integers))


def test_instants_are_shown_to_the_second(written: Written, opened: Opened) -> None:
    start = datetime(1900, 3, 1, tzinfo=UTC)
    instants: list[object] = [
        datetime(2026, 3, 8, 6, 59, 59, tzinfo=UTC),
        datetime(2026, 3, 8, 7, tzinfo=UTC),
        datetime(2026, 11, 1, 5, 59, 59, tzinfo=UTC),
        datetime(2026, 11, 1, 6, tzinfo=UTC),
        datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC),
        datetime(2000, 2, 29, tzinfo=UTC),
        datetime(1970, 2, 19, 14, 12, 45, tzinfo=UTC),
        datetime(1968, 12, 5, 20, 42, tzinfo=UTC),
        datetime(1899, 12, 31, 23, 59, 59, tzinfo=UTC),
        datetime(1900, 2, 28, tzinfo=UTC),
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
        None,
        *(start + timedelta(seconds=step * 1_234_577) for step in range(5000)),
    ]
    same_in_both(written, opened, *numbered("instant", instants))


def test_fractions_of_seconds_are_shown_to_the_millisecond(written: Written, opened: Opened) -> None:
    start = datetime(1990, 1, 1, tzinfo=UTC)
    instants = [start + timedelta(microseconds=step * 987_654_321_001 + 1000) for step in range(2000)]
    instants.append(datetime(2026, 1, 31, 23, 59, 59, 999_999, tzinfo=UTC))
    columns, rows = numbered("instant", list(instants))
    (shown,) = opened(written(MEDIA_TYPE, columns, rows))
    expected = [moment.isoformat(timespec="milliseconds").replace("+00:00", "Z") for moment in instants]
    assert [row[1] for row in shown[1:]] == [text.replace(".000Z", "Z") for text in expected]


def test_dates_times_booleans_and_nested_rows_are_shown_alike(written: Written, opened: Opened) -> None:
    columns = [Column("n", "integer"), Column("day", "date"), Column("from", "time of day")]
    columns += [Column("active", "boolean"), Column("items", "rows")]
    days = [
        date(2024, 2, 29),
        date(2026, 3, 8),
        date(1900, 1, 1),
        date(1900, 2, 28),
        date(1900, 3, 1),
        date(1, 1, 1),
    ]
    days += [
        date(9999, 12, 31),
        date(1899, 12, 31),
        *(date(1950, 1, 1) + timedelta(step * 17) for step in range(1432)),
    ]
    rows: list[Row] = [
        (minute, day, time(minute // 60, minute % 60, 59), minute % 2 == 0, f'[{{"n":{minute},"t":"a, b"}}]')
        for minute, day in enumerate(days)
    ]
    assert len(rows) == 24 * 60
    same_in_both(written, opened, columns, [*rows, (1440, None, None, None, None)])


def test_a_sheet_that_is_full_goes_on_in_the_next(opened: Opened) -> None:
    made = WorkbookFile(NAMES, rows_per_sheet=3)
    try:
        made.add([(n, f"0{n}") for n in range(5)])
        made.add([(n, f"0{n}") for n in range(5, 7)])
        made.finish()
        sheets = opened(b"".join(iter(made.read, b"")))
    finally:
        made.discard()
    header = ["n", "text"]
    assert sheets == [
        [header, ["0", "00"], ["1", "01"], ["2", "02"]],
        [header, ["3", "03"], ["4", "04"], ["5", "05"]],
        [header, ["6", "06"]],
    ]


def test_what_a_cell_cannot_hold_is_changed_as_documented(written: Written, opened: Opened) -> None:
    texts = [
        "a\r\nb",
        "a\rb",
        "bell\x07\x00\x0bend",
        "\ufffe\uffffx",
        "x" * 40_000,
        "😀" * 20_000,
        "x" * LONGEST_TEXT,
    ]
    columns, rows = numbered("text", list(texts))
    (shown,) = opened(written(MEDIA_TYPE, columns, rows))
    assert [row[1] for row in shown[1:]] == [
        "a\nb",
        "a\nb",
        "bellend",
        "x",
        "x" * (LONGEST_TEXT - 1) + "…",
        "😀" * ((LONGEST_TEXT - 1) // 2) + "…",
        "x" * LONGEST_TEXT,
    ]


KINDS = ("integer", "number", "text", "boolean", "instant", "date", "time of day", "rows")
WRITTEN_AS_IT_IS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn")), max_size=60)
VALUES = st.tuples(
    st.integers(-(2**63), 2**63 - 1),
    st.none() | st.floats(-1e300, 1e300) | st.decimals(-(10**6), 10**6, places=3).map(float),
    st.none() | WRITTEN_AS_IT_IS,
    st.none() | st.booleans(),
    st.none() | st.datetimes(timezones=st.just(UTC)).map(lambda moment: moment.replace(microsecond=0)),
    st.none() | st.dates(),
    st.none() | st.times(),
    st.none() | st.lists(WRITTEN_AS_IT_IS, max_size=3),
)


def test_made_up_rows_are_shown_alike(written: Written, opened: Opened) -> None:
    """The rows of many examples go through LibreOffice at once."""
    rows: list[Row] = []

    @settings(
        max_examples=500,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(VALUES)
    def gather(row: Row) -> None:
        rows.append(row)

    gather()
    same_in_both(written, opened, [Column(kind, kind) for kind in KINDS], rows)


@pytest.mark.parametrize("text", ["=\r\n", "\x01=1", "\x0b-", "\x08\u200b@x"])
def test_dropping_characters_uncovers_no_formula(text: str) -> None:
    assert cell_text(text).startswith("'")
