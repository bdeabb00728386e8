"""What a request tells of who acts and from where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from millgate.control.audit.acting import Actor, Origin, acting
from millgate.core.values import new_id
from millgate.wire.wsgi import REQUEST_ID

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

_ROOMS: Final = {"console": "console", "portal": "portal", "lookup": "lookup"}


class Acting:
    """Keeps who acts and from where for whatever a request changes, and names the request in its answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, with the request known to the audit log."""
        where = origin_of(request)
        with acting(where):
            response = self._get_response(request)
        response.headers.setdefault("X-Request-Id", where.request_id)
        return response


def origin_of(request: HttpRequest) -> Origin:
    """Where a request comes from. Its path is kept without the query, which may hold anything."""
    return Origin(
        through=_ROOMS.get(request.path.split("/")[1], "pages"),
        actor=lambda: _actor(request),
        page=request.path,
        # The server has already looked behind the proxies that the operator trusts, and no others.
        address=request.META.get("REMOTE_ADDR", ""),
        request_id=request.META.get(REQUEST_ID) or new_id(),
        user_agent=request.headers.get("User-Agent", ""),
    )


def _actor(request: HttpRequest) -> Actor | None:
    person = getattr(request, "user", None)
    if person is None or not person.is_authenticated:
        return None
    return Actor(person.user_id, person.email)
