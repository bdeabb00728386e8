"""`millgate keys`: the keys that sign tokens, beside a running server."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, NoReturn

import typer
from rich.table import Table

from millgate.cli.beginning import django_ready, plain_console, settled, stop
from millgate.core.values import instant

if TYPE_CHECKING:
    from datetime import datetime

    from django.core.exceptions import ValidationError

    from millgate.control.clients.models import SigningKey
    from millgate.control.clients.signing_keys import Succession

keys = typer.Typer(
    help="List the keys that sign tokens, rotate them, and retire one that is compromised.",
    no_args_is_help=True,
)

Home = Annotated[Path | None, typer.Option(help="The data directory.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
BY: Final = "command line"


@keys.command("list")
def list_(home: Home = None) -> None:
    """List the published keys: which signs, which follows, and which verify until when."""
    django_ready(settled(home=home))
    from millgate.control.clients.models import SigningKey  # noqa: PLC0415 - reads the settled environment

    table = Table("Key ID", "Standing", "Published since", "Signs since", "Signed until", "Verifies until")
    for key in SigningKey.objects.order_by("created_at", "kid"):
        moments = (key.created_at, key.signs_since, key.signed_until, key.verifies_until)
        table.add_row(key.kid, key.standing, *map(_moment, moments))
    plain_console().print(table)


@keys.command()
def rotate(
    *,
    force: Annotated[
        bool,
        typer.Option("--force", help="Also before every verifier can know the key that follows."),
    ] = False,
    retire_old: Annotated[
        bool,
        typer.Option(
            "--retire-old", help="Also retire the key that has signed until now: its tokens are refused."
        ),
    ] = False,
    yes: Yes = False,
    home: Home = None,
) -> None:
    """Sign with the key that follows, and publish another one to follow that."""
    django_ready(settled(home=home))
    if retire_old:
        _agreed("Retire the key that signs? Every token that it has signed is refused.", yes=yes)
    succession = _rotated(force=force, retire_old=retire_old)
    _signs_show(succession)
    if retire_old:
        typer.echo("The key before is retired, and what it signed is refused.")
    elif succession.before:
        until = _moment(succession.before.verifies_until)
        typer.echo(f"{succession.before.kid} verifies until {until}, and goes by itself.")


@keys.command()
def retire(
    kid: Annotated[str, typer.Argument(metavar="KID", help="The key's ID.")],
    *,
    yes: Yes = False,
    home: Home = None,
) -> None:
    """Take a key away at once, because somebody else may have its private half."""
    django_ready(settled(home=home))
    from django.core.exceptions import ValidationError  # noqa: PLC0415 - reads the settled environment

    from millgate.control.publish import signing  # noqa: PLC0415 - as above

    key = _key(kid)
    _agreed(f"{kid} {key.standing}. Retire it? Every token that it has signed is refused.", yes=yes)
    try:
        succession = signing.retire(by=BY, kid=kid)
    except ValidationError as refused:
        _refuse(refused)
    typer.echo(f"{kid} is retired, and what it signed is refused.")
    _signs_show(succession)


def _rotated(*, force: bool, retire_old: bool) -> Succession:
    """The succession; by force also as soon as all workers know the key, which is waited for."""
    from django.core.exceptions import ValidationError  # noqa: PLC0415 - reads the settled environment

    from millgate.control.publish import signing  # noqa: PLC0415 - as above

    while True:
        try:
            return signing.rotate(by=BY, forced=force, retire_old=retire_old)
        except ValidationError as refused:
            if not force or refused.code != "unsettled":
                _refuse(refused)
            time.sleep(min(float((refused.params or {})["seconds"]), 1.0))


def _key(kid: str) -> SigningKey:
    from millgate.control.clients.models import SigningKey  # noqa: PLC0415 - reads the settled environment

    key = SigningKey.objects.filter(kid=kid).first()
    if key is None:
        stop(f"There is no signing key {kid}. Run: millgate keys list")
    return key


def _signs_show(succession: Succession) -> None:
    typer.echo(
        f"{succession.signs.kid} signs new tokens; {succession.follows.kid} is published to follow it."
    )
    if succession.unknown_until:
        until = _moment(succession.unknown_until)
        typer.echo(
            f"Verifiers that have read the keys before may refuse its tokens until {until}; restart them, or"
            " have them read the keys again.",
            err=True,
        )


def _refuse(refused: ValidationError) -> NoReturn:
    hint = " Rotate then, or now with --force." if refused.code == "unknown" else ""
    stop(" ".join(refused.messages) + hint)


def _agreed(question: str, *, yes: bool) -> None:
    """Ask, and stop unless the answer is yes; where nobody can be asked, only --yes will do."""
    if yes:
        return
    if not sys.stdin.isatty():
        stop("Nothing was changed. To change it without being asked, give --yes.")
    if not typer.confirm(question):
        stop("Nothing was changed.")


def _moment(moment: datetime | None) -> str:
    return instant(moment.timestamp()) if moment else ""
