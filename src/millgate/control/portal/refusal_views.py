"""Why was I refused: the refused calls and token requests of one's own, and one of them by its id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from millgate.control.portal import subscriptions, why
from millgate.control.portal.own_refusals import MOST_OWNED
from millgate.control.portal.reference.causes import CHECKS

if TYPE_CHECKING:
    from django.core.paginator import Page
    from django.http import HttpRequest, HttpResponse

    from millgate.control.accounts.models import Person
    from millgate.control.usage.models import Refusal

PER_PAGE: Final = 25


class RefusalsForm(forms.Form):
    """Which refused calls are listed; what is left open means all."""

    subscription = forms.ChoiceField(label=_("Subscription"), required=False)
    check = forms.ChoiceField(label=_("Check"), required=False)
    request_id = forms.CharField(
        label=_("Request ID"),
        required=False,
        max_length=why.LONGEST_ID,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:  # noqa: ANN401 - as Django's own
        super().__init__(*args, **kwargs)
        rows = subscriptions.own_rows(person)[:MOST_OWNED]
        own = [(str(row.pk), row.name) for row in rows]
        checks = [(str(check.number), f"{check.number}. {check.name}") for check in CHECKS]
        self.fields["subscription"].choices = [("", _("All")), *own]  # type: ignore[attr-defined]
        self.fields["check"].choices = [  # type: ignore[attr-defined]
            ("", _("All")),
            *checks,
            (why.TOKENS, _("The token request")),
        ]


@never_cache
@login_required
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """The refused calls of the last days, and above them the refused token requests."""
    person = cast("Person", request.user)
    form = RefusalsForm(request.GET, person=person)
    wanted = form.cleaned_data if form.is_valid() else {}
    page = _page(person, wanted, request.GET.get("page", "")) if form.is_valid() else None
    context = {
        "person": person,
        "form": form,
        "page": page,
        "refusals": why.told(page, inside=person.has_perm(why.EVERYBODYS)) if page else [],
        "tokens": _tokens(person, wanted) if page is not None and page.number == 1 else [],
        "narrowed": any(wanted.values()),
        "days": why.SHOWN_DAYS,
    }
    return render(request, "portal/profile/refusals.html", context)


@never_cache
@login_required
@require_safe
def one(request: HttpRequest, request_id: str) -> HttpResponse:
    """Why one request was refused, for its owner and for administrators."""
    person = cast("Person", request.user)
    found = why.why(request_id, person)
    if found is None:
        raise Http404
    context = {"person": person, "why": found, "checks": CHECKS}
    return render(request, "portal/profile/why.html", context)


def _page(person: Person, wanted: dict[str, str], number: str) -> Page[Refusal]:
    check = wanted["check"]
    rows = why.refusals(
        person,
        subscription=wanted["subscription"],
        check=int(check) if check.isdecimal() else 0,
        request_id=wanted["request_id"].strip(),
    )
    return Paginator(rows.none() if check == why.TOKENS else rows, PER_PAGE).get_page(number)


def _tokens(person: Person, wanted: dict[str, str]) -> list[why.Why]:
    """Those that a filter leaves: a token is asked for without a subscription, and before any check."""
    if wanted["subscription"] or wanted["check"] not in {"", why.TOKENS}:
        return []
    return why.token_refusals_of(person, wanted["request_id"].strip())
