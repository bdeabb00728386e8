"""Cloud Access: in which companies somebody acts. Found by a search, set on one page, scripts or none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from millgate.control.accounts.cloud_access import cloud_access_set, companies_found, people_found
from millgate.control.accounts.models import Company, Person, PersonState
from millgate.control.clients.selectors import applications_left
from millgate.control.console.decisions import REFUSALS, reasons
from millgate.control.console.rights import may_change_person, may_set_access
from millgate.control.console.seen import SEEN, refuse_if_changed, seen_mark
from millgate.control.console.site import console
from millgate.control.publish.services import directory_change

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest, HttpResponse, QueryDict

PER_PAGE: Final = 25
MOST_FOUND: Final = 20
"""How many companies a search shows at once."""
MOST_CHOSEN: Final = 500
"""In how many companies somebody may act: as many as one form may name."""
LONGEST_SEARCH: Final = 100


@dataclass(frozen=True, slots=True)
class Choice:
    """The companies that a page has checked.

    Attributes:
        default: the number of the row of the Default Customer, or None.
        further: those of the further companies.
    """

    default: int | None
    further: frozenset[int]

    @property
    def all(self) -> frozenset[int]:
        """All of them."""
        return self.further if self.default is None else self.further | {self.default}


def cloud_access(request: HttpRequest) -> HttpResponse:
    """Search a person or a service account."""
    if not may_set_access(request.user):
        raise PermissionDenied
    words = request.GET.get("q", "")[:LONGEST_SEARCH]
    people = people_found(words).annotate(further=Count("companies"))
    page = Paginator(people, PER_PAGE).get_page(request.GET.get("p")) if words.strip() else None
    context = console.each_context(request) | {"title": _("Cloud Access"), "q": words, "people": page}
    return render(request, "console/cloud_access.html", context)


def cloud_access_of(request: HttpRequest, number: int) -> HttpResponse:
    """The companies of one; a POST searches more of them, or saves what is checked."""
    person = get_object_or_404(Person, pk=number)
    _may_change(request, person)
    if request.method != "POST":
        return _page(request, person, _standing(person), seen_mark(person))
    choice = _typed(request.POST)
    if "save" not in request.POST:
        return _page(request, person, choice, request.POST.get(SEEN, ""))
    return _saved(request, person, choice)


def _may_change(request: HttpRequest, person: Person) -> None:
    """As in the User Manager: nobody changes an administrator who may do more."""
    if not (may_set_access(request.user) and may_change_person(request.user, person)):
        raise PermissionDenied


def _saved(request: HttpRequest, person: Person, choice: Choice) -> HttpResponse:
    try:
        with directory_change(by=request.user.get_username()):
            refuse_if_changed(person, request.POST.get(SEEN, ""))
            _set(person, choice)
    except REFUSALS as refused:
        for why in reasons(refused):
            messages.error(request, why)
        person.refresh_from_db()
        return _page(request, person, choice, seen_mark(person))
    messages.success(request, _("The Cloud Access of %(person)s is saved.") % {"person": person})
    return HttpResponseRedirect(reverse("console-cloud-access-of", args=(person.pk,)))


def _set(person: Person, choice: Choice) -> None:
    companies = {company.pk: company for company in Company.objects.filter(pk__in=choice.all)}
    left = applications_left(person, companies)
    if left:
        named = "; ".join(f"{item} ({item.company})" for item in left)
        raise ValidationError(
            _("Applications act as this account there. Change them first: %(named)s.") % {"named": named}
        )
    default = companies.get(choice.default) if choice.default is not None else None
    further = [companies[pk] for pk in sorted(choice.further) if pk in companies]
    cloud_access_set(person=person, company=default, companies=further)


def _standing(person: Person) -> Choice:
    return Choice(person.company_id, frozenset(person.companies.values_list("pk", flat=True)))


def _typed(data: QueryDict) -> Choice:
    default = _numbers([data.get("default", "")])
    return Choice(next(iter(default), None), _numbers(data.getlist("further")[:MOST_CHOSEN]))


def _numbers(texts: Iterable[str]) -> frozenset[int]:
    return frozenset(int(text) for text in texts if text.isascii() and text.isdecimal() and len(text) < 18)  # noqa: PLR2004 - digits of a 64-bit number


def _page(request: HttpRequest, person: Person, choice: Choice, seen: str) -> HttpResponse:
    words = request.POST.get("q", "")[:LONGEST_SEARCH]
    chosen = list(Company.objects.filter(pk__in=choice.all).order_by("name", "pcn"))
    found = companies_found(words).exclude(pk__in=choice.all)[: MOST_FOUND + 1] if words.strip() else []
    others = list(found)
    context: dict[str, Any] = console.each_context(request) | {
        "title": _("Cloud Access"),
        "person": person,
        "closed": person.state == PersonState.CLOSED,
        "choice": choice,
        "chosen": sorted(chosen, key=lambda company: company.pk != choice.default),
        "found": others[:MOST_FOUND],
        "more": len(others) > MOST_FOUND,
        "searched": bool(words.strip()),
        "q": words,
        "seen": seen,
    }
    return render(request, "console/cloud_access_of.html", context)
