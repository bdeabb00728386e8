"""The demo: a sample company with two tiers of data, a developer, an administrator and their programs.

Everything is made in steps that can be repeated, each of which is whole or absent: killed at any
moment, the next start goes on from there. The plant files are made under other names and renamed.
Credentials are made in the transaction that also writes `demo.env`, the file first: either both are
there afterwards, or the next start makes new ones.
"""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from millgate.assembly import demo_env
from millgate.assembly.home import Home
from millgate.assembly.installation import ensure, migrate
from millgate.core.clock import Clock
from millgate.plant import sample
from millgate.snapshot.document import PRODUCTION, TEST
from millgate.stores.sqlite.plant import SqlitePlantWriter

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from millgate.core.settings import Settings

    Progress: TypeAlias = Callable[[str, int, int], None]

SEED: Final = 7
TICK_SECONDS: Final = 15.0


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
    _make_plants(home, progress)
    migrate(settings, lambda name, done, total: progress(f"Tables: {name}", done, total))
    progress("Sample developer and administrator", 0, 1)
    ensure()
    credentials = _credentials(settings, home)
    progress("Sample developer and administrator", 1, 1)
    return Demo(credentials, _workcenter(home.plants[PRODUCTION]))


async def move_with_the_clock(settings: Settings) -> None:
    """Let the sample company go on producing, on both tiers, until cancelled."""
    home = Home.of(settings)
    while True:
        for path in home.plants.values():
            await asyncio.to_thread(_advance, path)
        await asyncio.sleep(TICK_SECONDS)


def _advance(path: Path) -> None:
    writer = SqlitePlantWriter(path)
    state = writer.scalar("SELECT state FROM plant_simulation")
    if isinstance(state, str):
        writer.put(sample.advance(state=state, now=Clock().utc()))


# The plant, on two tiers


def _make_plants(home: Home, progress: Progress) -> None:
    production, test = home.plants[PRODUCTION], home.plants[TEST]
    if not production.exists():
        _generate(production, progress)
    if not test.exists():
        progress("Test tier", 0, 1)
        draft = _draft(test)
        shutil.copyfile(production, draft)
        draft.replace(test)
        progress("Test tier", 1, 1)


def _generate(path: Path, progress: Progress) -> None:
    from millgate.control.site import boot  # noqa: PLC0415 - Django reads the settled environment

    draft = _draft(path)
    boot.migrate_plant_file(draft)
    company = sample.generate(
        seed=SEED,
        now=Clock().utc(),
        progress=lambda done, total: progress("Sample company", done, total),
    )
    SqlitePlantWriter(draft).put(company)
    draft.replace(path)


def _draft(path: Path) -> Path:
    """A clean place beside the file; what an interrupted start left there is removed."""
    for left in path.parent.glob(f"{path.name}.making*"):
        left.unlink()
    return path.with_name(f"{path.name}.making")


def _workcenter(path: Path) -> int:
    key = SqlitePlantWriter(path).scalar(
        "SELECT workcenter_key FROM plant_workcenter WHERE workcenter_code = 'STP-01'"
    )
    return int(str(key))


# Credentials


def _credentials(settings: Settings, home: Home) -> dict[str, str]:
    # Its models can be imported once the settings are settled and Django is ready.
    from millgate.assembly import demo_directory  # noqa: PLC0415

    origin = {"MILLGATE_ORIGIN": settings.public_origin}
    kept = demo_env.read(home.demo_env)
    if not kept or not demo_directory.made():
        return (
            demo_directory.make(
                settings.resource, keep=lambda made: demo_env.write(home.demo_env, origin | made)
            )
            | origin
        )
    if kept["MILLGATE_ORIGIN"] != settings.public_origin:
        demo_env.write(home.demo_env, kept | origin)
    return kept | origin
