"""A visit with an authorization request: who asks, where the answer goes, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from django.conf import settings
from django.urls import reverse

from millgate.control.accounts.models import Person
from millgate.control.authorize import requests, selectors, tickets
from millgate.control.authorize.sessions import sign_in_of
from millgate.control.authorize.tickets import Step, Ticket
from millgate.core.values import GUID, new_id

if TYPE_CHECKING:
    from django.http import HttpRequest

    from millgate.control.authorize.requests import Asked, Program, Sent, Target
    from millgate.control.clients.models import ClientApplication

TICKET: Final = "millgate_ticket"
"""The name under which pages of ours hand on a ticket, beside the parameters of the request."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A request whose program and redirect URI are known.

    Attributes:
        request: of the browser.
        tenant: of the address, lower case; empty when it named none.
        sent: the parameters.
        application, program: who asks.
        target: where the answer goes.
        ticket: how far the person has come with this request; None at the beginning.
        trace_id, correlation_id: of this exchange.
    """

    request: HttpRequest
    tenant: str
    sent: Sent
    application: ClientApplication
    program: Program
    target: Target
    ticket: Ticket | None
    trace_id: str
    correlation_id: str

    @property
    def person(self) -> Person | None:
        """Who is signed in; nobody else than an active person ever is."""
        user = self.request.user
        return user if isinstance(user, Person) else None

    @property
    def address(self) -> str:
        """The request's own address."""
        return address_of(self.tenant, self.sent)

    def after(self, step: Step) -> str:
        """The address at which the request goes on after a step."""
        return f"{self.address}&{TICKET}={quote(self.issue(step))}"

    def issue(self, step: Step) -> str:
        """A ticket for a step that is taken now."""
        return Ticket(
            step=step,
            request=tickets.digest_of(self.tenant, self.sent),
            sign_in=sign_in_of(self.request),
            at=int(settings.CLOCK.now()),
        ).issued()

    def checked(self) -> Asked:
        """What the request asks for.

        Raises:
            Refused: something is wrong with it, for the program to know.
        """
        return requests.check(self.sent, self.program, selectors.resources_known())

    @property
    def step(self) -> Step | None:
        """How far the person who is signed in now has come; None when they are at the beginning."""
        ticket = self.ticket
        if ticket is None:
            return None
        anew = ticket.step is Step.SIGN_IN
        return ticket.step if anew != (ticket.sign_in == sign_in_of(self.request)) else None


def begin(request: HttpRequest, tenant: str, sent: Sent) -> Visit:
    """Find out who asks and where the answer may go.

    Raises:
        Refused: nobody that we know, or nowhere; the person is told, and nothing is sent anywhere.
    """
    named = tenant_of(tenant)
    application = selectors.application_asking(requests.client_id(sent), named)
    program = selectors.program_of(application)
    return Visit(
        request=request,
        tenant=named,
        sent=sent,
        application=application,
        program=program,
        target=requests.target(sent, program),
        ticket=_ticket(request, named, sent),
        trace_id=new_id(),
        correlation_id=correlation_of(request),
    )


def tenant_of(segment: str) -> str:
    """The tenant that a segment of an address names, lower case; empty when it stands for any."""
    return "" if segment.lower() == selectors.ANY_TENANT else segment.lower()


def address_of(tenant: str, sent: Sent) -> str:
    """The address of a request."""
    path = reverse("authorize:tenant", args=(tenant,)) if tenant else reverse("authorize:any")
    return f"{path}?{sent.query}"


def correlation_of(request: HttpRequest) -> str:
    """The caller's `client-request-id`, or a new one; what is no GUID is not taken up."""
    given = request.headers.get("client-request-id") or request.GET.get("client-request-id", "")
    return given if GUID.fullmatch(given) else new_id()


def _ticket(request: HttpRequest, tenant: str, sent: Sent) -> Ticket | None:
    ticket = tickets.opened(request.GET.get(TICKET, ""))
    if ticket is None or not ticket.of(tenant, sent) or not ticket.current(settings.CLOCK.now()):
        return None
    return ticket
