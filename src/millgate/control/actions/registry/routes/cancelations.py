"""Canceling and reinstating. The spelling of the identifiers is that of the documented route."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from millgate.control.actions.registry.common import ID
from millgate.control.actions.registry.model import (
    RECORDS,
    Attribute,
    Parameter,
    Role,
    Route,
    Type,
    Verb,
)
from millgate.control.actions.registry.services import CANCELATIONS
from millgate.snapshot.document import PRODUCTION, TEST

CANCELABLE_TYPES: Final = ("Job", "JobOperation", "Order", "AdapterSubscription")
_CALLERS: Final = (*RECORDS, Role.APPLICATION)
_LONGEST: Final = 255
_LONGEST_NOTE: Final = 1000


def _text(
    name: str, position: int, description: str, max_length: int = _LONGEST, example: object = None
) -> Parameter:
    return Parameter(
        name=name,
        type=Type.STRING,
        position=position,
        max_length=max_length,
        description=description,
        example=example,
    )


_CANCELABLE: Final = (
    _text(
        "cancelable_type",
        400,
        f"What is canceled: {', '.join(CANCELABLE_TYPES[:-1])} or {CANCELABLE_TYPES[-1]}.",
        50,
        "Job",
    ),
    replace(
        _text("cancelable_id", 400, "The key or number of what is canceled.", 100, "J104512"),
        also_integer=True,
    ),
)
_KEY: Final = _text(
    "key",
    400,
    "The kind of cancelation: the collection of its reasons. It follows from the type unless given.",
)
_TIER: Final = Parameter(
    name="tier",
    type=Type.STRING,
    position=450,
    possible_values=(PRODUCTION, TEST),
    description="In which plant; in that of production unless given. Subscriptions are in none.",
)
_REASON: Final = (
    Parameter(
        name="reason_id",
        type=Type.INTEGER,
        position=500,
        least=1,
        description="The list item that is the reason; with reason_slug both must name the same.",
    ),
    _text("reason_slug", 600, "The same by its slug.", example="duplicate_order"),
    _text("reason_text", 700, "The reason in words; the name of the list item unless given."),
    _text("reason_note", 800, "What else there is to say; required with the reason other.", _LONGEST_NOTE),
)
_CANCELED: Final = (
    _text("canceled_at", 900, "When: ISO 8601 with its offset, not in the future. Now, unless given.", 40),
    _text("canceled_by", 1000, "Who, in words; the user of the session unless given."),
    _text("canceled_in", 1100, "The application in which it was done; that of the call unless given."),
)
_REINSTATED: Final = (
    _text("reinstated_at", 1200, "When it was reinstated, not before it was canceled.", 40),
    _text("reinstated_by", 1300, "Who reinstated it, in words; the user of the session unless given."),
    _text("reinstated_note", 1400, "What there is to say of that.", _LONGEST_NOTE),
)
_ATTRIBUTES: Final = (
    Attribute("id", Type.INTEGER),
    Attribute("cancelable_type"),
    Attribute("cancelable_id", search=True),
    Attribute("key"),
    Attribute("tier"),
    Attribute("reason_slug", search=True),
    Attribute("reason_text", search=True),
    Attribute("reason_note", search=True, filter=False, sort=False),
    Attribute("canceled_at", instant=True),
    Attribute("canceled_by", search=True),
    Attribute("canceled_in"),
    Attribute("reinstated_at", instant=True),
    Attribute("reinstated_by", search=True),
    Attribute("active", Type.BOOLEAN),
)

CREATE: Final = Route(
    path="cancelations/create",
    mails=True,
    purpose="Cancels a job, an operation, an order or a subscription, and keeps who, why, when and where.",
    service=CANCELATIONS.slug,
    roles=_CALLERS,
    own_parameters=(
        replace(_CANCELABLE[0], required=True, possible_values=CANCELABLE_TYPES),
        replace(_CANCELABLE[1], required=True),
        _KEY,
        _TIER,
        *_REASON,
        *_CANCELED,
    ),
)
READ: Final = Route(
    path="cancelations/read",
    purpose="Answers one cancelation.",
    service=CANCELATIONS.slug,
    roles=_CALLERS,
    own_parameters=(ID,),
)
UPDATE: Final = Route(
    path="cancelations/update",
    mails=True,
    verb=Verb.PUT,
    purpose=(
        "Completes or corrects a cancelation, or reinstates what it canceled: by reinstated_at, or by active "
        "false. What was reinstated stays so; canceling it again is a new cancelation."
    ),
    service=CANCELATIONS.slug,
    roles=_CALLERS,
    own_parameters=(
        ID,
        *_CANCELABLE,
        _KEY,
        *_REASON,
        *_CANCELED,
        *_REINSTATED,
        Parameter(
            name="active",
            type=Type.BOOLEAN,
            position=1500,
            description="Whether it is canceled; false reinstates.",
            example=False,
        ),
    ),
)
REINSTATE: Final = Route(
    path="cancelations/reinstate",
    mails=True,
    verb=Verb.PUT,
    purpose="Reinstates what a cancelation canceled. The same can be done by cancelations/update.",
    service=CANCELATIONS.slug,
    roles=_CALLERS,
    own_parameters=(ID, *_REINSTATED),
)
INDEX: Final = Route(
    path="cancelations/index",
    purpose="Lists cancelations, those that stand and those that were reinstated.",
    service=CANCELATIONS.slug,
    roles=_CALLERS,
    attributes=_ATTRIBUTES,
    views=("default", "minimal"),
)

ROUTES: Final = (CREATE, READ, UPDATE, REINSTATE, INDEX)
