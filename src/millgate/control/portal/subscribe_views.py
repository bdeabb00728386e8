"""Subscribing to an adapter."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from millgate.control.clients.models import SubscriptionState
from millgate.control.clients.requests import asking_of, subscription_request, terms_fingerprint
from millgate.control.portal import selectors, subscriptions
from millgate.control.portal.subscribe_forms import SubscribeForm
from millgate.control.publish.services import directory_change
from millgate.snapshot.build import SnapshotFaulty

if TYPE_CHECKING:
    from django.forms import Form
    from django.http import HttpRequest, HttpResponse

    from millgate.control.accounts.models import Person
    from millgate.control.catalogue.models import Adapter
    from millgate.control.clients.models import Subscription


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def subscribe(request: HttpRequest, key: str) -> HttpResponse:
    """Ask for a subscription to an adapter, having read what it opens, its limits and its terms."""
    person = cast("Person", request.user)
    page, found = selectors.adapter_shown(key), subscriptions.asking(person, key)
    if page is None or found is None:
        raise Http404
    adapter, asking = found
    terms = page.adapter.terms
    form = SubscribeForm(
        request.POST or None, fingerprint=terms_fingerprint(terms), initial={"name": asking.name}
    )
    if request.method == "POST" and form.is_valid():
        made = _asked(form, person, adapter, terms)
        if made is not None:
            messages.success(request, _words(made))
            return redirect("portal:subscription", made.pk)
        asking = asking_of(person, adapter)
    context = {"page": page, "asking": asking, "form": form, "person": person}
    return render(request, "portal/subscribe/subscribe.html", context)


def _asked(form: SubscribeForm, person: Person, adapter: Adapter, terms: str) -> Subscription | None:
    """The subscription; None where it was refused, with why on the form."""
    try:
        with directory_change(by=person.user_id):
            return subscription_request(
                owner=person,
                adapter=adapter,
                name=form.cleaned_data["name"],
                terms=terms,
                agreed=form.accepted,
            )
    except (ValidationError, SnapshotFaulty) as refused:
        refusal_tell(form, refused)
    return None


def refusal_tell(form: Form, refused: ValidationError | SnapshotFaulty) -> None:
    """Put on a form why what it asks for was refused."""
    if isinstance(refused, SnapshotFaulty):
        form.add_error(None, _("This cannot be done just now. Tell your administrator."))
    elif not hasattr(refused, "error_dict"):
        form.add_error(None, refused.messages)
    else:
        for name, why in refused.message_dict.items():
            form.add_error(name if name in form.fields else None, why)


def _words(made: Subscription) -> str:
    if made.state == SubscriptionState.SUBMITTED:
        return _("You asked for “%(name)s”. An administrator decides; a mail tells you.") % {
            "name": made.name
        }
    return _("“%(name)s” is active. Its keys work within a second.") % {"name": made.name}
