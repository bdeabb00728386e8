"""`millgate simulate`: the sample company goes on working while somebody watches, or nobody does."""

from __future__ import annotations

import signal
import sys
import threading
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Protocol

import typer

from millgate.cli.beginning import settled, stop
from millgate.core.clock import Clock
from millgate.core.values import instant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.table import Table

    from millgate.assembly.simulating import Tier
    from millgate.plant.sample.moving import Step

FASTEST: Final = 86_400.0
_NOTHING_THERE: Final = 2
_PLANT: Final = "plant_"
_STATE: Final = "plant_simulation"


class Tiers(StrEnum):
    """Which tiers are simulated."""

    PRODUCTION = "production"
    TEST = "test"
    BOTH = "both"


def simulate(
    *,
    home: Annotated[
        Path | None, typer.Option(help="The data directory; nothing is written outside it.")
    ] = None,
    tier: Annotated[Tiers, typer.Option(help="The tiers whose sample company works.")] = Tiers.BOTH,
    speed: Annotated[
        float,
        typer.Option(
            min=0.001,
            max=FASTEST,
            help="1: with the clock. N: N times as fast, from where the simulation stands; rows then lie in "
            "the future of the clock.",
        ),
    ] = 1.0,
    every: Annotated[
        float, typer.Option(min=0.1, max=3600, help="Seconds from one round to the next.")
    ] = 15.0,
    until: Annotated[
        str | None,
        typer.Option(
            help="The simulated instant at which to end, as in 2026-03-14T05:06:07Z; UTC without zone."
        ),
    ] = None,
    once: Annotated[
        bool, typer.Option("--once", help="Work until now, or until --until, at once; then end.")
    ] = False,
) -> None:
    """Let the sample company go on working, beside a running server or without one."""
    from millgate.assembly import logs, simulating  # noqa: PLC0415 - only what a command needs is imported
    from millgate.assembly.sandbox_clock import clock_of  # noqa: PLC0415 - as above
    from millgate.stores.ports import RowConflict, StoreUnreachable  # noqa: PLC0415 - as above

    settings, end = settled(home=home), _end(until)
    logs.configure(settings)
    names = simulating.TIERS if tier is Tiers.BOTH else (tier.value,)
    try:
        clock = clock_of(settings)
        moved = simulating.tiers(settings, names, clock=clock, speed=speed, until=end)
        _tell_of_lead(moved)
        with simulating.simulating(settings.home, "millgate simulate"), _ending() as ended:
            rounds = _Rounds(moved, ended, _shown(), clock)
            rounds.once(end) if once else rounds.every(every)
    except simulating.NothingToSimulate as nothing:
        stop(f"{nothing} Make one with: millgate demo", _NOTHING_THERE)
    except (simulating.SimulationTaken, StoreUnreachable, RowConflict) as refused:
        stop(str(refused))


def _end(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        end = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is not an instant as 2026-03-14T05:06:07Z", param_hint="--until"
        ) from None
    return end.replace(tzinfo=UTC) if end.tzinfo is None else end.astimezone(UTC)


def _tell_of_lead(tiers: list[Tier]) -> None:
    """A company that was simulated faster than the clock waits for the clock."""
    for tier in tiers:
        if (stands := tier.stands()) > tier.due():
            typer.echo(
                f"The {tier.name} tier stands at {_told(stands)} already and waits until then.", err=True
            )


