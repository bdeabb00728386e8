"""Signing in at the pane, going on, and signing out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from django.http import HttpResponse
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST

from millgate.control.lookup import services
from millgate.control.lookup.asking import asked_by_pane, body_of
from millgate.control.lookup.sessions import LONGEST_BODY, HandleSent, SessionAsked
from millgate.control.lookup.signing_in import handing_count, person_of

if TYPE_CHECKING:
    from django.http import HttpRequest

    from millgate.control.lookup.sessions import Session


@require_POST
@asked_by_pane
@sensitive_post_parameters()
@sensitive_variables()
def begin(request: HttpRequest) -> HttpResponse:
    """Begin a session: in Demo Mode, or with what the person gave."""
    asked = body_of(request, SessionAsked, most=LONGEST_BODY)
    if asked.mode == "demo":
        handing_count()
        return _answer(services.demo_session_begin())
    person = person_of(request, asked)
    return _answer(
        services.session_begin(
            person=person, company_code=asked.company_code, key=asked.subscription_key.strip()
        )
    )


@require_POST
@asked_by_pane
def renew(request: HttpRequest) -> HttpResponse:
    """The next token of a session."""
    return _answer(services.session_renew(handle=body_of(request, HandleSent, most=LONGEST_BODY).refresh))


@require_POST
@asked_by_pane
def end(request: HttpRequest) -> HttpResponse:
    """Sign out."""
    services.session_end(handle=body_of(request, HandleSent, most=LONGEST_BODY).refresh)
    return HttpResponse(status=204)


def _answer(session: Session) -> HttpResponse:
    return HttpResponse(msgspec.json.encode(session), content_type="application/json")
