"""The same server answering a constant: what a request costs before Millgate does anything."""

from __future__ import annotations

import asyncio
import sys

import uvloop
from granian.constants import Interfaces
from granian.server.embed import Server

from millgate.wire.asgi import AsgiFace
from millgate.wire.messages import Request, Response

BODY = b"x" * 400
CONSTANT = Response(200, (("content-type", "application/json"),), BODY)


async def plane(request: Request) -> Response:  # noqa: ARG001 - a plane
    """The constant."""
    return CONSTANT


async def main() -> None:
    """Serve until killed."""
    server = Server(
        AsgiFace(plane),
        address="127.0.0.1",
        port=int(sys.argv[1]),
        interface=Interfaces.ASGINL,
        websockets=False,
        log_enabled=False,
    )
    await server.serve()


if __name__ == "__main__":
    uvloop.run(main())
    asyncio.set_event_loop(None)
