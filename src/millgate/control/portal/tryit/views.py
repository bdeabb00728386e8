"""What the panel's scripts ask for: a key of one's own, and why a call was refused."""

from __future__ import annotations

import math
from http import HTTPStatus
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from millgate.control.clients.services import subscription_keys_reveal
from millgate.control.portal import why as reasons
from millgate.control.portal.tryit.choices import subscription_of
from millgate.control.portal.tryit.recognising import recognised
from millgate.stores.sealing import SealBroken

if TYPE_CHECKING:
    from django.http import HttpRequest

    from millgate.control.accounts.models import Person
    from millgate.control.clients.models import Subscription
    from millgate.control.portal.why import Why


@never_cache
@require_POST
def key(request: HttpRequest) -> JsonResponse:
    """One key of one of the person's own active subscriptions; the audit log has who saw it."""
    person = _person(request)
    if person is None:
        return _signed_out()
    found = _subscription(person, request.POST.get("subscription", ""))
    if found is None:
        return _problem(
            HTTPStatus.NOT_FOUND, _("You have no such subscription any more. Load the page again.")
        )
    try:
        keys = subscription_keys_reveal(subscription=found)
    except ValidationError as refused:
        return _problem(HTTPStatus.CONFLICT, " ".join(refused.messages))
    except SealBroken:
        return _problem(
            HTTPStatus.CONFLICT,
            _("This key was sealed under another master key. Regenerate it in your profile."),
        )
    shown = keys.secondary if request.POST.get("which") == "secondary" else keys.primary
    return JsonResponse({"key": shown.reveal()})


@never_cache
@require_POST
def why(request: HttpRequest) -> JsonResponse:
    """Why an answer that the person got is a refusal, by its record or, until there is one, by its text.

    `found` says which of them it is: `record`, `meaning`, or empty for neither.
    """
    person = _person(request)
    if person is None:
        return _signed_out()
    record = reasons.why(request.POST.get("request_id", ""), person)
    status = request.POST.get("status", "")
    code = (
        "" if record else recognised(int(status) if status.isdecimal() else 0, request.POST.get("body", ""))
    )
    if record is None and not code:
        return JsonResponse({"found": "", "html": ""})
    context = {
        "why": record,
        "meaning": record.meaning if record else reasons.explained(code),
        "wait": _wait(record),
    }
    html = render_to_string("portal/tryit/_why.html", context, request)
    return JsonResponse({"found": "record" if record else "meaning", "html": html})


def _person(request: HttpRequest) -> Person | None:
    return request.user if request.user.is_authenticated else None


def _subscription(person: Person, text: str) -> Subscription | None:
    try:
        return subscription_of(person, UUID(text))
    except ValueError:
        return None


def _wait(record: Why | None) -> int:
    """The seconds until a limit lets the next call pass; 0 where none holds it back."""
    if record is None or record.allowed_at is None:
        return 0
    return max(0, math.ceil(record.allowed_at.timestamp() - settings.CLOCK.now()))


def _signed_out() -> JsonResponse:
    return _problem(HTTPStatus.UNAUTHORIZED, _("You are signed out. Sign in, and load the page again."))


def _problem(status: HTTPStatus, words: str) -> JsonResponse:
    return JsonResponse({"problem": words}, status=status)
