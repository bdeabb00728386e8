"""APIs and adapters. What is saved here is a draft until it is published."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.db.models import Count
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from millgate.control.catalogue.models import Adapter, Api, Limit, Operation
from millgate.control.console.decisions import ConsoleAdmin, plain_choices
from millgate.control.console.forms import AdapterForm, ApiForm
from millgate.control.console.site import console

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

    # Only the type checker's Django can be told of which models an inline is.
    OperationStack: TypeAlias = admin.StackedInline[Operation, Api]
    LimitTable: TypeAlias = admin.TabularInline[Limit, Adapter]
else:
    OperationStack = admin.StackedInline
    LimitTable = admin.TabularInline


class DraftAdmin(ConsoleAdmin):
    """Rows of the catalogue: saving says that they wait to be published."""

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:  # noqa: ANN401
        """The key stays as it was given: subscriptions in force refer to it."""
        del request
        return ("key",) if obj else ()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: ANN401, FBT001
        """Save, and say what is left to do."""
        super().save_related(request, form, formsets, change)
        page = format_html('<a href="{}">{}</a>', reverse("console-publishing"), _("Publishing"))
        text = format_html(str(_("This is a draft now. It takes effect when you publish it: {}.")), page)
        messages.info(request, text)


class OperationInline(OperationStack):
    """The operations of an API."""

    model = Operation
    extra = 0
    fields = (("position", "key", "method"), "template", "name", "target", "summary", "parameters")
    formfield_overrides = {models.JSONField: {"widget": forms.Textarea(attrs={"rows": 6, "cols": 80})}}


@admin.register(Api, site=console)
class ApiAdmin(DraftAdmin):
    """APIs."""

    form = ApiForm
    list_display = ("name", "version", "key", "suffix", "operations_count", "kind", "upstream")
    list_filter = ("kind", "upstream", "subscription_required")
    search_fields = ("name", "key", "suffix", "description")
    inlines = (OperationInline,)
    fieldsets = (
        (None, {"fields": ("key", "name", "description", "kind")}),
        (_("Address"), {"fields": (("suffix", "version"), "tiers", "upstream")}),
        (_("Subscription key"), {"fields": ("subscription_required", ("key_header", "key_query"))}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """All APIs, with the number of their operations."""
        rows: QuerySet[Any] = super().get_queryset(request)
        counted: QuerySet[Any] = rows.annotate(many=Count("operations"))
        return counted

    @admin.display(description=_("operations"), ordering="many")
    def operations_count(self, api: Any) -> int:  # noqa: ANN401 - annotated
        """How many operations it has."""
        return int(api.many)


class LimitInline(LimitTable):
    """The limits of an adapter."""

    model = Limit
    extra = 1

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:  # noqa: ANN401
        """Choices without the buttons that open other pages."""
        return plain_choices(super().formfield_for_dbfield(db_field, request, **kwargs))


@admin.register(Adapter, site=console)
class AdapterAdmin(DraftAdmin):
    """Adapters."""

    form = AdapterForm
    list_display = ("name", "key", "subscription_required", "approval_required", "published")
    list_filter = ("published", "subscription_required", "approval_required")
    search_fields = ("name", "key", "description")
    inlines = (LimitInline,)
    fieldsets = (
        (None, {"fields": ("key", "name", "description", "published")}),
        (_("What it opens"), {"fields": ("apis", "tiers", "all_apis_on_test")}),
        (
            _("Subscriptions"),
            {"fields": ("subscription_required", "approval_required", "subscriptions_limit", "terms")},
        ),
    )
