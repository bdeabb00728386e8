"""What the managed layer itself may answer to a call of an API, with the literal bodies as examples."""

from __future__ import annotations

import json
from typing import Any, Final

import msgspec

from millgate.core import errors
from millgate.core.errors import Problem, Refusal
from millgate.describe.model import Api, Parameter, Place, Schema
from millgate.wire.messages import Response
from millgate.wire.refusals import answer, failure

_ACTIVITY: Final = "5f3f8a52-6f0c-4d2e-9b0a-1f6d2c7e8a90"
_PRODUCTION: Final = "production"
_VALUES: Final = {"span": "02:28:27", "seconds": 46}
_ERROR: Final[Schema] = {
    "title": "ManagedError",
    "type": "object",
    "required": ["statusCode", "message"],
    "properties": {"statusCode": {"type": "integer"}, "message": {"type": "string"}},
}
_FAILURE: Final[Schema] = {
    "title": "ManagedFailure",
    "type": "object",
    "required": ["statusCode", "message"],
    "properties": {
        "statusCode": {"type": "integer"},
        "message": {"type": "string"},
        "activityId": {"type": "string", "description": "The id under which the log tells the cause."},
    },
}
_UNAUTHORIZED: Final[Schema] = {
    "title": "ManagedUnauthorized",
    "type": "object",
    "description": "statusCode and message, or status and Message where a token was read and refused.",
    "properties": {
        "statusCode": {"type": "integer"},
        "message": {"type": "string"},
        "status": {"type": "integer"},
        "Message": {"type": "string"},
    },
}
_CHALLENGE: Final = Parameter("WWW-Authenticate", Place.HEADER, description="Which credential is wanted.")
_RETRY_AFTER: Final = Parameter("Retry-After", Place.HEADER, "integer", "Seconds until a call may pass.")


class ManagedAnswer(msgspec.Struct, frozen=True):
    """One status that the managed layer may answer with.

    Attributes:
        status: the status code.
        description: when it is given.
        schema: of its body, which is JSON.
        examples: bodies by name, the literal texts as JSON values.
        headers: that it may carry.
        problems: what each example says, by the same names.
    """

    status: str
    description: str
    schema: Schema
    examples: dict[str, Any]
    headers: tuple[Parameter, ...] = ()
    problems: dict[str, Problem] = {}


def managed_answers(api: Api) -> tuple[ManagedAnswer, ...]:
    """The managed layer's answers to an API's calls, by rising status; none where it is called directly."""
    if not api.upstream:
        return ()
    return (_unauthorized(api), _forbidden(api), _not_found(), _rate(), _failed())


def _unauthorized(api: Api) -> ManagedAnswer:
    problems = {"wrongKey": errors.KEY_INVALID}
    if api.subscription_required:
        problems = {"noKey": errors.KEY_MISSING, **problems}
    if api.bearer_required:
        problems["noToken"] = errors.AUTHORIZATION_MISSING
        problems["unreadableToken"] = errors.BEARER_UNREADABLE
        problems["refusedToken"] = errors.BEARER_REFUSED
    doc = "The subscription key or the access token is missing or not valid."
    return ManagedAnswer("401", doc, _UNAUTHORIZED, _bodies(problems), (_CHALLENGE,), problems)


def _forbidden(api: Api) -> ManagedAnswer:
    problems = {"callQuota": errors.CALL_QUOTA_EXCEEDED, "bandwidthQuota": errors.BANDWIDTH_QUOTA_EXCEEDED}
    doc = "A quota is used up."
    if api.bearer_required and _PRODUCTION in api.tiers:
        problems["testOnly"] = errors.TIER_REFUSED
        doc = "A quota is used up, or the application may only call the test tier."
    return ManagedAnswer("403", doc, _ERROR, _bodies(problems), (_RETRY_AFTER,), problems)


def _not_found() -> ManagedAnswer:
    hint = Parameter("X-Millgate-Hint", Place.HEADER, description="The nearest address that there is.")
    problems = {"noOperation": errors.ROUTE_UNKNOWN}
    doc = "There is no operation at this address."
    return ManagedAnswer("404", doc, _ERROR, _bodies(problems), (hint,), problems)


def _rate() -> ManagedAnswer:
    problems = {"rateLimit": errors.RATE_EXCEEDED}
    doc = "Too many calls in a short time."
    return ManagedAnswer("429", doc, _ERROR, _bodies(problems), (_RETRY_AFTER,), problems)


def _failed() -> ManagedAnswer:
    examples = {"failure": _json(failure(errors.MANAGED_FAILURE, _ACTIVITY))}
    doc = "The managed layer or the upstream failed."
    return ManagedAnswer("500", doc, _FAILURE, examples, (), {"failure": errors.MANAGED_FAILURE})


def _bodies(problems: dict[str, Problem]) -> dict[str, Any]:
    return {name: _json(answer(Refusal(problem, _VALUES))) for name, problem in problems.items()}


def _json(response: Response) -> Any:  # noqa: ANN401 - a JSON value
    assert isinstance(response.body, bytes)  # noqa: S101 - a refusal is not streamed
    return json.loads(response.body)
