"""The pages on which people see what they allowed programs, and take it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from millgate.control.accounts.models import Person
from millgate.control.authorize import selectors, services
from millgate.stores.ports import StoreUnreachable

if TYPE_CHECKING:
    import uuid

    from django.http import HttpRequest, HttpResponse

    from millgate.control.authorize.selectors import Allowed


@login_required
@never_cache
@require_safe
def programs(request: HttpRequest) -> HttpResponse:
    """All programs that a person allowed something."""
    return render(
        request, "authorize/programs.html", {"programs": selectors.programs_allowed(_person(request))}
    )


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: HttpRequest, client_id: uuid.UUID) -> HttpResponse:
    """Ask whether to take back what one program may do; and take it back."""
    person = _person(request)
    allowed = selectors.program_allowed(person, str(client_id))
    if allowed is None:
        raise Http404
    if request.method == "POST":
        _take_back(request, person, allowed)
        return redirect("authorize:programs")
    return render(request, "authorize/revoke.html", {"allowed": allowed})


def _take_back(request: HttpRequest, person: Person, allowed: Allowed) -> None:
    name = {"name": allowed.application.display_name}
    try:
        services.program_revoke(person=person, application=allowed.application)
    except StoreUnreachable:
        text = _("%(name)s may still act as you: what it was given could not be reached. Try again.") % name
        messages.error(request, text)
    else:
        messages.success(request, _("%(name)s may no longer act as you.") % name)


def _person(request: HttpRequest) -> Person:
    if not isinstance(request.user, Person):
        raise Http404
    return request.user
