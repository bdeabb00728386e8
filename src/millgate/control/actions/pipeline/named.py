"""Records that a caller names by their number or by what people call them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from django.db.models import Model

from millgate.control.actions.pipeline.refusals import missing, not_found

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from millgate.control.actions.pipeline.calls import ActionCall

M = TypeVar("M", bound=Model)


def named(call: ActionCall, rows: QuerySet[M], name: str, what: str) -> M:
    """The one record that the parameters `id` and another one name; both together must name the same.

    Args:
        call: that names it.
        rows: all that the caller may see.
        name: of the other parameter, and of the field that it is.
        what: it is, in a word.

    Raises:
        Refused: neither is given, or there is no such record.
    """
    given = {key: call.params[key] for key in ("id", name) if key in call.params}
    if not given:
        raise missing(name, f"Name the {what} by id or by {name}.")
    found = rows.filter(**{("pk" if key == "id" else key): value for key, value in given.items()}).first()
    if found is None:
        raise not_found(next(iter(given)), what)
    return found
