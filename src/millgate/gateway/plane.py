"""The managed plane. `_answer` is the order of checks; which error wins follows from it."""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import TYPE_CHECKING

import msgspec
import structlog

from millgate.core.errors import (
    MANAGED_FAILURE,
    ROUTE_UNKNOWN,
    TIER_REFUSED,
    Problem,
    Refusal,
    Refused,
)
from millgate.core.values import new_id
from millgate.describe.calls import BackendCall
from millgate.gateway.keys import Entry
from millgate.snapshot.document import PRODUCTION, TEST, Application
from millgate.snapshot.routes import Broken, Match, Route
from millgate.stores.ports import CallRecord
from millgate.wire.messages import Response, closing
from millgate.wire.refusals import answer, failure

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from millgate.core.clock import Clock
    from millgate.describe.calls import Backend
    from millgate.gateway.bearer import BearerCheck
    from millgate.gateway.keys import KeyCheck
    from millgate.gateway.limits import LimitCheck
    from millgate.snapshot.holder import Holder
    from millgate.snapshot.model import Snapshot
    from millgate.stores.ports import Usage
    from millgate.wire.messages import Request

_log = structlog.get_logger("millgate.gateway")
_LONGEST_LENGTH = 18


class _Trail(msgspec.Struct):
    """What was found out about a call so far, for its record."""

    request_id: str
    tier: str = ""
    api: str = ""
    operation: str = ""
    subscription: str = ""
    application: str = ""
    code: str = ""
    reason: str = ""


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

    async def __call__(self, request: Request) -> Response:
        """Answer one managed call; a failure of ours becomes the managed 500 with the id in the log."""
        started = time.perf_counter_ns()
        trail = _Trail(new_id())
        try:
            response = await self._answer(self._holder.current, request, trail)
        except Refused as refused:
            response = answer(refused.refusal)
        except Exception:  # noqa: BLE001 - the border: an answer, and the cause in the log
            _log.exception("managed_failure", activity_id=trail.request_id, path=request.raw_path)
            response = _fail(MANAGED_FAILURE, trail)
        if response.refusal is not None:
            _note(response.refusal, trail)
        body = response.body
        if isinstance(body, bytes):
            self._record(response.status, len(body), trail, started)
        elif request.method == "HEAD":
            self._record(response.status, 0, trail, started)
        else:
            body = self._recorded(body, response.status, trail, started)
        headers = (*response.headers, ("x-request-id", trail.request_id))
        return msgspec.structs.replace(response, headers=headers, body=body)

    async def _answer(self, snapshot: Snapshot, request: Request, trail: _Trail) -> Response:
        match = _match(snapshot, request, trail)
        if isinstance(match, Broken):
            _log.error("broken_route", activity_id=trail.request_id, path=match.path, why=match.why)
            return _fail(MANAGED_FAILURE, trail)
        route = match.route
        entry = self._keys.enter(snapshot, route, request)
        if entry.subscription is not None:
            trail.subscription = entry.subscription.key
        await self._limits.admit(entry, route)
        application = self._bearer.application(snapshot, request)
        trail.application = application.client_id
        if application.test_only and route.tier == PRODUCTION:
            raise Refused(Refusal(TIER_REFUSED, cause=f"application {application.client_id} is Test Only"))
        response = await self._forward(snapshot, request, match, application, trail)
        if not isinstance(response.body, bytes):
            charged = self._charged(response.body, entry, match.route, request)
            return msgspec.structs.replace(response, body=charged)
        await self._limits.charge(entry, match.route, _sent(request) + len(response.body))
        return response

    async def _forward(
        self, snapshot: Snapshot, request: Request, match: Match, application: Application, trail: _Trail
    ) -> Response:
        route = match.route
        return await self._backends[route.api.upstream](
            BackendCall(
                request=request,
                tier=route.tier,
                operation=route.operation,
                parameters=match.parameters,
                principal=snapshot.principals[application.client_id],
                managed_path=request.raw_path,
                request_id=trail.request_id,
                api=route.api.key,
                subscription=trail.subscription,
                application=trail.application,
            )
        )

    async def _charged(
        self, body: AsyncIterator[bytes], entry: Entry, route: Route, request: Request
    ) -> AsyncIterator[bytes]:
        """The stream; what was sent of it is charged when it ends, however it ends."""
        size = _sent(request)
        try:
            async with closing(body):
                async for chunk in body:
                    size += len(chunk)
                    yield chunk
        finally:
            await self._limits.charge(entry, route, size)

    async def _recorded(
        self, body: AsyncIterator[bytes], status: int, trail: _Trail, started: int
    ) -> AsyncIterator[bytes]:
        """The stream; the call is recorded when it ends. One that fails on its way is logged."""
        size = 0
        try:
            async with closing(body):
                async for chunk in body:
                    size += len(chunk)
                    yield chunk
        except Exception:
            _log.exception("stream_failure", activity_id=trail.request_id, sent=size)
            trail.code, trail.reason = MANAGED_FAILURE.code, "the stream broke off; see the log"
            raise
        finally:
            self._record(status, size, trail, started)

    def _record(self, status: int, bytes_out: int, trail: _Trail, started: int) -> None:
        self._usage.record(
            CallRecord(
                at=self._clock.now(),
                request_id=trail.request_id,
                tier=trail.tier,
                api=trail.api,
                operation=trail.operation,
                subscription=trail.subscription,
                application=trail.application,
                status=status,
                code=trail.code,
                reason=trail.reason,
                micros=(time.perf_counter_ns() - started) // 1000,
                bytes_out=bytes_out,
            )
        )


def _sent(request: Request) -> int:
    """The body's length as its sender says it; servers refuse what is no length (RFC 9110 section 8.6)."""
    said = request.header("content-length") or ""
    return int(said) if said.isascii() and said.isdigit() and len(said) <= _LONGEST_LENGTH else 0


def _match(snapshot: Snapshot, request: Request, trail: _Trail) -> Match | Broken:
    segments = request.segments
    tier = PRODUCTION
    if segments[0] == TEST:
        tier, segments = TEST, segments[1:]
    found = snapshot.trees[tier].find(request.method, segments)
    if found is None:
        raise Refused(_unknown(snapshot, tier, request))
    if isinstance(found, Match):
        trail.tier = tier
        trail.api = found.route.api.key
        trail.operation = found.route.operation.key
    return found


def _unknown(snapshot: Snapshot, tier: str, request: Request) -> Refusal:
    near = snapshot.trees[tier].near("/" + "/".join(request.segments))
    headers = (("x-millgate-hint", near),) if near else ()
    return Refusal(ROUTE_UNKNOWN, headers=headers)


def _fail(problem: Problem, trail: _Trail) -> Response:
    trail.code = problem.code
    trail.reason = "see the log under the request id"
    return failure(problem, trail.request_id)


def _note(refusal: Refusal, trail: _Trail) -> None:
    """Take a refusal, ours or a backend's, into the record; a backend's failure also into the log."""
    trail.code = refusal.problem.code
    trail.reason = refusal.cause or refusal.message
    if refusal.problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.error("backend_failure", request_id=trail.request_id, code=trail.code, cause=trail.reason)
