"""What of the registry answers now, for whoever shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count

from millgate.control.actions.cancelation_models import ListItem
from millgate.control.actions.models import DeployState, RouteRecord
from millgate.control.actions.registry.services import SERVICES
from millgate.control.actions.registry.table import ROUTES

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from millgate.control.accounts.models import Person
    from millgate.control.actions.registry.model import Route, Service

SEE: tuple[str, ...] = ("actions.view_servicerecord", "actions.view_routerecord")
"""The rights to see what does not answer."""


@dataclass(frozen=True, slots=True)
class RouteStanding:
    """A route, and how far it has come: a deployed one whose service is not stands as its service does."""

    route: Route
    state: DeployState

    @property
    def answers(self) -> bool:
        """Whether calls reach it."""
        return self.state is DeployState.DEPLOYED


@dataclass(frozen=True, slots=True)
class ServiceShown:
    """A service with those of its routes that its reader may know of; at least one."""

    service: Service
    routes: tuple[RouteStanding, ...]


def may_see_all(person: Person | AnonymousUser) -> bool:
    """Whether somebody may know of what is planned or retired."""
    return person.has_perms(SEE)


def routes_standing() -> dict[str, RouteStanding]:
    """All routes of the registry by path, in the order of the documentation."""
    rows = RouteRecord.objects.values_list("path", "state", "service__state")
    states = {path: _effective(state, service) for path, state, service in rows}
    return {
        path: RouteStanding(route, states.get(path, DeployState.PLANNED)) for path, route in ROUTES.items()
    }


def services_shown(*, everything: bool) -> tuple[ServiceShown, ...]:
    """The services that have a route to show; those that answer, or everything."""
    standing = [item for item in routes_standing().values() if everything or item.answers]
    shown = (
        ServiceShown(service, tuple(item for item in standing if item.route.service == service.slug))
        for service in SERVICES
    )
    return tuple(item for item in shown if item.routes)


def route_shown(path: str, *, everything: bool) -> RouteStanding | None:
    """A route that answers, or any that there is."""
    found = routes_standing().get(path)
    return found if found is not None and (everything or found.answers) else None


def collections_counted() -> tuple[tuple[str, int], ...]:
    """The collections of list items, by key, with how many items can be chosen from."""
    found = ListItem.objects.filter(active=True).values("key").annotate(count=Count("pk")).order_by("key")
    return tuple((row["key"], row["count"]) for row in found)


def collection_items(key: str) -> tuple[ListItem, ...]:
    """The items of a collection that can be chosen."""
    return tuple(ListItem.objects.filter(key=key, active=True).order_by("pk"))


def _effective(state: str, service: str) -> DeployState:
    return DeployState(service if state == DeployState.DEPLOYED else state)
