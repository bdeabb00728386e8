"""Filters of the User Manager: by kind of account and by company, however many companies there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from millgate.control.accounts.models import Company
from millgate.control.accounts.selectors import accounts_waiting
from millgate.control.accounts.standings import roles_given
from millgate.control.accounts.tries import people_locked_out

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

    from millgate.control.accounts.models import Person

    # Only the type checker's Django can be told of what a filter is.
    ListFilter: TypeAlias = admin.SimpleListFilter
else:
    ListFilter = admin.SimpleListFilter

MOST_COMPANIES: Final = 25
"""Up to how many companies are offered; where there are more, the search finds people by company."""
_PCN_DIGITS: Final = 10


class KindFilter(ListFilter):
    """People, service accounts, administrators."""

    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ANN401
        """The choices."""
        del request, model_admin
        return [
            ("person", _("People")),
            ("service-account", _("Service accounts")),
            ("administrator", _("Administrators")),
            ("waiting", _("Waiting for approval")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Person]) -> QuerySet[Person]:
        """The accounts of the choice."""
        del request
        match self.value():
            case "person":
                return queryset.filter(is_service_account=False)
            case "service-account":
                return queryset.filter(is_service_account=True)
            case "administrator":
                return queryset.filter(is_staff=True, is_service_account=False)
            case "waiting":
                return queryset.filter(pk__in=accounts_waiting().order_by().values("pk"))
        return queryset


class RoleFilter(ListFilter):
    """The members of a role."""

    title = _("security role")
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ANN401
        """The roles that are given to people."""
        del request, model_admin
        return list(roles_given().values_list("key", "name"))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Person]) -> QuerySet[Person]:
        """Those who have what the role opens."""
        del request
        role = self.value()
        return queryset.filter(assignments__role__key=role, assignments__member=True) if role else queryset


class LockedOutFilter(ListFilter):
    """Who has tried to sign in too often."""

    title = _("locked out")
    parameter_name = "locked"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ANN401
        """The one choice."""
        del request, model_admin
        return [("1", _("Yes"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Person]) -> QuerySet[Person]:
        """Those who are."""
        del request
        return queryset.filter(pk__in=people_locked_out()) if self.value() == "1" else queryset


class CompanyFilter(ListFilter):
    """By Default Customer."""

    title = _("company")
    parameter_name = "pcn"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ANN401
        """The companies while they are few, or else the chosen one."""
        del model_admin
        few = list(Company.objects.order_by("name", "pcn")[: MOST_COMPANIES + 1])
        if len(few) > MOST_COMPANIES:
            chosen = request.GET.get(self.parameter_name, "")
            few = list(Company.objects.filter(pcn=chosen)) if _is_pcn(chosen) else []
        return [(str(company.pcn), str(company)) for company in few]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Person]) -> QuerySet[Person]:
        """The people of the chosen company."""
        del request
        chosen = self.value()
        return queryset.filter(company__pcn=chosen) if chosen and _is_pcn(chosen) else queryset


def _is_pcn(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= _PCN_DIGITS
