"""Calls of the action API that somebody should look into."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from millgate.control.actions.models import (
    Notification,
)
from millgate.control.actions.notifications import notification_resolve, notification_see
from millgate.control.console.decisions import Act, ActedOnAdmin
from millgate.control.console.site import console
from millgate.control.mail.models import Mail
from millgate.control.mail.services import mail_resend

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse
    from django.utils.safestring import SafeString

    # Only the type checker's Django can be told of what a filter is.
    ListFilter: TypeAlias = admin.SimpleListFilter
else:
    ListFilter = admin.SimpleListFilter


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
