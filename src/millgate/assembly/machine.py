"""The machine: stores, holder and planes, put together. The one place that names concrete stores."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog

from millgate.assembly.actions_backend import ActionsBackend
from millgate.assembly.counting import OwnCounting, SharedCounting, open_counting
from millgate.assembly.following import Follower
from millgate.assembly.front import FrontDoor
from millgate.assembly.granting import open_grants
from millgate.assembly.home import Home
from millgate.assembly.operations import OperationsPlane
from millgate.assembly.pages import Pages
from millgate.assembly.plants import Plant, open_plant
from millgate.assembly.recorder import Recorder
from millgate.assembly.reports import Reports
from millgate.assembly.secret_watch import SecretWatch
from millgate.assembly.sources import SourceBackends
from millgate.authority.assertions import AssertionCheck
from millgate.authority.attempts import Attempts
from millgate.authority.authorization_code import AuthorizationCode
from millgate.authority.client_credentials import ClientCredentials
from millgate.authority.clients import ClientCheck
from millgate.authority.exchange import Exchange
from millgate.authority.hints import SecretHints
from millgate.authority.inspection import Inspection
from millgate.authority.page_tokens import OwnPageTokens
from millgate.authority.plane import AuthorityPlane
from millgate.authority.refresh_token import RefreshToken
from millgate.authority.signing import Signer
from millgate.authority.striking import TokenStriking
from millgate.authority.tokens import TokenMaker
from millgate.core.secrets import Digester
from millgate.core.values import new_id
from millgate.gateway.bearer import BearerCheck
from millgate.gateway.keys import KeyCheck
from millgate.gateway.limits import LimitCheck
from millgate.gateway.plane import ManagedPlane
from millgate.gateway.revocations import Revocations
from millgate.gateway.striking import Striking
from millgate.gateway.upstreams.backends import HttpBackends
from millgate.gateway.upstreams.mock import MockBackend
from millgate.plant import registry
from millgate.plant.backend import PlantBackend
from millgate.snapshot.access_tokens import Issuing
from millgate.snapshot.document import PRODUCTION, TEST
from millgate.snapshot.upstreams import ACTIONS, MOCK
from millgate.stores.drawing import Draws
from millgate.stores.ports import CallRecord, StoreUnreachable
from millgate.stores.retention import steps_of
from millgate.stores.sealing import Sealer
from millgate.stores.sqlite.control import SqlitePrivateKeys, SqliteVersions
from millgate.stores.sqlite.usage import SqliteUsage
from millgate.wire.delays import Delays

if TYPE_CHECKING:
    from millgate.assembly.granting import KeptGrants
    from millgate.assembly.secret_watch import Ending
    from millgate.assembly.worker_reports import WorkerReport
    from millgate.core.clock import Clock
    from millgate.core.errors import Refusal
    from millgate.core.settings import Settings
    from millgate.snapshot.answering import Targets
    from millgate.stores.ports import Notice
    from millgate.stores.retention import Step
    from millgate.stores.tally import Batch
    from millgate.wire.messages import Plane

PLANT = "plant"

_log = structlog.get_logger("millgate.assembly")


@dataclass(frozen=True, slots=True)
class Stores:
    """What a process keeps open."""

    versions: SqliteVersions
    private_keys: SqlitePrivateKeys
    counting: OwnCounting | SharedCounting
    usage: SqliteUsage
    grants: KeptGrants
    plants: dict[str, Plant]

    async def close(self) -> None:
        """Close all of it."""
        self.versions.close()
        await self.counting.close()
        self.usage.close()
        self.grants.close()
        for plant in self.plants.values():
            plant.close()


class Machine:
    """One process's planes and what they stand on.

    Attributes:
        plane: answers every request.
        follower: keeps the snapshot in force.
        revocations: hears of revoked tokens.
    """

    def __init__(
        self, settings: Settings, clock: Clock, pages: Pages, stores: Stores, *, worker: int = 1
    ) -> None:
        self._clock = clock
        self._pages = pages
        self._stores = stores
        self.follower = Follower(self._stores.versions, targets())
        self._upstreams, self._sources = self._backends(settings)
        self._issuing = _issuing(settings)
        self.revocations = Revocations(stores.grants, clock)
        self._limits = LimitCheck(self._stores.counting.counters, clock)
        self._draws, self._delays = Draws(self._stores.counting.counters), Delays()
        self._watch = SecretWatch(self.follower.holder, self._stores.usage, clock)
        self._recorder = Recorder.of(settings, self._stores.usage, clock, worker=worker)
        self.reports = Reports(
            self.follower,
            clock,
            self._recorder,
            worker=worker,
            workers=settings.workers,
            home=settings.home,
            upstreams=self._upstreams.states,
            unreachable=lambda: self._limits.uncounted,
        )
        self._operations = OperationsPlane(self.reports, settings.metrics_networks)
        self.plane: Plane = FrontDoor(
            managed=self._managed(settings),
            authority=self._authority(settings),
            pages=pages,
            operations=self._operations,
        )

    def _managed(self, settings: Settings) -> Plane:
        origin = settings.public_origin
        return ManagedPlane(
            holder=self.follower.holder,
            keys=KeyCheck(Digester(settings.master()), origin),
            limits=self._limits,
            bearer=BearerCheck(self._issuing, self.revocations),
            backends=self._upstreams,
            usage=self._recorder,
            clock=self._clock,
            striking=Striking(
                self._draws,
                self._delays,
                self._clock,
                origin=origin,
                body_limit=settings.body_limit,
                by_header=settings.takes_fault_header,
                in_production=settings.production_faults,
            ),
        )

    def _backends(self, settings: Settings) -> tuple[HttpBackends, SourceBackends]:
        """Whoever answers: always plant, mocks and actions; behind them HTTP upstreams, and data sources."""
        sealer, holder = Sealer(settings.master()), self.follower.holder
        sources = SourceBackends(
            {
                PLANT: self._plant(settings),
                MOCK: MockBackend(holder, settings.body_limit),
                ACTIONS: ActionsBackend(self._pages),
            },
            holder=holder,
            sealer=sealer,
            settings=settings,
            clock=self._clock,
            notices=self._stores.usage,
        )
        upstreams = HttpBackends(
            sources,
            holder=holder,
            unseal=sealer.unseal,
            body_limit=settings.body_limit,
            behind_proxies=bool(settings.trusted_proxies),
        )
        return upstreams, sources

    def _plant(self, settings: Settings) -> PlantBackend:
        return PlantBackend(
            self._stores.plants,
            self._clock,
            settings.query_seconds,
            links=settings.links,
            body_limit=settings.body_limit,
        )

    def _authority(self, settings: Settings) -> Plane:
        digester = Digester(settings.master())
        tokens = TokenMaker(Signer(self._stores.private_keys), self._issuing)
        exchange = Exchange(self._stores.grants, digester, tokens)
        return AuthorityPlane(
            holder=self.follower.holder,
            clients=ClientCheck(digester, AssertionCheck(self._issuing)),
            grants={
                "client_credentials": ClientCredentials(tokens),
                "authorization_code": AuthorizationCode(exchange, tokens),
                "refresh_token": RefreshToken(exchange, tokens),
            },
            inspection=Inspection(self._stores.grants, digester, self._issuing),
            attempts=Attempts(SecretHints(digester), self._stores.usage.tokens),
            clock=self._clock,
            issuing=self._issuing,
            striking=TokenStriking(
                self._draws,
                self._delays,
                self._clock,
                origin=settings.public_origin,
                resource=settings.resource,
                by_header=settings.takes_fault_header,
                in_production=settings.production_faults,
            ),
        )

    def told(self, refusal: Refusal, method: str, path: str, client: str) -> None:
        """Record a request that was refused before any plane saw it."""
        record = CallRecord(
            at=self._clock.now(),
            request_id=new_id(),
            method=method,
            path=path,
            client=client,
            status=refusal.problem.status,
            code=refusal.problem.code,
            reason=refusal.cause or refusal.message,
        )
        self._recorder.record(record)

    async def hear_of_revocations(self) -> None:
        """Learn what is revoked, before the first call; a store that is away is asked again and again."""
        try:
            await self.revocations.follow()
        except StoreUnreachable as failed:
            _log.error("revocations_unknown", why=str(failed))

    def drain(self) -> None:
        """Say from now on that this process is not ready: it finishes what runs."""
        self._operations.drain()

    async def flush(self) -> None:
        """Write what has gathered in memory. Taking it happens on the loop, writing on a thread."""
        self._upstreams.follow()
        changed = self._stores.counting.gather(self._clock.now())
        batch, report = self._recorder.gather(), self.reports.own()
        await asyncio.to_thread(self._write, changed, batch, report)

    def _write(self, changed: list[tuple[str, int, int]], batch: Batch, report: WorkerReport) -> None:
        try:
            self._stores.counting.flush(changed)
        finally:
            self._recorder.flush(batch)
            self.reports.write(report)

    async def tidy(self) -> None:
        """Forget what has expired, on a thread. One process of an installation does it now and then."""
        await asyncio.to_thread(self._stores.grants.tidy, int(self._clock.now()))

    async def watch(self) -> list[Ending]:
        """Tell administrators of secrets in use that are about to expire; gives all of these."""
        return await asyncio.to_thread(self._watch.look)

    def notify(self, notice: Notice) -> None:
        """As `ports.Notices.notify`."""
        self._stores.usage.notify(notice)

    def close_log(self) -> None:
        """End the access log; what it was told is written."""
        self._recorder.close()

    async def close(self) -> None:
        """End threads and close files; `flush` comes first."""
        self._recorder.close()
        self._pages.close()
        self._upstreams.close()
        self._sources.close()
        await self._stores.close()


def open_stores(settings: Settings) -> Stores:
    """Open the files of the home. Plant databases are opened when they are first used.

    Raises:
        sqlite3.OperationalError: one of them is not there; `millgate migrate` makes them.
    """
    home = Home.of(settings)
    return Stores(
        versions=SqliteVersions(home.control),
        private_keys=SqlitePrivateKeys(home.control, Sealer(settings.master())),
        counting=open_counting(settings, home.usage),
        usage=SqliteUsage(home.usage, steps=_steps(settings)),
        grants=open_grants(settings, home.tokens),
        plants={tier: open_plant(settings, tier) for tier in (PRODUCTION, TEST)},
    )


def page_tokens(settings: Settings, stores: Stores) -> OwnPageTokens:
    """What makes tokens for pages: with a signer of its own, because pages run on threads of theirs."""
    return OwnPageTokens(TokenMaker(Signer(stores.private_keys), _issuing(settings)), settings.resource)


def _issuing(settings: Settings) -> Issuing:
    return Issuing(settings.public_origin, settings.resource)


def _steps(settings: Settings) -> tuple[Step, ...]:
    return steps_of(
        minutes=settings.usage_minutes_days, quarters=settings.usage_quarters_days, days=settings.usage_days
    )


def targets() -> Targets:
    """The upstreams of this release, and what each answers."""
    return {PLANT: registry.targets()}


def host_of(settings: Settings) -> str:
    """The host (and port) of the public origin."""
    return urlsplit(settings.public_origin).netloc
