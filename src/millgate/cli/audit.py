"""`millgate audit`: who changed what, read beside a running server."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table
from rich.text import Text

from millgate.cli.beginning import django_ready, plain_console, settled, stop

if TYPE_CHECKING:
    from collections.abc import Iterable

    from millgate.control.audit.models import Entry


class Form(StrEnum):
    """How entries are written."""

    TABLE = "table"
    CSV = "csv"
    NDJSON = "ndjson"


def audit(
    *,
    since: Annotated[str, typer.Option(metavar="DAY", help="The first day in UTC, as in 2026-11-30.")] = "",
    until: Annotated[str, typer.Option(metavar="DAY", help="The last day.")] = "",
    who: Annotated[str, typer.Option(help="E-mail, user ID, or what acted by itself.")] = "",
    kind: Annotated[str, typer.Option(help="The kind of things, as in application.")] = "",
    key: Annotated[str, typer.Option(help="What names the thing.")] = "",
    action: Annotated[str, typer.Option(help="What happened, as in approved.")] = "",
    address: Annotated[str, typer.Option(help="From where, as in 10.0.0.7.")] = "",
    search: Annotated[str, typer.Option(help="Words in names, members and values.")] = "",
    most: Annotated[
        int, typer.Option(min=0, help="How many entries, the newest; 0: all.", show_default=True)
    ] = 0,
    form: Annotated[Form, typer.Option("--format", help="How they are written.")] = Form.TABLE,
    home: Annotated[Path | None, typer.Option(help="The data directory.")] = None,
) -> None:
    """List entries of the audit log, newest first."""
    first, last = _day(since), _day(until)
    django_ready(settled(home=home))
    from millgate.control.audit.exporting import lines  # noqa: PLC0415 - reads the settled environment
    from millgate.control.audit.selectors import Wanted, entries_streamed  # noqa: PLC0415 - as above

    wanted = Wanted(
        who=who, kind=kind, key=key, action=action, address=address, since=first, until=last, q=search
    )
    found = entries_streamed(wanted, most=most or None)
    if form is Form.TABLE:
        plain_console().print(_table(found))
        return
    for line in lines(found, form.value):
        sys.stdout.write(line)


def _table(entries: Iterable[Entry]) -> Table:
    table = Table("Time", "Who", "Action", "Kind", "What", "From")
    for entry in entries:
        cells = (
            entry.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            entry.email or entry.who,
            entry.action,
            entry.kind,
            entry.name or entry.key,
            " ".join(part for part in (entry.address, entry.through) if part),
        )
        # As text, without control characters: a name must neither style a terminal nor steer it.
        table.add_row(*(Text("".join(c if c.isprintable() else "\ufffd" for c in cell)) for cell in cells))
    return table


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).date() if text else None
    except ValueError:
        stop(f"{text} is no day. Write it as in 2026-11-30.")
