"""Service requests (USR): a company asks for a developer account, and an administrator decides.

A change that the rules forbid raises Django's `ValidationError`. Of two administrators who decide at once,
the later one is told what the other has done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from millgate.control.accounts import service_request_mails as mails
from millgate.control.accounts.models import (
    SERVICE_REQUESTS_OPEN,
    Company,
    Person,
    PersonState,
    ServiceRequest,
    ServiceRequestState,
)
from millgate.control.accounts.services import person_create, service_account_create
from millgate.control.audit.collecting import recorded

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST_OPEN: Final = 5
"""How many requests of one person may wait at a time."""


@recorded()
def service_request_create(
    *,
    company: Company,
    requester_name: str,
    requester_email: str,
    purpose: str,
    requester_phone: str = "",
    wanted_user_id: str = "",
    wanted_companies: Iterable[Company] = (),
    requested_by: Person | None = None,
) -> ServiceRequest:
    """Write a request down. Who asks, and those who may handle it, are told by mail.

    Args:
        company: that asks.
        requester_name: who speaks for it.
        requester_email: where they are told.
        purpose: what the account is for.
        requester_phone: may be empty.
        wanted_user_id: of the account; may be empty.
        wanted_companies: further ones in which the account shall act.
        requested_by: whoever asked in the portal; None for what an administrator writes down.
    """
    if requested_by is not None:
        _may_ask(requested_by, (company, *wanted_companies))
    request = ServiceRequest(
        company=company,
        requester_name=requester_name,
        requester_email=requester_email,
        requester_phone=requester_phone,
        purpose=purpose,
        wanted_user_id=wanted_user_id,
        requested_by=requested_by,
        created_at=settings.CLOCK.utc(),
    )
    request.full_clean()
    request.save(force_insert=True)
    request.wanted_companies.set([other for other in wanted_companies if other != company])
    mails.received_tell(request)
    return request


@recorded()
def service_request_take(*, request: ServiceRequest, by: Person) -> None:
    """Take a request that was received: it is in progress, and others see who handles it."""
    _move(
        request,
        (ServiceRequestState.RECEIVED,),
        state=ServiceRequestState.IN_PROGRESS,
        handled_by=by,
        taken_at=settings.CLOCK.utc(),
    )


@recorded()
def service_request_decline(*, request: ServiceRequest, by: Person, reason: str) -> None:
    """Turn a request down, saying why; who asked is told by mail."""
    if not reason.strip():
        raise ValidationError(_("Say why: the requester is told the reason."))
    _move(
        request,
        SERVICE_REQUESTS_OPEN,
        state=ServiceRequestState.DECLINED,
        handled_by=by,
        reason=reason.strip()[:500],
        closed_at=settings.CLOCK.utc(),
    )
    mails.declined_tell(request)


@recorded()
def service_request_link(
    *, request: ServiceRequest, by: Person, account: Person, service_account: Person | None = None
) -> None:
    """Answer a request by an account that is there already; who asked is told by mail."""
    if account.is_service_account:
        raise ValidationError(_("A service account cannot sign in. Choose the account of a person."))
    if account.state != PersonState.ACTIVE:
        raise ValidationError(_("%(person)s is not active. Let them in first."), params={"person": account})
    _move(
        request,
        SERVICE_REQUESTS_OPEN,
        state=ServiceRequestState.DONE,
        handled_by=by,
        account=account,
        service_account=service_account,
        closed_at=settings.CLOCK.utc(),
    )
    mails.done_tell(request, account)


@recorded()
def service_request_produce(
    *,
    request: ServiceRequest,
    by: Person,
    email: str,
    user_id: str,
    first_name: str = "",
    last_name: str = "",
    password: str | None = None,
    companies: Iterable[Company] = (),
    roles: Sequence[str] = (),
    service_user_id: str = "",
) -> Person:
    """Answer a request by a new developer account, and perhaps a service account for its programs.

    Both act in the company that asked and in the further ones, and have the roles. Who asked is told by mail.

    Args:
        request: that waits.
        by: the administrator.
        email: of the account.
        user_id: of the account.
        first_name: of its holder.
        last_name: of its holder.
        password: a first one that satisfies the rules; without one the holder chooses it themselves.
        companies: the further ones.
        roles: by key.
        service_user_id: of the service account; empty for none.
    """
    shared: dict[str, Any] = {
        "company": request.company,
        "companies": [other for other in companies if other != request.company],
        "roles": roles,
    }
    account = person_create(
        email=email,
        user_id=user_id,
        password=password,
        first_name=first_name,
        last_name=last_name,
        **shared,
    )
    service_account = None
    if service_user_id:
        service_account = service_account_create(user_id=service_user_id, **shared)
    service_request_link(request=request, by=by, account=account, service_account=service_account)
    return account


def _may_ask(person: Person, companies: Iterable[Company]) -> None:
    for company in companies:
        if not person.acts_in(company):
            raise ValidationError(_("You do not act in this company."))
    waiting = ServiceRequest.objects.filter(requested_by=person, state__in=SERVICE_REQUESTS_OPEN)
    if waiting.count() >= MOST_OPEN:
        raise ValidationError(
            _("%(most)s requests of yours wait already. Ask again when one of them is decided."),
            params={"most": MOST_OPEN},
        )


def _move(request: ServiceRequest, states: Sequence[ServiceRequestState], **members: object) -> None:
    """Change a request that is in one of the states in the database, whatever a page showed of it."""
    now = (
        ServiceRequest.objects.select_for_update(of=("self",)).select_related("handled_by").get(pk=request.pk)
    )
    if now.state not in states:
        raise ValidationError(_refused(now))
    for name, value in members.items():
        setattr(request, name, value)
    request.save(update_fields=list(members))


def _refused(request: ServiceRequest) -> str:
    told = {
        "request": request,
        "state": request.get_state_display().lower(),
        "by": request.handled_by or _("nobody"),
    }
    return _("%(request)s is %(state)s; %(by)s handles it. This cannot be done to it.") % told
