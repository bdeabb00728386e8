"""Which action answers which route."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from millgate.control.actions.handlers import (
    applications,
    cancelations,
    deployment,
    list_items,
    operations,
    people,
    sessions,
    users,
)
from millgate.control.actions.registry.routes.people import COLLECTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from millgate.control.actions.pipeline.calls import Handler, Handlers

_PEOPLE: Final[Mapping[str, Handler]] = {
    "index": people.index,
    "read": people.read,
    "create": people.create,
    "update": people.update,
}

HANDLERS: Final[Handlers] = {
    "sessions/create": sessions.create,
    "sessions/read": sessions.read,
    "sessions/update": sessions.update,
    "sessions/destroy": sessions.destroy,
    "sessions/index": sessions.index,
    "clients/register": users.clients_register,
    "users/client_register": users.client_register,
    "users/forgot_password": users.forgot_password,
    "users/reset_password": users.reset_password,
    "users/read": users.read,
    "users/update": users.update,
    **{f"{collection}/{action}": act for collection in COLLECTIONS for action, act in _PEOPLE.items()},
    "applications/index": applications.index,
    "applications/read": applications.read,
    "cancelations/create": cancelations.create,
    "cancelations/read": cancelations.read,
    "cancelations/update": cancelations.update,
    "cancelations/reinstate": cancelations.reinstate,
    "cancelations/index": cancelations.index,
    "list_items/index": list_items.index,
    "list_items/create": list_items.create,
    "list_items/update": list_items.update,
    "routes/index": deployment.routes_index,
    "routes/read": deployment.routes_read,
    "routes/update": deployment.routes_update,
    "services/index": deployment.services_index,
    "services/read": deployment.services_read,
    "services/update": deployment.services_update,
    "notifications/index": operations.notifications_index,
    "notifications/read": operations.notifications_read,
    "notifications/resolve": operations.notifications_resolve,
    "emails/index": operations.emails_index,
}
"""By path. A route without one stays planned."""
