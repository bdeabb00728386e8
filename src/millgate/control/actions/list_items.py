"""Lists of choices: their items, added and changed. None goes, for records refer to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.core.exceptions import ValidationError
from django.db import transaction

from millgate.control.actions.cancelation_models import ListItem
from millgate.control.actions.pipeline.calls import Refused
from millgate.control.actions.pipeline.refusals import invalid, not_found
from millgate.control.audit.collecting import recorded

if TYPE_CHECKING:
    from collections.abc import Mapping

MEMBERS: Final = (
    *("key", "slug", "name", "value", "description", "notes", "active", "default", "external_id"),
    "item_type",
)
"""What callers may give an item."""


@recorded()
@transaction.atomic
def list_item_create(members: Mapping[str, object]) -> ListItem:
    """Add an item to a collection; made its default, it takes the place of the one that was.

    Raises:
        Refused: it cannot be had so.
    """
    return _saved(ListItem(**members))


@recorded()
@transaction.atomic
def list_item_change(item_id: int, members: Mapping[str, object]) -> ListItem:
    """Change an item. What refers to it keeps the words that it was made with.

    Raises:
        Refused: there is no such item, or it cannot be had so.
    """
    item = ListItem.objects.select_for_update().filter(pk=item_id).first()
    if item is None:
        raise not_found("id", "list item")
    for name, value in members.items():
        setattr(item, name, value)
    return _saved(item)


@recorded()
@transaction.atomic
def list_item_put(members: Mapping[str, object]) -> ListItem:
    """Make or change the item of a collection and slug as files of decisions say.

    Raises:
        ValidationError: it cannot be had so.
    """
    item = ListItem.objects.filter(key=members["key"], slug=members["slug"]).first() or ListItem()
    for name, value in members.items():
        setattr(item, name, value)
    try:
        return _saved(item)
    except Refused as refused:
        raise ValidationError(refused.message) from refused


def _saved(item: ListItem) -> ListItem:
    if item.default and not item.active:
        raise invalid(
            "default", "An item that is not active cannot be the default; choose another one first."
        )
    if item.default:
        others = ListItem.objects.filter(key=item.key, default=True).exclude(pk=item.pk)
        others.update(default=False)
    try:
        item.full_clean()
    except ValidationError as wrong:
        name, whys = next(iter(wrong.message_dict.items()))
        raise invalid(name if name in MEMBERS else "slug", " ".join(whys)) from wrong
    item.save()
    return item
