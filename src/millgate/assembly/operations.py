"""`/-/live` and `/-/ready`: what an operator's tools ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from millgate import __version__
from millgate.core.errors import NOT_READY, ROUTE_UNKNOWN, Refusal
from millgate.wire.messages import Response
from millgate.wire.refusals import JSON, answer

if TYPE_CHECKING:
    from millgate.assembly.following import Follower
    from millgate.wire.messages import Request


class OperationsPlane:
    """Says whether the process lives, and which published version it serves."""

    def __init__(self, follower: Follower) -> None:
        self._follower = follower

    async def __call__(self, request: Request) -> Response:
        """Answer one request."""
        if request.method not in {"GET", "HEAD"}:
            return answer(Refusal(ROUTE_UNKNOWN))
        if request.segments[1:] == ("live",):
            return _json({"status": "live", "release": __version__})
        if request.segments[1:] == ("ready",):
            return self._ready()
        return answer(Refusal(ROUTE_UNKNOWN))

    def _ready(self) -> Response:
        if self._follower.number == 0:
            return answer(Refusal(NOT_READY, headers=(("retry-after", "1"),)))
        current = self._follower.holder.current
        return _json({"status": "ready", "number": self._follower.number, "version": current.version})


def _json(members: dict[str, object]) -> Response:
    return Response(200, (JSON, ("cache-control", "no-store")), msgspec.json.encode(members))
