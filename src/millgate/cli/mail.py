"""`millgate mail`: a test mail, sent at once and by the way that the settings say."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from millgate.cli.beginning import settled, stop

Home = Annotated[Path | None, typer.Option(help="The data directory.")]


def mail(
    address: Annotated[str, typer.Argument(help="Where it goes, as in dee@example.com.")], home: Home = None
) -> None:
    """Send a test mail now, past the outbox, and say what the other side answered."""
    settings = settled(home=home)
    from millgate.control.site import boot  # noqa: PLC0415 - reads the settled environment

    boot.setup()  # its tables are not needed
    from millgate.control.mail.transports import NotSent  # noqa: PLC0415 - Django must be set up before
    from millgate.control.mail.trial import trial_send  # noqa: PLC0415 - as above

    try:
        found = trial_send(address)
    except NotSent as wrong:
        again = "It would not be tried again." if wrong.final else "It would be tried again."
        stop(f"Not sent. {wrong}. {again}")
    typer.echo(
        f"Sent by {settings.mail_route.kind} as {settings.mail_sender}." + (f" {found}" if found else "")
    )
