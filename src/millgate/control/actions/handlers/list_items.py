"""Lists of choices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from millgate.control.actions.list_items import MEMBERS, list_item_change, list_item_create
from millgate.control.actions.pipeline.calls import Outcome

if TYPE_CHECKING:
    from millgate.control.actions.cancelation_models import ListItem
    from millgate.control.actions.pipeline.calls import ActionCall


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


def list_item_shown(item: ListItem) -> dict[str, Any]:
    """An item in an answer."""
    return {"id": item.pk} | {name: getattr(item, name) for name in MEMBERS}
