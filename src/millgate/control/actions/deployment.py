"""Which services and routes answer, and what every installation begins with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from millgate.control.actions.applications import BUILT_IN
from millgate.control.actions.list_seeds import list_items_ensure
from millgate.control.actions.models import Application, DeployState, RouteRecord, ServiceRecord
from millgate.control.actions.registry.services import SERVICES
from millgate.control.actions.registry.table import ROUTES
from millgate.control.actions.sessions import now
from millgate.control.audit.collecting import recorded

if TYPE_CHECKING:
    from millgate.control.actions.registry.model import Route, Service

FIRST_STATE: Final = DeployState.DEPLOYED
"""The state in which every installation begins with a service."""


@recorded(by="installation")
def actions_ensure() -> None:
    """Add what is missing of services, routes, applications and lists; what stands stays as it was set."""
    registry_ensure()
    list_items_ensure()


@recorded(by="installation")
def registry_ensure() -> None:
    """As `actions_ensure`, but for the lists."""
    _services_ensure()
    _routes_ensure()
    standing = set(Application.objects.values_list("slug", flat=True))
    for slug, (name, roles) in BUILT_IN.items():
        if slug not in standing:
            Application.objects.create(slug=slug, name=name, roles=list(roles))


@recorded()
def service_state_set(record: ServiceRecord, state: str) -> None:
    """Plan, deploy or retire a service; its routes answer or do not from the next call on."""
    _state_set(record, DeployState(state))


@recorded()
def route_state_set(record: RouteRecord, state: str) -> None:
    """Plan, deploy or retire a route; it answers or does not from the next call on."""
    _state_set(record, DeployState(state))


def route_state_first(path: str) -> DeployState:
    """The state in which every installation begins with a route; a route that is no more has had its time."""
    route = ROUTES.get(path)
    return DeployState.RETIRED if route is None else DeployState(route.state)


def record_of(route: Route) -> RouteRecord | None:
    """The record of a route with its service, read at every call."""
    return RouteRecord.objects.select_related("service").filter(path=route.path).first()


def _state_set(record: ServiceRecord | RouteRecord, state: DeployState) -> None:
    if record.state == state:
        return
    record.state = state
    if state is DeployState.DEPLOYED:
        record.deployed_at = now()
    record.save(update_fields=["state", "deployed_at"])


def _services_ensure() -> None:
    standing = set(ServiceRecord.objects.values_list("slug", flat=True))
    ServiceRecord.objects.bulk_create(_service(item) for item in SERVICES if item.slug not in standing)


def _service(service: Service) -> ServiceRecord:
    return ServiceRecord(
        slug=service.slug,
        state=FIRST_STATE,
        deployed_at=now(),
        version=service.version,
        owner=service.owner,
    )


def _routes_ensure() -> None:
    standing = set(RouteRecord.objects.values_list("path", flat=True))
    services = {record.slug: record for record in ServiceRecord.objects.all()}
    RouteRecord.objects.bulk_create(
        _route(route, services[route.service]) for route in ROUTES.values() if route.path not in standing
    )


def _route(route: Route, service: ServiceRecord) -> RouteRecord:
    state = route_state_first(route.path)
    deployed_at = now() if state is DeployState.DEPLOYED else None
    return RouteRecord(path=route.path, service=service, state=state, deployed_at=deployed_at)
