"""`millgate apis`: descriptions by others become APIs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from millgate.cli.beginning import django_ready, plain_console, settled, stop

if TYPE_CHECKING:
    from collections.abc import Iterable

    from millgate.control.catalogue.importing import Change, ImportPlan
    from millgate.describe.reading import Imported, Problem

apis = typer.Typer(help="List the APIs of the catalogue, and import descriptions.", no_args_is_help=True)

Home = Annotated[Path | None, typer.Option(help="The data directory.")]
STDIN = "-"
MOST_SHOWN = 500
_MARKS = {"added": "+", "changed": "~", "removed": "-"}


@apis.command("list")
def list_(home: Home = None) -> None:
    """List the APIs as they are drafted: key, address, upstream and number of operations."""
    django_ready(settled(home=home))
    from millgate.control.catalogue.selectors import (  # noqa: PLC0415 - reads the settled environment
        catalogue_document,
    )

    table = Table("Key", "Name", "Address", "Upstream", "Operations", "Revision")
    for api in catalogue_document().apis:
        revision = str(api.revision) if api.current else f"{api.revision}, beside"
        address = f"/{api.suffix}/{api.version}"
        cells = (api.key, api.name, address, api.upstream, str(len(api.operations)), revision)
        table.add_row(*map(escape, cells))
    plain_console().print(table)


@apis.command("import")
def import_(
    file: Annotated[
        Path, typer.Argument(help="OpenAPI 3.0, 3.1 or Swagger 2.0, in JSON or YAML; - is standard input.")
    ],
    *,
    key: Annotated[str, typer.Option(help="Of the API; from the title unless given.")] = "",
    name: Annotated[str, typer.Option(help="As shown.")] = "",
    suffix: Annotated[str, typer.Option(help="The first segment of its addresses.")] = "",
    version: Annotated[str, typer.Option(help="The second segment of its addresses.")] = "",
    upstream: Annotated[
        str,
        typer.Option(
            help="Who answers: an http or https address, the key of an upstream, or mock. Unless given, it is"
            " kept; a new API takes the address of the description, or else mock."
        ),
    ] = "",
    revision: Annotated[
        str, typer.Option(help="current: replace what is drafted. new: add a revision beside it.")
    ] = "current",
    partly: Annotated[
        bool, typer.Option("--partly", help="Leave out what has errors, and import the rest.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    publish: Annotated[bool, typer.Option("--publish", help="Also publish the whole catalogue.")] = False,
    home: Home = None,
) -> None:
    """Show what a description would change in the catalogue, and change it when told to."""
    if revision not in {"current", "new"}:
        stop(f"There is no revision {revision}; choose current or new.")
    settings = settled(home=home)
    imported = _read(file)
    _problems(imported, str(file))
    if imported.api is None or (imported.errors and not partly):
        stop(
            "It is not imported. With --partly, all that has no error is."
            if imported.api
            else "It is not imported."
        )
    django_ready(settings)
    plan = _plan(
        imported, key=key, name=name, suffix=suffix, version=version, upstream=upstream, into=revision
    )
    _difference(plan)
    if plan.faults:
        stop("\n".join((*plan.faults, "Nothing was changed.")))
    if not plan.changes and not publish:
        typer.echo("Nothing would change.")
        return
    _agreed("Change the catalogue, and publish it?" if publish else "Change the catalogue?", file, yes=yes)
    number = _apply(plan, publish=publish)
    typer.echo(
        f"API {plan.api.key}: imported as a draft." if number is None else f"API {plan.api.key}: imported."
    )
    typer.echo(
        "It takes effect when the catalogue is published, in the console under Publishing."
        if number is None
        else f"Version {number} is in force."
    )


def _read(file: Path) -> Imported:
    from millgate.describe.reading import read_description  # noqa: PLC0415 - only what a command needs is imported
    from millgate.describe.reading.bounds import LARGEST  # noqa: PLC0415 - as above

    try:
        # One byte more than may be read, so that whatever is larger is told as such.
        if str(file) == STDIN:
            return read_description(sys.stdin.buffer.read(LARGEST + 1))
        with file.open("rb") as opened:
            return read_description(opened.read(LARGEST + 1))
    except OSError as wrong:
        stop(f"{file}: {wrong.strerror}")


def _plan(imported: Imported, **given: str) -> ImportPlan:
    from django.core.exceptions import ValidationError  # noqa: PLC0415 - Django reads the settled environment

    from millgate.control.catalogue.importing import api_import_plan  # noqa: PLC0415 - as above

    try:
        return api_import_plan(imported, **given)  # type: ignore[arg-type] # `into` was looked at
    except ValidationError as refused:
        stop("\n".join(refused.messages))


def _apply(plan: ImportPlan, *, publish: bool) -> int | None:
    """Do what was shown, all of it or nothing; the number of the version, when it is published too."""
    from django.core.exceptions import ValidationError  # noqa: PLC0415 - Django reads the settled environment
    from django.db import transaction  # noqa: PLC0415 - as above

    from millgate.control.catalogue.importing import api_import_apply  # noqa: PLC0415 - as above
    from millgate.control.publish.services import publication_make  # noqa: PLC0415 - as above
    from millgate.snapshot.build import SnapshotFaulty  # noqa: PLC0415 - as above

    try:
        with transaction.atomic():
            api_import_apply(plan)
            note = f"API {plan.api.key}"
            return publication_make(by="command line", note=note).number if publish else None
    except ValidationError as refused:
        stop("\n".join(refused.messages))
    except SnapshotFaulty as faulty:
        lines = [f"{where}: {why}" for where, whys in faulty.faults.items() for why in whys]
        stop("\n".join((*lines, "Nothing was changed.")))


def _agreed(question: str, file: Path, *, yes: bool) -> None:
    """Ask, and stop unless the answer is yes; where nobody can be asked, only --yes will do."""
    if yes:
        return
    if str(file) == STDIN or not sys.stdin.isatty():
        stop("Nothing was changed. To change it without being asked, give --yes.")
    if not typer.confirm(question):
        stop("Nothing was changed.")


# What is shown


def _problems(imported: Imported, name: str) -> None:
    console = plain_console()
    for title, problems, style in (
        ("cannot be imported", imported.errors, "red"),
        ("left out or changed", imported.remarks, "yellow"),
    ):
        if problems:
            console.print(f"[{style}]{len(problems)} {title}:[/]")
            _some(console, (f"  {_place(problem, name)}: {problem.why}" for problem in problems))


def _place(problem: Problem, name: str) -> str:
    where = name if problem.line is None else f"{name}:{problem.line}"
    return f"{where} {problem.place}".rstrip()


def _difference(plan: ImportPlan) -> None:
    console = plain_console()
    api = plan.api
    where = "a new revision of" if plan.into == "new" else "the API"
    address = f"/{api.suffix}/{api.version}"
    console.print(
        f"For {where} [bold]{escape(api.key)}[/], {escape(address)}, answered by {escape(api.upstream)}:"
    )
    _some(console, map(_line, plan.changes))


def _line(change: Change) -> str:
    members = f" ({', '.join(change.members)})" if change.members else ""
    named = f", called {change.named} there" if change.named else ""
    title = f" {change.title}" if change.title != change.key else ""
    return f"  {_MARKS[change.what]} {change.kind} {change.key}{title}{members}{named}"


def _some(console: Console, lines: Iterable[str]) -> None:
    """The first lines, and how many there are more."""
    told = list(lines)
    for line in told[:MOST_SHOWN]:
        # What others have written must neither style nor steer the terminal.
        console.print(escape("".join(sign if sign.isprintable() else "\ufffd" for sign in line)))
    if len(told) > MOST_SHOWN:
        console.print(f"  and {len(told) - MOST_SHOWN} more")


# Where
