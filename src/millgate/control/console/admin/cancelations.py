"""Cancelations, and the lists that their reasons are chosen from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from millgate.control.actions.cancelation_models import CancelableType, Cancelation, ListItem
from millgate.control.actions.list_items import list_item_change
from millgate.control.actions.pipeline.calls import Refused
from millgate.control.console.action_forms import ListItemForm
from millgate.control.console.decisions import Act, ConsoleAdmin, ReadOnlyAdmin
from millgate.control.console.site import console

if TYPE_CHECKING:
    from django.db.models import Model
    from django.http import HttpRequest
    from django.utils.safestring import SafeString

_READ: Final = {CancelableType.JOB: "get-dc-job", CancelableType.JOB_OPERATION: "list-dc-job-operations"}
"""By what was cancelled in the plant: the operation of Job Tracking that reads it."""


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
