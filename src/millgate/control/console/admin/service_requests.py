"""Service Requests (USR): a company asks for a developer account, and an administrator answers."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from millgate.control.accounts import service_requests as services
from millgate.control.accounts.models import Person, ServiceRequest, ServiceRequestState
from millgate.control.console.decisions import Act, ConsoleAdmin, decide
from millgate.control.console.service_request_forms import AccountForm, LinkForm, ServiceRequestAddForm
from millgate.control.console.site import console

if TYPE_CHECKING:
    from django import forms
    from django.db.models import Model
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase
    from django.urls import URLPattern
    from django.utils.safestring import SafeString

STATES: Final = {
    ServiceRequestState.RECEIVED: "warn",
    ServiceRequestState.IN_PROGRESS: "note",
    ServiceRequestState.DONE: "good",
    ServiceRequestState.DECLINED: "bad",
}


def _take(request: HttpRequest, row: ServiceRequest) -> None:
    services.service_request_take(request=row, by=cast("Person", request.user))


def _decline(request: HttpRequest, row: ServiceRequest) -> None:
    reason = request.POST.get("comment", "")
    services.service_request_decline(request=row, by=cast("Person", request.user), reason=reason)


@admin.register(ServiceRequest, site=console)
class ServiceRequestAdmin(ConsoleAdmin):
    """Service requests, the newest first."""

    form = ServiceRequestAddForm
    change_list_template = "console/service_requests.html"
    change_form_template = "console/service_request.html"
    list_display = (
        "number",
        "company",
        "requester_name",
        "state_told",
        "created_at",
        "handled_by",
        "account",
    )
    list_filter = ("state",)
    list_select_related = ("company", "handled_by", "account")
    list_per_page = 50
    search_fields = ("requester_name", "requester_email", "company__name", "company__code", "wanted_user_id")
    search_help_text = _("Part of the requester's name or e-mail, of a company, or of the wanted user ID.")
    _asked = ("company", "requester_name", "requester_email", "requester_phone", "purpose", "wanted_user_id")
    acts = (
        Act(
            name="take",
            label=_("Take"),
            done=_("in progress, and yours."),
            run=_take,
            open_to=lambda row: row.state == ServiceRequestState.RECEIVED,
        ),
        Act(
            name="decline",
            label=_("Decline"),
            done=_("declined. The requester is told by mail."),
            run=_decline,
            open_to=lambda row: row.open,
            asks=_(
                "A declined request stays so; the company can ask again. The reason is sent to the requester."
            ),
            comment=True,
            listed=False,
        ),
    )

    # What is shown

    @admin.display(description=_("number"), ordering="pk")
    def number(self, row: ServiceRequest) -> str:
        """As people call it."""
        return str(row)

    @admin.display(description=_("state"), ordering="state")
    def state_told(self, row: ServiceRequest) -> SafeString:
        """How far it has come."""
        tone = STATES.get(ServiceRequestState(row.state), "")
        return format_html('<span class="state {}">{}</span>', tone, row.get_state_display())

    @admin.display(description=_("further companies wanted"))
    def wanted(self, row: ServiceRequest) -> str:
        """By name and PCN."""
        return ", ".join(str(company) for company in row.wanted_companies.all()) or "—"

    @admin.display(description=_("developer account"))
    def account_page(self, row: ServiceRequest) -> SafeString | str:
        """The way to the account that came of it."""
        return _person_page(row.account)

    @admin.display(description=_("service account"))
    def service_account_page(self, row: ServiceRequest) -> SafeString | str:
        """The way to the service account that came of it."""
        return _person_page(row.service_account)

    @admin.display(description=_("developer account"))
    def account_told(self, row: ServiceRequest) -> str:
        """The account that came of it."""
        return str(row.account)

    @admin.display(description=_("service account"))
    def service_account_told(self, row: ServiceRequest) -> str:
        """The service account that came of it."""
        return str(row.service_account or "—")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:  # noqa: ANN401 - as Django's own
        """What was asked for, and what became of it."""
        if obj is None:
            return [(None, {"fields": (*self._asked, "wanted_companies")})]
        became = ["state_told", "handled_by", "created_at", "taken_at", "closed_at"]
        became += ["reason"] if obj.reason else []
        linked = request.user.has_perm("accounts.view_person")
        pages = (
            ["account_page", "service_account_page"] if linked else ["account_told", "service_account_told"]
        )
        became += pages if obj.account_id else []
        asked = (*self._asked, "wanted", *(("requested_by",) if obj.requested_by_id else ()))
        return [(_("What became of it"), {"fields": became}), (_("The request"), {"fields": asked})]

    def get_form(
        self,
        request: HttpRequest,
        obj: Any = None,  # noqa: ANN401 - as Django's own
        change: bool = False,  # noqa: FBT001, FBT002 - as Django's own
        **kwargs: Any,  # noqa: ANN401 - as Django's own
    ) -> Any:  # noqa: ANN401 - as Django's own
        """What stands needs no help with filling it in."""
        if obj is not None:
            kwargs["help_texts"] = dict.fromkeys(self._asked, "")
        return super().get_form(request, obj, change, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:  # noqa: ANN401
        """A request stays as it was made."""
        if obj is None:
            return ()
        return tuple(name for _title, part in self.get_fieldsets(request, obj) for name in part["fields"])

    # Pages

    def get_urls(self) -> list[URLPattern]:
        """Also those that answer a request by an account."""
        view = self.admin_site.admin_view
        name = "accounts_servicerequest"
        return [
            path("<int:number>/account/", view(self.account_view), name=f"{name}_account"),
            path("<int:number>/link/", view(self.link_view), name=f"{name}_link"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:  # noqa: ANN401 - as Django's own
        """The list, under its own name."""
        return super().changelist_view(request, (extra_context or {}) | {"title": _("Service Requests")})

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - as Django's own
        """The page of a request, on which there is nothing to save; or the form of a new one."""
        title = _("Add a service request") if object_id is None else _("Service Request")
        context: dict[str, Any] = (extra_context or {}) | {"title": title}
        if object_id is not None:
            context |= dict.fromkeys(
                ("show_save", "show_save_and_continue", "show_save_and_add_another"), False
            )
            row = self.get_object(request, object_id)
            context["may_answer"] = bool(row and row.open and self.has_change_permission(request, row))
        return super().changeform_view(request, object_id, form_url, context)

    def account_view(self, request: HttpRequest, number: int) -> HttpResponseBase:
        """Asks for the particulars of the account, and produces it."""
        row = self._answerable(request, number)
        form = AccountForm(request.POST or None, initial=_particulars(row))
        if request.method == "POST" and form.is_valid():
            back = reverse("admin:accounts_servicerequest_account", args=(row.pk,))
            return decide(request, partial(self._produced, request, row, form), back=back)
        return self._answer_page(request, row, form, LinkForm())

    def link_view(self, request: HttpRequest, number: int) -> HttpResponseBase:
        """Links an account that is there already."""
        row = self._answerable(request, number)
        form = LinkForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            return decide(request, partial(self._linked, request, row, form), back=self.page_of(row))
        return self._answer_page(request, row, AccountForm(initial=_particulars(row)), form)

    def _produced(self, request: HttpRequest, row: ServiceRequest, form: forms.Form) -> HttpResponse:
        cleaned = form.cleaned_data | {
            "roles": [role.key for role in form.cleaned_data["roles"]],
            "password": form.cleaned_data["password"] or None,
        }
        account = services.service_request_produce(request=row, by=cast("Person", request.user), **cleaned)
        return self._done(request, row, account)

    def _linked(self, request: HttpRequest, row: ServiceRequest, form: forms.Form) -> HttpResponse:
        account = form.cleaned_data["person"]
        services.service_request_link(request=row, by=cast("Person", request.user), account=account)
        return self._done(request, row, account)

    def _done(self, request: HttpRequest, row: ServiceRequest, account: Person) -> HttpResponse:
        done = _now("%(request)s is done: its account is %(account)s. The requester is told by mail.")
        messages.success(request, done % {"request": row, "account": account})
        return HttpResponseRedirect(self.page_of(row))

    def _answer_page(
        self, request: HttpRequest, row: ServiceRequest, form: AccountForm, link_form: LinkForm
    ) -> HttpResponse:
        context = console.each_context(request) | {
            "title": _("Produce the account"),
            "row": row,
            "form": form,
            "link_form": link_form,
        }
        return TemplateResponse(request, "console/service_request_account.html", context)

    def _answerable(self, request: HttpRequest, number: int) -> ServiceRequest:
        """A request, for who may answer it and add people; what is decided has no such page."""
        row = ServiceRequest.objects.select_related("company").filter(pk=number).first()
        if row is None:
            raise Http404
        if not (self.has_change_permission(request, row) and may_add_people(request)):
            raise PermissionDenied
        if not row.open:
            raise Http404
        return row

    # Rights

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """What a company asked for stays on record."""
        del request, obj
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: ANN401, FBT001
        """A new request is written down by the service, which tells by mail."""
        del request
        if not change:
            made = services.service_request_create(**form.cleaned_data)
            obj.pk = made.pk
            obj.refresh_from_db()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: ANN401, FBT001
        """Nothing: the service has saved the companies."""


def may_add_people(request: HttpRequest) -> bool:
    """Whether somebody may make accounts."""
    return request.user.has_perm("accounts.add_person") and request.user.has_perm("accounts.change_person")


def _particulars(row: ServiceRequest) -> dict[str, Any]:
    """What the request says of the account."""
    first, _space, last = row.requester_name.strip().partition(" ")
    return {
        "first_name": first[:100],
        "last_name": last[:100],
        "email": row.requester_email,
        "user_id": row.wanted_user_id,
        "companies": list(row.wanted_companies.all()),
    }


def _person_page(person: Person | None) -> SafeString | str:
    if person is None:
        return "—"
    address = reverse("admin:accounts_person_change", args=(person.pk,))
    return format_html('<a href="{}">{}</a> <code>{}</code>', address, person, person.user_id)
