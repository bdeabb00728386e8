"""The User Manager: people, service accounts and administrators."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.admin import UserAdmin
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from millgate.control.accounts import services
from millgate.control.accounts.mails import address_given_tell, password_given_tell
from millgate.control.accounts.models import Person, PersonState, RoleAssignment
from millgate.control.accounts.second_factors import has_second_factor, second_factor_reset
from millgate.control.accounts.standings import person_standings_set
from millgate.control.accounts.tries import locked_until, person_unlock
from millgate.control.console.admin.people_filters import (
    CompanyFilter,
    KindFilter,
    LockedOutFilter,
    RoleFilter,
)
from millgate.control.console.decisions import Act, ConsoleAdmin, decide
from millgate.control.console.people_forms import (
    NO_ADDRESS,
    PersonAddForm,
    PersonForm,
    PersonPasswordForm,
    ServiceAccountAddForm,
)
from millgate.control.console.rights import may_change_person
from millgate.control.console.site import console

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet
    from django.http import HttpRequest, HttpResponse
    from django.utils.functional import Promise
    from django.utils.safestring import SafeString

    # Only the type checker's Django can be told of which models an admin is.
    PeopleAdmin: TypeAlias = UserAdmin[Person]
else:
    PeopleAdmin = UserAdmin

STATES: Final = {
    PersonState.PENDING: "warn",
    PersonState.ACTIVE: "good",
    PersonState.BLOCKED: "bad",
    PersonState.CLOSED: "",
    PersonState.REJECTED: "bad",
}
_SHUT_OUT: Final = frozenset({PersonState.PENDING, PersonState.BLOCKED, PersonState.REJECTED})
_MOST_ROLES: Final = 3
"""How many roles a row of the list names; the others are counted."""
_NEW_SERVICE_ACCOUNT: Final = "service-account"
_STANDING: Final = (
    "user_id",
    "state_told",
    "password_page",
    "cloud_access",
    "second_factor_state",
    "locked_out",
    "asked_company",
    "state_comment",
    "created_at",
    "confirmed_at",
    "terms_accepted_at",
    "last_sign_in",
)
_SIGNS_IN: Final = frozenset({"second_factor_state", "asked_company", "hats"})
"""What only a person has, and no service account."""
_RIGHTS: Final = ("is_staff", "is_superuser", "user_permissions")


def _activate(_request: HttpRequest, person: Person) -> None:
    services.person_activate(person=person)


def _block(_request: HttpRequest, person: Person) -> None:
    services.person_block(person=person)


def _close(_request: HttpRequest, person: Person) -> None:
    services.person_close(person=person)


def _approve(_request: HttpRequest, person: Person) -> None:
    services.account_approve(person=person)


def _reject(request: HttpRequest, person: Person) -> None:
    services.account_reject(person=person, reason=request.POST.get("comment", ""))


def _unlock(_request: HttpRequest, person: Person) -> None:
    person_unlock(person=person)


def _second_factor_reset(_request: HttpRequest, person: Person) -> None:
    second_factor_reset(person=person)


def _waits(person: Person) -> bool:
    """Whether somebody signed up, confirmed their address, and waits to be approved."""
    return person.state == PersonState.PENDING and person.confirmed_at is not None


def _wants_service_account(request: HttpRequest) -> bool:
    return request.GET.get("kind") == _NEW_SERVICE_ACCOUNT


@admin.register(Person, site=console)
class PersonAdmin(ConsoleAdmin, PeopleAdmin):
    """People and service accounts."""

    form = PersonForm
    add_form = PersonAddForm
    add_form_template = None
    change_list_template = "console/people.html"
    change_form_template = "console/person.html"
    list_display = (
        "full_name",
        "address",
        "company_told",
        "roles_told",
        "standing_told",
        "last_sign_in",
    )
    list_filter = ("state", KindFilter, CompanyFilter, RoleFilter, LockedOutFilter)
    list_select_related = ("company",)
    list_per_page = 50
    search_fields = ("email", "first_name", "last_name", "user_id", "company__name", "company__code")
    search_help_text = _("Part of a name, an e-mail, a user ID, or the name or code of a company.")
    ordering = ("last_name", "first_name", "email")
    filter_horizontal = ()
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("first_name", "last_name"),
                    ("email", "language"),
                    "user_id",
                    "state_told",
                    "password_page",
                )
            },
        ),
        (_("Employment"), {"fields": (("position", "department"),)}),
        (_("Cloud Access"), {"fields": ("cloud_access",)}),
        (_("Security Roles"), {"classes": ("roles-of",), "fields": ("security_roles",)}),
        (_("Hats"), {"fields": ("hats",)}),
        (_("Administration"), {"fields": ("is_staff", "is_superuser")}),
        (
            _("Rights of an administrator in part"),
            {"classes": ("collapse", "roles-of"), "fields": ("user_permissions",)},
        ),
        (_("Sign-in"), {"fields": ("second_factor_state", "locked_out", "last_sign_in")}),
        (_("Request for the account"), {"fields": ("asked_company", "state_comment")}),
        (_("Dates"), {"fields": ("created_at", "confirmed_at", "terms_accepted_at", "time_zone")}),
    )
    add_fieldsets = (
        (None, {"fields": (("first_name", "last_name"), "user_id", "email", "password")}),
        (_("Employment"), {"fields": (("position", "department"),)}),
        (_("Cloud Access"), {"fields": ("company",)}),
        (_("Security Roles"), {"classes": ("roles-of",), "fields": ("security_roles",)}),
    )
    add_service_fieldsets = (
        (None, {"fields": ("user_id", "first_name", "email", "department")}),
        (_("Cloud Access"), {"fields": ("company",)}),
        (_("Security Roles"), {"classes": ("roles-of",), "fields": ("security_roles",)}),
    )
    acts = (
        Act(
            name="approve",
            label=_("Approve"),
            done=_("approved, and told by mail."),
            run=_approve,
            open_to=_waits,
            listed=False,
        ),
        Act(
            name="reject",
            label=_("Reject"),
            done=_("rejected, and told why by mail."),
            run=_reject,
            open_to=_waits,
            asks=_("They cannot sign in. The reason is sent to them."),
            comment=True,
            listed=False,
        ),
        Act(
            name="activate",
            label=_("Let in"),
            done=_("may sign in again, and their keys work."),
            run=_activate,
            open_to=lambda person: person.state in _SHUT_OUT and not _waits(person),
        ),
        Act(
            name="block",
            label=_("Disable"),
            done=_("blocked: cannot sign in, and none of their keys works any more."),
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

    # What is shown

    def get_queryset(self, request: HttpRequest) -> QuerySet[Person]:
        """The list also reads the roles, at once."""
        found = super().get_queryset(request)
        listed = request.resolver_match and request.resolver_match.url_name == "accounts_person_changelist"
        return found.prefetch_related(_MEMBERSHIPS) if listed else found

    @admin.display(description=_("name"), ordering="last_name")
    def full_name(self, person: Person) -> str:
        """First and last name."""
        return person.get_full_name() or person.email

    @admin.display(description=_("e-mail, user ID"), ordering="email")
    def address(self, person: Person) -> SafeString | str:
        """The e-mail, if it is one that reaches somebody, and the user ID, if it is another."""
        if person.email == person.user_id:
            return person.email
        email = "" if person.email.endswith(f"@{NO_ADDRESS}") else person.email
        return format_html('{} <code class="below">{}</code>', email, person.user_id)

    @admin.display(description=_("company"), ordering="company__name")
    def company_told(self, person: Person) -> SafeString | str:
        """The Default Customer."""
        if person.company is None:
            return "—"
        return format_html('{} <span class="quiet">{}</span>', person.company.name, str(person.company.pcn))

    @admin.display(description=_("security roles"))
    def roles_told(self, person: Any) -> str:  # noqa: ANN401 - a person with their memberships
        """The first of the roles of which they are a member."""
        names = [row.role.name for row in person.memberships]
        more = len(names) - _MOST_ROLES
        told = ", ".join(names[:_MOST_ROLES]) or "—"
        return _now("%(names)s and %(more)s more") % {"names": told, "more": more} if more > 0 else told

    @admin.display(description=_("state"), ordering="state")
    def state_told(self, person: Person) -> SafeString:
        """Whether they may do anything."""
        tone = STATES.get(PersonState(person.state), "")
        return format_html('<span class="state {}">{}</span>', tone, person.get_state_display())

    @admin.display(description=_("state"), ordering="state")
    def standing_told(self, person: Person) -> SafeString:
        """Whether they may do anything; service accounts and administrators are marked."""
        kinds = [
            (person.is_service_account, _("Service account"), "note"),
            (person.is_superuser, _("Full administrator"), ""),
            (person.is_staff and not person.is_superuser, _("Administrator"), ""),
        ]
        marks = [(word, tone) for wanted, word, tone in kinds if wanted]
        told = format_html_join(" ", '<span class="state {1}">{0}</span>', marks)
        return format_html("{} {}", self.state_told(person), told)

    @admin.display(description=_("last sign-in"), ordering="last_login")
    def last_sign_in(self, person: Person) -> SafeString | str:
        """When they last signed in."""
        if person.last_login is None:
            return "—" if person.is_service_account else _now("never")
        moment = f"{person.last_login:%Y-%m-%d %H:%M}"
        return format_html('<time datetime="{}">{} UTC</time>', person.last_login.isoformat(), moment)

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
        return _now("On") if has_second_factor(person) else _now("Off")

    @admin.display(description=_("locked out"))
    def locked_out(self, person: Person) -> str:
        """Until when, after too many tries."""
        until = locked_until(person)
        return f"{until:%Y-%m-%d %H:%M} UTC" if until else _now("No")

    @admin.display(description=_("acts in"))
    def cloud_access(self, person: Person) -> SafeString:
        """The Default Customer, how many further companies, and the way to the page that sets them."""
        further = person.companies.count()
        told = str(person.company) if person.company else _now("no company yet")
        if further:
            told = _now("%(company)s and %(n)s further") % {"company": told, "n": further}
        address = reverse("console-cloud-access-of", args=(person.pk,))
        return format_html('{} · <a href="{}">{}</a>', told, address, _("Cloud Access"))

    @admin.display(description=_("Security Roles"))
    def security_roles(self, person: Person) -> str:
        """The roles, for who may look and not change."""
        rows = RoleAssignment.objects.filter(person=person).select_related("role")
        return ", ".join(row.role.name for row in rows) or "—"

    @admin.display(description=_("hats"))
    def hats(self, person: Person) -> str:
        """What they are to the installation, for who may look and not change."""
        return ", ".join(str(hat) for hat in person.hats.all()) or "—"

    # What may be changed

    def get_form(
        self,
        request: HttpRequest,
        obj: Any = None,  # noqa: ANN401 - as Django's own
        change: bool = False,  # noqa: FBT001, FBT002 - as Django's own
        **kwargs: Any,  # noqa: ANN401 - as Django's own
    ) -> Any:  # noqa: ANN401 - as Django's own
        """The form; a service account has one of its own."""
        if obj is None and _wants_service_account(request):
            kwargs["form"] = ServiceAccountAddForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:  # noqa: ANN401 - as Django's own
        """Who makes no administrators sees nothing to make one with."""
        if obj is None and _wants_service_account(request):
            return self.add_service_fieldsets
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None:
            return fieldsets
        hidden = set() if request.user.is_superuser else set(_RIGHTS)
        hidden |= {*_RIGHTS, *_SIGNS_IN} if obj.is_service_account else set()
        hidden |= set() if obj.asked_company or obj.state_comment else {"asked_company"}
        kept = [part for part in fieldsets if not set(part[1]["fields"]) & hidden]
        return kept if self.has_change_permission(request, obj) else [_looked_at(part) for part in kept]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:  # noqa: ANN401
        """The user ID stays as it was given."""
        del request
        if obj is None:
            return ()
        return _STANDING

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody changes an administrator who may do more: to set a password is to sign in as somebody."""
        if isinstance(obj, Person) and not may_change_person(request.user, obj):
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
            address_given_tell(obj, form.initial["email"])
        else:
            services.person_register(person=obj, password=form.cleaned_data.get("password"))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: ANN401, FBT001
        """The roles, too."""
        super().save_related(request, form, formsets, change)
        if "security_roles" in form.cleaned_data:
            standings = form.cleaned_data["security_roles"]
            person_standings_set(person=form.instance, standings=standings)
        if "hats" in form.cleaned_data:
            services.person_hats_set(person=form.instance, hats=form.cleaned_data["hats"])

    # Pages

    @sensitive_variables()
    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> Any:  # noqa: A002, ANN401 - as Django's own
        """Gives somebody a new password."""
        del form_url
        person = self.get_object(request, unquote(id))
        if not self.has_change_permission(request, person):
            raise PermissionDenied
        if person is None or person.is_service_account or person.state == PersonState.CLOSED:
            raise Http404
        form = PersonPasswordForm(request.POST or None, person=person)
        if request.method == "POST" and form.is_valid():
            return decide(request, partial(self._password_set, request, person, form), back=request.path)
        context = console.each_context(request) | {
            "title": _("Set a password"),
            "person": person,
            "form": form,
        }
        return TemplateResponse(request, "console/person_password.html", context)

    def _password_set(self, request: HttpRequest, person: Person, form: PersonPasswordForm) -> HttpResponse:
        services.person_password_set(person=person, password=form.cleaned_data["password1"])
        password_given_tell(person)
        if person.pk == request.user.pk:
            update_session_auth_hash(request, person)
        told = _now("%(person)s has a new password, and is signed out everywhere.")
        messages.success(request, told % {"person": person})
        return HttpResponseRedirect(self.page_of(person))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:  # noqa: ANN401 - as Django's own
        """The list, under its own name."""
        return super().changelist_view(request, (extra_context or {}) | {"title": _("User Manager")})

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - as Django's own
        """The page of somebody, named after them."""
        return super().changeform_view(
            request, object_id, form_url, (extra_context or {}) | _titles(request, object_id)
        )


def _looked_at(part: Any) -> Any:  # noqa: ANN401 - as Django's own
    """A part of the page without the ways to what the reader may not change."""
    name, options = part
    told = {"cloud_access": "company_told"}
    fields = (told.get(field, field) for field in options["fields"] if field != "password_page")
    return name, options | {"fields": tuple(fields)}


_MEMBERSHIPS: Final = Prefetch(
    "assignments",
    queryset=RoleAssignment.objects.filter(member=True).select_related("role").order_by("role__name"),
    to_attr="memberships",
)


def _titles(request: HttpRequest, object_id: str | None) -> dict[str, str | Promise]:
    if object_id is not None:
        return {"title": _("User Manager")}
    if _wants_service_account(request):
        return {"title": _("Add a service account")}
    return {"title": _("Add a person")}
