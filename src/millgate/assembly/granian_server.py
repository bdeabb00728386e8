"""Granian in the place of our own server. Imported when it is asked for: that takes a fifth of a second."""

from __future__ import annotations

from typing import TYPE_CHECKING

from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server

from millgate.wire.asgi import AsgiFace
from millgate.wire.http1.server import BACKLOG
from millgate.wire.rsgi import RsgiFace

if TYPE_CHECKING:
    from millgate.assembly.machine import Machine
    from millgate.core.settings import Settings


def granian_server(settings: Settings, machine: Machine) -> Server:
    """The server for the interface that the settings name, `asgi` or `rsgi`."""
    plane, trusted = machine.plane, settings.trusted_proxies
    asgi = settings.interface == "asgi"
    return Server(
        AsgiFace(plane, trusted, machine.told) if asgi else RsgiFace(plane, trusted),
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGINL if asgi else Interfaces.RSGI,
        http=HTTPModes.http1,  # in HTTP/2 it waits for ever on connections that send nothing
        websockets=False,
        backlog=BACKLOG,
        log_enabled=False,
    )
