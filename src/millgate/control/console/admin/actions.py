"""The action API: its registry, applications, sessions, lists, cancelations, and trouble with calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from millgate.control.actions.applications import (
    application_set,
    application_token_revoke,
    application_token_rotate,
)
from millgate.control.actions.cancelation_models import CancelableType, Cancelation, ListItem
from millgate.control.actions.deployment import route_state_set, service_state_set
from millgate.control.actions.list_items import list_item_change
from millgate.control.actions.models import (
    Application,
    DeployState,
    Notification,
    RouteRecord,
    ServiceRecord,
    Session,
)
from millgate.control.actions.notifications import notification_resolve, notification_see
from millgate.control.actions.pipeline.calls import Refused
from millgate.control.actions.registry.table import ROUTES, SERVICES_BY_SLUG
from millgate.control.actions.sessions import expired, expires_at, remembered, session_end
from millgate.control.console.action_forms import ROLES, ActionApplicationForm, ListItemForm
from millgate.control.console.decisions import Act, ConsoleAdmin, ReadOnlyAdmin
from millgate.control.console.showing import shown_once
from millgate.control.console.site import console
from millgate.control.mail.models import Mail
from millgate.control.mail.services import mail_resend

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import Model, QuerySet
    from django.http import HttpRequest, HttpResponse
    from django.utils.safestring import SafeString

    # Only the type checker's Django can be told of what a filter is.
    ListFilter: TypeAlias = admin.SimpleListFilter
else:
    ListFilter = admin.SimpleListFilter

_NO_BUTTONS = {"show_save": False, "show_save_and_continue": False, "show_save_and_add_another": False}
_READ: Final = {CancelableType.JOB: "get-dc-job", CancelableType.JOB_OPERATION: "list-dc-job-operations"}
"""By what was cancelled in the plant: the operation of Job Tracking that reads it."""
_TONES = {DeployState.PLANNED: "note", DeployState.DEPLOYED: "good", DeployState.RETIRED: "bad"}


class ActedOnAdmin(ConsoleAdmin):
    """Rows that are never edited: what can be done to them are acts."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:  # noqa: ANN401 - as Django's own
        """The page of a row, on which there is nothing to save."""
        return super().changeform_view(request, object_id, form_url, (extra_context or {}) | _NO_BUTTONS)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """They come about by themselves."""
        del request
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """They go by themselves, if at all."""
        del request, obj
        return False


# The registry


class DeployedAdmin(ActedOnAdmin):
    """What services and routes share."""

    @admin.display(description=_("state"), ordering="state")
    def state_shown(self, record: Any) -> SafeString:  # noqa: ANN401 - of either model
        """How far it has come."""
        tone = _TONES[DeployState(record.state)]
        return format_html('<span class="state {}">{}</span>', tone, record.get_state_display())


def _not(state: DeployState) -> Any:  # noqa: ANN401 - a test of a row
    return lambda record: record.state != state


@admin.register(ServiceRecord, site=console)
class ServiceRecordAdmin(DeployedAdmin):
    """Services: what is deployed and retired as one."""

    list_display = ("name", "state_shown", "routes_told", "version", "owner", "deployed_at")
    list_filter = ("state",)
    search_fields = ("slug", "owner")
    fields = ("name", "slug", "description", "state_shown", "routes_told", "version", "owner", "deployed_at")
    readonly_fields = fields
    acts = (
        Act(
            name="deploy",
            label=_("Deploy"),
            done=_("deployed: its routes answer from now on."),
            run=lambda _request, row: service_state_set(row, DeployState.DEPLOYED),
            open_to=_not(DeployState.DEPLOYED),
            asks=_("All deployed routes of the service answer from the next call on."),
        ),
        Act(
            name="retire",
            label=_("Retire"),
            done=_("retired: its routes answer no more."),
            run=lambda _request, row: service_state_set(row, DeployState.RETIRED),
            open_to=_not(DeployState.RETIRED),
            asks=_("From the next call on, programs that call its routes get service-not-found."),
        ),
    )

    @admin.display(description=_("service"), ordering="slug")
    def name(self, record: ServiceRecord) -> str:
        """As its documentation has it."""
        service = SERVICES_BY_SLUG.get(record.slug)
        return service.name if service else record.slug

    @admin.display(description=_("description"))
    def description(self, record: ServiceRecord) -> str:
        """What it does."""
        service = SERVICES_BY_SLUG.get(record.slug)
        return service.description if service else _now("This release has no such service.")

    @admin.display(description=_("routes"))
    def routes_told(self, record: ServiceRecord) -> int:
        """How many there are."""
        return sum(route.service == record.slug for route in ROUTES.values())


