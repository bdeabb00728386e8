"""What the panel's scripts ask for besides keys: why a call was refused."""

from __future__ import annotations

import math
from http import HTTPStatus
from typing import TYPE_CHECKING

from django import forms
from django.conf import settings
from django.http import JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from millgate.control.portal import why as reasons
from millgate.control.portal.tryit.recognising import LONGEST_TEXT, recognised

if TYPE_CHECKING:
    from django.http import HttpRequest

    from millgate.control.accounts.models import Person
    from millgate.control.portal.why import Why


class AnswerForm(forms.Form):
    """An answer that the person got, as far as the page knows it."""

    request_id = forms.CharField(max_length=reasons.LONGEST_ID, required=False)
    status = forms.IntegerField(min_value=0, max_value=999)
    body = forms.CharField(max_length=LONGEST_TEXT, required=False, strip=False)


@never_cache
@require_POST
def why(request: HttpRequest) -> JsonResponse:
    """Why an answer that the person got is a refusal, by its record or, until there is one, by its text.

    `found` says which of them it is: `record`, `meaning`, or empty for neither.
    """
    person = _person(request)
    if person is None:
        problem = _("You are signed out. Sign in, and load the page again.")
        return JsonResponse({"why": problem}, status=HTTPStatus.UNAUTHORIZED)
    asked = AnswerForm(request.POST)
    if not asked.is_valid():
        return JsonResponse({"found": "", "html": ""})
    record = reasons.why(asked.cleaned_data["request_id"], person)
    code = "" if record else recognised(asked.cleaned_data["status"], asked.cleaned_data["body"])
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


def _wait(record: Why | None) -> int:
    """The seconds until a limit lets the next call pass; 0 where none holds it back."""
    if record is None or record.allowed_at is None:
        return 0
    return max(0, math.ceil(record.allowed_at.timestamp() - settings.CLOCK.now()))
