"""What Django tells of: rows that go, with those that go with them, and lists that change."""

from __future__ import annotations

from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from django.apps import apps
from django.db.models.signals import m2m_changed, pre_delete

from millgate.control.audit.collecting import Block, current
from millgate.control.audit.described import TABLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import Model

    _List: TypeAlias = tuple[type[Model], str]

_alone: ContextVar[Block | None] = ContextVar("audit_alone", default=None)
"""The block of a list that is changed outside of any other; Django changes lists in a transaction."""
_kept: list[Callable[..., None]] = []
"""What listens: Django itself keeps only weak references."""


def connect() -> None:
    """Listen to every model of decisions. Doing it again changes nothing."""
    for rows in TABLE:
        model = apps.get_model(rows.model)
        if rows.removals:
            pre_delete.connect(_row_goes, sender=model, dispatch_uid=f"audit {rows.model}")
        for name in rows.lists:
            _listen(model, name)


def _listen(model: type[Model], name: str) -> None:
    list_ = model._meta.get_field(name)  # noqa: SLF001 - Django's name for a public thing
    through = list_.remote_field.through  # type: ignore[union-attr]
    uid = f"audit {model.__name__}.{name}"
    changes, goes = partial(_list_changes, (model, name)), partial(_listed_goes, (model, name))
    _kept.extend((changes, goes))
    m2m_changed.connect(changes, sender=through, dispatch_uid=uid)
    pre_delete.connect(goes, sender=list_.related_model, dispatch_uid=uid)


def _row_goes(sender: type[Model], instance: Model, **_more: Any) -> None:  # noqa: ANN401 - Django's own
    block = current()
    if block is not None:
        block.touch(sender, [instance.pk], lists=True)


def _listed_goes(list_: _List, instance: Model, **_more: Any) -> None:  # noqa: ANN401 - Django's own
    """What is listed goes, and out of the lists with it, which nothing else tells."""
    block = current()
    if block is not None:
        block.touch_list(*list_, _listing(list_, instance))


def _list_changes(
    list_: _List,
    *,
    instance: Model,
    action: str,
    reverse: bool,
    pk_set: set[Any] | None,
    **_more: Any,  # noqa: ANN401 - Django's own
) -> None:
    if action.startswith("post"):
        block = _alone.get()
        if block is not None:
            _alone.set(None)
            block.finish()
        return
    block = current()
    if block is None:
        block = Block()
        _alone.set(block)
    block.touch_list(*list_, _owners(list_, instance, pk_set) if reverse else [instance.pk])


def _owners(list_: _List, instance: Model, pk_set: set[Any] | None) -> list[Any]:
    """The rows whose list changes when it is changed from the other end."""
    return list(pk_set) if pk_set is not None else _listing(list_, instance)


def _listing(list_: _List, listed: Model) -> list[Any]:
    model, name = list_
    found = model._base_manager.filter(**{name: listed.pk})  # noqa: SLF001 - Django's name for a public thing
    return list(found.values_list("pk", flat=True))
