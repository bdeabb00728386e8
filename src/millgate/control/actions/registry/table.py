"""All routes and services, and each route with what is common merged in."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from millgate.control.actions.registry import common
from millgate.control.actions.registry.model import PREFIX
from millgate.control.actions.registry.routes import (
    applications,
    cancelations,
    deployment,
    list_items,
    operations,
    people,
    sessions,
    users,
)
from millgate.control.actions.registry.services import SERVICES
from millgate.control.actions.registry.statuses import COMMON, SUCCESSFUL, UNCOMMON, WITH_TOKEN

if TYPE_CHECKING:
    from millgate.control.actions.registry.model import Parameter, Route, Service, Status

ROUTES: Final = {
    route.path: route
    for route in (
        *sessions.ROUTES,
        *users.ROUTES,
        *people.ROUTES,
        *applications.ROUTES,
        *cancelations.ROUTES,
        *list_items.ROUTES,
        *deployment.ROUTES,
        *operations.ROUTES,
    )
}
"""By path, in the order of the documentation."""

SERVICES_BY_SLUG: Final = {service.slug: service for service in SERVICES}


def route_of(address: str, verb: str) -> Route | None:
    """The route of a path and verb as they were called; None where there is none.

    Args:
        address: the path within the origin.
        verb: as it was sent, which is compared as it stands (RFC 9110 section 9.1).
    """
    route = ROUTES.get(address.removeprefix(PREFIX)) if address.startswith(PREFIX) else None
    return route if route is not None and verb in route.verbs else None


def service_of(route: Route) -> Service:
    """The service that a route is part of."""
    return SERVICES_BY_SLUG[route.service]


@cache
def parameters_of(route: Route) -> tuple[Parameter, ...]:
    """All parameters of a route by their positions; members behind what they are members of."""
    merged = [
        *(() if route.anonymous else common.COMMON),
        *((common.view_of(route),) if route.views else ()),
        *route.own_parameters,
        *(common.index_of(route) if route.attributes else ()),
    ]
    return tuple(sorted(merged, key=lambda item: item.position))


@cache
def statuses_of(route: Route) -> tuple[Status, ...]:
    """All that calls of a route may come to: the usual ones in order, then the uncommon ones."""
    shared = [item for item in COMMON[1:] if not (route.anonymous and item in WITH_TOKEN)]
    usual = [item for item in route.own_statuses if not item.uncommon]
    rare = [item for item in route.own_statuses if item.uncommon]
    return (SUCCESSFUL, *usual, *shared, *UNCOMMON, *rare)


@cache
def every_status() -> dict[str, Status]:
    """Each status that any route may answer, by its slug."""
    return {status.slug: status for route in ROUTES.values() for status in statuses_of(route)}
