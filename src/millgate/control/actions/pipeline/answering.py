"""A call from its first check to its envelope, in the one order that decides which status wins.

1 the route is in the router · 2 its record can be found · 3 it is deployed · 4 its service is deployed ·
5 the content type · 6 the body can be read and holds something · 7 the token · 8 the session's age · 9 a
record as client, employee or liaison · 10 the permission · 11 required parameters · 12 valid parameters ·
13 the action itself. A stranger learns nothing of a route's parameters: the token comes first.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import structlog
from django.conf import settings

from millgate.control.actions.deployment import record_of
from millgate.control.actions.models import DeployState, Severity
from millgate.control.actions.notifications import Trouble, trouble_tell
from millgate.control.actions.pipeline import envelope
from millgate.control.actions.pipeline.calls import ActionCall, Refused
from millgate.control.actions.pipeline.decoding import decode
from millgate.control.actions.pipeline.identifying import Caller, application_check, identify, role_find
from millgate.control.actions.pipeline.limiting import ADDRESS_TIMES, LIMITER
from millgate.control.actions.pipeline.validating import required_there, valid
from millgate.control.actions.registry import statuses
from millgate.control.actions.registry.model import PREFIX
from millgate.control.actions.registry.table import route_of
from millgate.control.actions.sessions import now
from millgate.control.audit.acting import Actor, acting, origin
from millgate.control.mail.outbox import mail_send_held
from millgate.control.mail.services import mails_held

if TYPE_CHECKING:
    from collections.abc import Mapping

    from millgate.control.actions.pipeline.calls import Handler, Handlers, Incoming, Outcome
    from millgate.control.actions.pipeline.envelope import Answer
    from millgate.control.actions.registry.model import Route
    from millgate.control.mail.outbox import Trouble as MailTrouble

_NOT_SENT: Final = (
    "The action was done and its record is in data, but its mail was not taken. An operator is notified; "
    "do not repeat the call."
)
_log = structlog.get_logger("millgate.control.actions")


@dataclass(slots=True)
class _Known:
    """What is known of a call so far, for an answer in the middle of it."""

    caller: Caller = field(default_factory=Caller)
    params: Mapping[str, Any] = field(default_factory=dict)


def answer(incoming: Incoming, handlers: Handlers) -> Answer:
    """Answer any request under `/api/v1/`. Nothing is raised, whatever happens."""
    known = _Known()
    try:
        _limit(("address", incoming.caller), ADDRESS_TIMES)
        route = _route(incoming)
        call = _call(route, incoming, known)
        return _done(call, handlers[route.path])
    except Refused as refused:
        return _refusal(refused, known)
    except Exception as wrong:  # noqa: BLE001 - every crash has its envelope
        return _crash(wrong, incoming)


def _limit(key: tuple[str, object], times: int = 1) -> None:
    LIMITER.take(key, settings.MILLGATE.action_calls * times, settings.CLOCK.now())


def _route(incoming: Incoming) -> Route:
    """Checks 1 to 4."""
    route = route_of(incoming.address, incoming.verb)
    if route is None:
        raise Refused(
            statuses.ROUTE_NON_EXISTENT,
            "There is no such route, or it is called by another method; /documentation/ lists all.",
        )
    try:
        record = record_of(route)
    except Exception as wrong:
        _tell("action_not_identified", wrong, incoming)
        raise Refused(
            statuses.IDENTIFY_ERROR,
            f"The route could not be looked up. An operator finds the cause as {incoming.request_id}.",
        ) from wrong
    if record is None or record.state != DeployState.DEPLOYED:
        raise Refused(statuses.ROUTE_NOT_FOUND, f"{route.path} is not deployed here.")
    if record.service.state != DeployState.DEPLOYED:
        raise Refused(statuses.SERVICE_NOT_FOUND, f"The service {route.service} is not deployed here.")
    return route


def _call(route: Route, incoming: Incoming, known: _Known) -> ActionCall:
    """Checks 5 to 12."""
    at = now()
    known.params = params = decode(route, incoming)
    role = ""
    if not route.anonymous:
        known.caller = identify(params, at)
        _limit(known.caller.key)
        role = role_find(route, known.caller)
    required_there(route, params)
    checked = valid(route, params)
    application_check(checked, known.caller)
    return ActionCall(
        route=route,
        params=checked,
        application=known.caller.application,
        session=known.caller.session,
        person=known.caller.person,
        role=role,
        now=at,
        caller=incoming.caller,
        user_agent=incoming.user_agent,
        request_id=incoming.request_id,
    )


def _done(call: ActionCall, handler: Handler) -> Answer:
    """Check 13. An action opens its own transactions: tries and intents must stand whatever comes then."""
    with acting(replace(origin(), through=_through(call), actor=lambda: _actor(call))):
        if not call.route.mails:
            return envelope.successful(call, handler(call))
        with mails_held() as held:
            outcome = handler(call)
        troubles = [trouble for mail in held if (trouble := mail_send_held(mail)) is not None]
        if not troubles:
            return envelope.successful(call, outcome)
        for trouble in troubles:
            trouble_tell(_of_mail(trouble, call, outcome))
        return envelope.refused(statuses.MAIL_FAILED, _NOT_SENT, data=outcome.data)


def _of_mail(trouble: MailTrouble, call: ActionCall, outcome: Outcome) -> Trouble:
    return Trouble(
        kind=statuses.MAIL_FAILED.slug,
        route=call.route.path,
        request_id=call.request_id,
        reason=trouble.why,
        severity=Severity.ERROR if trouble.given_up else Severity.WARNING,
        record=outcome.record,
        recipient=trouble.recipient,
        provider=settings.MILLGATE.mail_route.kind,
        mail=trouble.number,
    )


def _through(call: ActionCall) -> str:
    return f"action API {call.application.slug}" if call.application else "action API"


def _actor(call: ActionCall) -> Actor | None:
    if call.session is not None:
        return Actor(call.session.person.user_id, call.session.person.email)
    return Actor(f"application {call.application.slug}") if call.application else None


def _refusal(refused: Refused, known: _Known) -> Answer:
    """Of all refusals one shows the session: whoever lacks a record goes on with it to get one."""
    context = {}
    if refused.status is statuses.CLIENT_REQUIRED:
        context = envelope.context_of(known.caller.session, known.caller.application, known.params)
    return envelope.refused(
        refused.status, refused.message, data=refused.data, headers=refused.headers, **context
    )


def _crash(wrong: Exception, incoming: Incoming) -> Answer:
    _tell("action_crashed", wrong, incoming)
    with suppress(Exception):  # what cannot be written now is in the log
        trouble_tell(
            Trouble(
                kind=statuses.APPLICATION_CRASH.slug,
                route=incoming.address.removeprefix(PREFIX),
                request_id=incoming.request_id,
                reason=type(wrong).__name__,
            )
        )
    return envelope.refused(
        statuses.APPLICATION_CRASH,
        f"The action failed. An operator finds the cause as {incoming.request_id}.",
    )


def _tell(event: str, wrong: Exception, incoming: Incoming) -> None:
    """Into the log. What was sent is in no line of it."""
    _log.error(event, request_id=incoming.request_id, path=incoming.address[:200], exc_info=wrong)
