"""The managed plane. `_answer` is the order of checks; which error wins follows from it."""

from __future__ import annotations

import re
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import structlog

from millgate.core.errors import MANAGED_FAILURE, TIER_REFUSED, Problem, Refusal, Refused, Shape
from millgate.core.values import RequestIds
from millgate.describe.calls import BackendCall
from millgate.gateway.matching import match
from millgate.gateway.streams import charged, recorded
from millgate.snapshot.document import PRODUCTION
from millgate.snapshot.routes import Broken
from millgate.stores.ports import CallRecord
from millgate.wire.messages import Response
from millgate.wire.refusals import answer, failure

if TYPE_CHECKING:
    from collections.abc import Mapping

    from millgate.core.clock import Clock
    from millgate.core.values import Principal
    from millgate.describe.calls import Backend
    from millgate.gateway.bearer import BearerCheck
    from millgate.gateway.keys import Entry, KeyCheck
    from millgate.gateway.limits import LimitCheck
    from millgate.snapshot.holder import Holder
    from millgate.snapshot.model import Snapshot
    from millgate.snapshot.routes import Match, Route
    from millgate.stores.ports import Usage
    from millgate.wire.messages import Header, Request

_log = structlog.get_logger("millgate.gateway")
_LONGEST_LENGTH: Final = 18
_TRACEPARENT: Final = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


class ManagedPlane:
    """Answers every managed address."""

    def __init__(
        self,
        *,
        holder: Holder,
        keys: KeyCheck,
        limits: LimitCheck,
        bearer: BearerCheck,
        backends: Mapping[str, Backend],
        usage: Usage,
        clock: Clock,
    ) -> None:
        self._holder = holder
        self._keys = keys
        self._limits = limits
        self._bearer = bearer
        self._backends = backends
        self._usage = usage
        self._clock = clock
        self._ids = RequestIds()

    async def __call__(self, request: Request) -> Response:
        """Answer one managed call; a failure of ours becomes the managed 500 with the id in the log."""
        started = time.perf_counter_ns()
        fields = request.fields()
        record = _record_of(request, fields, self._ids.next(), self._clock.now())
        try:
            response = await self._answer(self._holder.current, request, fields, record)
        except Refused as refused:
            response = _refused(refused.refusal, record)
        except Exception:  # noqa: BLE001 - the border: an answer, and the cause in the log
            _log.exception("managed_failure", activity_id=record.request_id, path=request.raw_path)
            response = _fail(MANAGED_FAILURE, record, "see the log under the request id")
        if response.refusal is not None:
            _note(response.refusal, record)
        return self._finished(response, request, record, started)

    async def _answer(
        self, snapshot: Snapshot, request: Request, fields: Mapping[str, str], record: CallRecord
    ) -> Response:
        found = match(snapshot, request)
        if isinstance(found, Broken):
            _log.error("broken_route", activity_id=record.request_id, path=found.path, why=found.why)
            return _fail(MANAGED_FAILURE, record, found.why)
        route = found.route
        record.tier, record.api, record.operation = route.tier, route.api.key, route.operation.key
        entry = self._keys.enter(snapshot, route, request, fields)
        if entry.subscription is not None:
            record.subscription = entry.subscription.key
        told = await self._limits.admit(entry, route)
        principal: Principal | None = None
        if route.api.bearer_required:
            caller = self._bearer.caller(snapshot, fields.get("authorization", ""), record.at)
            record.application, principal = caller.application, caller.principal
            if caller.test_only and route.tier == PRODUCTION:
                cause = f"application {caller.application} is Test Only"
                raise Refused(Refusal(TIER_REFUSED, cause=cause))
        response = await self._forwarded(principal, found, request, record)
        return await self._charged(response, entry, route, told, record)

    async def _forwarded(
        self, principal: Principal | None, found: Match, request: Request, record: CallRecord
    ) -> Response:
        route = found.route
        asked = time.perf_counter_ns()
        response = await self._backends[route.api.upstream](
            BackendCall(
                request=request,
                tier=route.tier,
                operation=route.operation,
                parameters=found.parameters,
                principal=principal,
                managed_path=request.raw_path,
                request_id=record.request_id,
                api=route.api.key,
                subscription=record.subscription,
                application=record.application,
                traceparent=record.traceparent,
            )
        )
        record.upstream_micros = (time.perf_counter_ns() - asked) // 1000
        return response

    async def _charged(
        self, response: Response, entry: Entry, route: Route, told: tuple[Header, ...], record: CallRecord
    ) -> Response:
        """The response with what limits tell; its bytes are charged now, or when its stream ends."""
        body = response.body
        if entry.adapter is not None:
            if isinstance(body, bytes):
                await self._limits.charge(entry, route, record.bytes_in + len(body))
            else:
                body = charged(body, self._limits, entry, route, record)
        if not told and body is response.body:
            return response
        return Response(response.status, response.headers + told, body, response.refusal)

    def _finished(self, response: Response, request: Request, record: CallRecord, started: int) -> Response:
        """The response with its id; it is recorded now, or when its stream ends."""
        body = response.body
        record.status = response.status
        headers = (*response.headers, ("x-request-id", record.request_id))
        if isinstance(body, bytes):
            record.bytes_out = len(body) if request.method != "HEAD" else 0
        elif request.method != "HEAD":
            streamed = recorded(body, self._usage, record, started)
            return Response(response.status, headers, streamed, response.refusal)
        record.micros = (time.perf_counter_ns() - started) // 1000
        self._usage.record(record)
        return Response(response.status, headers, body, response.refusal)


def _record_of(request: Request, fields: Mapping[str, str], request_id: str, now: float) -> CallRecord:
    trace = fields.get("traceparent", "")
    return CallRecord(
        at=now,
        request_id=request_id,
        method=request.method,
        path=request.raw_path,
        client=request.client,
        traceparent=trace if trace and _TRACEPARENT.fullmatch(trace) else "",
        bytes_in=_sent(fields),
    )


def _sent(fields: Mapping[str, str]) -> int:
    """The body's length as its sender says it; servers refuse what is no length (RFC 9110 section 8.6)."""
    said = fields.get("content-length")
    return int(said) if said and said.isascii() and said.isdigit() and len(said) <= _LONGEST_LENGTH else 0


def _refused(refusal: Refusal, record: CallRecord) -> Response:
    """A refusal as an answer; what failed behind the managed layer is the managed 500, whatever it was."""
    problem = refusal.problem
    if problem.shape is Shape.MANAGED and problem.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.error("upstream_failure", activity_id=record.request_id, code=problem.code, cause=refusal.cause)
        return _fail(problem, record, refusal.cause)
    return answer(refusal)


def _fail(problem: Problem, record: CallRecord, reason: str) -> Response:
    record.code, record.reason = problem.code, reason
    return failure(problem, record.request_id)


def _note(refusal: Refusal, record: CallRecord) -> None:
    """Take a refusal, ours or a backend's, into the record; a backend's failure also into the log."""
    record.code = refusal.problem.code
    record.reason = refusal.cause or refusal.message
    record.limit, record.wait = refusal.limit, refusal.wait
    if refusal.problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.error("backend_failure", request_id=record.request_id, code=record.code, cause=record.reason)
