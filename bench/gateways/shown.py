"""The figures of a run as compact tables: medians, and medians of ratios within a round."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median
from typing import Any, Final, Literal, TypeAlias

from rich.console import Console
from rich.table import Table

IN_PROCESS: Final = "in process"
SHARED: Final = "in process, connections shared"
PROXIED: Final = "proxied"
WRONG_KEY: Final = "wrong key"
RATE_LIMIT: Final = "rate limit"

Taken: TypeAlias = dict[str, float]
Round: TypeAlias = dict[str, dict[str, Taken]]

_REFUSALS: Final = frozenset({WRONG_KEY, RATE_LIMIT})
_CONSTANT: Final = "constant answer"
_GRANIAN: Final = "Granian"
_MILLGATE: Final = "Millgate"
_LEAST_REFUSED: Final = 0.99
"""A limit lets some calls pass while it is under load, as its window moves."""
_AIMS: Final = (
    (f"{_MILLGATE} ÷ {_CONSTANT}", (IN_PROCESS, _MILLGATE), (IN_PROCESS, _CONSTANT), "≤ 1.5"),
    (f"{_MILLGATE} ÷ {_CONSTANT}, shared", (SHARED, _MILLGATE), (SHARED, _CONSTANT), ""),
    (
        f"{_MILLGATE} ÷ constant answer of {_GRANIAN}",
        (IN_PROCESS, _MILLGATE),
        (IN_PROCESS, _GRANIAN),
        "≤ 1.5",
    ),
    ("FastAPI + PyJWT + slowapi ÷ Millgate", (IN_PROCESS, "FastAPI"), (IN_PROCESS, _MILLGATE), "≥ 20"),
    ("Envoy ÷ Millgate", (IN_PROCESS, "Envoy"), (IN_PROCESS, _MILLGATE), "> 1"),
    ("HAProxy ÷ Millgate", (IN_PROCESS, "HAProxy"), (IN_PROCESS, _MILLGATE), "> 1"),
    ("Envoy ÷ Millgate, shared", (SHARED, "Envoy"), (SHARED, _MILLGATE), ""),
    ("HAProxy ÷ Millgate, shared", (SHARED, "HAProxy"), (SHARED, _MILLGATE), ""),
    ("Envoy ÷ Millgate, proxied", (PROXIED, "Envoy"), (PROXIED, _MILLGATE), "> 1"),
    ("HAProxy ÷ Millgate, proxied", (PROXIED, "HAProxy"), (PROXIED, _MILLGATE), "> 1"),
    ("Millgate ÷ nginx + Lua", (IN_PROCESS, _MILLGATE), (IN_PROCESS, "nginx + Lua"), ""),
    ("Millgate ÷ nginx + Lua, proxied", (PROXIED, _MILLGATE), (PROXIED, "nginx + Lua"), ""),
    ("Millgate, wrong key ÷ admitted", (WRONG_KEY, _MILLGATE), (IN_PROCESS, _MILLGATE), "< 1"),
    ("Millgate, rate limit ÷ admitted", (RATE_LIMIT, _MILLGATE), (IN_PROCESS, _MILLGATE), "< 1"),
)
_CONSOLE: Final = Console(width=max(Console().width, 110))


def show(figures: dict[str, Any]) -> None:
    """Print what was measured."""
    told, rounds = figures["gateways"], figures["rounds"]
    _CONSOLE.print(f"{len(rounds)} rounds of {figures['seconds']} s each, {figures['cores']} cores")
    _show_gateways(told)
    for kind in rounds[0] if rounds else ():
        _show_kind(kind, told, [taken[kind] for taken in rounds])
    _show_aims(rounds)


def _show_gateways(told: dict[str, dict[str, Any]]) -> None:
    """Which gateways there were, and what they failed to refuse."""
    rows = [(name, item.get("version", ""), _standing(item)) for name, item in told.items()]
    _table("Gateways", ("version", "checks"), rows, justify="left")


def _standing(item: dict[str, Any]) -> str:
    if why := item.get("missing"):
        return f"left out: {why}"
    if not item["polices"]:
        return "none: it answers all calls"
    return "\n".join(f"FAILED {why}" for why in item["failed"]) or "all passed"


def _show_kind(kind: str, told: dict[str, dict[str, Any]], rounds: list[dict[str, Taken]]) -> None:
    """One kind of call; gateways in the order of the report, whatever the order of the rounds."""
    rows = [
        (
            name,
            _middle(rounds, name, "cpu_micros", ".1f"),
            _ratio([taken[name] for taken in rounds], [taken.get(_CONSTANT, {}) for taken in rounds]),
            _middle(rounds, name, "per_second", ",.0f"),
            _middle(rounds, name, "origin_micros", ".1f") if kind == PROXIED else "",
            _middle(rounds, name, "p50_millis", ".2f"),
            _middle(rounds, name, "p99_millis", ".2f"),
            _oddity(kind, told[name], [taken[name] for taken in rounds]),
        )
        for name in told
        if name in rounds[0]
    ]
    columns = ("CPU µs", "to constant", "calls/s", "origin µs", "p50 ms", "p99 ms", "odd")
    _table(f"{kind.capitalize()}: CPU of the gateway for a call", columns, rows)


def _middle(rounds: list[dict[str, Taken]], name: str, figure: str, form: str) -> str:
    return format(median(taken[name][figure] for taken in rounds), form)


def _ratio(over: Iterable[Taken], under: Iterable[Taken]) -> str:
    """The median of the ratios of CPU; nothing where one of the two was not measured."""
    pairs = list(zip(over, under, strict=True))
    if not all(one and other for one, other in pairs):
        return ""
    return f"{median(one['cpu_micros'] / other['cpu_micros'] for one, other in pairs):.2f}"


def _oddity(kind: str, item: dict[str, Any], taken: list[Taken]) -> str:
    """What came back that should not have."""
    answers, refused, broken = (
        int(sum(part[name] for part in taken)) for name in ("answers", "refused", "broken")
    )
    said = [f"{broken:,} broken"] if broken else []
    if kind in _REFUSALS and item["polices"]:
        said += [f"{answers - refused:,} of {answers:,} passed"] if refused < answers * _LEAST_REFUSED else []
    elif refused:
        said += [f"{refused:,} of {answers:,} refused"]
    return ", ".join(said)


def _show_aims(rounds: list[Round]) -> None:
    """What the project aims at, by ratios within a round."""
    rows = []
    for title, over, under, aim in _AIMS:
        ratio = _ratio(_of(rounds, *over), _of(rounds, *under)) if rounds else ""
        rows += [(title, ratio, aim)] if ratio else []
    if rows:
        _table("Ratios of CPU for a call", ("median", "aim"), rows)


def _of(rounds: list[Round], kind: str, name: str) -> list[Taken]:
    """The figures of the gateway whose name begins so, round by round; none of a load that was refused."""
    found = [
        next((item for called, item in taken.get(kind, {}).items() if called.startswith(name)), {})
        for taken in rounds
    ]
    return [item if kind in _REFUSALS or not item.get("refused") else {} for item in found]


def _table(
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    justify: Literal["left", "right"] = "right",
) -> None:
    table = Table(title=title, title_justify="left")
    table.add_column("", no_wrap=True)
    for column in columns:
        table.add_column(column, justify=justify)
    for row in rows:
        table.add_row(*row)
    _CONSOLE.print(table)
