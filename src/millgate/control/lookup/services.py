"""Signing in to the pane: a short token for managed APIs, for as long as a person stays.

A session is a family of grants, as for a program that a person allowed: the pane gets an access token of
some minutes and a handle to exchange for the next, both kept in its memory alone. Signing out ends the
family, which revokes the token that is out.
"""

from __future__ import annotations

import secrets
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.utils.translation import gettext as _

from millgate.control.accounts.models import Company, Person
from millgate.control.audit.services import note
from millgate.control.clients.services import application_create, subscription_keys_reveal
from millgate.control.clients.vault import digester
from millgate.control.lookup.bearing import session_over
from millgate.control.lookup.calendars import plant_clock
from millgate.control.lookup.problems import Problem
from millgate.control.lookup.selectors import (
    application_id,
    application_of,
    demo_identity,
    key_needed,
    published,
    subscription_of,
    tier_for,
)
from millgate.control.lookup.sessions import CompanyShown, Session
from millgate.control.publish.selectors import snapshot_current
from millgate.control.publish.services import directory_change
from millgate.snapshot.document import PRODUCTION, TEST
from millgate.snapshot.page_tokens import NoPageToken
from millgate.snapshot.principals import principal_of_person
from millgate.stores.grants import Exchanged, Grant, HandleKind
from millgate.stores.ports import StoreUnreachable

if TYPE_CHECKING:
    from collections.abc import Callable

    from millgate.control.clients.models import ClientApplication
    from millgate.snapshot import document
    from millgate.snapshot.model import Snapshot
    from millgate.snapshot.page_tokens import PageToken, PageTokens
    from millgate.stores.grants import Grants, Handle

TOKEN_SECONDS: Final = 15 * 60
"""How long a token of the pane is good."""
IDLE_SECONDS: Final = 4 * 3600
"""After how long without a renewal one signs in again."""
LONGEST_SECONDS: Final = 12 * 3600
"""After how long one signs in again in any case: a shift with its overtime."""
APPLICATION_NAME: Final = "Workcenter Lookup"
SCOPE: Final = "user_impersonation"
_OFFERED_SECONDS: Final = 60
_HANDLE_BYTES: Final = 48


def demo_session_begin() -> Session:
    """A session of Demo Mode, as which anybody may read the sample company.

    Raises:
        Problem: there is no sample company here.
    """
    identity, snapshot = demo_identity(), snapshot_current()
    application = snapshot.applications.get(str(identity.application.client_id)) if identity else None
    if identity is None or application is None:
        text = _("Demo Mode needs the sample company, which this installation does not have. Sign in.")
        raise Problem("demo-unavailable", text, HTTPStatus.NOT_FOUND)
    now = int(settings.CLOCK.now())
    made = _signed(lambda: _tokens().for_application(snapshot, application, now, TOKEN_SECONDS))
    key = subscription_keys_reveal(subscription=identity.subscription).primary.reveal()
    subscription = subscription_of(snapshot, key)
    return Session(
        mode="demo",
        token=made.token,
        expires_in=made.expires - now,
        company=_shown(identity.application.company),
        base=_base(tier_for(snapshot, subscription) or TEST),
        subscription_key=key,
        subscription_key_required=key_needed(snapshot),
    )


def session_begin(*, person: Person, company_code: str, key: str) -> Session:
    """A session of somebody who has given all that is asked of them, in their main company.

    Raises:
        Problem: the company is not theirs, or the key opens nothing.
        StoreUnreachable: it cannot be kept.
    """
    company = _company(person, company_code)
    base = _base_of_key(snapshot_current(), key)
    application = _application(company)
    now = int(settings.CLOCK.now())
    grant = _grant(person, application, now)
    offered = secrets.token_urlsafe(_HANDLE_BYTES)
    _grants().offer(digester().digest(offered), grant, now + _OFFERED_SECONDS)
    return _exchanged(offered, grant, person, base=base)


def session_renew(*, handle: str) -> Session:
    """The next token of a session. The handle is spent: the session that is answered has another.

    Raises:
        Problem: the session has ended: signed out, unused for too long, or of somebody who may not any more.
        StoreUnreachable: nothing was changed.
    """
    found = _handle(handle)
    person = Person.objects.select_related("company").filter(user_id=found.grant.account).first()
    if person is None or not person.is_active or person.company is None:
        raise session_over()
    if person.company.pcn != found.grant.pcn or mark_of(person) != found.grant.mark:
        raise session_over()
    return _exchanged(handle, found.grant, person)


def session_end(*, handle: str) -> None:
    """Sign out: the handle and the token that is out are worth nothing. Harmless when repeated."""
    found = _grants().find(digester().digest(handle))
    if found is None or found.kind is not HandleKind.REFRESH or found.ended:
        return
    person = Person.objects.select_related("company").filter(user_id=found.grant.account).first()
    if person is None or person.company is None or not _of_pane(found, person.company):
        return
    _grants().end(found.family, int(settings.CLOCK.now()))
    note("signed out", kind="person", key=person.user_id, name=person.email, comment=APPLICATION_NAME)


def person_signed_out(person: Person) -> bool:
    """End every session that somebody has in the pane; False when their store cannot be reached.

    Then the token that is out goes on for its minutes. After a change of password it is not renewed.
    """
    if person.company is None:
        return True
    client_id, now = str(application_id(person.company)), int(settings.CLOCK.now())
    try:
        ended = _grants().end_all(person.user_id, client_id, now)
    except StoreUnreachable:
        return False
    if ended:
        note(
            "sessions ended",
            kind="person",
            key=person.user_id,
            name=person.email,
            comment=APPLICATION_NAME,
        )
    return True


