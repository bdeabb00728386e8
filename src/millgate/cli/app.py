"""The commands: demo, serve, migrate, token, tls, and those that stand in modules of their own."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from millgate.cli.actions import actions
from millgate.cli.apis import apis
from millgate.cli.audit import audit
from millgate.cli.beginning import settled, stop
from millgate.cli.clock import clock
from millgate.cli.decisions import apply, diff, export
from millgate.cli.faults import faults
from millgate.cli.keys import keys
from millgate.cli.mail import mail
from millgate.cli.recover import recover
from millgate.cli.simulate import simulate
from millgate.cli.sources import sources
from millgate.cli.trust import tls as trust_
from millgate.control.audit.acting import command_begins
from millgate.core.clock import Clock
from millgate.stores.ports import StoreUnreachable

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from millgate.assembly.tls.speaking import ServerTls
    from millgate.core.settings import Settings

app = typer.Typer(
    name="millgate",
    help="An open, self-hosted API platform for manufacturing data.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Home = Annotated[Path | None, typer.Option(help="The data directory; nothing is written outside it.")]
Host = Annotated[str | None, typer.Option(help="The address to listen on.")]
Port = Annotated[int | None, typer.Option(min=1, max=65535, help="The port to listen on.")]
Tls = Annotated[
    bool | None,
    typer.Option("--tls/--no-tls", help="Speak TLS: by the certificate that is set, or a local authority's."),
]

DEMO_HOME = Path(".millgate/demo")


def main() -> None:
    """Run the command line. A fault of the user's making is one line, not a stack trace."""
    try:
        app()
    except (PermissionError, NotADirectoryError, FileExistsError) as wrong:
        stop(f"{wrong.filename}: {wrong.strerror}")
    except StoreUnreachable as wrong:
        stop(f"A database cannot be used: {wrong}")


@app.callback()
def _begin(context: typer.Context) -> None:
    command_begins(f"millgate {context.invoked_subcommand}")


@app.command()
def demo(home: Home = None, host: Host = None, port: Port = None, tls: Tls = None) -> None:
    """Serve a filled sample company, with a developer, an administrator and working credentials."""
    from millgate.assembly import demo as demo_  # noqa: PLC0415 - only what a command needs is imported
    from millgate.cli import shown  # noqa: PLC0415

    settings = settled(home=home or DEMO_HOME, host=host, port=port, tls=tls, demo="true")
    with _held(settings) as spoken:
        with shown.progress() as tell:
            ready = demo_.prepare(settings, tell)
        _serve(
            settings,
            listening=lambda: shown.demo(settings, ready),
            also=lambda clock: demo_.move_with_the_clock(settings, clock),
            tls=spoken,
        )


@app.command()
def serve(home: Home = None, host: Host = None, port: Port = None, tls: Tls = None) -> None:
    """Serve the installation in the home."""
    settings = settled(home=home, host=host, port=port, tls=tls)
    from millgate.assembly import installation  # noqa: PLC0415 - reads the settled environment
    from millgate.cli import trust  # noqa: PLC0415 - only what a command needs is imported

    def listening() -> None:
        if spoken is not None:
            typer.echo(trust.at_start(settings, spoken))
        typer.echo(f"Serving {settings.public_origin}. End with Ctrl-C.")

    with _held(settings) as spoken:
        waiting = installation.pending()
        if waiting:
            run = f"millgate migrate --home {settings.home}"
            stop(f"{len(waiting)} migrations wait, the first is {waiting[0]}. Run: {run}")
        installation.ensure()
        _serve(settings, listening=listening, tls=spoken)


@app.command()
def migrate(home: Home = None) -> None:
    """Make or update the tables in the home; at first also an administrator, whose password is printed."""
    settings = settled(home=home)
    from millgate.assembly import installation  # noqa: PLC0415 - reads the settled environment
    from millgate.cli import shown  # noqa: PLC0415

    with shown.progress() as tell:
        done = installation.migrate(settings, tell)
    installation.ensure()
    typer.echo(f"{settings.home}: {done} migrations applied." if done else f"{settings.home} is up to date.")
    installation.first_administrator(
        lambda first: typer.echo(
            f"First administrator: {first.email}, password: {first.password} (shown only now)"
        )
    )


@app.command()
def token(
    client_id: Annotated[str, typer.Option(envvar="MILLGATE_CLIENT_ID", help="The application's client ID.")],
    client_secret: Annotated[
        str, typer.Option(envvar="MILLGATE_CLIENT_SECRET", help="Its secret; better given by the variable.")
    ],
    origin: Annotated[
        str, typer.Option(envvar="MILLGATE_ORIGIN", help="Where the server is.")
    ] = "http://127.0.0.1:8080",
    resource: Annotated[
        str, typer.Option(envvar="MILLGATE_RESOURCE", help="The audience of the token.")
    ] = "http://api.plex.com/",
    ca_file: Annotated[
        Path | None,
        typer.Option(
            envvar="MILLGATE_CA_FILE", help="An authority to trust besides the system's, in PEM form."
        ),
    ] = None,
) -> None:
    """Print an access token from a running server, for use in other commands."""
    from millgate.cli.token import TokenRefused, fetch  # noqa: PLC0415 - only what a command needs is imported

    try:
        typer.echo(fetch(origin, client_id, client_secret, resource, ca_file=ca_file))
    except TokenRefused as refused:
        stop(str(refused))


app.command("tls")(trust_)
app.command()(mail)
app.command()(recover)
app.command()(simulate)
app.command()(export)
app.command()(diff)
app.command()(apply)
app.command()(audit)
app.add_typer(sources, name="sources")
app.add_typer(apis, name="apis")
app.add_typer(actions, name="actions")
app.add_typer(keys, name="keys")
app.add_typer(faults, name="faults")
app.add_typer(clock, name="clock")


@contextmanager
def _held(settings: Settings) -> Iterator[ServerTls | None]:
    """Home and address for this process alone, and its TLS; or a word on why they are not to be had."""
    from millgate.assembly.home import HomeTaken, held  # noqa: PLC0415 - only what a command needs is imported
    from millgate.assembly.server import PortTaken, require_port  # noqa: PLC0415
    from millgate.assembly.tls.keeping import TlsUnusable  # noqa: PLC0415
    from millgate.assembly.tls.speaking import open_tls  # noqa: PLC0415

    try:
        require_port(settings)
        with held(settings.home):
            yield open_tls(settings, Clock())
    except TlsUnusable as wrong:
        stop(f"TLS: {wrong}.")
    except HomeTaken as taken:
        stop(str(taken))
    except PortTaken as taken:
        stop(f"Cannot listen on {taken}. Choose another with --port.")


def _serve(
    settings: Settings,
    *,
    listening: Callable[[], None],
    also: Callable[[Clock], Awaitable[None]] | None = None,
    tls: ServerTls | None = None,
) -> None:
    from millgate.assembly.server import serve  # noqa: PLC0415 - only what a command needs is imported

    serve(settings, listening=listening, also=also, tls=tls)
