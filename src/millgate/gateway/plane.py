"""The managed plane: match, count, admit, forward, record.

The order of checks is that of `_answer`, `_counted` and `_admitted`, and decides which error wins.
"""

from __future__ import annotations

import re
import time
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import structlog

from millgate.core.errors import MANAGED_FAILURE, TIER_REFUSED, Problem, Refusal, Refused, Shape
from millgate.core.values import RequestIds
from millgate.describe.calls import BackendCall
from millgate.gateway.admissions import Admission, Admissions
from millgate.gateway.matching import Addresses
from millgate.gateway.repeats import Met, Repeats
from millgate.gateway.streams import charged, recorded
from millgate.snapshot.document import PRODUCTION
from millgate.snapshot.routes import Broken
from millgate.stores.ports import CallRecord
from millgate.wire.later import Later, Outcome
from millgate.wire.messages import NoAnswer, Response
from millgate.wire.refusals import Answers, answer, failure

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping

    from millgate.core.clock import Clock
    from millgate.core.values import Principal
    from millgate.describe.calls import Backend
    from millgate.gateway.bearer import BearerCheck
    from millgate.gateway.keys import Entry, KeyCheck
    from millgate.gateway.limits import LimitCheck, Verdict
    from millgate.gateway.striking import Striking
    from millgate.snapshot.holder import Holder
    from millgate.snapshot.model import Snapshot
    from millgate.snapshot.routes import Match
    from millgate.stores.ports import Usage
    from millgate.wire.messages import Header, Request

_log = structlog.get_logger("millgate.gateway")
_LONGEST_LENGTH: Final = 18
_FAILURES: Final = 500
"""Statuses from here on; a plain number, because every refusal is compared with it."""
_TRACEPARENT: Final = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


class Call:
    """A call on its way through the plane.

    Attributes:
        snapshot: in force when it came in.
        request: as it came in.
        fields: its headers by name.
        record: what is kept of it.
        started: when it came in, by a clock that only goes forward.
        found: the route that it means, and what the path captured.
        entry: how it came in.
        proof: the key in its header, empty when it has none; None when its query may hold one.
        admission: what was remembered of its caller, or None.
        verdict: what limits have to say of it.
        asked: when the backend was asked, by the same clock as `started`.
        told: what its answer says of limits: the verdict, once the backend has answered.
    """

    __slots__ = (
        "admission",
        "asked",
        "entry",
        "fields",
        "found",
        "proof",
        "record",
        "request",
        "snapshot",
        "started",
        "told",
        "verdict",
    )

    found: Match
    entry: Entry
    proof: str | None
    admission: Admission | None
    verdict: tuple[Header, ...]
    asked: int

    def __init__(self, snapshot: Snapshot, request: Request, request_id: str, now: float) -> None:
        self.started = time.perf_counter_ns()
        self.snapshot = snapshot
        self.request = request
        fields = self.fields = request.fields()
        self.record = CallRecord(
            now,
            request_id,
            request.method,
            request.raw_path,
            request.client,
            _trace(fields["traceparent"]) if "traceparent" in fields else "",
        )
        if "content-length" in fields:
            self.record.bytes_in = _length(fields["content-length"])
        self.told: tuple[Header, ...] = ()


