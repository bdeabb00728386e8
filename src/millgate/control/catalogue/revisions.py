"""Revisions switched on and off, and removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from millgate.control.audit.collecting import recorded

if TYPE_CHECKING:
    from millgate.control.catalogue.models import Api, Revision


@recorded()
@transaction.atomic
def revision_online_set(*, api: Api, number: int, online: bool) -> None:
    """Let a revision of an API answer, or answer nothing.

    Raises:
        ValidationError: it has no such revision.
    """
    row = api if number == api.revision else revision_of(api, number)
    row.online = online
    row.save(update_fields=["online"])


@recorded()
@transaction.atomic
def revision_delete(*, api: Api, number: int) -> None:
    """Remove a revision that is not current.

    Raises:
        ValidationError: it is the current one, or there is none.
    """
    if number == api.revision:
        raise ValidationError(_("Revision %(number)s is the current one.") % {"number": number})
    revision_of(api, number).delete()


def revision_of(api: Api, number: int) -> Revision:
    """A revision that is not current.

    Raises:
        ValidationError: there is none.
    """
    row: Revision | None = api.revisions.filter(number=number).first()
    if row is None:
        raise ValidationError(_("There is no revision %(number)s.") % {"number": number})
    return row
