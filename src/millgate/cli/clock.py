"""`millgate clock`: the time of a sandbox, beside a running server."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.table import Table

from millgate.cli.beginning import django_ready, plain_console, sandbox_settled, stop

clock = typer.Typer(
    help="Show the clock of a sandbox and what lies ahead, jump it forward, or set it back to the real time.",
    no_args_is_help=True,
)

Home = Annotated[Path | None, typer.Option(help="The data directory.")]
BY: Final = "command line"
_SPAN: Final = re.compile(r"(\d{1,7})([smhd])")
_SIZES: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_SHOWN: Final = "%Y-%m-%dT%H:%M:%SZ"


@clock.command()
def show(
    search: Annotated[str, typer.Option(help="A subscription, its owner, or an application.")] = "",
    home: Home = None,
) -> None:
    """Show where the clock stands, and to what it can jump."""
    django_ready(sandbox_settled(home))
    from django.conf import settings  # noqa: PLC0415 - reads the settled environment

    from millgate.control.publish.clock import moments  # noqa: PLC0415 - as above

    now = settings.CLOCK
    ahead = f", {timedelta(seconds=round(now.offset))} ahead of the real time" if now.offset else ""
    typer.echo(f"{now.utc().strftime(_SHOWN)}{ahead or ', the real time'}.")
    if not settings.MILLGATE.is_sandbox:
        typer.echo("It cannot be jumped: this is no sandbox (MILLGATE_SANDBOX).")
        return
    table = Table("When", "What", "Whose", "Jump there with")
    for item in moments(search):
        table.add_row(item.at.strftime(_SHOWN), item.words, item.of, f"--to {item.key}")
    plain_console().print(table)


@clock.command()
def jump(
    span: Annotated[str, typer.Argument(metavar="[SPAN]", help="How far: 90s, 15m, 2h or 7d.")] = "",
    *,
    to: Annotated[
        str, typer.Option(help="What lies ahead: tokens, or a name that `millgate clock show` tells.")
    ] = "",
    home: Home = None,
) -> None:
    """Jump the clock forward."""
    found = _SPAN.fullmatch(span)
    if bool(span) == bool(to) or (span and found is None):
        stop("Say how far, as in: millgate clock jump 2h. Or where to: millgate clock jump --to tokens")
    django_ready(sandbox_settled(home))
    from django.conf import settings  # noqa: PLC0415 - reads the settled environment
    from django.core.exceptions import ValidationError  # noqa: PLC0415 - as above

    from millgate.control.publish import clock as clock_  # noqa: PLC0415 - as above

    try:
        if found is not None:
            seconds = int(found[1]) * _SIZES[found[2]]
            clock_.jump(by=BY, to=settings.CLOCK.utc() + timedelta(seconds=seconds))
        else:
            clock_.jump_to(by=BY, key=to)
    except ValidationError as refused:
        stop(" ".join(refused.messages))
    typer.echo(f"The clock stands at {settings.CLOCK.utc().strftime(_SHOWN)}.")


@clock.command()
def reset(home: Home = None) -> None:
    """Let the clock go with the real time again."""
    django_ready(sandbox_settled(home))
    from django.core.exceptions import ValidationError  # noqa: PLC0415 - reads the settled environment

    from millgate.control.publish import clock as clock_  # noqa: PLC0415 - as above

    try:
        clock_.reset(by=BY)
    except ValidationError as refused:
        stop(" ".join(refused.messages))
    typer.echo("The clock goes with the real time.")
