"""The front door: one port, one origin, and which plane an address belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog

from millgate.authority.plane import claims
from millgate.core.errors import MANAGED_FAILURE, Refused
from millgate.core.values import new_id
from millgate.wire.messages import Response
from millgate.wire.refusals import answer, failure

if TYPE_CHECKING:
    from millgate.wire.messages import Plane, Request

PAGES: Final = frozenset({"", "portal", "console", "lookup", "documentation", "api", "static", "favicon.ico"})
OPERATIONS: Final = "-"
_AUTHORIZE: Final = ("oauth2", "authorize")
_AUTHORIZE_V1: Final = ("oauth2", "v1", "authorize")

_log = structlog.get_logger("millgate.assembly")


class FrontDoor:
    """Hands each request to its plane. Whatever a plane lets through becomes an answer here."""

    def __init__(self, *, managed: Plane, authority: Plane, pages: Plane, operations: Plane) -> None:
        self._managed = managed
        self._authority = authority
        self._pages = pages
        self._operations = operations

    async def __call__(self, request: Request) -> Response:
        """Answer any request."""
        try:
            return await self._plane(request.segments)(request)
        except Refused as refused:
            return answer(refused.refusal)
        except Exception:  # noqa: BLE001 - the outermost border: an answer, and the cause in the log
            activity_id = new_id()
            _log.exception("failure", activity_id=activity_id, path=request.raw_path)
            return failure(MANAGED_FAILURE, activity_id)

    def _plane(self, segments: tuple[str, ...]) -> Plane:
        first = segments[0]
        if first in PAGES or segments[1:] == _AUTHORIZE or segments == _AUTHORIZE_V1:
            return self._pages
        if first == OPERATIONS:
            return self._operations
        return self._authority if claims(segments) else self._managed
