"""Serving: one process, one port. Killed at any moment, it starts again from its files."""

from __future__ import annotations

import asyncio
import signal
import socket
from typing import TYPE_CHECKING, Any, Final

import structlog
import uvloop
from granian.constants import Interfaces
from granian.server.embed import Server

from millgate.assembly import logs
from millgate.assembly.machine import Machine, host_of
from millgate.assembly.pages import Pages
from millgate.core.clock import Clock
from millgate.wire.asgi import AsgiFace
from millgate.wire.rsgi import RsgiFace

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from millgate.core.settings import Settings
    from millgate.wire.messages import Plane

FLUSH_SECONDS: Final = 0.5
LOOK_SECONDS: Final = 0.02
BACKLOG: Final = 1024

_log = structlog.get_logger("millgate.assembly")


class PortTaken(Exception):  # noqa: N818 - what happened, as it is told
    """The address to listen on is not to be had."""


def serve(
    settings: Settings,
    *,
    listening: Callable[[], None],
    also: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Serve until interrupted.

    Args:
        settings: what to serve, and where.
        listening: is called once the first connection would be taken.
        also: runs beside the server and is ended with it.

    """
    logs.configure(settings)
    uvloop.run(_serve(settings, listening, also))


def require_port(settings: Settings) -> None:
    """See to it that the address can be listened on, before work is put into what would be served there.

    Raises:
        PortTaken: something else listens there, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((settings.host, settings.port))
        except OSError as wrong:
            raise PortTaken(f"{settings.host}:{settings.port}: {wrong.strerror}") from wrong


async def _serve(
    settings: Settings, listening: Callable[[], None], also: Callable[[], Awaitable[None]] | None
) -> None:
    clock = Clock()
    machine = Machine(settings, clock, _pages(settings, clock))
    server = _server(settings, machine.plane)
    beside = [
        asyncio.create_task(_call_once_listening(settings, listening)),
        asyncio.create_task(_every(settings.refresh_seconds, _refreshing(machine))),
        asyncio.create_task(_every(FLUSH_SECONDS, machine.flush)),
        *([asyncio.ensure_future(also())] if also else []),
    ]
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, server.stop)
    try:
        await server.serve()
    finally:
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
        await machine.flush()
        machine.close()


async def _call_once_listening(settings: Settings, listening: Callable[[], None]) -> None:
    while True:
        try:
            _, writer = await asyncio.open_connection(settings.host, settings.port)
        except OSError:
            await asyncio.sleep(LOOK_SECONDS)
        else:
            writer.close()
            return listening()


def _pages(settings: Settings, clock: Clock) -> Pages:
    # Django is imported on the pages' own thread, so that machines need not wait for it.
    def start() -> Any:  # noqa: ANN401 - Django's handler
        from millgate.control.site import boot  # noqa: PLC0415

        return boot.start(clock)

    return Pages(
        start,
        threads=settings.page_threads,
        body_limit=settings.body_limit,
        origin_host=host_of(settings),
    )


def _server(settings: Settings, plane: Plane) -> Server:
    asgi = settings.interface == "asgi"
    return Server(
        AsgiFace(plane) if asgi else RsgiFace(plane),
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGINL if asgi else Interfaces.RSGI,
        websockets=False,
        backlog=BACKLOG,
        log_enabled=False,
    )


def _refreshing(machine: Machine) -> Callable[[], Awaitable[None]]:
    async def refresh() -> None:
        machine.follower.refresh()

    return refresh


async def _every(seconds: float, do: Callable[[], Awaitable[None]]) -> None:
    """Do something again and again; a failure is logged and the next turn tries again."""
    while True:
        await asyncio.sleep(seconds)
        try:
            await do()
        except Exception:  # noqa: BLE001 - the machine goes on; the next turn tries again
            _log.exception("turn_failed", what=getattr(do, "__qualname__", str(do)))
