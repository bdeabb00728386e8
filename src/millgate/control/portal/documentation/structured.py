"""The documentation as JSON values, for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings

from millgate.control.actions.registry.model import PREFIX
from millgate.control.portal.action_addresses import action_address

if TYPE_CHECKING:
    from collections.abc import Iterable

    from millgate.control.actions.cancelation_models import ListItem
    from millgate.control.actions.registry.model import Parameter
    from millgate.control.actions.selectors import RouteStanding, ServiceShown
    from millgate.control.portal.documentation.shown import ActionShown, StatusShown


def overview_told(services: Iterable[ServiceShown]) -> dict[str, Any]:
    """All services with their routes."""
    return {
        "base": settings.MILLGATE.public_origin + PREFIX.rstrip("/"),
        "services": [
            {
                "slug": item.service.slug,
                "name": item.service.name,
                "description": item.service.description,
                "routes": [_route(standing) for standing in item.routes],
            }
            for item in services
        ],
    }


def action_told(page: ActionShown, parameters: Iterable[Parameter]) -> dict[str, Any]:
    """One route."""
    return {
        "title": page.route.title,
        "route": {
            "verb": page.route.verb.value,
            "also": list(page.aliases),
            "path": page.route.address,
            "url": page.address,
            "service": page.service.slug,
            "state": page.state.value,
        },
        "purpose": page.route.purpose,
        "callers": [role.value for role in page.route.roles],
        "sensitive": page.route.sensitive,
        "parameters": [_parameter(item) for item in parameters],
        "request_bodies": [{"content_type": body.media_type, "example": body.text} for body in page.bodies],
        "responses": [_status(item) for item in page.responses],
        "uncommon_responses": [_status(item) for item in page.uncommon],
    }


def lists_told(keys: Iterable[tuple[str, int]]) -> dict[str, Any]:
    """The collections with the number of their items."""
    return {"collections": [{"key": key, "items": count} for key, count in keys]}


def list_told(key: str, items: Iterable[ListItem]) -> dict[str, Any]:
    """One collection."""
    members = ("id", "slug", "name", "value", "description", "default", "item_type")
    return {"key": key, "items": [{name: getattr(item, name) for name in members} for item in items]}


def _route(standing: RouteStanding) -> dict[str, Any]:
    route = standing.route
    return {
        "title": route.title,
        "verb": route.verb.value,
        "path": route.address,
        "purpose": route.purpose,
        "state": standing.state.value,
        "documentation": settings.MILLGATE.public_origin + action_address(route),
    }


def _parameter(parameter: Parameter) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": parameter.name,
        "type": parameter.type.value,
        "position": parameter.position,
        "required": parameter.required,
        "description": parameter.description,
        "possible_values": list(parameter.possible_values),
        "max_length": parameter.max_length or None,
        "least": parameter.least,
        "most": parameter.most,
        "parent": parameter.parent or None,
        "sensitive": parameter.sensitive,
    }
    return {name: value for name, value in told.items() if value not in (None, [], False)} | {
        "required": parameter.required
    }


def _status(status: StatusShown) -> dict[str, Any]:
    return {"status": status.slug, "code": status.code, "description": status.description}