def mark_of(person: Person) -> str:
    """What changes with somebody's password, and tells nothing of it."""
    return digester().digest(f"lookup session\0{person.get_session_auth_hash()}")


def _company(person: Person, code: str) -> Company:
    company = person.company
    if company is None or company.code.casefold() != code.strip().casefold():
        text = _(
            "Company Code is not your main company. Workcenter Lookup shows the company that your account"
            " belongs to; it stands in your profile as the default customer (PCN)."
        )
        raise Problem("wrong-company", text, HTTPStatus.FORBIDDEN)
    if not company.active:
        text = _("This company is not active here. Ask your administrator.")
        raise Problem("company-inactive", text, HTTPStatus.FORBIDDEN)
    return company


def _base_of_key(snapshot: Snapshot, key: str) -> str:
    if not published(snapshot):
        text = _("This installation does not publish the API that this needs. Ask an administrator.")
        raise Problem("not-published", text, HTTPStatus.NOT_FOUND)
    if not key:
        if key_needed(snapshot):
            text = _("Give the Subscription Key: it stands in your profile in the developer portal.")
            raise Problem("key-missing", text)
        return _base(tier_for(snapshot, None) or PRODUCTION)
    subscription = subscription_of(snapshot, key)
    if subscription is None:
        text = _("Nobody has this Subscription Key. Copy it anew from your profile in the developer portal.")
        raise Problem("key-unknown", text)
    if not subscription.active:
        text = _("The subscription of this key is not active. Its state stands in your profile.")
        raise Problem("key-inactive", text)
    tier = tier_for(snapshot, subscription)
    if tier is None:
        text = _("This Subscription Key does not open workcenters. Subscribe to an adapter that does.")
        raise Problem("key-elsewhere", text)
    return _base(tier)


def _application(company: Company) -> ClientApplication:
    """The pane's application in a company, made when the first of its people signs in."""
    standing = application_of(company)
    if standing is None:
        with directory_change(by="lookup"):
            # Somebody else of the company may have been the first meanwhile.
            standing = application_of(company) or application_create(
                display_name=APPLICATION_NAME,
                company=company,
                account=None,
                client_id=application_id(company),
            )
        # Workers hear of it within this time, and until then would refuse its first token.
        time.sleep(2 * settings.MILLGATE.refresh_seconds)
    if not standing.enabled:
        text = _("Workcenter Lookup is switched off for your company. Ask your administrator.")
        raise Problem("switched-off", text, HTTPStatus.FORBIDDEN)
    return standing


def _exchanged(handle: str, grant: Grant, person: Person, base: str | None = None) -> Session:
    snapshot, now = snapshot_current(), int(settings.CLOCK.now())
    application = _standing(snapshot, grant)
    made = _signed(lambda: _tokens().for_person(snapshot, application, grant, now, TOKEN_SECONDS))
    refresh = secrets.token_urlsafe(_HANDLE_BYTES)
    given = Exchanged(
        access=made.digest,
        access_until=made.expires,
        refresh=digester().digest(refresh),
        refresh_until=min(now + IDLE_SECONDS, grant.at + LONGEST_SECONDS),
    )
    if not _grants().exchange(digester().digest(handle), given, now):
        raise session_over()
    return Session(
        mode="own",
        token=made.token,
        expires_in=made.expires - now,
        refresh=refresh,
        person=str(person),
        company=_shown(snapshot.tenants[grant.pcn]),
        base=base,
        subscription_key_required=key_needed(snapshot),
    )


def _standing(snapshot: Snapshot, grant: Grant) -> document.Application:
    """The application of a grant, while it may act as the person."""
    application = snapshot.applications.get(grant.client_id)
    account, company = snapshot.accounts.get(grant.account), snapshot.tenants.get(grant.pcn)
    if application is None or not application.enabled or principal_of_person(application, account) is None:
        raise session_over()
    if company is None or not company.active:
        raise session_over()
    return application


def _handle(text: str) -> Handle:
    found = _grants().find(digester().digest(text))
    if found is None or found.kind is not HandleKind.REFRESH:
        raise session_over()
    company = Company.objects.filter(pcn=found.grant.pcn).first()
    if company is None or not _of_pane(found, company):
        raise session_over()
    return found


def _of_pane(found: Handle, company: Company) -> bool:
    return found.grant.client_id == str(application_id(company))


def _grant(person: Person, application: ClientApplication, now: int) -> Grant:
    return Grant(
        client_id=str(application.client_id),
        pcn=application.company.pcn,
        account=person.user_id,
        resource=settings.MILLGATE.resource,
        scope=SCOPE,
        names={
            "upn": person.email,
            "name": str(person),
            "given_name": person.first_name,
            "family_name": person.last_name,
        },
        mark=mark_of(person),
        at=now,
    )


def _shown(company: Company | document.Company) -> CompanyShown:
    return CompanyShown(company.code, company.name, plant_clock(company.pcn).zone)


def _base(tier: str) -> str:
    return "/test" if tier == TEST else ""


def _signed(make: Callable[[], PageToken]) -> PageToken:
    try:
        return make()
    except NoPageToken as why:
        raise StoreUnreachable(str(why)) from why


def _tokens() -> PageTokens:
    made: PageTokens | None = settings.PAGE_TOKENS
    if made is None:
        raise StoreUnreachable("this process was started without tokens for pages")
    return made


def _grants() -> Grants:
    kept: Grants | None = settings.GRANTS
    if kept is None:
        raise StoreUnreachable("this process was started without a store of grants")
    return kept
