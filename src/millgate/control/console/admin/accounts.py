"""User Manager: companies, people, roles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from millgate.control.accounts import services
from millgate.control.accounts.models import (
    EVERYONE,
    Company,
    Hat,
    Person,
    PersonState,
    Role,
    RoleAssignment,
    RoleGrant,
)
from millgate.control.accounts.second_factors import has_second_factor, second_factor_reset
from millgate.control.accounts.tries import locked_until, people_locked_out, person_unlock
from millgate.control.console.decisions import Act, ConsoleAdmin, plain_choices
from millgate.control.console.forms import PersonAddForm, PersonForm
from millgate.control.console.site import console

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet
    from django.http import HttpRequest

    # Only the type checker's Django can be told of which models an inline is.
    GrantTable: TypeAlias = admin.TabularInline[RoleGrant, Role]
    HatTable: TypeAlias = admin.TabularInline[Hat, Person]
    AssignmentTable: TypeAlias = admin.TabularInline[RoleAssignment, Person]
    PeopleAdmin: TypeAlias = UserAdmin[Person]
else:
    PeopleAdmin = UserAdmin
    GrantTable = HatTable = AssignmentTable = admin.TabularInline


@admin.register(Company, site=console)
class CompanyAdmin(ConsoleAdmin):
    """Companies (PCN)."""

    list_display = ("pcn", "name", "code", "time_zone", "active")
    list_display_links = ("pcn", "name")
    list_filter = ("active",)
    search_fields = ("pcn", "name", "code")
    fields = ("pcn", "code", "name", "time_zone", "active", "tenant_id")
    readonly_fields = ("tenant_id",)


class GrantInline(GrantTable):
    """What the role opens."""

    model = RoleGrant
    extra = 1


@admin.register(Role, site=console)
class RoleAdmin(ConsoleAdmin):
    """Security roles."""

    list_display = ("name", "key", "description")
    search_fields = ("name", "key")
    inlines = (GrantInline,)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:  # noqa: ANN401
        """The key stays as it was given."""
        del request
        return ("key",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """The role that every account has implicitly stays."""
        if isinstance(obj, Role) and obj.key == EVERYONE:
            return False
        return super().has_delete_permission(request, obj)


class AssignmentInline(AssignmentTable):
    """The person's security roles."""

    model = RoleAssignment
    extra = 1

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:  # noqa: ANN401
        """Choices without the buttons that open other pages."""
        return plain_choices(super().formfield_for_dbfield(db_field, request, **kwargs))


class HatInline(HatTable):
    """What the person is to the installation."""

    model = Hat
    extra = 1


