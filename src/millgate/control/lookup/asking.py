"""What the pane's requests have in common: they come from this origin, and their bodies are bounded JSON.

No cookie says who asks: in Excel on the web the pane stands in a frame of another site, where browsers send
none of ours. So no other site can make a browser act as somebody here. What is kept out is that a site has
passwords tried by the browsers of its visitors: a request must come from this origin, as far as the browser
says, and carry a header that a browser sends to another origin only when that one allows it. This one never
does.
"""

from __future__ import annotations

from functools import wraps
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import urlsplit

import msgspec
from django.conf import settings
from django.db import OperationalError
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from millgate.control.lookup.problems import Problem
from millgate.stores.ports import StoreUnreachable

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

HEADER: Final = "X-Millgate-Lookup"
"""The header that the pane sends with everything that it asks of these addresses; any value will do."""
_JSON: Final = "application/json"

_Read = TypeVar("_Read")


def asked_by_pane(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """A view for the pane alone, whose problems are answered in words, and whose answers nobody keeps."""

    @csrf_exempt
    @never_cache
    @wraps(view)
    def guard(request: HttpRequest) -> HttpResponse:
        try:
            _pane_check(request)
            return view(request)
        except Problem as problem:
            return problem.answer()
        except (StoreUnreachable, OperationalError):
            return _unavailable().answer()

    return guard


def body_of(request: HttpRequest, shape: type[_Read], *, most: int) -> _Read:
    """The JSON body of a request, as a value of this shape.

    Raises:
        Problem: it is something else, or longer than `most` bytes.
    """
    if request.content_type != _JSON:
        raise Problem("unreadable", _("Send JSON."), HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    data = request.read(most + 1)
    if len(data) > most:
        text = _("This is more than %(most)s bytes.") % {"most": f"{most:,}"}
        raise Problem("too-large", text, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    try:
        return msgspec.json.decode(data, type=shape)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as wrong:
        # What was sent may hold a password; the decoder names places and types alone.
        raise Problem("unreadable", _("This cannot be read: %(why)s") % {"why": wrong}) from None


def _pane_check(request: HttpRequest) -> None:
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        raise _foreign()
    sent_from = request.headers.get("Origin")
    if sent_from is not None and not _ours(sent_from, request):
        raise _foreign()
    if HEADER not in request.headers:
        raise _foreign()


def _ours(sent_from: str, request: HttpRequest) -> bool:
    at = urlsplit(sent_from)
    return sent_from == settings.MILLGATE.public_origin or at.netloc == request.get_host()


def _foreign() -> Problem:
    text = _("Only Workcenter Lookup itself may ask for this. Open it at its own address.")
    return Problem("not-from-here", text, HTTPStatus.FORBIDDEN)


def _unavailable() -> Problem:
    text = _("The server cannot reach its own data now. Try again in a moment.")
    return Problem("unavailable", text, HTTPStatus.SERVICE_UNAVAILABLE, retry_after=5)
