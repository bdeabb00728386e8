"""What is told of service requests by mail. Each is called in the transaction of what it tells of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import reverse

from millgate.control.accounts.selectors import administrators_with
from millgate.control.mail.kinds import Kind
from millgate.control.mail.rendering import link_to
from millgate.control.mail.services import Address, mail_queue

if TYPE_CHECKING:
    from millgate.control.accounts.models import Person, ServiceRequest


def received_tell(request: ServiceRequest) -> None:
    """Tell who asks that it was received, and those who may handle it that it waits."""
    values = _values(request)
    mail_queue(kind=Kind.SERVICE_REQUEST_RECEIVED, to=_requester(request), values=values | _own(request))
    asked = values | {
        "requester": request.requester_name,
        "email": request.requester_email,
        "purpose": request.purpose,
        "link": link_to(reverse("admin:accounts_servicerequest_change", args=(request.pk,))),
    }
    for person in administrators_with("accounts.change_servicerequest"):
        mail_queue(kind=Kind.SERVICE_REQUEST_WAITING, to=person, values=asked)


def done_tell(request: ServiceRequest, account: Person) -> None:
    """Tell who asked that the account is there."""
    values = _values(request) | {
        "user_id": account.user_id,
        "email": account.email,
        "link": link_to(reverse("portal:sign-in")),
    }
    mail_queue(kind=Kind.SERVICE_REQUEST_DONE, to=_requester(request), values=values)


def declined_tell(request: ServiceRequest) -> None:
    """Tell who asked that it was declined, and why."""
    values = _values(request) | _own(request) | {"reason": request.reason}
    mail_queue(kind=Kind.SERVICE_REQUEST_DECLINED, to=_requester(request), values=values)


def _requester(request: ServiceRequest) -> Address:
    language = request.requested_by.language if request.requested_by else ""
    return Address(request.requester_email, request.requester_name, language)


def _values(request: ServiceRequest) -> dict[str, object]:
    return {"number": str(request), "company": str(request.company)}


def _own(request: ServiceRequest) -> dict[str, object]:
    """Where the requester sees it; a request that an administrator wrote down is nobody's own."""
    page = reverse("portal:home")
    if request.requested_by_id is not None:
        page = reverse("portal:service-request", args=(request.pk,))
    return {"link": link_to(page)}