class ManagedPlane:
    """Answers every managed address.

    Whatever can be answered without waiting is: a step that has to wait returns what is to be awaited, and
    a method of its own goes on behind it.
    """

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
        striking: Striking,
    ) -> None:
        self._holder = holder
        self._keys = keys
        self._limits = limits
        self._bearer = bearer
        self._backends = backends
        self._usage = usage
        self._clock = clock
        self._striking = striking
        self._ids = RequestIds()
        self._addresses = Addresses()
        self._admissions = Admissions()
        self._repeats = Repeats()
        self._answers = Answers()

    async def __call__(self, request: Request) -> Response:
        """Answer one managed call; a failure of ours becomes the managed 500 with the id in the log."""
        found = self.at_once(request)
        return found if isinstance(found, Response) else await found

    def at_once(self, request: Request) -> Response | Awaitable[Response]:
        """As `Prompt.at_once`."""
        call = Call(self._holder.current, request, self._ids.next(), self._clock.now())
        try:
            found = self._answer(call)
        except Exception as wrong:  # noqa: BLE001 - the border: an answer, and the cause in the log
            found = _fallen(wrong, call)
        if isinstance(found, Response):
            return self._finished(found, call)
        if isinstance(found, Later):
            return found.then(partial(self._settled, call))
        return self._awaited(found, call)

    def _settled(self, call: Call, outcome: Outcome) -> Outcome:
        """What becomes of a call whose backend has answered by itself."""
        if isinstance(outcome, Exception):
            return self._finished(_fallen(outcome, call), call)
        if not isinstance(outcome, Response):
            return self._awaited(self._answered_later(outcome, call), call)
        try:
            found = self._answered(outcome, call)
        except Exception as wrong:  # noqa: BLE001 - as above
            found = _fallen(wrong, call)
        return self._finished(found, call) if isinstance(found, Response) else self._awaited(found, call)

    async def _awaited(self, found: Awaitable[Response], call: Call) -> Response:
        try:
            response = await found
        except Exception as wrong:  # noqa: BLE001 - as above
            response = _fallen(wrong, call)
        return self._finished(response, call)

    def _answer(self, call: Call) -> Response | Awaitable[Response]:
        """Find the route and who calls, and count the call."""
        snapshot, record, again = call.snapshot, call.record, call.request.again
        met = None if again is None else self._repeats.find(snapshot, again)
        if met is not None:
            call.found, call.proof, call.admission = met.found, met.proof, met.admission
        elif (broken := self._met(call)) is not None:
            _log.error("broken_route", activity_id=record.request_id, path=broken.path, why=broken.why)
            return _fail(MANAGED_FAILURE, record, broken.why)
        route, admission = call.found.route, call.admission
        record.tier, record.api, record.operation = route.tier, route.api.key, route.operation.key
        if admission is not None:
            entry = admission.entry
        else:
            entered = self._keys.enter(snapshot, route, call.request, call.fields)
            if isinstance(entered, Refusal):
                return self._answers.to(entered)
            entry = entered
        call.entry = entry
        if entry.subscription is not None:
            record.subscription = entry.subscription.key
        verdict = self._limits.admit(entry, record.at)
        if isinstance(verdict, (tuple, Refusal)):
            return self._counted(verdict, call)
        return self._counted_later(verdict, call)

    def _met(self, call: Call) -> Broken | None:
        """Find out which route a call means, and what is remembered of its caller; or why it is none."""
        snapshot, request, fields = call.snapshot, call.request, call.fields
        found = self._addresses.match(snapshot, request)
        if isinstance(found, Broken):
            return found
        call.found, route = found, found.route
        call.proof = proof = fields.get(route.key_header) or (None if request.query else "")
        if proof is None:
            call.admission = None
            return None
        authorization = fields.get("authorization", "")
        admission = call.admission = self._admissions.find(snapshot, route, proof, authorization)
        if admission is not None and request.again is not None:
            self._repeats.remember(snapshot, request.again, Met(found, proof, admission))
        return None

    async def _counted_later(self, verdict: Awaitable[Verdict], call: Call) -> Response:
        found = self._counted(await verdict, call)
        if isinstance(found, Later):
            return await self._answered_later(found, call)
        return found if isinstance(found, Response) else await found

    def _counted(self, verdict: Verdict, call: Call) -> Response | Awaitable[Response]:
        """Look at the token and the tier, and ask the backend."""
        if isinstance(verdict, Refusal):
            return self._answers.to(verdict)
        admission, record = call.admission, call.record
        if admission is None or not self._bearer.holds(admission.caller, record.at):
            admission = self._admitted(call)
        principal = None
        if (caller := admission.caller) is not None:
            record.application, principal = caller.application, caller.principal
        call.verdict = verdict
        call.asked = time.perf_counter_ns()
        found = admission.ask(_backend_call(call, principal))
        if isinstance(found, Response):
            return self._charged(found, call)
        return found if isinstance(found, Later) else self._answered_later(found, call)

    def _admitted(self, call: Call) -> Admission:
        """The admission of a caller, from now on remembered.

        Raises:
            Refused: its token is not good, or its application may not call the tier.
        """
        route, authorization, caller = call.found.route, call.fields.get("authorization", ""), None
        if route.api.bearer_required:
            caller = self._bearer.caller(call.snapshot, authorization, call.record.at)
            call.record.application = caller.application
            if caller.test_only and route.tier == PRODUCTION:
                cause = f"application {caller.application} is Test Only"
                raise Refused(Refusal(TIER_REFUSED, cause=cause))
        backend = self._striking.around(
            call.snapshot, route, call.entry, caller, self._backends[route.api.upstream]
        )
        admission = Admission(call.entry, caller, backend)
        known = self._bearer.remembers(authorization) if caller is not None else not authorization
        if call.proof is not None and known:
            self._admissions.remember(call.snapshot, route, call.proof, authorization, admission)
        return admission

    async def _answered_later(self, found: Awaitable[Response], call: Call) -> Response:
        charged = self._answered(await found, call)
        return charged if isinstance(charged, Response) else await charged

    def _answered(self, response: Response, call: Call) -> Response | Awaitable[Response]:
        call.record.upstream_micros = (time.perf_counter_ns() - call.asked) // 1000
        return self._charged(response, call)

    def _charged(self, response: Response, call: Call) -> Response | Awaitable[Response]:
        """The backend's response; its bytes are charged now, or when its stream ends."""
        call.told = call.verdict
        record, entry, body = call.record, call.entry, response.body
        if entry.limits is None or not entry.limits.charged or isinstance(body, NoAnswer):
            return response
        if not isinstance(body, bytes):
            body = charged(body, self._limits, entry, record)
            return Response(response.status, response.headers, body, response.refusal)
        waits = self._limits.charge(entry, record.bytes_in + len(body))
        return response if waits is None else _behind(waits, response)

    def _finished(self, response: Response, call: Call) -> Response:
        """The response with its id and what limits tell; it is recorded now, or when its stream ends."""
        record, refusal, body = call.record, response.refusal, response.body
        if refusal is not None:
            _note(refusal, record)
        status = record.status = response.status
        headers = (*response.headers, *call.told, ("x-request-id", record.request_id))
        if isinstance(body, bytes):
            record.bytes_out = len(body) if record.method != "HEAD" else 0
        elif record.method != "HEAD" and not isinstance(body, NoAnswer):
            return Response(status, headers, recorded(body, self._usage, record, call.started), refusal)
        record.micros = (time.perf_counter_ns() - call.started) // 1000
        self._usage.record(record)
        return Response(status, headers, body, refusal)


