"""The figures of a run as compact tables: medians, and medians of ratios within a round."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from statistics import median
from typing import Any, Final, TypeAlias

from rich.console import Console
from rich.table import Table

Round: TypeAlias = dict[str, dict[str, float]]
Cost: TypeAlias = Callable[[dict[str, float]], float]

MEGABYTES_ALLOWED: Final = 200
_MILLGATE: Final = "Millgate, SQLite"
_ON_POSTGRES: Final = "Millgate, PostgreSQL"
_CONSOLE: Final = Console(width=max(Console().width, 110))


def show(figures: dict[str, Any]) -> None:
    """Print what was measured."""
    _CONSOLE.print(f"{figures['rows']:,} rows, {figures['cores']} cores")
    for name, part in _PARTS.items():
        if name in figures:
            part(figures[name])


def _pages(measured: dict[str, Any]) -> None:
    rounds: list[Round] = measured["rounds"]
    _table(
        "Pages of 100 rows", ("pages/s", "CPU µs", "backends µs", "p50 ms", "worst ms"), _page_rows(rounds)
    )
    aims = [
        ("Datasette ÷ Millgate", "Datasette", _MILLGATE, _own, "≥ 6"),
        ("Datasette, table ÷ Millgate", "Datasette, table", _MILLGATE, _own, ""),
        ("FastAPI + SQLAlchemy ORM ÷ Millgate", "FastAPI + SQLAlchemy ORM, SQLite", _MILLGATE, _own, "≥ 5"),
        ("FastAPI + SQLAlchemy Core ÷ Millgate", "FastAPI + SQLAlchemy Core, SQLite", _MILLGATE, _own, ""),
        ("the same, ORM, PostgreSQL", "FastAPI + SQLAlchemy ORM, PostgreSQL", _ON_POSTGRES, _own, "≥ 5"),
        ("the same, Core, PostgreSQL", "FastAPI + SQLAlchemy Core, PostgreSQL", _ON_POSTGRES, _own, ""),
        ("ORM, backends included", "FastAPI + SQLAlchemy ORM, PostgreSQL", _ON_POSTGRES, _all, ""),
        ("Core, backends included", "FastAPI + SQLAlchemy Core, PostgreSQL", _ON_POSTGRES, _all, ""),
        ("Millgate ÷ bare", _MILLGATE, "bare", _own, "≤ 1.4"),
    ]
    rows = [
        (title, *_ratio(rounds, over, under, cost), aim)
        for title, over, under, cost, aim in aims
        if any(name.startswith(over) for name in rounds[0]) and under in rounds[0]
    ]
    _table("Ratios of CPU for a page", ("median", "least", "most", "aim"), rows)


def _page_rows(rounds: list[Round]) -> list[tuple[str, ...]]:
    return [
        (
            name,
            _middle(rounds, name, "per_second", ",.0f"),
            _middle(rounds, name, "cpu_micros", ",.0f"),
            _middle(rounds, name, "backend_cpu_micros", ",.0f"),
            _middle(rounds, name, "p50_millis", ".1f"),
            _middle(rounds, name, "worst_millis", ".0f"),
        )
        for name in rounds[0]
    ]


def _middle(rounds: list[Round], name: str, figure: str, form: str) -> str:
    values = [taken[name].get(figure, 0.0) for taken in rounds]
    return format(median(values), form) if any(values) else ""


def _own(taken: dict[str, float]) -> float:
    return taken["cpu_micros"]


def _all(taken: dict[str, float]) -> float:
    return taken["cpu_micros"] + taken["backend_cpu_micros"]


def _ratio(rounds: list[Round], over: str, under: str, cost: Cost) -> tuple[str, str, str]:
    """Median, least and most; of several that begin with the name, the one that costs least counts."""
    ratios = [
        min(cost(item) for name, item in taken.items() if name.startswith(over)) / cost(taken[under])
        for taken in rounds
    ]
    return f"{median(ratios):.2f}", f"{min(ratios):.2f}", f"{max(ratios):.2f}"


def _growth(measured: dict[str, Any]) -> None:
    rounds: list[Round] = measured["rounds"]
    sizes = sorted(rounds[0], key=int)
    rows = [(f"{int(size):,} rows", _middle(rounds, size, "cpu_micros", ",.0f"), "") for size in sizes]
    ratio, *_ = _ratio(rounds, sizes[-1], sizes[0], _own)
    _table("Growth", ("CPU µs", "aim"), [*rows, ("largest ÷ smallest", ratio, "≤ 1.3")])


def _deep(measured: Round) -> None:
    first = measured["first page"]["cpu_micros"]
    rows = [
        (name, f"{item['cpu_micros']:,.0f}", f"{item['p50_millis']:.1f}", f"{item['cpu_micros'] / first:.2f}")
        for name, item in measured.items()
    ]
    _table("Pages far into one list, one at a time", ("CPU µs", "p50 ms", "to the first"), rows)


def _export(measured: dict[str, float]) -> None:
    rows = [
        ("rows", f"{measured['rows']:,}", ""),
        ("bytes", f"{measured['bytes']:,}", ""),
        ("rows each second", f"{measured['rows'] / measured['seconds']:,.0f}", ""),
        ("memory before, MB", f"{measured['idle_megabytes']:.0f}", ""),
        ("most memory, MB", f"{measured['peak_megabytes']:.0f}", f"≤ {MEGABYTES_ALLOWED}"),
    ]
    _table("Export as CSV", ("", "aim"), rows)


def _fragments(measured: dict[str, Round]) -> None:
    rows = [
        (
            f"{windows}: {way}",
            f"{item['cpu_micros']:,.0f}",
            f"{item['cpu_micros'] / ways['made']['cpu_micros']:.2f}",
            f"{item['found']:.0%}" if "found" in item else "",
        )
        for windows, ways in measured.items()
        for way, item in ways.items()
    ]
    _table("JSON of rows, made or remembered", ("CPU µs", "to made", "found"), rows)


def _table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    table = Table(title=title, title_justify="left")
    table.add_column("", no_wrap=True)
    for column in columns:
        table.add_column(column, justify="right")
    for row in rows:
        table.add_row(*row)
    _CONSOLE.print(table)


_PARTS: Final[dict[str, Callable[[Any], None]]] = {
    "pages": _pages,
    "growth": _growth,
    "deep": _deep,
    "export": _export,
    "fragments": _fragments,
}
