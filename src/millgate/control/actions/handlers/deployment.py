"""The registry: what there is, and which of it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from millgate.control.actions.deployment import route_state_set, service_state_set
from millgate.control.actions.models import DeployState, RouteRecord, ServiceRecord
from millgate.control.actions.pipeline.calls import Outcome
from millgate.control.actions.pipeline.listing import index as listed
from millgate.control.actions.pipeline.named import named
from millgate.control.actions.pipeline.refusals import invalid
from millgate.control.actions.registry.table import ROUTES, SERVICES_BY_SLUG, parameters_of, statuses_of

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from millgate.control.actions.pipeline.calls import ActionCall
    from millgate.control.actions.registry.model import Parameter


def routes_index(call: ActionCall) -> Outcome:
    """`routes/index`."""
    return listed(call, _routes(), lambda row: _route(row, call.view), {"service": "service__slug"})


def routes_read(call: ActionCall) -> Outcome:
    """`routes/read`."""
    return Outcome(data=_route(named(call, _routes(), "path", "route"), call.view))


def routes_update(call: ActionCall) -> Outcome:
    """`routes/update`."""
    record = named(call, _routes(), "path", "route")
    state = call.params["state"]
    if state == DeployState.DEPLOYED and record.path not in ROUTES:
        raise invalid("path", "This release has no such route any more.")
    if record.path == call.route.path and state != DeployState.DEPLOYED:
        raise invalid("path", "This route stays deployed: without it nothing could be deployed here again.")
    route_state_set(record, state)
    return Outcome(data=_route(record, "default"), record=("route", record.path))


def services_index(call: ActionCall) -> Outcome:
    """`services/index`."""
    return listed(call, ServiceRecord.objects.all(), lambda row: _service(row, call.view))


def services_read(call: ActionCall) -> Outcome:
    """`services/read`."""
    return Outcome(data=_service(named(call, ServiceRecord.objects.all(), "slug", "service"), call.view))


def services_update(call: ActionCall) -> Outcome:
    """`services/update`."""
    record = named(call, ServiceRecord.objects.all(), "slug", "service")
    state = call.params["state"]
    if record.slug == call.route.service and state != DeployState.DEPLOYED:
        raise invalid("slug", "This service stays deployed: without it nothing could be deployed here again.")
    service_state_set(record, state)
    return Outcome(data=_service(record, "default"), record=("service", record.slug))


def _routes() -> QuerySet[RouteRecord]:
    return RouteRecord.objects.select_related("service")


def _route(record: RouteRecord, view: str) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": record.pk, "path": record.path, "state": record.state}
    route = ROUTES.get(record.path)
    if view == "minimal" or route is None:
        return shown
    return shown | {
        "service": record.service.slug,
        "deployed_at": record.deployed_at,
        "verb": route.verb,
        "verbs": route.verbs,
        "title": route.title,
        "purpose": route.purpose,
        "content_types": route.content_types,
        "roles": route.roles,
        "parameters": [_parameter(item) for item in parameters_of(route)],
        "statuses": [
            {"slug": item.slug, "code": item.code, "uncommon": item.uncommon} for item in statuses_of(route)
        ],
    }


def _parameter(parameter: Parameter) -> dict[str, Any]:
    return {
        "name": parameter.full_name,
        "type": parameter.type,
        "position": parameter.position,
        "required": parameter.required,
        "possible_values": parameter.possible_values,
        "description": parameter.description,
    }


def _service(record: ServiceRecord, view: str) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": record.pk, "slug": record.slug, "state": record.state}
    service = SERVICES_BY_SLUG.get(record.slug)
    if view == "minimal" or service is None:
        return shown
    return shown | {
        "name": service.name,
        "description": service.description,
        "owner": record.owner,
        "version": record.version,
        "deployed_at": record.deployed_at,
        "routes": [route.path for route in ROUTES.values() if route.service == record.slug],
    }
