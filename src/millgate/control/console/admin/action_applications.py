"""Applications of the action API, and their sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from django.conf import settings
from django.contrib import admin
from django.db.models import Q
from django.utils.html import format_html
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from millgate.control.actions.applications import (
    application_set,
    application_token_revoke,
    application_token_rotate,
)
from millgate.control.actions.models import (
    Application,
    Session,
)
from millgate.control.actions.sessions import expired, expires_at, remembered, session_end
from millgate.control.console.action_forms import ROLES, ActionApplicationForm
from millgate.control.console.decisions import Act, ActedOnAdmin, ConsoleAdmin
from millgate.control.console.showing import shown_once
from millgate.control.console.site import console

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import Model, QuerySet
    from django.http import HttpRequest, HttpResponse
    from django.utils.safestring import SafeString

    # Only the type checker's Django can be told of what a filter is.
    ListFilter: TypeAlias = admin.SimpleListFilter
else:
    ListFilter = admin.SimpleListFilter


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
