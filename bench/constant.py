"""The same server answering a constant: what a request costs before Millgate does anything."""

from __future__ import annotations

import sys

import uvloop

from millgate.wire.http1.server import HttpServer
from millgate.wire.messages import Request, Response

BODY = b"x" * 400
CONSTANT = Response(200, (("content-type", "application/json"),), BODY)


async def plane(request: Request) -> Response:  # noqa: ARG001 - a plane
    """The constant."""
    return CONSTANT


async def main() -> None:
    """Serve until killed."""
    await HttpServer(plane, host="127.0.0.1", port=int(sys.argv[1])).serve()


if __name__ == "__main__":
    uvloop.run(main())