@admin.register(RouteRecord, site=console)
class RouteRecordAdmin(DeployedAdmin):
    """Routes, in the registry's order of paths."""

    list_display = ("path", "verb", "state_shown", "answers", "service", "documentation", "deployed_at")
    list_filter = ("state", "service")
    list_select_related = ("service",)
    list_per_page = 200
    search_fields = ("path", "service__slug")
    fields = (
        *("path", "title", "verb", "purpose", "state_shown", "answers", "service", "deployed_at"),
        *("callers", "documentation"),
    )
    readonly_fields = fields
    acts = (
        Act(
            name="deploy",
            label=_("Deploy"),
            done=_("deployed: it answers from now on."),
            run=lambda _request, row: route_state_set(row, DeployState.DEPLOYED),
            open_to=_not(DeployState.DEPLOYED),
            asks=_("It answers from the next call on, if its service is deployed, and is documented."),
        ),
        Act(
            name="retire",
            label=_("Retire"),
            done=_("retired: it answers no more."),
            run=lambda _request, row: route_state_set(row, DeployState.RETIRED),
            open_to=_not(DeployState.RETIRED),
            asks=_("From the next call on, programs that call it get route-not-found."),
        ),
    )

    @admin.display(description=_("verb"))
    def verb(self, record: RouteRecord) -> str:
        """All verbs that are taken, the documented one first."""
        route = ROUTES.get(record.path)
        return ", ".join(verb.value for verb in route.verbs) if route else ""

    @admin.display(description=_("title"))
    def title(self, record: RouteRecord) -> str:
        """That of its documentation."""
        route = ROUTES.get(record.path)
        return route.title if route else _now("This release has no such route.")

    @admin.display(description=_("purpose"))
    def purpose(self, record: RouteRecord) -> str:
        """What it does."""
        route = ROUTES.get(record.path)
        return route.purpose if route else ""

    @admin.display(description=_("callers"))
    def callers(self, record: RouteRecord) -> str:
        """As what somebody may call it."""
        route = ROUTES.get(record.path)
        if route is None or route.anonymous:
            return _now("anybody") if route else ""
        return ", ".join(role.value for role in route.roles) + (f" · {route.right}" if route.right else "")

    @admin.display(description=_("answers"), boolean=True)
    def answers(self, record: RouteRecord) -> bool:
        """Whether calls reach it: it and its service are deployed."""
        return record.path in ROUTES and {record.state, record.service.state} == {DeployState.DEPLOYED}

    @admin.display(description=_("documentation"))
    def documentation(self, record: RouteRecord) -> SafeString | str:
        """The page that developers read."""
        route = ROUTES.get(record.path)
        if route is None:
            return ""
        address = reverse("documentation:action", args=(route.collection, route.action))
        return format_html('<a href="{}">{}</a>', address, _now("Read"))


# Applications and sessions


def _token_rotate(request: HttpRequest, application: Application) -> HttpResponse:
    return shown_once(
        request,
        application,
        _now("New token"),
        {_now("Token"): application_token_rotate(application)},
        _now(
            "Copy the token now. It is not kept, and no page can show it again. The one before works no more."
        ),
    )


def _token_revoke(_request: HttpRequest, application: Application) -> None:
    application_token_revoke(application)


