"""The pages on which people look after their own subscriptions and their keys.

A key is in no page, address or log: it is the answer to a POST, which nothing stores.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from millgate.control.clients import services
from millgate.control.clients.models import Subscription
from millgate.control.clients.requests import subscription_rename
from millgate.control.portal import subscriptions
from millgate.control.portal.subscribe_forms import ConfirmForm, NameForm
from millgate.control.portal.subscribe_views import refusal_tell
from millgate.control.publish.services import directory_change
from millgate.snapshot.build import SnapshotFaulty
from millgate.stores.sealing import SealBroken

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from django.forms import Form
    from django.http import HttpRequest, HttpResponse

    from millgate.control.accounts.models import Person
    from millgate.control.clients.services import Which

KEYS: Final = {"primary": gettext_lazy("Primary key"), "secondary": gettext_lazy("Secondary key")}


@never_cache
@login_required
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """All of one's own."""
    person = _person(request)
    page = subscriptions.own_page(person, request.GET.get("page", ""))
    context = {"person": person, "page": page, "items": subscriptions.shown(list(page))}
    return render(request, "portal/profile/subscriptions.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def one(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One of them; a POST gives it another name."""
    row = _own(request, pk)
    form = NameForm(request.POST or None, initial={"name": row.name})
    if request.method == "POST" and form.is_valid():
        if _tried(form, row, lambda: subscription_rename(subscription=row, name=form.cleaned_data["name"])):
            messages.success(request, _("It is called “%(name)s” now.") % {"name": row.name})
            return redirect("portal:subscription", row.pk)
        row.refresh_from_db()
    context = {"person": _person(request), "item": subscriptions.shown([row])[0], "form": form}
    return render(request, "portal/profile/subscription.html", context)


@never_cache
@login_required
@require_POST
def key(request: HttpRequest, pk: UUID, which: Which) -> HttpResponse:
    """One key of an active subscription: as JSON for the page's script, else on a page, once."""
    row = _own(request, pk)
    try:
        found = getattr(services.subscription_keys_reveal(subscription=row), which)
    except ValidationError as refused:
        return _unshown(request, row, refused.messages[0])
    except SealBroken:
        return _unshown(request, row, _("The key cannot be read: the installation's master key has changed."))
    if request.accepts("text/html"):
        context = {"row": row, "key": found, "name": KEYS[which]}
        return render(request, "portal/profile/key.html", context)
    return JsonResponse({"key": found.reveal()})


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def regenerate(request: HttpRequest, pk: UUID, which: Which) -> HttpResponse:
    """Replace one key, when asked twice."""
    row, form = _own(request, pk), ConfirmForm({})
    if request.method == "POST" and _tried(
        form, row, lambda: services.subscription_key_regenerate(subscription=row, which=which)
    ):
        words = _("%(key)s of “%(name)s” is new. It works within a second; the other key was not touched.")
        messages.success(request, words % {"key": KEYS[which], "name": row.name})
        return redirect("portal:subscription", row.pk)
    context = {"row": row, "which": which, "name": KEYS[which], "form": form}
    return render(request, "portal/profile/regenerate.html", context)


@never_cache
@login_required
@require_http_methods(["GET", "POST"])
def cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    """End one of them for good, when asked twice."""
    row, form = _own(request, pk), ConfirmForm({})
    if request.method == "POST" and _tried(form, row, lambda: services.subscription_cancel(subscription=row)):
        messages.success(request, _("“%(name)s” is cancelled.") % {"name": row.name})
        return redirect("portal:subscriptions")
    return render(request, "portal/profile/cancel.html", {"row": row, "form": form})


def _tried(form: Form, row: Subscription, change: Callable[[], None]) -> bool:
    """Whether a change of a row could be made as it stands now; why not is on the form."""
    try:
        with directory_change(by=row.owner.user_id):
            row.refresh_from_db(from_queryset=Subscription.objects.select_for_update())
            change()
    except (ValidationError, SnapshotFaulty) as refused:
        refusal_tell(form, refused)
        return False
    return True


def _unshown(request: HttpRequest, row: Subscription, why: str) -> HttpResponse:
    if request.accepts("text/html"):
        messages.error(request, why)
        return redirect("portal:subscription", row.pk)
    return JsonResponse({"why": why}, status=HTTPStatus.CONFLICT)


def _person(request: HttpRequest) -> Person:
    return cast("Person", request.user)


def _own(request: HttpRequest, pk: UUID) -> Subscription:
    """One's own; there is none of anybody else.

    Raises:
        Http404: it is another's, or nobody's.
    """
    row = subscriptions.own_row(_person(request), pk)
    if row is None:
        raise Http404
    return row
