"""The demo: a sample company with two tiers of data, a developer, an administrator and their programs.

Everything is made in steps that can be repeated, each of which is whole or absent: killed at any
moment, the next start goes on from there. Plant files are made under other names and renamed; in a
PostgreSQL database the sample company is one transaction, and is there when its simulation's row is.
Credentials are made in the transaction that also writes `demo.env`, the file first: either both are
there afterwards, or the next start makes new ones.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias

from millgate.assembly import demo_env
from millgate.assembly.demo_env import CA_FILE, ORIGIN
from millgate.assembly.home import Home
from millgate.assembly.installation import ensure, migrate
from millgate.assembly.plants import plant_writer, url_of
from millgate.assembly.simulating import move_with_the_clock
from millgate.assembly.tls.speaking import authority_file
from millgate.core.clock import Clock
from millgate.plant import sample
from millgate.snapshot.document import PRODUCTION, TEST
from millgate.stores.sqlite.plant import SqlitePlantWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from millgate.core.settings import Settings
    from millgate.stores.ports import PlantWriter, ReadRows, Rows

    Progress: TypeAlias = Callable[[str, int, int], None]
    Part: TypeAlias = Callable[[int, int], None]

__all__ = ["Demo", "move_with_the_clock", "prepare"]

SEED: Final = 7
ALIASES: Final = {PRODUCTION: "plant", TEST: "plant_test"}


@dataclass(frozen=True, slots=True)
class Demo:
    """A demo that is ready to serve.

    Attributes:
        credentials: what `demo.env` holds.
        workcenter_key: a workcenter that produced lately, for the first call.
    """

    credentials: dict[str, str]
    workcenter_key: int


def prepare(settings: Settings, progress: Progress) -> Demo:
    """Make what is missing of the demo in the home, which is held; quick when nothing is.

    `progress` is told the step, and how much of it is done.
    """
    home = Home.of(settings)
    _make_plants(settings, home, progress)
    migrate(settings, lambda name, done, total: progress(f"Tables: {name}", done, total))
    progress("Sample developer and administrator", 0, 1)
    ensure()
    credentials = _credentials(settings, home)
    progress("Sample developer and administrator", 1, 1)
    return Demo(credentials, _workcenter(plant_writer(settings, PRODUCTION)))


# The plant, on two tiers


def _make_plants(settings: Settings, home: Home, progress: Progress) -> None:
    for tier, title in ((PRODUCTION, "Sample company"), (TEST, "Test tier")):
        path = home.plants[tier]
        if url_of(settings, tier):
            _found(settings, tier, partial(progress, title))
        elif path.exists():
            continue
        elif tier == TEST and not url_of(settings, PRODUCTION):
            _copy(home.plants[PRODUCTION], path, partial(progress, title))
        else:
            _generate(path, partial(progress, title))


def _found(settings: Settings, tier: str, progress: Part) -> None:
    """Put the sample company into a database, unless it is there."""
    from millgate.control.site import boot  # noqa: PLC0415 - Django reads the settled environment

    def make(read: ReadRows) -> Iterable[Rows]:
        return () if read("SELECT 1 FROM plant_simulation") else _company(progress)

    boot.migrate(aliases=(ALIASES[tier],))
    plant_writer(settings, tier).revise(make)


def _generate(path: Path, progress: Part) -> None:
    from millgate.control.site import boot  # noqa: PLC0415 - Django reads the settled environment

    draft = _draft(path)
    boot.migrate_plant_file(draft)
    SqlitePlantWriter(draft).put(_company(progress))
    draft.replace(path)


def _company(progress: Part) -> Iterable[Rows]:
    return sample.generate(seed=SEED, now=Clock().utc(), progress=progress)


def _copy(production: Path, test: Path, progress: Part) -> None:
    progress(0, 1)
    draft = _draft(test)
    shutil.copyfile(production, draft)
    draft.replace(test)
    progress(1, 1)


def _draft(path: Path) -> Path:
    """A clean place beside the file; what an interrupted start left there is removed."""
    for left in path.parent.glob(f"{path.name}.making*"):
        left.unlink()
    return path.with_name(f"{path.name}.making")


def _workcenter(writer: PlantWriter) -> int:
    key = writer.scalar("SELECT workcenter_key FROM plant_workcenter WHERE workcenter_code = 'STP-01'")
    return int(str(key))


# Credentials


def _credentials(settings: Settings, home: Home) -> dict[str, str]:
    # Its models can be imported once the settings are settled and Django is ready.
    from millgate.assembly import demo_directory  # noqa: PLC0415

    where = _where(settings)
    kept = demo_env.read(home.demo_env)
    if not kept or not demo_directory.made():
        return (
            demo_directory.make(
                settings.resource, keep=lambda made: demo_env.write(home.demo_env, where | made)
            )
            | where
        )
    kept_but_where = {name: value for name, value in kept.items() if name not in {ORIGIN, CA_FILE}}
    current = where | kept_but_where | demo_directory.make_missing(kept)
    if current != kept:
        demo_env.write(home.demo_env, current)
    return current


def _where(settings: Settings) -> dict[str, str]:
    """Where the demo is reached, and whom to believe that it is the demo."""
    authority = authority_file(settings)
    return {ORIGIN: settings.public_origin} | ({CA_FILE: str(authority)} if authority else {})