@admin.register(Application, site=console)
class ActionApplicationAdmin(ConsoleAdmin):
    """Applications that calls are made in."""

    form = ActionApplicationForm
    list_display = ("name", "slug", "roles_told", "active", "token_made_at")
    list_filter = ("active",)
    search_fields = ("slug", "name")
    readonly_fields = ("slug", "token_made_at")
    fieldsets = (
        (None, {"fields": ("slug", "name", "active", "token_made_at")}),
        (_("Order of roles"), {"fields": (("first_role", "second_role", "third_role"),)}),
    )
    acts = (
        Act(
            name="token-rotate",
            label=_("New token"),
            done="",
            run=_token_rotate,
            asks=_("The token that it has now works no more. The new one is shown once."),
            listed=False,
        ),
        Act(
            name="token-revoke",
            label=_("Take the token away"),
            done=_("it has no token any more."),
            run=_token_revoke,
            open_to=lambda row: row.token_digest is not None,
            asks=_("Programs that call with it are refused from the next call on."),
            listed=False,
        ),
    )

    @admin.display(description=_("order of roles"))
    def roles_told(self, application: Application) -> str:
        """As what somebody acts in it."""
        names = {role.value: str(label) for role, label in ROLES.items()}
        return ", ".join(names.get(role, role) for role in application.roles)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: ANN401, FBT001
        """Through the service, which looks at the roles."""
        del request, change
        application_set(obj, name=obj.name, roles=form.roles, active=obj.active)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Which there are is in the registry."""
        del request
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """As above; one that is not wanted is made inactive."""
        del request, obj
        return False


class LiveFilter(ListFilter):
    """Sessions that were ended, or not."""

    title = _("state")
    parameter_name = "live"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ANN401
        """The choices."""
        del request, model_admin
        return [("1", _("Not ended")), ("0", _("Ended or expired"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Session]) -> QuerySet[Session]:
        """The sessions of the choice."""
        del request
        over = Q(destroyed_at__isnull=False) | Q(expired_at__isnull=False)
        if self.value() is None:
            return queryset
        return queryset.exclude(over) if self.value() == "1" else queryset.filter(over)


@admin.register(Session, site=console)
class SessionAdmin(ActedOnAdmin):
    """Sessions of the action API, the newest first."""

    list_display = ("person", "application", "role", "created_at", "last_used_at", "state_shown", "address")
    list_filter = (LiveFilter, "application", "role")
    list_select_related = ("person__action_preference", "application")
    search_fields = ("person__email", "person__user_id", "address")
    show_full_result_count = False
    fields = (*list_display, "expires_shown", "user_agent")
    readonly_fields = fields
    acts = (
        Act(
            name="end",
            label=_("End"),
            done=_("ended: its token works no more."),
            run=lambda _request, row: session_end(row),
            open_to=lambda row: row.destroyed_at is None,
            asks=_("The program that has its token has to sign in again."),
        ),
    )

    @admin.display(description=_("state"))
    def state_shown(self, session: Session) -> SafeString:
        """Whether its token works."""
        tone, word = "good", _now("live")
        if session.destroyed_at is not None:
            tone, word = "note", _now("ended")
        elif expired(session, settings.CLOCK.utc(), remember_me=remembered(session.person)):
            tone, word = "note", _now("expired")
        return format_html('<span class="state {}">{}</span>', tone, word)

    @admin.display(description=_("expires"))
    def expires_shown(self, session: Session) -> datetime | str:
        """When it ends by itself."""
        return expires_at(session, remember_me=remembered(session.person)) or _now("never: it is remembered")


# Cancelations and the lists behind them


@admin.register(ListItem, site=console)
class ListItemAdmin(ConsoleAdmin):
    """Items of lists, by collection."""

    form = ListItemForm
    list_display = ("name", "slug", "key", "default", "active", "external_id")
    list_filter = ("key", "active", "default")
    search_fields = ("key", "slug", "name", "description", "external_id")
    fieldsets = (
        (None, {"fields": (("key", "slug"), "name", "active")}),
        (_("More of it"), {"fields": ("value", "description", "notes", ("external_id", "item_type"))}),
    )
    acts = (
        Act(
            name="default",
            label=_("Make it the default"),
            done=_("it is the default of its collection."),
            run=lambda _request, row: _default_make(row),
            open_to=lambda row: row.active and not row.default,
            listed=False,
        ),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:  # noqa: ANN401
        """Records refer to collection and slug as they were given."""
        del request
        return ("key", "slug") if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Records refer to it; one that is not wanted is made inactive."""
        del request, obj
        return False


def _default_make(item: ListItem) -> None:
    try:
        list_item_change(item.pk, {"default": True})
    except Refused as refused:
        raise ValidationError(str(refused)) from refused


