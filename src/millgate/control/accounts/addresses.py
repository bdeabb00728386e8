"""Changing the address of an account: whoever reads the new one's mail confirms it."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from millgate.control.accounts import links, mails
from millgate.control.accounts.models import Person
from millgate.control.accounts.sign_in_models import LinkPurpose
from millgate.control.audit.collecting import recorded
from millgate.control.audit.services import note


@recorded()
def address_change_ask(*, person: Person, email: str) -> None:
    """Send a link that confirms it to a new address. Whoever asks does not learn whether it has an account.

    Raises:
        ValidationError: the person has this address already.
    """
    wanted = email.strip().lower()
    if wanted == person.email.lower():
        raise ValidationError(_("This is the address of your account already."))
    standing = Person.objects.filter(email__iexact=wanted).first()
    if standing is not None:
        mails.existence_tell(standing)
    else:
        secret = links.link_make(person=person, purpose=LinkPurpose.ADDRESS_CHANGE, email=wanted)
        if secret is not None:
            mails.new_address_tell(person, wanted, secret)
    note("address change asked", kind="person", key=person.user_id, name=person.email)


def address_change_waits(person: Person, secret: str) -> str | None:
    """The address that a link would give to this person; None when it does not work for them."""
    link = links.link_find(secret, LinkPurpose.ADDRESS_CHANGE)
    return link.email if link is not None and link.person_id == person.pk else None


@recorded()
def address_change(*, person: Person, secret: str) -> None:
    """Give a person the address that a link confirms; the old one is told.

    Raises:
        ValidationError: the link does not work (any more), or is somebody else's.
    """
    refused = ValidationError(_("This link does not work any more, or it is not for this account."))
    if address_change_waits(person, secret) is None:
        raise refused
    link = links.link_use(secret, LinkPurpose.ADDRESS_CHANGE)
    if link is None or Person.objects.filter(email__iexact=link.email).exclude(pk=person.pk).exists():
        raise refused
    old = person.email
    person.email, person.confirmed_at = link.email, settings.CLOCK.utc()
    person.save(update_fields=["email", "confirmed_at"])
    mails.address_changed_tell(person, old)
