"""The sample company goes on working in the databases of an installation, beside whatever serves them.

One process at a time moves the company of a home: it holds a lock that the system takes back when the process
ends, however it ends. Companies in a PostgreSQL database may be moved from several homes: there, and whatever
else goes wrong, each step makes sure that nobody has made it already.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import sqlite3
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog

from millgate.assembly.home import Home
from millgate.assembly.plants import plant_writer, url_of
from millgate.core.clock import Clock
from millgate.plant.sample.moving import NoSampleCompany, Step, made_until, steps, workcenters_by_status
from millgate.snapshot.document import PRODUCTION, TEST
from millgate.stores.ports import RowConflict, StoreUnreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from millgate.core.settings import Settings
    from millgate.stores.ports import PlantWriter

TIERS: Final = (PRODUCTION, TEST)
TICK_SECONDS: Final = 15.0
LOCK_FILE: Final = "simulating.lock"
DEMO: Final = "millgate demo"
_DEMO_LETS_GO_SECONDS: Final = 30.0
_log = structlog.get_logger()


class SimulationTaken(Exception):  # noqa: N818 - what happened, as it is told
    """Another process moves the sample company of this home; the text says which."""


class NothingToSimulate(Exception):  # noqa: N818 - what is the matter, as it is told
    """A tier has no sample company; the text says which and where."""


@contextmanager
def simulating(home: Path, who: str) -> Iterator[None]:
    """Hold the simulation of a home for this process, `who` being what others are told.

    `millgate demo` lets go of it after each of its turns, so it is waited for; anybody else is not.

    Raises:
        SimulationTaken: another process holds it.
        OSError: the home cannot be written.
    """
    with (home / LOCK_FILE).open("a+") as lock:
        patience = time.monotonic() + _DEMO_LETS_GO_SECONDS
        while not _locked(lock.fileno()):
            lock.seek(0)
            holder = lock.read() or "Another process"
            if not holder.startswith(DEMO) or who.startswith(DEMO) or time.monotonic() > patience:
                raise SimulationTaken(f"{holder} moves the sample company of {home}.")
            time.sleep(0.1)
        lock.truncate(0)
        lock.write(f"{who} (process {os.getpid()})")
        lock.flush()
        yield


def _locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Pace:
    """Simulated time. At speed 1 it is the clock's; else it runs from `start`, `speed` times as fast."""

    clock: Clock
    speed: float
    since: float
    start: datetime

    def now(self) -> datetime:
        """The simulated instant."""
        if self.speed == 1:
            return self.clock.utc()
        return self.start + timedelta(seconds=(self.clock.now() - self.since) * self.speed)


class Tier:
    """The sample company of one tier, in motion.

    Attributes:
        name: production or test.
        until: the instant at which it stops, or nothing.
    """

    def __init__(
        self, name: str, writer: PlantWriter, *, clock: Clock, speed: float, until: datetime | None
    ) -> None:
        self.name = name
        self.until = until
        self._writer = writer
        self._pace = Pace(clock, speed, clock.now(), made_until(writer))

    def stands(self) -> datetime:
        """Until when the company has worked."""
        return made_until(self._writer)

    def due(self) -> datetime:
        """Until when it should have worked by now."""
        now = self._pace.now()
        return now if self.until is None else min(now, self.until)

    @property
    def over(self) -> bool:
        """Whether it has come to the instant at which it stops."""
        return self.until is not None and self.stands() >= self.until.replace(microsecond=0)

    def move(self, until: datetime) -> Iterator[Step]:
        """Let it work until an instant; each step that is yielded is kept.

        Raises:
            StoreUnreachable: the database cannot be read or written.
            RowConflict: a row contradicts what is there.
        """
        try:
            yield from steps(self._writer, until)
        except sqlite3.IntegrityError as failed:
            raise RowConflict(str(failed)) from failed

    def workcenters(self) -> dict[str, int]:
        """How many workcenters are in each status."""
        return workcenters_by_status(self._writer)


def tiers(
    settings: Settings,
    names: Sequence[str],
    *,
    clock: Clock,
    speed: float = 1.0,
    until: datetime | None = None,
) -> list[Tier]:
    """The tiers of an installation, ready to be moved.

    Raises:
        NothingToSimulate: one of them has no sample company.
        StoreUnreachable: the database of one cannot be read.
    """
    return [_tier(settings, name, clock=clock, speed=speed, until=until) for name in names]


def _tier(settings: Settings, name: str, *, clock: Clock, speed: float, until: datetime | None) -> Tier:
    url = url_of(settings, name)
    path = Home.of(settings).plants[name]
    where = "its PostgreSQL database" if url else str(path)
    if not url and not path.exists():
        raise NothingToSimulate(f"The {name} tier has no plant database: there is no {path}.")
    try:
        return Tier(name, plant_writer(settings, name), clock=clock, speed=speed, until=until)
    except NoSampleCompany:
        raise NothingToSimulate(f"The {name} tier has no sample company in {where}.") from None


# For a server that moves its sample company itself


async def move_with_the_clock(settings: Settings, clock: Clock) -> None:
    """Let the sample company of a demo go on producing by a clock, on both tiers, until cancelled.

    It stands back while `millgate simulate` moves the company. A database that cannot be written now is
    tried again at the next turn.
    """
    while True:
        await asyncio.to_thread(_turn, settings, clock)
        await asyncio.sleep(TICK_SECONDS)


def _turn(settings: Settings, clock: Clock) -> None:
    try:
        with simulating(settings.home, DEMO):
            catch_up(tiers(settings, TIERS, clock=clock))
    except (SimulationTaken, NothingToSimulate):
        return
    except (StoreUnreachable, RowConflict) as failed:
        _log.warning("the sample company does not move", reason=str(failed))


def catch_up(moved: Sequence[Tier], told: Callable[[Tier, Step], None] = lambda *_: None) -> None:
    """Let the companies work until they should have by now; `told` hears of each step."""
    for tier in moved:
        for step in tier.move(tier.due()):
            told(tier, step)
