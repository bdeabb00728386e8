"""Links in mails: each holds a secret of which only the digest is kept, works for some hours, and once."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.conf import settings

from millgate.control.accounts.sign_in_models import AccountLink, LinkPurpose, SignUp
from millgate.control.accounts.vault import digester

if TYPE_CHECKING:
    from millgate.control.accounts.models import Person

CONFIRM_HOURS: Final = 48
"""How long an address can be confirmed."""
RESET_HOURS: Final = 4
"""How long a forgotten password can be chosen anew."""
HOURLY: Final = 5
"""How many links one person is sent in an hour; who asks on is told the same, and sent nothing."""
_AT_ONCE: Final = 100
_HOURS: Final = {LinkPurpose.PASSWORD_RESET: RESET_HOURS, LinkPurpose.ADDRESS_CHANGE: CONFIRM_HOURS}


def secret_new() -> str:
    """A secret for a link: 256 bits."""
    return secrets.token_urlsafe(32)


def digest_of(secret: str) -> str:
    """What is kept of a link's secret."""
    return digester().digest(f"account link\0{secret}")


def link_make(*, person: Person, purpose: LinkPurpose, email: str = "") -> str | None:
    """A link for somebody; its secret, or None when they have been sent enough lately.

    Args:
        person: whom it is mailed to.
        purpose: what it does.
        email: the new address, where it is about one.
    """
    now = settings.CLOCK.utc()
    _old_drop()
    if link_enough(person=person, purpose=purpose):
        return None
    secret = secret_new()
    AccountLink.objects.create(
        digest=digest_of(secret),
        purpose=purpose,
        person=person,
        email=email,
        made_at=now,
        expires_at=now + timedelta(hours=_HOURS[purpose]),
    )
    return secret


def link_enough(*, person: Person, purpose: LinkPurpose) -> bool:
    """Whether somebody has been sent so many links in the last hour that they get no other now."""
    since = settings.CLOCK.utc() - timedelta(hours=1)
    mine = AccountLink.objects.filter(person=person, purpose=purpose, made_at__gt=since)
    return mine.count() >= HOURLY


def link_find(secret: str, purpose: LinkPurpose) -> AccountLink | None:
    """The link of a secret, for somebody who may still use it."""
    live = AccountLink.objects.filter(expires_at__gt=settings.CLOCK.utc(), purpose=purpose)
    link = live.select_related("person").filter(digest=digest_of(secret)).first()
    return link if link is not None and link.person.is_active else None


def link_use(secret: str, purpose: LinkPurpose) -> AccountLink | None:
    """The same, used up by it, inside a transaction; others of this person for this purpose go with it."""
    link = link_find(secret, purpose)
    if link is None or not AccountLink.objects.filter(pk=link.pk).delete()[0]:
        return None
    AccountLink.objects.filter(person=link.person, purpose=purpose).delete()
    return link


def _old_drop() -> None:
    now = settings.CLOCK.utc()
    for model in (AccountLink, SignUp):
        old = list(model.objects.filter(expires_at__lt=now).values_list("pk", flat=True)[:_AT_ONCE])
        model.objects.filter(pk__in=old).delete()
