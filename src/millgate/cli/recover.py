"""`millgate recover`: whoever cannot sign in any more, and has no other administrator to ask."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from millgate.cli.beginning import django_ready, settled, stop


def recover(
    email: Annotated[str, typer.Argument(help="Of the person, as in ada@example.com.")],
    *,
    second_factor: Annotated[
        bool, typer.Option("--second-factor", help="Take the second factor away: app and codes are lost.")
    ] = False,
    password: Annotated[
        bool, typer.Option("--password", help="Give a new password, which is shown this once.")
    ] = False,
    home: Annotated[Path | None, typer.Option(help="The data directory.")] = None,
) -> None:
    """Let a person sign in again: end a lock-out, and what else is asked for. They are told by mail."""
    django_ready(settled(home=home))
    from django.core.exceptions import ValidationError  # noqa: PLC0415 - Django must be set up before

    from millgate.control.accounts.recovering import recover as recovered  # noqa: PLC0415 - as above

    try:
        new = recovered(email=email, second_factor=second_factor, password=password)
    except ValidationError as refused:
        stop(" ".join(refused.messages))
    typer.echo(f"{email} can sign in again.")
    if new is not None:
        typer.echo(f"Password: {new.reveal()} (shown only now)")
