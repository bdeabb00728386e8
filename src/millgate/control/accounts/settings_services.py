"""Deciding about accounts for the whole installation."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from millgate.control.accounts.models import AccountSettings
from millgate.control.audit.collecting import recorded


@recorded()
def account_settings_set(
    *, sign_up: str, administrators_need_second_factor: bool, terms: str, terms_required: bool
) -> AccountSettings:
    """Decide about accounts: who may sign up, what administrators need, and the terms of use.

    Args:
        sign_up: as in `SignUpPolicy`.
        administrators_need_second_factor: whether they are led to set one up.
        terms: Markdown; empty for none.
        terms_required: whether whoever signs up accepts them first.

    Raises:
        ValidationError: a value is none of those there are, or the terms are too long.
    """
    row = AccountSettings.objects.first() or AccountSettings()
    row.sign_up = sign_up
    row.administrators_need_second_factor = administrators_need_second_factor
    row.terms = terms
    row.terms_required = terms_required
    most = AccountSettings._meta.get_field("terms").max_length  # noqa: SLF001 - Django's name for a public thing
    if most is not None and len(row.terms) > most:
        raise ValidationError({"terms": _("The terms are longer than %(most)s characters.") % {"most": most}})
    row.full_clean()
    row.save()
    return row
