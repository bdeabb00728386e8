"""Lists of choices, such as the reasons of a cancelation."""

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
from millgate.control.actions.registry.services import LISTS

_READERS: Final = (*RECORDS, Role.APPLICATION)


def _text(name: str, position: int, description: str, max_length: int = 255) -> Parameter:
    return Parameter(
        name=name, type=Type.STRING, position=position, max_length=max_length, description=description
    )


_KEY: Final = replace(
    _text("key", 410, "The collection that it belongs to.", 100), example="job_cancelation_reason"
)
_SLUG: Final = replace(
    _text(
        "slug", 420, "Names it among all of its collection: lower case letters, digits and underscores.", 100
    ),
    example="duplicate_order",
)
_NAME: Final = replace(_text("name", 430, "As people read it."), example="Duplicate order")
_REST: Final = (
    _text("value", 440, "What programs read of it, where that is not its slug."),
    Parameter(
        name="description",
        type=Type.TEXT,
        position=450,
        max_length=1000,
        description="What it means.",
    ),
    Parameter(
        name="notes",
        type=Type.TEXT,
        position=460,
        max_length=1000,
        description="For those who keep the list.",
    ),
    Parameter(
        name="active", type=Type.BOOLEAN, position=470, description="Whether it can be chosen.", example=True
    ),
    Parameter(
        name="default",
        type=Type.BOOLEAN,
        position=480,
        description="Whether it is chosen unless another one is; one of a collection is.",
    ),
    _text("external_id", 490, "Its number in another system.", 100),
    _text("item_type", 500, "A word by which the items of a collection are told apart.", 100),
)

INDEX: Final = Route(
    path="list_items/index",
    purpose="Lists items of all collections; filter by key for one of them.",
    service=LISTS.slug,
    roles=_READERS,
    views=("default", "minimal"),
    attributes=(
        Attribute("id", Type.INTEGER),
        Attribute("key", search=True),
        Attribute("slug", search=True),
        Attribute("name", search=True),
        Attribute("value"),
        Attribute("description", search=True, filter=False, sort=False),
        Attribute("active", Type.BOOLEAN),
        Attribute("default", Type.BOOLEAN),
        Attribute("external_id"),
        Attribute("item_type"),
    ),
)
CREATE: Final = Route(
    path="list_items/create",
    purpose="Adds an item to a collection.",
    service=LISTS.slug,
    roles=(Role.EMPLOYEE,),
    right="actions.add_listitem",
    own_parameters=(
        replace(_KEY, required=True),
        replace(_SLUG, required=True),
        replace(_NAME, required=True),
        *_REST,
    ),
)
UPDATE: Final = Route(
    path="list_items/update",
    verb=Verb.PUT,
    purpose="Changes an item. Records that refer to it keep the words that they were made with.",
    service=LISTS.slug,
    roles=(Role.EMPLOYEE,),
    right="actions.change_listitem",
    own_parameters=(ID, _SLUG, _NAME, *_REST),
)

ROUTES: Final = (INDEX, CREATE, UPDATE)
