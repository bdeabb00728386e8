"""`millgate export`, `diff` and `apply`: what people decide, as files that can be kept and compared."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console
from rich.text import Text

from millgate.cli.beginning import settled, stop

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from millgate.control.publish.exporting.comparing import Change
    from millgate.control.publish.exporting.services import Applied

EQUAL: Final = 0
DIFFERENT: Final = 1
FAULTY: Final = 2

_STYLES: Final = {"added": "green", "changed": "yellow", "removed": "red"}
_MARKS: Final = {"added": "+", "changed": "~", "removed": "-"}


class Secrets(StrEnum):
    """What becomes of secrets."""

    LEFT_OUT = "left-out"
    SEALED = "sealed"


Folder = Annotated[Path, typer.Argument(help="The folder of the files.")]
Home = Annotated[Path | None, typer.Option(help="The data directory.")]
Passphrase = Annotated[
    str,
    typer.Option(
        envvar="MILLGATE_EXPORT_PASSPHRASE",
        help="Seals secrets instead of the master key; better given by the variable.",
    ),
]


def export(
    folder: Folder,
    *,
    secrets: Annotated[
        Secrets, typer.Option(help="Leave secrets out, or write them sealed.")
    ] = Secrets.LEFT_OUT,
    force: Annotated[
        bool, typer.Option("--force", help="Write into a folder that holds something else.")
    ] = False,
    passphrase: Passphrase = "",
    home: Home = None,
) -> None:
    """Write what people decided to a folder of readable files."""
    settings = settled(code=FAULTY, home=home)
    from millgate.assembly import exporting  # noqa: PLC0415 - reads the settled environment

    with _refusals():
        done = exporting.export(
            settings, folder, secrets=secrets is Secrets.SEALED, passphrase=passphrase, force=force
        )
    sealed = f"secrets sealed under the {done.under}" if done.under else "secrets left out"
    typer.echo(f"{folder}: {done.files} files, {sealed}.")


def diff(folder: Folder, *, passphrase: Passphrase = "", home: Home = None) -> None:
    """Show what applying a folder would change. Ends with 0 for nothing, 1 for something, 2 for faults."""
    settings = settled(code=FAULTY, home=home)
    from millgate.assembly import exporting  # noqa: PLC0415 - reads the settled environment

    with _refusals():
        changes = exporting.diff(settings, folder, passphrase=passphrase)
    _changes_show(changes)
    if any(change.what == "removed" for change in changes):
        typer.echo("What is removed stays unless it is applied with --prune.")
    sys.exit(DIFFERENT if changes else EQUAL)


def apply(
    folder: Folder,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check all of it, and change nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    publish: Annotated[bool, typer.Option("--publish", help="Also publish the catalogue.")] = False,
    prune: Annotated[bool, typer.Option("--prune", help="Remove what the files do not name.")] = False,
    passphrase: Passphrase = "",
    home: Home = None,
) -> None:
    """Make the installation as a folder says: all of it, or nothing and every fault told."""
    settings = settled(code=FAULTY, home=home)
    from millgate.assembly import exporting  # noqa: PLC0415 - reads the settled environment

    with _refusals():
        agreed = None
        if not (yes or dry_run):
            agreed = exporting.diff(settings, folder, passphrase=passphrase)
            _ask([item for item in agreed if prune or item.what != "removed"], publish=publish)
        done = exporting.apply(
            settings,
            folder,
            passphrase=passphrase,
            prune=prune,
            publish=publish,
            dry_run=dry_run,
            agreed=agreed,
        )
    if agreed is None:
        _changes_show(done.changes)
    _rest_show(done)
    typer.echo("Nothing was changed: this was a dry run." if dry_run else _result(done))


def _ask(changes: list[Change], *, publish: bool) -> None:
    _changes_show(changes)
    if changes or publish:
        typer.confirm("Apply this, and publish?" if publish else "Apply this?", abort=True)


# Showing


def _changes_show(changes: Iterable[Change]) -> None:
    out = Console(soft_wrap=True, highlight=False)
    for change in changes:
        out.print(Text(_plain(f"{_MARKS[change.what]} {change}"), style=_STYLES[change.what]))
        for detail in change.details:
            out.print(Text(_plain(f"    {detail}")))


def _rest_show(done: Applied) -> None:
    for note in done.notes:
        typer.echo(_plain(note))
    if done.beyond:
        typer.echo("The files do not name, and --prune would remove:")
        for change in done.beyond:
            typer.echo(_plain(f"  {str(change).removeprefix('removed ')}"))
    for why in done.standing_against:
        typer.echo(_plain(f"Stands against publishing: {why}"))


def _result(done: Applied) -> str:
    if done.version is not None:
        return f"{len(done.changes)} changes applied. Version {done.version} is in force."
    waiting = f" {done.waiting} changes of the catalogue wait to be published." if done.waiting else ""
    return f"{len(done.changes)} changes applied.{waiting}"


def _plain(line: str) -> str:
    """The line without characters that would steer a terminal."""
    return "".join(item if item.isprintable() else item.encode("unicode_escape").decode() for item in line)


# Refusing


@contextmanager
def _refusals() -> Iterator[None]:
    from millgate.assembly.exporting import ExportRefused  # noqa: PLC0415 - as above
    from millgate.control.publish.exporting.files import FilesFaulty  # noqa: PLC0415 - as above
    from millgate.control.publish.exporting.folder import NotAnExport  # noqa: PLC0415 - as above

    try:
        yield
    except FilesFaulty as faulty:
        stop("\n".join(_plain(str(fault)) for fault in faulty.faults), FAULTY)
    except (ExportRefused, NotAnExport) as refused:
        stop(_plain(str(refused)), FAULTY)
    except OSError as wrong:
        stop(f"{wrong.filename}: {wrong.strerror}", FAULTY)