async def _behind(waits: Awaitable[None], response: Response) -> Response:
    await waits
    return response


def _backend_call(call: Call, principal: Principal | None) -> BackendCall:
    record, found = call.record, call.found
    # By position, in the order of its attributes: names cost each call half as much again.
    return BackendCall(
        call.request,
        record.tier,
        found.route.operation,
        found.parameters,
        principal,
        record.path,
        record.request_id,
        record.api,
        record.subscription,
        record.application,
        record.traceparent,
    )


def _trace(sent: str) -> str:
    """The trace context that a call carries; empty where it is none."""
    return sent if _TRACEPARENT.fullmatch(sent) else ""


def _length(said: str) -> int:
    """The body's length as its sender says it; servers refuse what is no length (RFC 9110 section 8.6)."""
    return int(said) if said.isascii() and said.isdigit() and len(said) <= _LONGEST_LENGTH else 0


def _fallen(wrong: Exception, call: Call) -> Response:
    if isinstance(wrong, Refused):
        return _refused(wrong.refusal, call.record)
    request_id, path = call.record.request_id, call.request.raw_path
    _log.error("managed_failure", activity_id=request_id, path=path, exc_info=wrong)
    return _fail(MANAGED_FAILURE, call.record, "see the log under the request id")


def _refused(refusal: Refusal, record: CallRecord) -> Response:
    """A refusal as an answer; what failed behind the managed layer is the managed 500, whatever it was."""
    problem = refusal.problem
    if problem.shape is Shape.MANAGED and problem.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.error("upstream_failure", activity_id=record.request_id, code=problem.code, cause=refusal.cause)
        return _fail(problem, record, refusal.cause, refusal.headers)
    return answer(refusal)


def _fail(problem: Problem, record: CallRecord, reason: str, headers: tuple[Header, ...] = ()) -> Response:
    record.code, record.reason = problem.code, reason
    return failure(problem, record.request_id, headers)


def _note(refusal: Refusal, record: CallRecord) -> None:
    """Take a refusal, ours or a backend's, into the record; a backend's failure also into the log."""
    record.code = refusal.problem.code
    record.reason = refusal.cause or refusal.message
    record.limit, record.wait = refusal.limit, refusal.wait
    if refusal.problem.status >= _FAILURES:
        _log.error("backend_failure", request_id=record.request_id, code=record.code, cause=record.reason)
