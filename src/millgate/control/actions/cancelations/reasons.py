"""Reasons: items of the collection that a cancelation's key names."""

from __future__ import annotations

from dataclasses import dataclass

from millgate.control.actions.cancelation_models import KEYS, OTHER, ListItem
from millgate.control.actions.pipeline.refusals import invalid, missing


@dataclass(frozen=True, slots=True)
class Reason:
    """Why, as it is recorded: the item, and its name as it was then unless other words were sent."""

    item: ListItem
    text: str
    note: str

    @property
    def columns(self) -> dict[str, object]:
        """The columns of a cancelation."""
        return {
            "reason": self.item,
            "reason_slug": self.item.slug,
            "reason_text": self.text,
            "reason_note": self.note,
        }


def key_of(cancelable_type: str, key: str) -> str:
    """The kind of a cancelation.

    Raises:
        Refused: there is no such collection.
    """
    if not key:
        return KEYS[cancelable_type]
    if not ListItem.objects.filter(key=key, active=True).exists():
        usual = KEYS[cancelable_type]
        raise invalid("key", f"No list item of this collection can be chosen; send {usual}, or leave it out.")
    return key


def item_chosen(key: str, reason_id: int | None, reason_slug: str) -> ListItem:
    """The item that was named by ID, by slug or by both; where by neither, the collection's default.

    Raises:
        Refused: there is no such item, it is out of use, or they name different ones.
    """
    by_id = None if reason_id is None else _item("reason_id", key, pk=reason_id)
    by_slug = _item("reason_slug", key, slug=reason_slug) if reason_slug else None
    if by_id is not None and by_slug is not None and by_id.pk != by_slug.pk:
        raise invalid("reason_slug", f"It names another reason than reason_id, which is {by_id.slug}.")
    item = by_id or by_slug or ListItem.objects.filter(key=key, default=True, active=True).first()
    if item is None:
        raise missing(
            "reason_slug", f"The collection {key} has no default; send the slug of one of its items."
        )
    return item


def reason_made(item: ListItem, text: str, note: str) -> Reason:
    """The reason as it is recorded.

    Raises:
        Refused: it says nothing without a note, and has none.
    """
    if item.slug == OTHER and not note:
        raise missing("reason_note", f"The reason {OTHER} needs a note that says what it was.")
    return Reason(item, text or item.name, note)


def _item(name: str, key: str, **by: object) -> ListItem:
    item = ListItem.objects.filter(key=key, **by).first()
    if item is None:
        raise invalid(name, f"The collection {key} has no such item; list_items/index shows those it has.")
    if not item.active:
        raise invalid(name, f"The item {item.slug} is not in use any more; choose another one.")
    return item
