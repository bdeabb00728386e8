from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, date, datetime, time

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from millgate.plant import kinds
from millgate.plant.formats import FORMATS, Column
from millgate.plant.formats.texts import TEXTS, guarded, number_text

Written = Callable[[str, list[Column], list[tuple[object, ...]]], bytes]
TEXT = [Column("partNo", "text"), Column("note", "text")]


@pytest.mark.parametrize(
    ("kind", "value", "cell"),
    [
        ("integer", 42, "42"),
        ("integer", -7, "-7"),
        ("integer", 9223372036854775807, "9223372036854775807"),
        ("number", 100, "100"),
        ("number", 100.0, "100"),
        ("number", -0.0, "0"),
        ("number", 0.1 + 0.2, "0.3"),
        ("number", 1 / 3, "0.333333333333333"),
        ("number", 1e-7, "0.0000001"),
        ("number", -1.5e-20, "-0.000000000000000000015"),
        ("number", 1e22, "10000000000000000000000"),
        ("number", 123456789.123456, "123456789.123456"),
        ("number", float("nan"), ""),
        ("number", float("inf"), ""),
        ("boolean", True, "TRUE"),
        ("boolean", False, "FALSE"),
        ("instant", datetime(2026, 1, 31, 6, tzinfo=UTC), "2026-01-31T06:00:00Z"),
        ("instant", datetime(2026, 1, 31, 6, 0, 0, 120_000, tzinfo=UTC), "2026-01-31T06:00:00.120000Z"),
        ("date", date(2024, 2, 29), "2024-02-29"),
        ("date", date(987, 1, 2), "0987-01-02"),
        ("time of day", time(6, 0, 59), "06:00"),
        ("rows", '[{"a":1}]', '[{"a":1}]'),
        ("rows", msgspec.Raw(b"[1,2]"), "[1,2]"),
        ("rows", [{"a": "ü"}], '[{"a":"ü"}]'),
        ("text", None, ""),
        ("integer", None, ""),
    ],
)
def test_each_kind_has_its_form(written: Written, kind: str, value: object, cell: str) -> None:
    text = written("text/csv", [Column("a", "text"), Column("b", kind)], [("x", value)]).decode()
    assert list(csv.reader(io.StringIO(text, newline=""))) == [["a", "b"], ["x", cell]]


def test_every_kind_of_the_plant_has_a_form() -> None:
    assert {kind.name for kind in vars(kinds).values() if isinstance(kind, kinds.Kind)} == set(TEXTS)


def test_lines_end_in_cr_lf_and_only_what_needs_quotes_has_them(written: Written) -> None:
    rows: list[tuple[object, ...]] = [("TP-1", 'say "é", twice'), ("a\nb", "plain text"), ("c\rd", "it's")]
    assert written("text/csv", TEXT, rows) == (
        'partNo,note\r\nTP-1,"say ""é"", twice"\r\n"a\nb",plain text\r\n"c\rd",it\'s\r\n'.encode()
    )


def test_without_rows_there_is_the_header_alone(written: Written) -> None:
    assert written("text/csv", TEXT, []) == b"partNo,note\r\n"


@pytest.mark.parametrize(
    "text", ["0012-4E5", "0012", "1E5", "3-4", "'=1", "a=1", "1=1", " plain ", "", "Ünïcode ≠"]
)
def test_other_texts_stand_character_for_character(text: str) -> None:
    assert guarded(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\rx",
        "\nx",
        "  =1",
        "\u00a0=1",
        "\u3000+1",
        "\u200b=1",
        "\ufeff@x",
        "\u2060\u00ad-1",
        "\x00=1",
        "\x01\x02=1",
        "\uff1d1",
        "\uff0b1",
        "\uff0d1",
        "\uff20x",
        " \u200e\uff1d1",
    ],
)
def test_a_text_that_would_be_a_formula_gets_an_apostrophe(written: Written, text: str) -> None:
    body = written("text/csv", TEXT, [("x", text)]).decode()
    assert list(csv.reader(io.StringIO(body, newline="")))[1] == ["x", f"'{text}"]


def test_names_of_columns_are_guarded_like_texts(written: Written) -> None:
    assert written("text/csv", [Column("=cmd", "integer")], [(-5,)]) == b"'=cmd\r\n-5\r\n"


@given(st.lists(st.tuples(st.text(), st.text()), max_size=20))
def test_the_csv_module_reads_back_what_was_written(written: Written, rows: list[tuple[str, str]]) -> None:
    text = written("text/csv", TEXT, list(rows)).decode()
    read = list(csv.reader(io.StringIO(text, newline="")))
    assert read[1:] == [[guarded(cell) for cell in row] for row in rows]


@given(st.floats(min_value=-1e300, max_value=1e300))
def test_a_number_is_plain_and_near_to_15_digits(number: float) -> None:
    text = number_text(number)
    assert set(text) <= set("-.0123456789")
    assert float(text) == pytest.approx(number, rel=1e-14, abs=0)
    assert len(text.replace(".", "").lstrip("-0").rstrip("0")) <= 15


def test_the_header_says_the_character_set_and_that_there_are_names() -> None:
    assert FORMATS["text/csv"].content_type == "text/csv; charset=utf-8; header=present"
