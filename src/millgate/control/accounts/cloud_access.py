"""Cloud Access: in which companies a person or a service account acts, and people found to be given it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _

from millgate.control.accounts.models import Company, Person, PersonState
from millgate.control.audit.collecting import recorded

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.db.models import QuerySet


@recorded()
def cloud_access_set(*, person: Person, company: Company | None, companies: Collection[Company]) -> None:
    """Set a person's Default Customer and further companies.

    The Default Customer is where the person begins; it counts once, even if it is named among the others.

    Raises:
        ValidationError: the account is closed, or there are further companies and no default.
    """
    if person.state == PersonState.CLOSED:
        raise ValidationError(_("%(person)s is closed and stays so."), params={"person": str(person)})
    if company is None and companies:
        raise ValidationError(_("Choose which of the companies is the Default Customer."))
    person.company = company
    person.save(update_fields=["company"])
    person.companies.set([other for other in companies if other != company])


def people_found(words: str) -> QuerySet[Person]:
    """The people and service accounts with every word in a name, e-mail, user ID or default company."""
    found = Person.objects.exclude(state=PersonState.CLOSED).select_related("company")
    for word in words.split():
        found = found.filter(
            Q(first_name__icontains=word)
            | Q(last_name__icontains=word)
            | Q(email__icontains=word)
            | Q(user_id__icontains=word)
            | Q(company__name__icontains=word)
            | Q(company__code__icontains=word)
        )
    return found.order_by("last_name", "first_name", "email")


def companies_found(words: str) -> QuerySet[Company]:
    """The companies with every word in their name or code, or at the beginning of their PCN."""
    found = Company.objects.order_by("name", "pcn")
    for word in words.split():
        found = found.filter(Q(name__icontains=word) | Q(code__icontains=word) | Q(pcn__startswith=word))
    return found
