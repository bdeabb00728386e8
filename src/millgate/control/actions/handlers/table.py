"""Which action answers which route."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from millgate.control.actions.handlers import cancelations, list_items, sessions

if TYPE_CHECKING:
    from millgate.control.actions.pipeline.calls import Handlers

HANDLERS: Final[Handlers] = {
    "sessions/create": sessions.create,
    "sessions/read": sessions.read,
    "sessions/update": sessions.update,
    "sessions/destroy": sessions.destroy,
    "cancelations/create": cancelations.create,
    "cancelations/read": cancelations.read,
    "cancelations/update": cancelations.update,
    "cancelations/reinstate": cancelations.reinstate,
    "list_items/create": list_items.create,
    "list_items/update": list_items.update,
}
"""By path. A route without one stays planned."""
