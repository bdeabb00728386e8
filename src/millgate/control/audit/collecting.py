"""One block of changes: how each row stood before it was touched, and what became of it at the end.

What is told is the difference between two readings of the database, so it holds for saving, bulk changes
and expressions alike, and a part that was undone to a savepoint is not told. Only rows that were touched
are read.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final

from django.apps import apps
from django.db import transaction

from millgate.control.audit.described import BY_MODEL, State, filled
from millgate.control.audit.telling import Touched, told
from millgate.control.audit.writing import write

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.db.models import Model

    from millgate.control.audit.described import Rows

_AT_ONCE: Final = 500
"""How many rows are read by one query."""

_block: ContextVar[Block | None] = ContextVar("audit_block", default=None)


class Block:
    """What was touched, and how it stood before.

    Attributes:
        by: who makes the changes, in a word.
    """

    def __init__(self, by: str = "") -> None:
        self.by = by
        self._rows: dict[str, dict[Any, State]] = {}
        self._lists: dict[tuple[str, str], dict[Any, list[Any]]] = {}

    def touch(self, model: type[Model], pks: Iterable[Any], *, lists: bool = False) -> None:
        """Rows are about to change; with their lists where they are about to go."""
        rows = rows_of(model)
        known = self._rows.setdefault(rows.model, {})
        new = [pk for pk in pks if pk not in known]
        found = states(rows, new)
        known.update({pk: found.get(pk, {}) for pk in new})
        for name in rows.lists if lists else ():
            self.touch_list(model, name, new)

    def made(self, model: type[Model], pks: Iterable[Any]) -> None:
        """Rows were made that were not there."""
        known = self._rows.setdefault(rows_of(model).model, {})
        for pk in pks:
            known.setdefault(pk, {})

    def touch_list(self, model: type[Model], name: str, pks: Iterable[Any]) -> None:
        """What rows list is about to change."""
        rows = rows_of(model)
        known = self._lists.setdefault((rows.model, name), {})
        for pk in pks:
            if pk not in known:
                known[pk] = listed(rows, name, pk)

    def finish(self) -> None:
        """Write an entry for everything that is different now."""
        write(told(self._touched(), self._touched_lists()), by=self.by)

    def _touched(self) -> Iterator[Touched]:
        for label, before in self._rows.items():
            rows = BY_MODEL[label]
            now = states(rows, before)
            for pk, was in before.items():
                after = now.get(pk, {})
                if was != after:
                    yield Touched(rows, was, after)

    def _touched_lists(self) -> Iterator[tuple[Touched, str, list[Any], list[Any]]]:
        for (label, name), before in self._lists.items():
            rows = BY_MODEL[label]
            now = states(rows, before)
            for pk, was in before.items():
                after = listed(rows, name, pk)
                owner = now.get(pk) or self._rows.get(label, {}).get(pk)
                if was != after and owner:
                    yield Touched(rows, owner, owner), name, was, after


@contextmanager
def recorded(*, by: str = "") -> Iterator[Block]:
    """One transaction, at the end of which an entry is written for everything that has changed in it.

    Inside another one it is a part of that, and what is told is told at the end of the outer one.

    Args:
        by: who makes the changes, where neither a request nor a command tells.
    """
    outer = _block.get()
    if outer is not None:
        outer.by = outer.by or by
        yield outer
        return
    with transaction.atomic():
        block = Block(by)
        token = _block.set(block)
        try:
            yield block
        finally:
            _block.reset(token)
        block.finish()


def current() -> Block | None:
    """The block that changes are part of now."""
    return _block.get()


def thing_of(row: Model) -> tuple[str, str] | None:
    """Kind and key of the thing that a row is or is a part of; None for what is no decision."""
    rows = BY_MODEL.get(row._meta.label)  # noqa: SLF001 - Django's name for a public thing
    state = states(rows, [row.pk]).get(row.pk) if rows else None
    return (rows.kind, filled(rows.key, state)) if rows and state else None


def rows_of(model: type[Model]) -> Rows:
    """How the rows of a model are told.

    Raises:
        KeyError: nobody has said it.
    """
    return BY_MODEL[model._meta.label]  # noqa: SLF001 - Django's name for a public thing


def states(rows: Rows, pks: Iterable[Any]) -> dict[Any, State]:
    """How rows stand in the database; those that are not there are left out."""
    wanted, found = list(pks), {}
    manager = apps.get_model(rows.model)._base_manager  # noqa: SLF001 - Django's name for a public thing
    for start in range(0, len(wanted), _AT_ONCE):
        chunk = wanted[start : start + _AT_ONCE]
        for state in manager.filter(pk__in=chunk).values("pk", *rows.ways):
            pk = state.pop("pk")
            if rows.told(state):
                found[pk] = state
    return found


def listed(rows: Rows, name: str, pk: Any) -> list[Any]:  # noqa: ANN401 - a primary key
    """What a row lists in a many-to-many member, in order."""
    manager = apps.get_model(rows.model)._base_manager  # noqa: SLF001 - Django's name for a public thing
    way = f"{name}__{rows.lists[name]}"
    found = manager.filter(pk=pk, **{f"{way}__isnull": False}).values_list(way, flat=True)
    return sorted(found)
