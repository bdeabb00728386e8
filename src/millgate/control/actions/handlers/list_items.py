"""Lists of choices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from millgate.control.actions.cancelation_models import ListItem
from millgate.control.actions.list_items import MEMBERS, list_item_change, list_item_create
from millgate.control.actions.pipeline.calls import Outcome
from millgate.control.actions.pipeline.listing import index as listed

if TYPE_CHECKING:
    from millgate.control.actions.pipeline.calls import ActionCall

_MINIMAL: Final = ("key", "slug", "name")


def index(call: ActionCall) -> Outcome:
    """`list_items/index`."""
    return listed(call, ListItem.objects.all(), lambda row: list_item_shown(row, call.view))


def create(call: ActionCall) -> Outcome:
    """`list_items/create`."""
    return _outcome(list_item_create(_given(call)))


def update(call: ActionCall) -> Outcome:
    """`list_items/update`."""
    return _outcome(list_item_change(call.params["id"], _given(call)))


def _given(call: ActionCall) -> dict[str, Any]:
    return {name: call.params[name] for name in MEMBERS if name in call.params}


def _outcome(item: ListItem) -> Outcome:
    return Outcome(data=list_item_shown(item), record=("list item", str(item.pk)))


def list_item_shown(item: ListItem, view: str = "default") -> dict[str, Any]:
    """An item in an answer."""
    names = _MINIMAL if view == "minimal" else MEMBERS
    return {"id": item.pk} | {name: getattr(item, name) for name in names}
