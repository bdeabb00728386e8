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

from millgate.assembly import auditing, cancelation_keeper, keys
from millgate.assembly.cancelation_desk import LiveCancelationDesk
from millgate.assembly.collecting import building_much
from millgate.assembly.machine import Machine, host_of, open_stores, page_tokens
from millgate.assembly.mailing import MAIL_SECONDS, MailRoom
from millgate.assembly.pages import Pages
from millgate.assembly.sandbox_clock import follow_clock
from millgate.assembly.secret_watch import WATCH_SECONDS
from millgate.assembly.source_desk import LiveSourceDesk
from millgate.assembly.stopping import Stop, end_calls
from millgate.assembly.turns import Turn, every
from millgate.assembly.worker_board import Board
from millgate.core.clock import Clock
from millgate.wire.http1.server import HttpServer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from granian.server.embed import Server

    from millgate.assembly.machine import Stores
    from millgate.assembly.tls.speaking import ServerTls
    from millgate.core.settings import Settings

FLUSH_SECONDS: Final = 0.5
TIDY_SECONDS: Final = 60.0
CONNECT_SECONDS: Final = 0.02
CERTIFICATE_SECONDS: Final = 60.0
"""How often a worker looks whether there is another certificate."""
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
    also: Callable[[Clock], Awaitable[None]] | None,
    tls: ServerTls | None = None,
) -> None:
    """Answer calls until told to stop, and finish those under way.

    Args:
        settings: what to serve, and where.
        place: which worker this is.
        listening: is called once the first connection would be taken.
        also: runs beside the server, by its clock, and is ended with it.
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
    also: Callable[[Clock], Awaitable[None]] | None,
    tls: ServerTls | None,
) -> bool:
    """Whether all calls under way were finished in the end."""
    stop = Stop(settings.stop_seconds)
    clock = Clock()
    following = follow_clock(settings, clock)
    with building_much():
        stores = open_stores(settings)
        board = Board()
        pages = _pages(settings, clock, stores, board)
        machine = Machine(settings, clock, pages, stores, worker=place.number)
        board.follow(machine.reports)
    server = _server(settings, machine, tls, clock)
    _listen_for_the_end(stop, place)
    beside = [
        asyncio.create_task(_call_once_listening(settings, listening)),
        *(asyncio.create_task(every(turn)) for turn in _turns(settings, place, machine, pages, tls)),
        *([asyncio.create_task(every(following.turn(settings.refresh_seconds)))] if following else []),
        *([asyncio.ensure_future(also(clock))] if also else []),
    ]
    await machine.hear_of_revocations()
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
        if following is not None:
            following.close()
    if finished:
        await machine.close()
    else:
        machine.close_log()
    return finished


def _turns(
    settings: Settings, place: Place, machine: Machine, pages: Pages, tls: ServerTls | None
) -> Iterator[Turn]:
    """What this worker does again and again beside answering calls."""
    yield Turn(settings.refresh_seconds, machine.follower.follow)
    yield Turn(settings.refresh_seconds, machine.revocations.follow)
    yield Turn(FLUSH_SECONDS, machine.flush)
    if tls is not None:
        yield Turn(CERTIFICATE_SECONDS, tls.renew if place.first else tls.follow)
    if place.first:
        keeper = keys.KeyKeeper(pages, days=settings.signing_key_days)
        yield Turn(keys.LOOK_SECONDS, keeper.turn, at_once=True)
        if settings.audit_days:
            old = auditing.AuditKeeper(pages, days=settings.audit_days)
            yield Turn(auditing.LOOK_SECONDS, old.turn, at_once=True)
        left_behind = cancelation_keeper.CancelationKeeper(pages)
        yield Turn(cancelation_keeper.LOOK_SECONDS, left_behind.turn, at_once=True)
        yield Turn(TIDY_SECONDS, machine.tidy)
        yield from _mail_turns(machine, pages)


def _mail_turns(machine: Machine, pages: Pages) -> Iterator[Turn]:
    room = MailRoom(machine, pages)
    yield Turn(MAIL_SECONDS, room.send)
    yield Turn(TIDY_SECONDS, room.tidy)
    yield Turn(WATCH_SECONDS, room.watch)


def _stop(machine: Machine, stop: Callable[[], None]) -> None:
    machine.drain()
    stop()


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


def _pages(settings: Settings, clock: Clock, stores: Stores, board: Board) -> Pages:
    desk, grants, tokens = stores.counting.desk, stores.grants, page_tokens(settings, stores)

    # Django is imported on the pages' own thread, so that machines need not wait for it.
    def start() -> Any:  # noqa: ANN401 - Django's handler
        from millgate.control.site import boot  # noqa: PLC0415

        sources, cancelations = LiveSourceDesk(settings, clock), LiveCancelationDesk(settings, clock)
        return boot.start(
            clock, desk, grants, board, sources=sources, cancelations=cancelations, page_tokens=tokens
        )

    return Pages(
        start,
        threads=settings.page_threads,
        body_limit=settings.body_limit,
        origin_host=host_of(settings),
    )


def _server(settings: Settings, machine: Machine, tls: ServerTls | None, clock: Clock) -> HttpServer | Server:
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
        clock=clock,
    )
