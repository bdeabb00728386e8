"""Notices: what machines found that somebody should look at."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from django.conf import settings
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from millgate.control.console.decisions import Act, ActedOnAdmin
from millgate.control.console.site import console
from millgate.control.usage.models import Notice
from millgate.control.usage.selectors import notices_unread
from millgate.control.usage.services import notice_mark_read

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

    ListFilter: TypeAlias = admin.SimpleListFilter
else:
    ListFilter = admin.SimpleListFilter


class UnreadFilter(ListFilter):
    """Unread notices, or all that were read."""

    title = _("state")
    parameter_name = "unread"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:  # noqa: ANN401
        """The choices."""
        del request, model_admin
        return [("1", _("Unread")), ("0", _("Read"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Notice]) -> QuerySet[Notice]:
        """The notices of the choice."""
        del request
        if self.value() is None:
            return queryset
        unread = notices_unread().values("pk")
        return queryset.filter(pk__in=unread) if self.value() == "1" else queryset.exclude(pk__in=unread)


def _read(_request: HttpRequest, notice: Notice) -> None:
    notice_mark_read(notice=notice, now=settings.CLOCK.now())


def _unread(notice: Notice) -> bool:
    return notice.read_at is None or notice.read_at < notice.last_seen


@admin.register(Notice, site=console)
class NoticeAdmin(ActedOnAdmin):
    """Notices, the last first."""

    change_list_template = "console/notifications.html"
    list_display = ("subject", "kind", "text", "count", "first", "last", "unread")
    list_filter = (UnreadFilter, "kind")
    search_fields = ("subject", "text")
    fields = ("subject", "kind", "text", "count", "first", "last", "unread")
    readonly_fields = fields
    acts = (
        Act(
            name="read",
            label=_("Mark as read"),
            done=_("marked as read, until it happens again."),
            run=_read,
            open_to=_unread,
        ),
    )

    @admin.display(description=_("first"), ordering="first_seen")
    def first(self, notice: Notice) -> datetime:
        """When it was first seen."""
        return datetime.fromtimestamp(notice.first_seen, UTC)

    @admin.display(description=_("last"), ordering="last_seen")
    def last(self, notice: Notice) -> datetime:
        """When it was last seen."""
        return datetime.fromtimestamp(notice.last_seen, UTC)

    @admin.display(description=_("unread"), boolean=True)
    def unread(self, notice: Notice) -> bool:
        """Whether nobody has read it since it last happened."""
        return _unread(notice)
