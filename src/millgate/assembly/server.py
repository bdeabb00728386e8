"""Serving: one port, answered by this process or by several that it looks after."""

from __future__ import annotations

import socket
from functools import partial
from typing import TYPE_CHECKING

from millgate.assembly import logs
from millgate.assembly.supervisor import Supervisor
from millgate.assembly.worker import Place, work

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from millgate.assembly.tls.speaking import ServerTls
    from millgate.core.clock import Clock
    from millgate.core.settings import Settings


class PortTaken(Exception):  # noqa: N818 - what happened, as it is told
    """The address to listen on is not to be had."""


def serve(
    settings: Settings,
    *,
    listening: Callable[[], None],
    also: Callable[[Clock], Awaitable[None]] | None = None,
    tls: ServerTls | None = None,
) -> None:
    """Serve until told to stop.

    Args:
        settings: what to serve, and where.
        listening: is called once the first connection would be taken.
        also: runs beside the server, by its clock, and is ended with it; in one process, however many answer.
        tls: what is spoken TLS with, by all processes; None for plain HTTP.

    Raises:
        SystemExit: the server ended by itself, or did not end in order.
    """
    logs.configure(settings)
    if settings.workers == 1:
        work(settings, Place(), listening=listening, also=also, tls=tls)
        return
    _close_databases()
    Supervisor(
        partial(_work, settings, also, tls),
        settings.workers,
        listening=listening,
        stop_seconds=settings.stop_seconds,
    ).run()


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


def _work(
    settings: Settings,
    also: Callable[[Clock], Awaitable[None]] | None,
    tls: ServerTls | None,
    place: Place,
    listening: Callable[[], None],
) -> None:
    """What one of several workers does. What must be done once is done by the first of them."""
    work(settings, place, listening=listening, also=also if place.first else None, tls=tls)


def _close_databases() -> None:
    """Close what pages opened: a worker must not carry on a connection that was opened before it began."""
    from django.db import connections  # noqa: PLC0415 - Django reads the settled environment

    connections.close_all()