@admin.register(Cancelation, site=console)
class CancelationAdmin(ReadOnlyAdmin):
    """Cancelations: made and reinstated by the action API, and only looked at here."""

    list_display = (
        *("cancelable_id", "cancelable_type", "active", "reason_text", "canceled_at", "canceled_by"),
        *("canceled_in", "reinstated_at"),
    )
    list_filter = ("active", "cancelable_type", "canceled_in", "tier")
    date_hierarchy = "canceled_at"
    search_fields = (
        "cancelable_id",
        "reason_slug",
        "reason_text",
        "reason_note",
        "canceled_by",
        "reinstated_by",
    )
    show_full_result_count = False
    fields = (
        *("cancelable_type", "cancelable_id", "thing", "company", "tier", "key", "active", "stage"),
        *("reason_slug", "reason_text", "reason_note", "canceled_at", "canceled_by", "canceled_in"),
        *("reinstated_at", "reinstated_by", "reinstated_note", "reference"),
    )

    @admin.display(description=_("where it is looked at"))
    def thing(self, cancelation: Cancelation) -> SafeString | str:
        """The way to what was cancelled: a subscription, or the operation that reads it in the plant."""
        kind, number = CancelableType(cancelation.cancelable_type), cancelation.cancelable_id
        if kind is CancelableType.ADAPTER_SUBSCRIPTION:
            address, name = reverse("admin:clients_subscription_change", args=(number,)), number
        elif kind in _READ:
            address, name = reverse("portal:operation", args=("job-tracking", _READ[kind])), _READ[kind]
        else:
            return "-"
        return format_html('<a href="{}">{}</a>', address, name)


# Trouble with calls


class ResolvedFilter(ListFilter):
    """Notifications that are resolved, or not."""

    title = _("state")
    parameter_name = "resolved"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ANN401
        """The choices."""
        del request, model_admin
        return [("0", _("Open")), ("1", _("Resolved"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Notification]) -> QuerySet[Notification]:
        """The notifications of the choice."""
        del request
        return queryset if self.value() is None else queryset.filter(resolved_at__isnull=self.value() == "0")


def _open(notification: Notification) -> bool:
    return notification.resolved_at is None


def _resolve(request: HttpRequest, notification: Notification) -> None:
    notification_resolve(notification, by=request.user.get_username())


def _mail_of(notification: Notification) -> Mail | None:
    number = notification.mail_id
    return None if number is None else Mail.objects.filter(pk=number).first()


def _resend(request: HttpRequest, notification: Notification) -> None:
    if not request.user.has_perm("mail.change_mail"):
        raise ValidationError(_now("You may not send mail again."))
    mail = _mail_of(notification)
    if mail is None:
        raise ValidationError(_now("Its mail is not kept any more."))
    mail_resend(mail=mail)
    notification_see(notification)


@admin.register(Notification, site=console)
class ActionNotificationAdmin(ActedOnAdmin):
    """Trouble with actions, the last first."""

    change_list_template = "console/notifications.html"
    list_display = ("kind", "route", "recipient", "reason", "count", "last_seen", "state_shown")
    list_filter = (ResolvedFilter, "kind", "severity", "route")
    search_fields = ("kind", "route", "request_id", "record_id", "reason")
    fields = (
        *("kind", "severity", "state_shown", "route", "request_id", "record_type", "record_id", "recipient"),
        *("provider", "reason", "count", "first_seen", "last_seen", "seen_at", "resolved_at", "resolved_by"),
        "mail",
    )
    readonly_fields = fields
    acts = (
        Act(
            name="resend",
            label=_("Send the mail again"),
            done=_("its mail waits to be sent, and is tried at once."),
            run=_resend,
            open_to=lambda row: row.mail_id is not None and _open(row),
        ),
        Act(
            name="resolve",
            label=_("Resolve"),
            done=_("resolved; the same trouble afterwards is a new one."),
            run=_resolve,
            open_to=_open,
        ),
    )

    @admin.display(description=_("state"))
    def state_shown(self, notification: Notification) -> SafeString:
        """Whether somebody has dealt with it."""
        tone, word = ("good", _now("resolved")) if not _open(notification) else ("bad", _now("open"))
        return format_html('<span class="state {}">{}</span>', tone, word)

    @admin.display(description=_("mail"))
    def mail(self, notification: Notification) -> SafeString | str:
        """The mail that did not leave."""
        if notification.mail_id is None or _mail_of(notification) is None:
            return "-"
        address = reverse("admin:mail_mail_change", args=(notification.mail_id,))
        return format_html('<a href="{}">{}</a>', address, notification.mail_id)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        *args: Any,  # noqa: ANN401 - as Django's own
        **kwargs: Any,  # noqa: ANN401 - as Django's own
    ) -> HttpResponse:
        """The page; whoever may resolve a notification has seen it then."""
        found = kwargs.get("obj")
        if found is not None and self.has_change_permission(request, found):
            notification_see(found)
        return super().render_change_form(request, context, *args, **kwargs)
