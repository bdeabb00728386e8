"""Who acts and from where, kept with what is under way, so that whoever finishes it does so in their name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from millgate.control.audit.acting import Actor, Origin, origin

if TYPE_CHECKING:
    from millgate.control.actions.cancelations.asked import Caller

    Kept = dict[str, Any]


def kept_origin(caller: Caller) -> Kept:
    """Where what is done now comes from, as JSON holds it."""
    where = origin()
    return {
        "who": caller.person.user_id,
        "email": caller.person.email,
        "application": caller.application,
        "through": where.through,
        "page": where.page,
        "address": where.address,
        "request_id": where.request_id,
        "user_agent": where.user_agent,
    }


def origin_of(kept: Kept) -> Origin:
    """The same for the audit log."""
    actor = Actor(kept["who"], kept["email"])
    names = ("through", "page", "address", "request_id", "user_agent")
    return Origin(actor=lambda: actor, **{name: kept[name] for name in names})
