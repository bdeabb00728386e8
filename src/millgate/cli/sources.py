"""`millgate sources`: somebody's own tables, from their schema to a published API."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from millgate.cli.beginning import settled, stop

if TYPE_CHECKING:
    from collections.abc import Mapping


sources = typer.Typer(help="Publish tables and views of your own databases.", no_args_is_help=True)

Home = Annotated[Path | None, typer.Option(help="The data directory; relative files lie in it.")]
Format = Annotated[
    str | None, typer.Option("--format", help="toml or yaml; told by the file's name unless given.")
]


@sources.command("inspect")
def inspect_(
    url: Annotated[
        str, typer.Argument(help="sqlite:///absolute/path.db or postgresql://user:password@host/name")
    ],
    table: Annotated[
        list[str] | None, typer.Option(help="Only this table or view; repeat for several.")
    ] = None,
    format_: Format = None,
    output: Annotated[
        Path | None, typer.Option(help="Write to this file instead of standard output.")
    ] = None,
    home: Home = None,
) -> None:
    """Write a first declaration from a database's own schema."""
    from millgate.assembly.declaring import inspect  # noqa: PLC0415 - only what a command needs is imported
    from millgate.stores.ports import StoreUnreachable  # noqa: PLC0415 - as above

    settings = settled(home=home)
    try:
        text = inspect(url, settings, names=table or (), form=_form(format_, output))
    except LookupError as missing:
        stop(f"There is no table or view {missing.args[0]}.")
    except (ValueError, StoreUnreachable) as wrong:
        stop(str(wrong))
    if output is None:
        typer.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")


@sources.command()
def check(file: Annotated[Path, typer.Argument(help="A declaration.")], format_: Format = None) -> None:
    """Tell every fault of a declaration."""
    from millgate.plant.sources.reading import (  # noqa: PLC0415 - only what a command needs is imported
        DeclarationFaulty,
        lines_of,
        read_source,
    )

    try:
        source = read_source(_text(file), _form(format_, file))
    except DeclarationFaulty as faulty:
        stop("\n".join(lines_of(faulty.faults)))
    typer.echo(f"{file}: {source.key}, {len(source.resources)} resources, no fault.")


@sources.command()
def put(
    file: Annotated[Path, typer.Argument(help="A declaration.")],
    *,
    url: Annotated[
        str | None,
        typer.Option(
            envvar="MILLGATE_SOURCE_URL", help="The database of the production tier; kept unless given."
        ),
    ] = None,
    test_url: Annotated[
        str | None,
        typer.Option(
            envvar="MILLGATE_SOURCE_TEST_URL", help="The database of the test tier; kept unless given."
        ),
    ] = None,
    publish: Annotated[bool, typer.Option("--publish", help="Also publish the whole catalogue.")] = False,
    format_: Format = None,
    home: Home = None,
) -> None:
    """Add a data source to the catalogue, or replace the one of the same key."""
    settings = settled(home=home)
    from millgate.assembly import declaring  # noqa: PLC0415 - reads the settled environment

    form = _form(format_, file)
    try:
        done = declaring.put(
            settings, _text(file), form, _urls(url, test_url), by="command line", publish=publish
        )
    except declaring.SourceRefused as refused:
        stop(str(refused))
    if done.difference:
        typer.echo(done.difference)
    typer.echo(f"Data source {done.key}: {done.what}.")
    typer.echo(
        "It takes effect when the catalogue is published."
        if done.number is None
        else f"Version {done.number} is in force."
    )


def _urls(url: str | None, test_url: str | None) -> Mapping[str, str]:
    given = {"production": url, "test": test_url}
    return {tier: address for tier, address in given.items() if address is not None}


def _form(given: str | None, file: Path | None) -> str:
    from millgate.plant.sources.reading import FORMATS, TOML, YAML  # noqa: PLC0415 - only what a command needs

    if given is None:
        return YAML if file is not None and file.suffix in {".yaml", ".yml"} else TOML
    if given not in FORMATS:
        stop(f"There is no format {given}; choose {' or '.join(FORMATS)}.")
    return given


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as wrong:
        stop(f"{file}: {getattr(wrong, 'strerror', None) or 'it is not UTF-8'}")
