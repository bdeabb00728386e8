"""Two people edit one thing: the later is told what the other has changed, and overwrites nothing unseen.

A page sends back which entry of the audit log was the newest about its thing. Whatever has changed since
then refuses the form; it comes back as it was typed, and is saved when it is sent again.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from millgate.control.audit.collecting import thing_of
from millgate.control.audit.models import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import Model, QuerySet

SEEN: Final = "seen"
"""The field in which a page sends the mark back."""
MOST_TOLD: Final = 20
_LONGEST: Final = 120


def seen_mark(row: Model | None) -> str:
    """What marks how a row stands now; empty for what is no decision."""
    found = _entries(row)
    if found is None:
        return ""
    return str(found.order_by("-id").values_list("id", flat=True).first() or 0)


def changed_since(row: Model, mark: str) -> list[str]:
    """What has changed since a mark was made, as sentences; nothing for a mark that is none.

    The row is locked until the transaction ends, so that nobody changes it behind the answer.
    """
    found = _entries(row)
    if found is None or not (mark.isascii() and mark.isdecimal()) or len(mark) > 18:  # noqa: PLR2004 - digits of a 64-bit number
        return []
    manager = type(row)._base_manager  # noqa: SLF001 - Django's name for a public thing
    list(manager.select_for_update().filter(pk=row.pk).values_list("pk"))
    newer = found.filter(id__gt=int(mark)).exclude(before={}, after={}).order_by("id")
    return [told for entry in newer[:MOST_TOLD] for told in _told(entry)][:MOST_TOLD]


def refuse_if_changed(row: Model, mark: str) -> None:
    """Refuse to overwrite what has changed since a mark was made.

    Raises:
        ValidationError: with what has changed, by whom and when.
    """
    changes = changed_since(row, mark)
    if changes:
        head = _(
            "This was changed after you opened it, so nothing is saved yet. What you typed is below: compare "
            "it with these changes, then save again."
        )
        raise ValidationError([head, *changes])


class SeenForm:
    """A form of a row that stands, refused once when the row is not as its page showed it."""

    def clean(self) -> Any:  # noqa: ANN401 - as Django's own
        """What was cleaned, if nobody has changed the row meanwhile."""
        cleaned = super().clean()  # type: ignore[misc]
        data, row = self.data, self.instance  # type: ignore[attr-defined]
        refuse_if_changed(row, str(data.get(SEEN, "")))
        return cleaned


@cache
def seen_form(form: type[Any]) -> type[Any]:
    """A form class that is also a `SeenForm`."""
    return type(form.__name__, (SeenForm, form), {})


def _entries(row: Model | None) -> QuerySet[Entry] | None:
    thing = thing_of(row) if row is not None and row.pk is not None else None
    return Entry.objects.filter(kind=thing[0], key=thing[1]) if thing else None


def _told(entry: Entry) -> Iterator[str]:
    for member in dict.fromkeys((*entry.before, *entry.after)):
        yield _("%(member)s: from %(before)s to %(after)s, by %(who)s at %(at)s.") % {
            "member": capfirst(member.replace("_", " ")),
            "before": _said(entry.before.get(member)),
            "after": _said(entry.after.get(member)),
            "who": entry.email or entry.who,
            "at": f"{entry.at:%Y-%m-%d %H:%M} UTC",
        }


def _said(value: Any) -> str:  # noqa: ANN401 - whatever a row holds
    if value in (None, "", [], {}):
        return _("nothing")
    if isinstance(value, list):
        value = ", ".join(map(str, value))
    text = f"“{value}”"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…”"
