"""The endpoint at which programs ask people, and the pages that it shows."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Final, ParamSpec
from urllib.parse import urlencode

import structlog
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from millgate.control.authorize import requests, responses, selectors, services, tickets, visits
from millgate.control.authorize.requests import Prompt, ResponseMode
from millgate.control.authorize.sessions import sign_in_of
from millgate.control.authorize.tickets import Step
from millgate.core.errors import (
    AUTHORIZE_FAILURE,
    CONSENT_DECLINED,
    CONSENT_REQUIRED,
    DECISION_UNREADABLE,
    GRANTS_UNREACHABLE,
    INTERACTION_REQUIRED,
    LOGIN_REQUIRED,
    PERSON_ELSEWHERE,
    Refusal,
    Refused,
)
from millgate.core.values import instant_spaced, new_id
from millgate.stores.ports import StoreUnreachable
from millgate.wire.content_policy import content_policy

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

    from millgate.control.accounts.models import Person
    from millgate.control.authorize.requests import Asked
    from millgate.control.authorize.visits import Visit

_FORM: Final = "application/x-www-form-urlencoded"
_ALWAYS: Final = frozenset({Prompt.CONSENT, Prompt.ADMIN_CONSENT})
_DECIDED: Final = frozenset({Step.ALLOWED, Step.DECLINED})

_Given = ParamSpec("_Given")

_log = structlog.get_logger("millgate.control.authorize")


def guarded(view: Callable[_Given, HttpResponse]) -> Callable[_Given, HttpResponse]:
    """Nobody keeps the answer, and nobody to whom it leads learns its address."""

    @wraps(view)
    def guard(*given: _Given.args, **named: _Given.kwargs) -> HttpResponse:
        answer = view(*given, **named)
        answer.headers["Cache-Control"] = "no-store"
        answer.headers.setdefault("Referrer-Policy", "no-referrer")
        return answer

    return guard


@csrf_exempt  # a program's page may post its request; what is posted is only turned into an address
@require_http_methods(["GET", "POST"])
@guarded
def authorize(request: HttpRequest, tenant: str = "") -> HttpResponse:
    """The authorization endpoint (RFC 6749 section 3.1)."""
    try:
        if request.method == "POST":
            sent = requests.read(request.body if request.content_type == _FORM else "")
            return _see_other(visits.address_of(visits.tenant_of(tenant), sent))
        visit = visits.begin(request, tenant, requests.read(request.META.get("QUERY_STRING", "")))
    except Refused as refused:
        return _refused(request, refused.refusal)
    return _answered(visit)


@require_POST
@guarded
def decide(request: HttpRequest) -> HttpResponse:
    """What a person decided on the page that showed what a program asks for."""
    shown, tenant = tickets.opened(request.POST.get("shown", "")), request.POST.get("tenant", "")
    try:
        sent = requests.read(request.POST.get("request", ""))
        if shown is None or shown.step is not Step.SHOWN or not shown.of(tenant, sent):
            return _refused(request, Refusal(DECISION_UNREADABLE))
        visit = visits.begin(request, tenant, sent)
    except Refused as refused:
        return _refused(request, refused.refusal)
    person, theirs = visit.person, shown.sign_in == sign_in_of(request)
    if person is None or not theirs or not shown.current(settings.CLOCK.now()):
        # Somebody else is signed in by now, or the page is of yesterday: it is shown anew.
        return _see_other(visit.address)
    if "allow" not in request.POST:
        return _see_other(visit.after(Step.DECLINED))
    return _see_other(_allowed(visit, person))


def _allowed(visit: Visit, person: Person) -> str:
    """Where a person goes on who allows what was shown; a request that has become faulty allows nothing."""
    try:
        asked = visit.checked()
    except Refused:
        return visit.address
    if not person.acts_in(visit.application.company):
        return visit.address
    resource = selectors.resource_meant(asked)
    services.consent_give(person=person, application=visit.application, resource=resource)
    _log.info("consent_given", client_id=visit.program.client_id, account=person.user_id)
    return visit.after(Step.ALLOWED)


def _answered(visit: Visit) -> HttpResponse:
    """Go on with a request; whatever goes wrong, its program is told."""
    try:
        return _next(visit, visit.checked())
    except Refused as refused:
        refusal = refused.refusal
    except StoreUnreachable as unreachable:
        _log.warning("grants_unreachable", trace_id=visit.trace_id, why=str(unreachable))
        refusal = Refusal(GRANTS_UNREACHABLE)
    except Exception:  # noqa: BLE001 - the border: an answer, and the cause in the log
        _log.exception("authorize_failure", trace_id=visit.trace_id)
        refusal = Refusal(AUTHORIZE_FAILURE)
    _log.info("authorize_refused", trace_id=visit.trace_id, code=refusal.problem.code)
    now = settings.CLOCK.now()
    return _sent(visit, responses.error_members(refusal, visit.trace_id, visit.correlation_id, now))


def _next(visit: Visit, asked: Asked) -> HttpResponse:
    """The next thing to ask the person; the code when nothing is left."""
    step, silent = visit.step, Prompt.NONE in asked.prompts
    if step is Step.DECLINED:
        raise Refused(Refusal(CONSENT_DECLINED))
    person = visit.person
    if person is None:
        if silent:
            raise Refused(Refusal(LOGIN_REQUIRED))
        return _see_other(_sign_in_address(visit, asked))
    if Prompt.LOGIN in asked.prompts and step not in {Step.SIGN_IN, *_DECIDED}:
        return _see_other(_sign_in_address(visit, asked, hint=person.email))
    if Prompt.SELECT_ACCOUNT in asked.prompts and step is None:
        return _accounts(visit, asked, person)
    if not person.acts_in(visit.application.company):
        if silent:
            raise Refused(Refusal(INTERACTION_REQUIRED))
        return _elsewhere(visit, asked, person)
    if step is not Step.ALLOWED and _must_be_asked(visit, asked, person):
        if silent:
            raise Refused(Refusal(CONSENT_REQUIRED, {"client_id": visit.program.client_id}))
        return _consent(visit, asked, person)
    return _code(visit, asked, person)


def _must_be_asked(visit: Visit, asked: Asked, person: Person) -> bool:
    """Whether what was allowed before is not enough.

    RFC 8252 section 8.6: any program on a device can ask in the name of a public client that is answered
    there, so a person is asked each time.
    """
    on_a_device = responses.destination(visit.target.uri)[0] != "web"
    if asked.prompts & _ALWAYS or (visit.program.public and on_a_device):
        return True
    resource = selectors.resource_meant(asked)
    return selectors.consent_given(person, visit.application, resource) is None


def _code(visit: Visit, asked: Asked, person: Person) -> HttpResponse:
    try:
        code = services.code_offer(person=person, application=visit.application, asked=asked)
    except services.NotAllowed:
        return _consent(visit, asked, person)
    _log.info("code_offered", client_id=visit.program.client_id, account=person.user_id)
    members = {"code": code.reveal(), "session_state": sign_in_of(visit.request)}
    if Prompt.ADMIN_CONSENT in asked.prompts:
        members["admin_consent"] = "True"
    return _sent(visit, members)


def _sent(visit: Visit, said: dict[str, str]) -> HttpResponse:
    """Send an answer to the program, in the mode that it asked for."""
    target, members = visit.target, dict(said)
    if target.state:
        members["state"] = target.state
    if visit.tenant:
        members["iss"] = f"{settings.MILLGATE.public_origin}/{visit.tenant}/"  # RFC 9207
    if target.mode is ResponseMode.FORM_POST:
        return _form_post(visit, members)
    address = responses.address(target, members)
    if visit.ticket is None:
        return _see_other(address)
    # A form of ours may have led here, and browsers hold its form-action against every redirect that
    # follows, the program's own included. So this leaves by a page of its own.
    context = {"address": address, "application": visit.application}
    return render(visit.request, "authorize/forward.html", context)


def _form_post(visit: Visit, members: dict[str, str]) -> HttpResponse:
    context = {"uri": visit.target.uri, "members": members, "application": visit.application}
    answer = render(visit.request, "authorize/form_post.html", context)
    answer.headers["Content-Security-Policy"] = content_policy(responses.form_source(visit.target.uri))
    return answer


def _see_other(address: str) -> HttpResponse:
    # Not HttpResponseRedirect, which refuses the schemes of programs on a device.
    return HttpResponse(status=303, headers={"Location": address})


def _sign_in_address(visit: Visit, asked: Asked, hint: str = "") -> str:
    """The sign-in page, from which one comes back to the same request."""
    words = {"next": visit.after(Step.SIGN_IN), "again": "1"}
    if asked.login_hint or hint:
        words["login_hint"] = asked.login_hint or hint
    return f"{reverse('portal:sign-in')}?{urlencode(words)}"


def _accounts(visit: Visit, asked: Asked, person: Person) -> HttpResponse:
    context = {
        "application": visit.application,
        "person": person,
        "go_on": visit.after(Step.CHOSEN),
        "another": _sign_in_address(visit, asked),
    }
    return render(visit.request, "authorize/accounts.html", context)


def _elsewhere(visit: Visit, asked: Asked, person: Person) -> HttpResponse:
    values = {"email": person.email, "tenant": visit.program.tenant, "client_id": visit.program.client_id}
    context = {
        "application": visit.application,
        "person": person,
        "another": _sign_in_address(visit, asked),
        "back": visit.after(Step.DECLINED),
    }
    return _refused(visit.request, Refusal(PERSON_ELSEWHERE, values), context)


def _consent(visit: Visit, asked: Asked, person: Person) -> HttpResponse:
    kind, place = responses.destination(visit.target.uri)
    resource = selectors.resource_meant(asked)
    context = {
        "application": visit.application,
        "program": visit.program,
        "person": person,
        "roles": selectors.roles_of(person),
        "resource": resource,
        "resource_name": selectors.resource_name(resource),
        "kind": kind,
        "place": place,
        "before": selectors.consent_given(person, visit.application, asked.resource),
        "tenant": visit.tenant,
        "query": visit.sent.query,
        "shown": visit.issue(Step.SHOWN),
        "another": _sign_in_address(visit, asked),
    }
    answer = render(visit.request, "authorize/consent.html", context)
    # With no-referrer a browser says `Origin: null` with the form, which would pass for another site's.
    answer.headers["Referrer-Policy"] = "same-origin"
    return answer


def _refused(request: HttpRequest, refusal: Refusal, more: dict[str, object] | None = None) -> HttpResponse:
    """A page that says what is wrong; nothing is sent to anybody."""
    trace_id = new_id()
    _log.info("authorize_refused", trace_id=trace_id, code=refusal.problem.code)
    context = {
        "refusal": refusal,
        "trace_id": trace_id,
        "correlation_id": visits.correlation_of(request),
        "at": instant_spaced(settings.CLOCK.now()),
        **(more or {}),
    }
    return render(request, "authorize/refused.html", context, status=refusal.problem.status)
