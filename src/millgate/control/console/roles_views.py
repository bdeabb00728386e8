"""Roles to give: the admins of a role, who need not be able to change people, give and take that role."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Exists, OuterRef, Q
from django.http import HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from millgate.control.accounts.cloud_access import people_found
from millgate.control.accounts.models import Person, Role, RoleAssignment
from millgate.control.accounts.standings import role_give, role_take, roles_giveable
from millgate.control.console.decisions import decide
from millgate.control.console.rights import may_give_roles
from millgate.control.console.site import console

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

PER_PAGE: Final = 25
LONGEST_SEARCH: Final = 100


def roles(request: HttpRequest) -> HttpResponse:
    """The roles that somebody may give, and how many have each."""
    if not may_give_roles(request.user):
        raise PermissionDenied
    members = Count("assignments", filter=Q(assignments__member=True))
    # The filter by the giver's own standing must not narrow what is counted.
    found = roles_giveable(_giver(request)).values("pk")
    listed = Role.objects.filter(pk__in=found).annotate(members=members)
    context = console.each_context(request) | {"title": _("Roles to Give"), "roles": listed}
    return render(request, "console/roles.html", context)


def role(request: HttpRequest, key: str) -> HttpResponse:
    """Who has a role, or who is found to be given it."""
    giver, found = _giver(request), _giveable(request, key)
    words = request.GET.get("q", "")[:LONGEST_SEARCH]
    has = RoleAssignment.objects.filter(person=OuterRef("pk"), role=found, member=True)
    people = people_found(words).annotate(has=Exists(has))
    if not words.strip():
        people = people.filter(has=True)
    context = console.each_context(request) | {
        "title": found.name,
        "role": found,
        "q": words,
        "people": Paginator(people, PER_PAGE).get_page(request.GET.get("p")),
        "giver": giver,
    }
    return render(request, "console/role.html", context)


def role_change(request: HttpRequest, key: str) -> HttpResponseBase:
    """Give the role to somebody, or take it from them."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    found = _giveable(request, key)
    number = request.POST.get("person", "")
    person = get_object_or_404(Person, pk=number if number.isdecimal() and len(number) < 18 else 0)  # noqa: PLR2004 - digits of a 64-bit number
    back = f"{reverse('console-role', args=(key,))}?{request.GET.urlencode()}"
    return decide(request, partial(_changed, request, found, person, back), back=back)


def _changed(request: HttpRequest, role: Role, person: Person, back: str) -> HttpResponse:
    named = {"person": person, "role": role}
    if "take" in request.POST:
        role_take(giver=_giver(request), role=role, person=person)
        messages.success(request, _("%(person)s does not have the role %(role)s any more.") % named)
    else:
        role_give(giver=_giver(request), role=role, person=person)
        messages.success(request, _("%(person)s has the role %(role)s.") % named)
    return HttpResponseRedirect(back)


def _giver(request: HttpRequest) -> Person:
    return cast("Person", request.user)


def _giveable(request: HttpRequest, key: str) -> Role:
    if not may_give_roles(request.user):
        raise PermissionDenied
    return get_object_or_404(roles_giveable(_giver(request)), key=key)
