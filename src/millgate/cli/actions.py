"""`millgate actions`: the action API's registry and its applications' tokens, beside a running server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from millgate.cli.beginning import django_ready, plain_console, settled, stop
from millgate.core.values import instant

if TYPE_CHECKING:
    from datetime import datetime

    from millgate.control.actions.models import Application, RouteRecord, ServiceRecord

actions = typer.Typer(
    help="List, deploy and retire routes of the action API, and give its applications tokens.",
    no_args_is_help=True,
)

Home = Annotated[Path | None, typer.Option(help="The data directory.")]
Name = Annotated[
    str, typer.Argument(metavar="NAME", help="A route, as in cancelations/update, or a service's slug.")
]
Slug = Annotated[str, typer.Argument(metavar="APPLICATION", help="As in planoorder.")]


@actions.command("list")
def list_(home: Home = None) -> None:
    """List routes with their services, and which of them answer."""
    django_ready(settled(home=home))
    from millgate.control.actions.models import RouteRecord  # noqa: PLC0415 - reads the settled environment

    table = Table("Route", "State", "Service", "State of the service", "Deployed since")
    for record in RouteRecord.objects.select_related("service"):
        service = record.service
        table.add_row(record.path, record.state, service.slug, service.state, _moment(record.deployed_at))
    plain_console().print(table)


@actions.command()
def deploy(name: Name, home: Home = None) -> None:
    """Let a route or a service answer, from the next call on."""
    _state_set(name, "deployed", home)


@actions.command()
def retire(name: Name, home: Home = None) -> None:
    """Let a route or a service answer no more, from the next call on."""
    _state_set(name, "retired", home)


@actions.command()
def token(application: Slug, home: Home = None) -> None:
    """Give an application a new token, and print it; the one before works no more."""
    django_ready(settled(home=home))
    from millgate.control.actions.applications import application_token_rotate  # noqa: PLC0415 - as above

    typer.echo(application_token_rotate(_application(application)).reveal())


@actions.command()
def account(
    application: Slug,
    user_id: Annotated[str, typer.Argument(metavar="USER_ID", help="Of a service account; empty for none.")],
    home: Home = None,
) -> None:
    """Say as which service account an application acts with its own token."""
    django_ready(settled(home=home))
    from millgate.control.accounts.models import Person  # noqa: PLC0415 - as above
    from millgate.control.actions.applications import application_account_set  # noqa: PLC0415 - as above

    found = Person.objects.filter(user_id=user_id, is_service_account=True).first()
    if user_id and found is None:
        stop(f"There is no service account {user_id}.")
    application_account_set(_application(application), found)
    typer.echo(f"{application} acts as {user_id or 'nobody'}.")


@actions.command()
def revoke(application: Slug, home: Home = None) -> None:
    """Take the token from an application."""
    django_ready(settled(home=home))
    from millgate.control.actions.applications import application_token_revoke  # noqa: PLC0415 - as above

    application_token_revoke(_application(application))
    typer.echo(f"{application} has no token any more.")


def _state_set(name: str, state: str, home: Path | None) -> None:
    django_ready(settled(home=home))
    from millgate.control.actions.deployment import route_state_set, service_state_set  # noqa: PLC0415 - as above
    from millgate.control.actions.models import RouteRecord  # noqa: PLC0415 - as above

    record = _record(name)
    if isinstance(record, RouteRecord):
        route_state_set(record, state)
    else:
        service_state_set(record, state)
    typer.echo(f"{name} is {state}.")


def _record(name: str) -> RouteRecord | ServiceRecord:
    from millgate.control.actions.models import RouteRecord, ServiceRecord  # noqa: PLC0415 - as above

    route = RouteRecord.objects.filter(path=name).first()
    service = ServiceRecord.objects.filter(slug=name).first()
    return route or service or stop(f"There is no route or service {name}. millgate actions list has all.")


def _application(slug: str) -> Application:
    from millgate.control.actions.models import Application  # noqa: PLC0415 - as above

    known = ", ".join(Application.objects.values_list("slug", flat=True))
    return Application.objects.filter(slug=slug).first() or stop(
        f"There is no application {slug}, only {known}."
    )


def _moment(at: datetime | None) -> str:
    return instant(at.timestamp()) if at else ""
