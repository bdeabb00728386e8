"""What operators look at: notifications of trouble, and mails."""

from __future__ import annotations

from typing import Final

from millgate.control.actions.registry.common import ID
from millgate.control.actions.registry.model import Attribute, Role, Route, Type, Verb
from millgate.control.actions.registry.services import OPERATIONS

_VIEW: Final = "actions.view_notification"
_CHANGE: Final = "actions.change_notification"

NOTIFICATIONS_INDEX: Final = Route(
    path="notifications/index",
    purpose="Lists notifications of trouble, such as mails that were not taken. Only who may see them can.",
    service=OPERATIONS.slug,
    roles=(Role.USER,),
    right=_VIEW,
    views=("default", "minimal"),
    attributes=(
        Attribute("id", Type.INTEGER),
        Attribute("kind"),
        Attribute("severity"),
        Attribute("route", search=True),
        Attribute("request_id", search=True),
        Attribute("record_type"),
        Attribute("reason", search=True),
        Attribute("count", Type.INTEGER),
        Attribute("last_seen", instant=True),
        Attribute("resolved", Type.BOOLEAN, sort=False),
    ),
)
NOTIFICATIONS_READ: Final = Route(
    path="notifications/read",
    purpose="Answers one notification, which counts as seen then.",
    service=OPERATIONS.slug,
    roles=(Role.USER,),
    right=_VIEW,
    own_parameters=(ID,),
)
NOTIFICATIONS_RESOLVE: Final = Route(
    path="notifications/resolve",
    verb=Verb.PUT,
    purpose="Marks a notification as resolved. The same trouble afterwards is a new notification.",
    service=OPERATIONS.slug,
    roles=(Role.USER,),
    right=_CHANGE,
    own_parameters=(ID,),
)
EMAILS_INDEX: Final = Route(
    path="emails/index",
    purpose="Lists the mails that were written, sent or given up; never what they say.",
    service=OPERATIONS.slug,
    roles=(Role.USER,),
    right="mail.view_mail",
    views=("default", "minimal"),
    attributes=(
        Attribute("id", Type.INTEGER),
        Attribute("kind"),
        Attribute("state"),
        Attribute("address", search=True, sort=False),
        Attribute("subject", search=True, filter=False),
        Attribute("created_at", instant=True),
        Attribute("sent_at", instant=True),
    ),
)

ROUTES: Final = (NOTIFICATIONS_INDEX, NOTIFICATIONS_READ, NOTIFICATIONS_RESOLVE, EMAILS_INDEX)
