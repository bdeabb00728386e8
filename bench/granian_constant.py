"""Granian answering a constant by its own interface, RSGI, with the event loop of Millgate."""

from __future__ import annotations

import sys
from typing import Any

import uvloop
from granian.constants import HTTPModes, Interfaces
from granian.server.embed import Server

from constant import CONSTANT


async def answer(scope: Any, protocol: Any) -> None:  # noqa: ANN401 - Granian names no types
    """The constant."""
    del scope
    protocol.response_bytes(CONSTANT.status, list(CONSTANT.headers), CONSTANT.body)


async def main() -> None:
    """Serve until killed."""
    server = Server(
        answer,
        address="127.0.0.1",
        port=int(sys.argv[1]),
        interface=Interfaces.RSGI,
        http=HTTPModes.http1,
        log_enabled=False,
    )
    await server.serve()


if __name__ == "__main__":
    uvloop.run(main())
