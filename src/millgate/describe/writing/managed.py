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
    """

    status: str
    description: str
    schema: Schema
    examples: dict[str, Any]
    headers: tuple[Parameter, ...] = ()


def managed_answers(api: Api) -> tuple[ManagedAnswer, ...]:
    """The managed layer's answers to calls of this API, by rising status."""
    return (_unauthorized(api), _forbidden(api), _not_found(), _rate(), _failed())


def _unauthorized(api: Api) -> ManagedAnswer:
    examples = {"wrongKey": _body(errors.KEY_INVALID)}
    if api.subscription_required:
        examples = {"noKey": _body(errors.KEY_MISSING), **examples}
    if api.bearer_required:
        examples["noToken"] = _body(errors.AUTHORIZATION_MISSING)
        examples["unreadableToken"] = _body(errors.BEARER_UNREADABLE)
        examples["refusedToken"] = _body(errors.BEARER_REFUSED)
    doc = "The subscription key or the access token is missing or not valid."
    return ManagedAnswer("401", doc, _UNAUTHORIZED, examples, (_CHALLENGE,))


def _forbidden(api: Api) -> ManagedAnswer:
    examples = {
        "callQuota": _body(errors.CALL_QUOTA_EXCEEDED, span="02:28:27"),
        "bandwidthQuota": _body(errors.BANDWIDTH_QUOTA_EXCEEDED, span="02:28:27"),
    }
    doc = "A quota is used up."
    if api.bearer_required and _PRODUCTION in api.tiers:
        examples["testOnly"] = _body(errors.TIER_REFUSED)
        doc = "A quota is used up, or the application may only call the test tier."
    return ManagedAnswer("403", doc, _ERROR, examples, (_RETRY_AFTER,))


def _not_found() -> ManagedAnswer:
    hint = Parameter("X-Millgate-Hint", Place.HEADER, description="The nearest address that there is.")
    doc = "There is no operation at this address."
    return ManagedAnswer("404", doc, _ERROR, {"noOperation": _body(errors.ROUTE_UNKNOWN)}, (hint,))


def _rate() -> ManagedAnswer:
    examples = {"rateLimit": _body(errors.RATE_EXCEEDED, seconds=46)}
    return ManagedAnswer("429", "Too many calls in a short time.", _ERROR, examples, (_RETRY_AFTER,))


def _failed() -> ManagedAnswer:
    examples = {"failure": _json(failure(errors.MANAGED_FAILURE, _ACTIVITY))}
    return ManagedAnswer("500", "The managed layer or the upstream failed.", _FAILURE, examples)


def _body(problem: Problem, **values: object) -> Any:  # noqa: ANN401 - a JSON value
    return _json(answer(Refusal(problem, values)))


def _json(response: Response) -> Any:  # noqa: ANN401 - a JSON value
    assert isinstance(response.body, bytes)  # noqa: S101 - a refusal is not streamed
    return json.loads(response.body)