@contextmanager
def _ending() -> Iterator[threading.Event]:
    """An event that is set when the process is asked to end; what is being written is finished first."""
    ended = threading.Event()
    before = {
        number: signal.signal(number, lambda *_: ended.set()) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield ended
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class _Rounds:
    """Rounds over the tiers, until they are over or somebody asks to end."""

    def __init__(self, tiers: list[Tier], ended: threading.Event, shown: _Shown, clock: Clock) -> None:
        self._clock = clock
        self._tiers = tiers
        self._ended = ended
        self._shown = shown

    def once(self, end: datetime | None) -> None:
        """One round, until now or until the instant that was asked for."""
        now = self._clock.utc()
        with self._shown:
            for tier in self._tiers:
                self._move(tier, end or now)

    def every(self, seconds: float) -> None:
        """Rounds that begin so many seconds after the one before has ended."""
        with self._shown:
            while not self._ended.is_set() and not self._over():
                self._ended.wait(seconds)

    def _over(self) -> bool:
        """Go one round; whether all tiers have come to their end."""
        from millgate.stores.ports import RowConflict, StoreUnreachable  # noqa: PLC0415 - as above

        try:
            for tier in self._tiers:
                self._move(tier, tier.due())
            return all(tier.over for tier in self._tiers)
        except (StoreUnreachable, RowConflict) as failed:
            # Locked for too long, or a server that restarts: the next round makes up for it.
            self._shown.failed(str(failed))
            return False

    def _move(self, tier: Tier, until: datetime) -> None:
        for step in tier.move(until):
            self._shown.step(tier, step, until)
            if self._ended.is_set():
                return
        self._shown.stands(tier)


# What is shown


class _Shown(Protocol):
    def __enter__(self) -> object: ...

    def __exit__(self, *_: object) -> None: ...

    def step(self, tier: Tier, step: Step, until: datetime) -> None:
        """A step was made on the way to an instant."""

    def stands(self, tier: Tier) -> None:
        """A tier has come to where it should be."""

    def failed(self, why: str) -> None:
        """A round came to nothing."""


def _shown() -> _Shown:
    return _Live() if sys.stderr.isatty() else _Lines()


def _tables(rows: dict[str, int]) -> dict[str, int]:
    """Row counts by the tables' plain names, without the simulation's own."""
    return {name.removeprefix(_PLANT): count for name, count in rows.items() if name != _STATE}


class _Lines:
    """A log line for each step that wrote anything of the plant."""

    def __enter__(self) -> object:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def step(self, tier: Tier, step: Step, until: datetime) -> None:
        import structlog  # noqa: PLC0415 - only what a command needs is imported

        left = (until - step.made_until).total_seconds()
        behind = {"hours_left": round(left / 3600, 1)} if left >= 1 else {}
        structlog.get_logger().info(
            "simulated", tier=tier.name, until=_told(step.made_until), **_tables(step.rows), **behind
        )

    def stands(self, tier: Tier) -> None:
        pass

    def failed(self, why: str) -> None:
        import structlog  # noqa: PLC0415 - as above

        structlog.get_logger().warning("the sample company does not move", reason=why)


class _Live:
    """A table in the terminal: where each tier stands, what was written, what the workcenters do."""

    def __init__(self) -> None:
        from rich.console import Console  # noqa: PLC0415 - as above
        from rich.live import Live  # noqa: PLC0415 - as above

        self._live = Live(console=Console(stderr=True), auto_refresh=False)
        self._until: dict[str, datetime] = {}
        self._rows: dict[str, Counter[str]] = {}
        self._workcenters: dict[str, dict[str, int]] = {}

    def __enter__(self) -> object:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def step(self, tier: Tier, step: Step, until: datetime) -> None:
        self._until[tier.name] = step.made_until
        self._rows.setdefault(tier.name, Counter()).update(_tables(step.rows))
        if step.made_until < until.replace(microsecond=0):
            self._live.update(self._table(), refresh=True)

    def stands(self, tier: Tier) -> None:
        self._until[tier.name] = tier.stands()
        self._workcenters[tier.name] = tier.workcenters()
        self._live.update(self._table(), refresh=True)

    def failed(self, why: str) -> None:
        self._live.console.print(why)

    def _table(self) -> Table:
        from rich.table import Table  # noqa: PLC0415 - as above

        table = Table("Tier", "Simulated until", "Rows written", "Workcenters", caption="End with Ctrl-C.")
        for name, until in self._until.items():
            rows, workcenters = self._rows.get(name, Counter()), self._workcenters.get(name, {})
            table.add_row(name, _told(until), _listed(rows), _listed(workcenters))
        return table


def _listed(counts: dict[str, int]) -> str:
    return "\n".join(f"{count:>7,} {name}" for name, count in counts.items())


def _told(at: datetime) -> str:
    return instant(at.timestamp())
