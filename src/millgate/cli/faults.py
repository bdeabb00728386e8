"""`millgate faults`: calls that fail on purpose, beside a running server."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer
from rich.table import Table

from millgate.cli.beginning import django_ready, plain_console, sandbox_settled, stop
from millgate.core.on_demand import MOST_DELAY_MS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import Model

    from millgate.control.sandbox.models import FaultRule

faults = typer.Typer(
    help="Have calls fail on purpose: list the rules, add one, take one away, switch it on or off.",
    no_args_is_help=True,
)

Home = Annotated[Path | None, typer.Option(help="The data directory.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="The rule's name.")]
BY: Final = "command line"


@faults.command("list")
def list_(home: Home = None) -> None:
    """List the rules, and what each does."""
    django_ready(sandbox_settled(home))
    from millgate.control.sandbox.selectors import rules_all  # noqa: PLC0415 - reads the settled environment
    from millgate.control.sandbox.words import sentence  # noqa: PLC0415 - as above

    table = Table("Name", "State", "What it does")
    for rule in rules_all():
        table.add_row(rule.name, "on" if rule.enabled else "off", sentence(rule))
    plain_console().print(table)


@faults.command()
def add(
    name: Name,
    *,
    error: Annotated[
        str, typer.Option(help="The code of the error that is answered, as MG401; see millgate's error list.")
    ] = "",
    delay: Annotated[
        str,
        typer.Option(metavar="MS", help="Hold the answer back: milliseconds, or a range as 500-2000."),
    ] = "",
    drop: Annotated[bool, typer.Option("--drop", help="End the connection without an answer.")] = False,
    cut: Annotated[
        bool, typer.Option("--cut", help="End the connection half way through the answer.")
    ] = False,
    token: Annotated[
        bool, typer.Option("--token", help="Watch token requests in place of managed calls.")
    ] = False,
    tier: Annotated[str, typer.Option(help="The tier of managed calls.")] = "test",
    api: Annotated[str | None, typer.Option(help="The key of an API; default: every API.")] = None,
    operation: Annotated[str, typer.Option(help="The key of an operation of the API.")] = "",
    client_id: Annotated[str | None, typer.Option(help="Only calls of this application.")] = None,
    subscription: Annotated[
        str | None, typer.Option(help="Only calls with this subscription, by ID.")
    ] = None,
    share: Annotated[int, typer.Option(min=0, max=100, help="Percent of the calls.")] = 100,
    seed: Annotated[int, typer.Option(min=0, help="Decides which calls; the same seed, the same calls.")] = 1,
    most: Annotated[int | None, typer.Option(min=1, help="Strike the next so many calls only.")] = None,
    off: Annotated[bool, typer.Option("--off", help="Do not switch it on yet.")] = False,
    home: Home = None,
) -> None:
    """Add a rule, or replace the one of this name, and switch it on."""
    if [bool(error), drop, cut].count(True) > 1:
        stop("Choose one of --error, --drop and --cut; --delay goes with each, or alone.")
    least, longest = _delay(delay)
    effect = "error" if error else "drop" if drop else "cut" if cut else "delay"
    django_ready(sandbox_settled(home))
    from millgate.control.catalogue.models import Api  # noqa: PLC0415 - reads the settled environment
    from millgate.control.clients.models import ClientApplication, Subscription  # noqa: PLC0415 - as above
    from millgate.control.sandbox.services import fault_rule_put  # noqa: PLC0415 - as above

    with _decided():
        rule = fault_rule_put(
            name=name,
            enabled=not off,
            place="token" if token else "managed",
            tier=tier,
            api=_row(Api, "API", key=api),
            operation=operation,
            application=_row(ClientApplication, "application", client_id=client_id),
            subscription=_row(Subscription, "subscription", pk=subscription),
            effect=effect,
            code=error,
            delay_from=least,
            delay_to=longest,
            share=share,
            seed=seed,
            most=most,
            since=None,
            until=None,
        )
    _show(rule)


@faults.command()
def remove(name: Name, home: Home = None) -> None:
    """Take a rule away."""
    django_ready(sandbox_settled(home))
    from millgate.control.sandbox.services import fault_rule_delete  # noqa: PLC0415 - reads the environment

    rule = _rule(name)
    with _decided():
        fault_rule_delete(rule=rule)
    typer.echo(f"{name} is removed.")


@faults.command()
def on(name: Name, home: Home = None) -> None:
    """Switch a rule on; its sequence begins anew."""
    _switch(name, home, on=True)


@faults.command()
def off(name: Name, home: Home = None) -> None:
    """Switch a rule off."""
    _switch(name, home, on=False)


def _switch(name: str, home: Path | None, *, on: bool) -> None:
    django_ready(sandbox_settled(home))
    from millgate.control.sandbox.services import fault_rule_switch  # noqa: PLC0415 - reads the environment

    rule = _rule(name)
    with _decided():
        fault_rule_switch(rule=rule, on=on)
    _show(rule)


def _show(rule: FaultRule) -> None:
    from millgate.control.sandbox.words import sentence  # noqa: PLC0415 - reads the settled environment

    typer.echo(f"{rule.name} is {'on' if rule.enabled else 'off'}. {sentence(rule)}")


def _rule(name: str) -> FaultRule:
    from millgate.control.sandbox.models import FaultRule  # noqa: PLC0415 - reads the settled environment

    rule = FaultRule.objects.filter(name=name).first()
    if rule is None:
        stop(f"There is no fault rule {name}. Run: millgate faults list")
    return rule


def _row(model: type[Model], what: str, **by: str | None) -> Any:  # noqa: ANN401 - a row of the model
    """The row of a name; None where none was given."""
    from django.core.exceptions import ValidationError  # noqa: PLC0415 - reads the settled environment

    value = next(iter(by.values()))
    if value is None:
        return None
    try:
        row = model._default_manager.filter(**by).first()  # noqa: SLF001 - Django's name for a public thing
    except (ValidationError, ValueError):
        row = None
    return row if row is not None else stop(f"There is no {what} {value}.")


def _delay(text: str) -> tuple[int, int]:
    if not text:
        return 0, 0
    least, dash, most = text.partition("-")
    ends = (least, most if dash else least)
    if not all(end.isascii() and end.isdigit() and int(end) <= MOST_DELAY_MS for end in ends):
        stop(f"--delay: expected milliseconds up to {MOST_DELAY_MS}, or a range of them as 500-2000.")
    return int(ends[0]), int(ends[1])


@contextmanager
def _decided() -> Iterator[None]:
    """A change that is in force afterwards, or a word on why it is not."""
    from django.core.exceptions import ValidationError  # noqa: PLC0415 - reads the settled environment

    from millgate.control.publish.services import directory_change  # noqa: PLC0415 - as above
    from millgate.snapshot.build import SnapshotFaulty  # noqa: PLC0415 - as above

    try:
        with directory_change(by=BY):
            yield
    except SnapshotFaulty as faulty:
        stop(str(faulty))
    except ValidationError as refused:
        told = refused.message_dict.items() if hasattr(refused, "error_dict") else [("", refused.messages)]
        stop("\n".join(f"{name}: {why}" if name else why for name, whys in told for why in whys))
