"""The registry of the action API: which services and routes answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from millgate.control.actions.deployment import route_state_set, service_state_set
from millgate.control.actions.models import (
    DeployState,
    RouteRecord,
    ServiceRecord,
)
from millgate.control.actions.registry.table import ROUTES, SERVICES_BY_SLUG
from millgate.control.console.decisions import Act, ActedOnAdmin
from millgate.control.console.site import console

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

_TONES = {DeployState.PLANNED: "note", DeployState.DEPLOYED: "good", DeployState.RETIRED: "bad"}


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
