"""The token service's answers: success, and errors with their ids and times."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import msgspec

from millgate.core.errors import Refusal
from millgate.core.on_demand import FAULT_HEADER
from millgate.core.values import GUID, instant_spaced, new_id
from millgate.wire.messages import Header, Response
from millgate.wire.refusals import JSON_UTF8

if TYPE_CHECKING:
    from millgate.wire.messages import Request

_HSTS: Final = ("strict-transport-security", "max-age=31536000; includeSubDomains")


_ALWAYS: Final[tuple[Header, ...]] = (
    ("cache-control", "no-store, no-cache"),
    ("pragma", "no-cache"),
    ("expires", "-1"),
    ("x-content-type-options", "nosniff"),
)


class Correlation(msgspec.Struct, frozen=True):
    """The ids of one exchange, and the headers that every answer carries.

    Attributes:
        trace_id: ours; also the header `x-ms-request-id`.
        correlation_id: the caller's `client-request-id`, or ours.
        headers: without the content type.
    """

    trace_id: str
    correlation_id: str
    headers: tuple[Header, ...]


def correlate(request: Request) -> Correlation:
    """The ids of this exchange; a `client-request-id` that is no GUID is not taken up."""
    trace_id = new_id()
    given = request.header("client-request-id") or ""
    correlation_id = given if GUID.fullmatch(given) else new_id()
    headers: list[Header] = [*_ALWAYS, ("x-ms-request-id", trace_id)]
    if correlation_id == given and (request.header("return-client-request-id") or "").lower() == "true":
        headers.append(("client-request-id", given))
    # A browser would remember it for all of a host: on localhost, for the servers of everybody else there.
    if request.scheme == "https" and request.header("sec-fetch-site") is None:
        headers.append(_HSTS)
    return Correlation(trace_id, correlation_id, tuple(headers))


def success(members: dict[str, Any] | None, correlation: Correlation, held_by: str = "") -> Response:
    """Members in the order given (RFC 6749 section 5.1); tells of fault rules that held it back.

    There are none when a token was revoked, of which RFC 7009 section 2.2 asks no more than the status; some
    libraries take no other answer than JSON.
    """
    mark = ((FAULT_HEADER, held_by),) if held_by else ()
    return Response(200, (JSON_UTF8, *correlation.headers, *mark), msgspec.json.encode(members or {}))


def error(refusal: Refusal, correlation: Correlation, now: float) -> Response:
    """An error (RFC 6749 section 5.2) whose description repeats ids and time."""
    problem, at = refusal.problem, instant_spaced(now)
    description = (
        f"{refusal.message}\r\nTrace ID: {correlation.trace_id}\r\n"
        f"Correlation ID: {correlation.correlation_id}\r\nTimestamp: {at}"
    )
    members = {
        "error": problem.title,
        "error_description": description,
        "error_codes": list(problem.numbers),
        "timestamp": at,
        "trace_id": correlation.trace_id,
        "correlation_id": correlation.correlation_id,
    }
    headers = (JSON_UTF8, *correlation.headers, *refusal.headers)
    return Response(problem.status, headers, json.dumps(members).encode())
