"""The one view: any request under `/api/v1/` becomes a call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt

from millgate.control.actions.handlers.table import HANDLERS
from millgate.control.actions.pipeline.answering import answer
from millgate.control.actions.pipeline.calls import Incoming
from millgate.control.actions.pipeline.decoding import LONGEST_BODY
from millgate.control.audit.acting import origin

if TYPE_CHECKING:
    from django.http import HttpRequest


@csrf_exempt  # no cookie opens anything here: a call carries its token itself
def call(request: HttpRequest) -> HttpResponse:
    """Answer a call of the action API, in English whatever the browser prefers: programs read it."""
    with translation.override("en"):
        found = answer(_incoming(request), HANDLERS)
    headers = {"Cache-Control": "no-store", **found.headers}
    response = HttpResponse(
        found.body, status=found.status.code, content_type="application/json", headers=headers
    )
    # Django logs every 5xx as an error. Here a wrong path is one, and what did fail has its line already.
    response._has_been_logged = True  # type: ignore[attr-defined]  # noqa: SLF001 - how Django is told
    return response


def _incoming(request: HttpRequest) -> Incoming:
    return Incoming(
        verb=request.method or "",
        address=request.path,
        content_type=request.headers.get("Content-Type", ""),
        # One byte more than is taken shows that there is more.
        body=request.read(LONGEST_BODY + 1),
        query=request.META.get("QUERY_STRING", ""),
        caller=request.META.get("REMOTE_ADDR", ""),
        user_agent=request.headers.get("User-Agent", ""),
        request_id=origin().request_id,
    )
