"""The front door: one port, one origin, and which plane an address belongs to."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import structlog

from millgate.authority.plane import claims
from millgate.core.errors import MANAGED_FAILURE, Refused
from millgate.core.values import new_id
from millgate.wire.later import Later, Outcome
from millgate.wire.messages import Response, asking
from millgate.wire.refusals import answer, failure

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from millgate.wire.messages import Asking, Plane, Request

PAGES: Final = frozenset(
    {"", "portal", "console", "lookup", "documentation", "api", "static", "favicon.ico", "llms.txt"}
)
OPERATIONS: Final = "-"
_AUTHORIZE: Final = ("oauth2", "authorize")
_AUTHORIZE_V1: Final = ("oauth2", "v1", "authorize")

_log = structlog.get_logger("millgate.assembly")


class FrontDoor:
    """Hands each request to its plane. Whatever a plane lets through becomes an answer here."""

    def __init__(self, *, managed: Plane, authority: Plane, pages: Plane, operations: Plane) -> None:
        self._managed = asking(managed)
        self._authority = asking(authority)
        self._pages = asking(pages)
        self._operations = asking(operations)

    async def __call__(self, request: Request) -> Response:
        """Answer any request."""
        found = self.at_once(request)
        return found if isinstance(found, Response) else await found

    def at_once(self, request: Request) -> Response | Awaitable[Response]:
        """As `Prompt.at_once`."""
        try:
            found = self._plane(request.segments)(request)
        except Exception as wrong:  # noqa: BLE001 - the outermost border
            return _fallen(wrong, request)
        if isinstance(found, Response):
            return found
        if isinstance(found, Later):
            return found.then(partial(_settled, request))
        return _awaited(found, request)

    def _plane(self, segments: tuple[str, ...]) -> Asking:
        first = segments[0]
        if first in PAGES or (segments[-1] == "authorize" and _authorizes(segments)):
            return self._pages
        if first == OPERATIONS:
            return self._operations
        return self._authority if claims(segments) else self._managed


def _authorizes(segments: tuple[str, ...]) -> bool:
    return segments[1:] == _AUTHORIZE or segments == _AUTHORIZE_V1


def _settled(request: Request, outcome: Outcome) -> Outcome:
    if isinstance(outcome, Response):
        return outcome
    return _fallen(outcome, request) if isinstance(outcome, Exception) else _awaited(outcome, request)


async def _awaited(found: Awaitable[Response], request: Request) -> Response:
    try:
        return await found
    except Exception as wrong:  # noqa: BLE001 - as above
        return _fallen(wrong, request)


def _fallen(wrong: Exception, request: Request) -> Response:
    """What a plane lets through: a refusal as its answer, or a failure, whose cause is in the log."""
    if isinstance(wrong, Refused):
        return answer(wrong.refusal)
    activity_id = new_id()
    _log.error("failure", activity_id=activity_id, path=request.raw_path, exc_info=wrong)
    return failure(MANAGED_FAILURE, activity_id)
