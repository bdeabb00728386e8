"""How commands begin and end: settings, Django, the console that they write to, and one line on why not."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final, NoReturn

import typer
from rich.console import Console

from millgate.core.settings import SettingsFaulty

if TYPE_CHECKING:
    from pathlib import Path

    from millgate.core.settings import Settings

PIPED_WIDTH: Final = 250


def settled(*, code: int = 1, **given: object) -> Settings:
    """The settings of this process, from now on also Django's; the command ends where they are faulty.

    Args:
        code: with which it ends.
        given: by options; what is None was not given.
    """
    from millgate.assembly.environment import settle  # noqa: PLC0415 - only what a command needs is imported

    try:
        return settle(given)
    except SettingsFaulty as faulty:
        stop("\n".join(f"{name}: {why}" for name, why in faulty.faults.items()), code)


def sandbox_settled(home: Path | None) -> Settings:
    """As `settled`; the home of a demo is a sandbox here as it is where the demo is served."""
    found = settled(home=home)
    return settled(demo="true") if (found.home / "demo.env").exists() else found


def django_ready(settings: Settings) -> None:
    """Make models importable, by the clock of the home; the command ends where migrations wait."""
    from millgate.control.site import boot  # noqa: PLC0415 - Django reads the settled environment

    boot.setup()
    if boot.pending():
        stop(f"Migrations wait. Run: millgate migrate --home {settings.home}")
    from millgate.control.sandbox.services import clock_follow  # noqa: PLC0415 - models can be imported now

    clock_follow()


def plain_console() -> Console:
    """A console for tables. Off a terminal nothing is wrapped, so that lines can be searched."""
    piped = not sys.stdout.isatty()
    return Console(soft_wrap=piped, width=PIPED_WIDTH if piped else None, highlight=False, emoji=False)


def stop(why: str, code: int = 1) -> NoReturn:
    """End the command with one line on why."""
    typer.echo(why, err=True)
    sys.exit(code)
