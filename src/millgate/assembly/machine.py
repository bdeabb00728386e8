"""The machine: stores, holder and planes, put together. The one place that names concrete stores."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from millgate.assembly.following import Follower
from millgate.assembly.front import FrontDoor
from millgate.assembly.home import Home
from millgate.assembly.operations import OperationsPlane
from millgate.assembly.pages import Pages
from millgate.assembly.plants import Plant, open_plant
from millgate.assembly.sources import SourceBackends
from millgate.authority.client_credentials import ClientCredentials
from millgate.authority.clients import ClientCheck
from millgate.authority.plane import AuthorityPlane
from millgate.authority.signing import Signer
from millgate.core.secrets import Digester
from millgate.gateway.bearer import BearerCheck
from millgate.gateway.keys import KeyCheck
from millgate.gateway.limits import LimitCheck
from millgate.gateway.plane import ManagedPlane
from millgate.plant import registry
from millgate.plant.backend import PlantBackend
from millgate.snapshot.document import PRODUCTION, TEST
from millgate.stores.sealing import Sealer
from millgate.stores.sqlite.control import SqlitePrivateKeys, SqliteVersions
from millgate.stores.sqlite.usage import SqliteCounters, SqliteUsage

if TYPE_CHECKING:
    from millgate.core.clock import Clock
    from millgate.core.settings import Settings
    from millgate.snapshot.build import Targets
    from millgate.stores.ports import CallRecord
    from millgate.wire.messages import Plane

PLANT = "plant"


@dataclass(frozen=True, slots=True)
class Stores:
    """What a process keeps open."""

    versions: SqliteVersions
    private_keys: SqlitePrivateKeys
    counters: SqliteCounters
    usage: SqliteUsage
    plants: dict[str, Plant]

    def close(self) -> None:
        """Close all of it."""
        self.versions.close()
        self.counters.close()
        self.usage.close()
        for plant in self.plants.values():
            plant.close()


class Machine:
    """One process's planes and what they stand on.

    Attributes:
        plane: answers every request.
        follower: keeps the snapshot in force.
    """

    def __init__(self, settings: Settings, clock: Clock, pages: Pages) -> None:
        self._clock = clock
        self._pages = pages
        self._stores = open_stores(settings)
        self.follower = Follower(self._stores.versions, targets())
        self._backends = SourceBackends(
            {PLANT: self._plant(settings)},
            holder=self.follower.holder,
            sealer=Sealer(settings.master()),
            settings=settings,
            clock=clock,
            notices=self._stores.usage,
        )
        self.plane: Plane = FrontDoor(
            managed=self._managed(settings),
            authority=self._authority(settings),
            pages=pages,
            operations=OperationsPlane(self.follower),
        )

    def _managed(self, settings: Settings) -> Plane:
        origin = settings.public_origin
        return ManagedPlane(
            holder=self.follower.holder,
            keys=KeyCheck(Digester(settings.master()), origin),
            limits=LimitCheck(self._stores.counters, self._clock),
            bearer=BearerCheck(self._clock, origin=origin, resource=settings.resource),
            backends=self._backends,
            usage=self._stores.usage,
            clock=self._clock,
        )

    def _plant(self, settings: Settings) -> PlantBackend:
        return PlantBackend(
            self._stores.plants,
            self._clock,
            settings.query_seconds,
            links=settings.links,
            body_limit=settings.body_limit,
        )

    def _authority(self, settings: Settings) -> Plane:
        origin = settings.public_origin
        signer = Signer(self._stores.private_keys)
        return AuthorityPlane(
            holder=self.follower.holder,
            clients=ClientCheck(Digester(settings.master())),
            grant=ClientCredentials(signer, origin=origin, resource=settings.resource),
            clock=self._clock,
            origin=origin,
        )

    async def flush(self) -> None:
        """Write what has gathered in memory. Taking it happens on the loop, writing on a thread."""
        changed = self._stores.counters.gather(self._clock.now())
        calls = self._stores.usage.gather()
        await asyncio.to_thread(self._write, changed, calls)

    def _write(self, changed: list[tuple[str, int, int]], calls: list[CallRecord]) -> None:
        self._stores.counters.flush(changed)
        self._stores.usage.flush(calls)

    def close(self) -> None:
        """End threads and close files; `flush` comes first."""
        self._pages.close()
        self._backends.close()
        self._stores.close()


def open_stores(settings: Settings) -> Stores:
    """Open the files of the home. Plant databases are opened when they are first used.

    Raises:
        sqlite3.OperationalError: one of them is not there; `millgate migrate` makes them.
    """
    home = Home.of(settings)
    return Stores(
        versions=SqliteVersions(home.control),
        private_keys=SqlitePrivateKeys(home.control, Sealer(settings.master())),
        counters=SqliteCounters(home.usage),
        usage=SqliteUsage(home.usage),
        plants={tier: open_plant(settings, tier) for tier in (PRODUCTION, TEST)},
    )


def targets() -> Targets:
    """The upstreams of this release, and what each answers."""
    return {PLANT: registry.targets()}


def host_of(settings: Settings) -> str:
    """The host (and port) of the public origin."""
    return urlsplit(settings.public_origin).netloc
