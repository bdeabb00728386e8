"""Where actions are documented."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse

if TYPE_CHECKING:
    from millgate.control.actions.registry.model import Route


def action_address(route: Route) -> str:
    """The address of a route's page."""
    return reverse("documentation:action", args=(route.collection, route.action))