class LockedOutFilter(admin.SimpleListFilter):
    """Who has tried to sign in too often."""

    title = _("locked out")
    parameter_name = "locked"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ANN401 - as Django's own
        """The one choice."""
        del request, model_admin
        return [("1", _("Yes"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Person]) -> QuerySet[Person]:
        """Those who are."""
        del request
        return queryset.filter(pk__in=people_locked_out()) if self.value() == "1" else queryset


def _unlock(_request: HttpRequest, person: Person) -> None:
    person_unlock(person=person)


def _second_factor_reset(_request: HttpRequest, person: Person) -> None:
    second_factor_reset(person=person)


_SHUT_OUT: Final = frozenset({PersonState.PENDING, PersonState.BLOCKED, PersonState.REJECTED})


_STANDING: Final = (
    "user_id",
    "state",
    "password_page",
    "second_factor_state",
    "locked_out",
    "asked_company",
    "state_comment",
    "created_at",
    "confirmed_at",
    "terms_accepted_at",
    "last_login",
)


def _activate(_request: HttpRequest, person: Person) -> None:
    services.person_activate(person=person)


def _block(_request: HttpRequest, person: Person) -> None:
    services.person_block(person=person)


def _close(_request: HttpRequest, person: Person) -> None:
    services.person_close(person=person)


def _covers(changer: Any, administrator: Person) -> bool:  # noqa: ANN401 - Django's request has several kinds of users
    """Whether somebody may do all that an administrator may, or is that administrator."""
    if changer.is_superuser or changer == administrator:
        return True
    mine, theirs = changer.get_all_permissions(), administrator.get_all_permissions()
    return not administrator.is_superuser and theirs <= mine


@admin.register(Person, site=console)
class PersonAdmin(ConsoleAdmin, PeopleAdmin):
    """People and service accounts."""

    form = PersonForm
    add_form = PersonAddForm
    add_form_template = None
    list_display = ("email", "full_name", "user_id", "company", "state", "is_staff", "is_service_account")
    list_filter = ("state", LockedOutFilter, "is_staff", "is_service_account", "company", "roles")
    list_select_related = ("company",)
    search_fields = ("email", "first_name", "last_name", "user_id")
    ordering = ("last_name", "first_name", "email")
    filter_horizontal = ("user_permissions",)
    inlines = (AssignmentInline, HatInline)
    fieldsets = (
        (None, {"fields": (("first_name", "last_name"), "email", "user_id", "state", "password_page")}),
        (_("Employment"), {"fields": (("position", "department"),)}),
        (_("Cloud Access"), {"fields": ("company", "companies")}),
        (_("Administration"), {"fields": ("is_staff", "is_superuser")}),
        (
            _("Rights of an administrator in part"),
            {"classes": ("collapse",), "fields": ("user_permissions",)},
        ),
        (_("Sign-in"), {"fields": ("second_factor_state", "locked_out")}),
        (_("Request for the account"), {"fields": ("asked_company", "state_comment")}),
        (
            _("Dates"),
            {"fields": ("created_at", "confirmed_at", "terms_accepted_at", "last_login", "time_zone")},
        ),
    )
    add_fieldsets = (
        (None, {"fields": (("first_name", "last_name"), "email", "user_id", "password")}),
        (_("Employment"), {"fields": (("position", "department"),)}),
        (_("Cloud Access"), {"fields": ("company", "companies")}),
        (_("Kind of account"), {"fields": ("is_service_account", "is_staff", "is_superuser")}),
    )
    acts = (
        Act(
            name="activate",
            label=_("Activate"),
            done=_("active again."),
            run=_activate,
            open_to=lambda person: person.state in _SHUT_OUT,
        ),
        Act(
            name="block",
            label=_("Block"),
            done=_("blocked. None of their keys works any more."),
            run=_block,
            open_to=lambda person: person.state in {PersonState.PENDING, PersonState.ACTIVE},
        ),
        Act(
            name="unlock",
            label=_("Unlock sign-in"),
            done=_("may try to sign in again."),
            run=_unlock,
            open_to=lambda person: locked_until(person) is not None,
        ),
        Act(
            name="reset-second-factor",
            label=_("Reset second factor"),
            done=_("signs in without a second factor now, and is told so by mail."),
            run=_second_factor_reset,
            open_to=has_second_factor,
            asks=_("Be sure that it is really they who ask: afterwards the password alone signs them in."),
            listed=False,
        ),
        Act(
            name="close",
            label=_("Close account"),
            done=_("closed."),
            run=_close,
            open_to=lambda person: person.state != PersonState.CLOSED,
            asks=_("A closed account cannot be opened again. Its keys stop working at once."),
            listed=False,
        ),
    )

    @admin.display(description=_("name"), ordering="last_name")
    def full_name(self, person: Person) -> str:
        """First and last name."""
        return person.get_full_name() or "—"

    @admin.display(description=_("password"))
    def password_page(self, person: Person) -> str:
        """The way to the page that sets a password."""
        if person.is_service_account:
            return str(_("A service account has none."))
        address = reverse("admin:auth_user_password_change", args=(person.pk,))
        return format_html('<a href="{}">{}</a>', address, _("Set a new password"))

    @admin.display(description=_("second factor"))
    def second_factor_state(self, person: Person) -> str:
        """Whether they sign in with a code, too."""
        return str(_("On")) if has_second_factor(person) else str(_("Off"))

    @admin.display(description=_("locked out"))
    def locked_out(self, person: Person) -> str:
        """Until when, after too many tries."""
        until = locked_until(person)
        return f"{until:%Y-%m-%d %H:%M} UTC" if until else str(_("No"))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:  # noqa: ANN401 - as Django's own
        """Without the way to a new password for whoever may only look."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        (name, first), *rest = fieldsets
        kept = tuple(field for field in first["fields"] if field != "password_page")
        return ((name, first | {"fields": kept}), *rest)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:  # noqa: ANN401
        """The user ID stays as it was given, and only a full administrator makes administrators."""
        standing = _STANDING if obj else ()
        rights = ("is_staff", "is_superuser", "user_permissions")
        return standing if request.user.is_superuser else (*standing, *rights)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody changes an administrator who may do more: to set a password is to sign in as somebody."""
        if isinstance(obj, Person) and obj.is_staff and not _covers(request.user, obj):
            return False
        return super().has_change_permission(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whoever adds somebody goes on to their page, so both rights are needed."""
        return super().has_add_permission(request) and super().has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Records name people, so accounts are closed instead."""
        del request, obj
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: ANN401, FBT001
        """Somebody new is registered with their password; a change is saved as typed."""
        if change:
            super().save_model(request, obj, form, change)
        else:
            services.person_register(person=obj, password=form.cleaned_data["password"])
