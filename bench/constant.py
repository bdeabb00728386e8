"""The same server answering a constant: what a request costs before Millgate does anything."""

from __future__ import annotations

import sys

import uvloop

from millgate.wire.http1.server import HttpServer
from millgate.wire.messages import Request, Response

BODY = b"x" * 400
CONSTANT = Response(200, (("content-type", "application/json"),), BODY)


class Constant:
    """A plane that need not be awaited."""

    async def __call__(self, request: Request) -> Response:
        """The constant."""
        return self.at_once(request)

    def at_once(self, request: Request) -> Response:
        """The same."""
        del request
        return CONSTANT


async def main() -> None:
    """Serve until killed."""
    await HttpServer(Constant(), host="127.0.0.1", port=int(sys.argv[1])).serve()


if __name__ == "__main__":
    uvloop.run(main())
