"""A worker: one process that answers calls. Killed at any moment, another starts from the same files."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import structlog
import uvloop

from millgate.assembly import keys
from millgate.assembly.collecting import building_much
from millgate.assembly.machine import Machine, host_of, open_stores
from millgate.assembly.pages import Pages
from millgate.assembly.secret_watch import WATCH_SECONDS
from millgate.assembly.stopping import Stop, end_calls
from millgate.core.clock import Clock
from millgate.wire.http1.server import HttpServer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from granian.server.embed import Server

    from millgate.assembly.tls.speaking import ServerTls
    from millgate.core.settings import Settings
    from millgate.stores.grants import Grants
    from millgate.stores.ports import CounterDesk

FLUSH_SECONDS: Final = 0.5
TIDY_SECONDS: Final = 60.0
CONNECT_SECONDS: Final = 0.02
CERTIFICATE_SECONDS: Final = 60.0
"""How often a worker looks whether there is another certificate."""
LOG_SECONDS: Final = 5.0
"""How often a failure that comes again at every turn is logged."""

_log = structlog.get_logger("millgate.assembly")


@dataclass(frozen=True, slots=True)
class Place:
    """Which worker this is.

    Attributes:
        number: from 1.
        lifeline: the file descriptor that comes to its end when the supervisor does; None for a worker that
            is alone and has none.
    """

    number: int = 1
    lifeline: int | None = None

    @property
    def first(self) -> bool:
        """Whether it does what must be done once in an installation."""
        return self.number == 1


def work(
    settings: Settings,
    place: Place,
    *,
    listening: Callable[[], None],
    also: Callable[[], Awaitable[None]] | None,
    tls: ServerTls | None = None,
) -> None:
    """Answer calls until told to stop, and finish those under way.

    Args:
        settings: what to serve, and where.
        place: which worker this is.
        listening: is called once the first connection would be taken.
        also: runs beside the server and is ended with it.
        tls: what the server speaks TLS with, if it does.

    Raises:
        SystemExit: the server ended without being told to.
    """
    if place.lifeline is not None:
        structlog.contextvars.bind_contextvars(worker=place.number)
    if uvloop.run(_work(settings, place, listening, also, tls)):
        return
    # A thread that is still at a page or a query cannot be ended, and would be waited for.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


async def _work(
    settings: Settings,
    place: Place,
    listening: Callable[[], None],
    also: Callable[[], Awaitable[None]] | None,
    tls: ServerTls | None,
) -> bool:
    """Whether all calls under way were finished in the end."""
    stop = Stop(settings.stop_seconds)
    clock = Clock()
    with building_much():
        stores = open_stores(settings)
        pages = _pages(settings, clock, stores.counting.desk, stores.grants)
        machine = Machine(settings, clock, pages, stores, worker=place.number)
    server = _server(settings, machine, tls)
    _listen_for_the_end(stop, place)
    beside = [
        asyncio.create_task(_call_once_listening(settings, listening)),
        asyncio.create_task(_every(settings.refresh_seconds, machine.follower.follow)),
        asyncio.create_task(_every(settings.refresh_seconds, machine.revocations.follow)),
        asyncio.create_task(_every(FLUSH_SECONDS, machine.flush)),
        *([asyncio.create_task(_every(CERTIFICATE_SECONDS, _looking(tls, place)))] if tls else []),
        *([asyncio.create_task(_every(TIDY_SECONDS, machine.tidy))] if place.first else []),
        *([asyncio.create_task(_every(WATCH_SECONDS, machine.watch))] if place.first else []),
        *([_keep_keys(settings, pages)] if place.first else []),
        *([asyncio.ensure_future(also())] if also else []),
    ]
    serving = asyncio.create_task(server.serve())
    finished = False
    try:
        finished = await stop.end(serving, partial(_stop, machine, server.stop))
    finally:
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
        if not finished:
            await end_calls(but=serving)
        await machine.flush()
    if finished:
        await machine.close()
    else:
        machine.close_log()
    return finished


def _keep_keys(settings: Settings, pages: Pages) -> asyncio.Task[None]:
    keeper = keys.KeyKeeper(pages, days=settings.signing_key_days)
    return asyncio.create_task(_every(keys.LOOK_SECONDS, keeper.turn, at_once=True))


def _stop(machine: Machine, stop: Callable[[], None]) -> None:
    machine.drain()
    stop()


def _looking(tls: ServerTls, place: Place) -> Callable[[], Awaitable[None]]:
    return tls.renew if place.first else tls.follow


def _listen_for_the_end(stop: Stop, place: Place) -> None:
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.ask)
    if place.lifeline is None:
        loop.add_signal_handler(signal.SIGINT, stop.ask)
        return
    # A terminal sends Ctrl-C to every process of its group; the supervisor decides what it means.
    loop.add_signal_handler(signal.SIGINT, lambda: None)
    loop.add_reader(place.lifeline, _end_with_the_supervisor, stop, place.lifeline)


def _end_with_the_supervisor(stop: Stop, lifeline: int) -> None:
    asyncio.get_running_loop().remove_reader(lifeline)
    _log.error("supervisor_gone")
    stop.ask()


async def _call_once_listening(settings: Settings, listening: Callable[[], None]) -> None:
    while True:
        try:
            _, writer = await asyncio.open_connection(settings.host, settings.port)
        except OSError:
            await asyncio.sleep(CONNECT_SECONDS)
        else:
            writer.close()
            return listening()


def _pages(settings: Settings, clock: Clock, desk: CounterDesk, grants: Grants) -> Pages:
    # Django is imported on the pages' own thread, so that machines need not wait for it.
    def start() -> Any:  # noqa: ANN401 - Django's handler
        from millgate.control.site import boot  # noqa: PLC0415

        return boot.start(clock, desk, grants)

    return Pages(
        start,
        threads=settings.page_threads,
        body_limit=settings.body_limit,
        origin_host=host_of(settings),
    )


def _server(settings: Settings, machine: Machine, tls: ServerTls | None) -> HttpServer | Server:
    """The server. Any number of processes may listen with it on one port: the system spreads connections."""
    if settings.interface != "direct":
        from millgate.assembly.granian_server import granian_server  # noqa: PLC0415 - only where it serves

        return granian_server(settings, machine)
    return HttpServer(
        machine.plane,
        host=settings.host,
        port=settings.port,
        trusted=settings.trusted_proxies,
        tls=tls.context if tls else None,
        shared=settings.workers > 1,
        told=machine.told,
    )


async def _every(seconds: float, do: Callable[[], Awaitable[object]], *, at_once: bool = False) -> None:
    """Do something again and again; a failure is logged, though not at every turn, and tried again."""
    loop, logged_at = asyncio.get_running_loop(), -LOG_SECONDS
    while True:
        await asyncio.sleep(0 if at_once else seconds)
        at_once = False
        try:
            await do()
        except Exception:  # noqa: BLE001 - the machine goes on; the next turn tries again
            if loop.time() - logged_at >= LOG_SECONDS:
                logged_at = loop.time()
                _log.exception("turn_failed", what=getattr(do, "__qualname__", str(do)))
