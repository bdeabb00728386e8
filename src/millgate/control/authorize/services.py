"""What people decide about programs, and the codes that follow from it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import transaction

from millgate.control.audit.collecting import recorded
from millgate.control.authorize.selectors import consent_given, resource_meant
from millgate.control.clients.models import Consent
from millgate.control.clients.vault import digester
from millgate.core.secrets import Secret
from millgate.stores.grants import Grant
from millgate.stores.ports import StoreUnreachable

if TYPE_CHECKING:
    from millgate.control.accounts.models import Person
    from millgate.control.authorize.requests import Asked
    from millgate.control.clients.models import ClientApplication
    from millgate.stores.grants import Grants

CODE_SECONDS: Final = 600
"""How long a code can be redeemed: the most that RFC 6749 section 4.1.2 allows."""

SCOPE: Final = "user_impersonation"
_CODE_BYTES: Final = 48


class NotAllowed(Exception):  # noqa: N818 - what happened, as it is told
    """The person has not allowed this, or has revoked it meanwhile."""


def consent_give(*, person: Person, application: ClientApplication, resource: str) -> Consent:
    """Remember that a person allows an application to act as them towards a resource."""
    consent, _ = Consent.objects.update_or_create(
        person=person, application=application, resource=resource, defaults={"given_at": settings.CLOCK.utc()}
    )
    return consent


def code_offer(*, person: Person, application: ClientApplication, asked: Asked) -> Secret:
    """A code for what a person has allowed; only its digest is kept.

    Raises:
        NotAllowed: there is no consent.
        StoreUnreachable: it cannot be kept.
    """
    code, now = Secret(secrets.token_urlsafe(_CODE_BYTES)), int(settings.CLOCK.now())
    # A transaction is a writer from its beginning, so revoking comes before it or after it: a consent that
    # is read here stands until the code is offered, and whoever revokes then finds the code's family.
    with transaction.atomic():
        if consent_given(person, application, resource_meant(asked)) is None:
            raise NotAllowed
        _grants().offer(
            digester().digest(code.reveal()), _grant(person, application, asked, now), now + CODE_SECONDS
        )
    return code


def program_revoke(*, person: Person, application: ClientApplication) -> None:
    """Take back all that a person allowed a program. Its tokens are refused within a second.

    Raises:
        StoreUnreachable: nothing was changed.
    """
    with recorded():
        Consent.objects.filter(person=person, application=application).delete()
        _grants().end_all(person.user_id, str(application.client_id), int(settings.CLOCK.now()))


def _grant(person: Person, application: ClientApplication, asked: Asked, now: int) -> Grant:
    return Grant(
        client_id=str(application.client_id),
        pcn=application.company.pcn,
        account=person.user_id,
        resource=asked.resource,
        scope=SCOPE,
        names={
            "upn": person.email,
            "name": str(person),
            "given_name": person.first_name,
            "family_name": person.last_name,
        },
        redirect_uri=asked.redirect_uri,
        challenge=asked.challenge,
        method=asked.method,
        nonce=asked.nonce,
        at=now,
    )


def _grants() -> Grants:
    kept: Grants | None = settings.GRANTS
    if kept is None:
        raise StoreUnreachable("this process was started without a store of grants")
    return kept
