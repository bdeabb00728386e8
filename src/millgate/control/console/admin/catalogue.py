"""APIs and adapters. What is saved here is a draft until it is published."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from django.contrib import admin
from django.db.models import Count
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from millgate.control.catalogue.models import Adapter, Api, Limit, Operation
from millgate.control.catalogue.selectors import api_document
from millgate.control.console.admin import revisions
from millgate.control.console.admin.drafts import DraftAdmin
from millgate.control.console.admin.importing import ImportPages
from millgate.control.console.catalogue_forms import AdapterForm, ApiForm, OperationForm
from millgate.control.console.decisions import plain_choices
from millgate.control.console.fields import can_be_typed
from millgate.control.console.limit_forms import LimitForm
from millgate.control.console.rights import has_any, seeing
from millgate.control.console.site import console

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

    # Only the type checker's Django can be told of which models an inline is.
    OperationStack: TypeAlias = admin.StackedInline[Operation, Api]
    LimitStack: TypeAlias = admin.StackedInline[Limit, Adapter]
else:
    OperationStack = admin.StackedInline
    LimitStack = admin.StackedInline

OPERATIONS_TOGETHER: Final = 40
"""How many operations are edited on the page of their API; more, or larger ones, have pages of their own.
Django takes a thousand fields from one form."""

_OPERATION: Final[Any] = (
    (None, {"fields": (("position", "key", "method"), "template", "name", "target", "summary")}),
    (_("Description"), {"classes": ("collapse",), "fields": ("description", "tags", "deprecated")}),
    (
        _("Parameters, body and answers"),
        {"classes": ("collapse",), "fields": ("parameters", "body", "answers")},
    ),
)


class OperationInline(OperationStack):
    """The operations of an API."""

    model = Operation
    form = OperationForm
    extra = 0
    fieldsets = _OPERATION


_DOCUMENTS: Final = ("parameters", "description", "tags", "body", "answers", "api__definitions")


@admin.register(Operation, site=console)
class OperationAdmin(DraftAdmin):
    """Operations of APIs that have many. They are listed on the pages of their APIs."""

    form = OperationForm
    list_display = ("api", "key", "method", "template", "name")
    list_select_related = ("api",)
    search_fields = ("key", "template", "name", "api__key", "api__name")
    fieldsets = ((None, {"fields": ("api",)}), *_OPERATION)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Operation]:
        """A list is read without the documents of its rows, which it does not show."""
        rows = super().get_queryset(request)
        found = request.resolver_match
        listed = found and found.url_name == "catalogue_operation_changelist"
        return rows.defer(*_DOCUMENTS) if listed else rows

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:  # noqa: ANN401
        """Whose it is."""
        del request
        return ("api",) if obj else ()

    def has_module_permission(self, request: HttpRequest) -> bool:
        """It stands in no list of pages."""
        del request
        return False

    def response_post_save_add(self, request: HttpRequest, obj: Operation) -> HttpResponseRedirect:
        """Back to the API."""
        return self.response_post_save_change(request, obj)

    def response_post_save_change(self, request: HttpRequest, obj: Operation) -> HttpResponseRedirect:
        """Back to the API."""
        del request
        return HttpResponseRedirect(reverse("admin:catalogue_api_change", args=(obj.api_id,)))


@admin.register(Api, site=console)
class ApiAdmin(ImportPages, DraftAdmin):
    """APIs."""

    form = ApiForm
    change_form_template = "console/api.html"
    change_list_template = "console/apis.html"
    list_display = ("name", "version", "key", "suffix", "operations_count", "kind", "upstream", "online")
    list_filter = ("kind", "upstream", "subscription_required", "online", "deprecated")
    search_fields = ("name", "key", "suffix", "description")
    inlines = (OperationInline,)
    acts = revisions.ACTS
    fieldsets = (
        (None, {"fields": ("key", "name", "description", "kind")}),
        (
            _("Address"),
            {"fields": (("suffix", "version"), ("version_scheme", "version_name"), "tiers")},
        ),
        (_("Who answers"), {"fields": ("upstream", "online")}),
        (
            _("Who may call"),
            {"fields": ("subscription_required", ("key_header", "key_query"), "bearer_required")},
        ),
        (
            _("Deprecation"),
            {"classes": ("collapse",), "fields": ("deprecated", ("deprecation_note", "sunset_on"))},
        ),
        (_("Definitions"), {"classes": ("collapse",), "fields": ("definitions",)}),
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

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:  # noqa: ANN401 - as Django's own
        """Without definitions that are too large to be typed."""
        fieldsets = super().get_fieldsets(request, obj)
        return fieldsets if obj is None or can_be_typed(obj.definitions) else fieldsets[:-1]

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:  # noqa: ANN401 - as Django's own
        """The operations, unless there is too much of them for one page."""
        del request
        return self.inlines if obj is None or _together(obj) else ()

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        *args: Any,  # noqa: ANN401 - as Django's own
        **kwargs: Any,  # noqa: ANN401 - as Django's own
    ) -> HttpResponse:
        """The page, with the revisions and the change log."""
        api = kwargs.get("obj")
        if api is not None:
            context |= {
                "revisions": revisions.lines(api),
                "releases": api.releases.all(),
                "may_see_operations": has_any(request.user, seeing("catalogue.operation")),
                "operations": api.operations.all() if not self.get_inlines(request, api) else (),
                "may_change": self.has_change_permission(request, api),
                "may_add_operations": request.user.has_perm("catalogue.add_operation"),
            }
        return super().render_change_form(request, context, *args, **kwargs)


def _together(api: Api) -> bool:
    """Whether all operations of an API are edited on its page."""
    few = api.operations.count() <= OPERATIONS_TOGETHER
    return few and can_be_typed(api_document(api).operations)


class LimitInline(LimitStack):
    """The limits of an adapter."""

    model = Limit
    form = LimitForm
    extra = 1
    fields = (
        ("kind", "amount"),
        ("every", "unit"),
        ("api", "operation"),
        ("remaining_header", "total_header"),
    )
    verbose_name = _("rate limit or quota")
    verbose_name_plural = _("rate limits and quotas of a subscription")

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
        (_("What answers tell of limits"), {"fields": ("ratelimit_fields",)}),
    )
