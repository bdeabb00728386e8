"""Faults on demand: calls that passed every check, and are struck in place of being handed on.

What may strike a caller on a route is found out when the caller is admitted, and remembered with that, so
that calls of other routes and callers pay nothing. A struck call has a good key and token and has been
counted against its limits; what it is answered with is made by whoever makes such an answer without a rule.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from millgate.core.errors import CATALOGUE, FAULT_UNKNOWN, MANAGED_FAILURE, Refusal, Refused
from millgate.core.on_demand import (
    ASKED_FOR,
    ERRORS_PATH,
    EXAMPLES,
    FAULT_HEADER,
    Source,
    on_demand,
    source_of,
)
from millgate.describe.calls import RefusingBackend, asking
from millgate.gateway.refusing import managed_refusal
from millgate.plant.hal import NOT_CACHED
from millgate.snapshot.document import PRODUCTION, TEST
from millgate.snapshot.fault_rules import Effect, Place
from millgate.wire.messages import BrokenOff, NoAnswer, Response, closing
from millgate.wire.refusals import answer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable

    from millgate.core.clock import Clock
    from millgate.core.errors import Problem
    from millgate.describe.calls import AskingBackend, Backend, BackendCall
    from millgate.gateway.bearer import Caller
    from millgate.gateway.keys import Entry
    from millgate.snapshot.fault_rules import FaultRule
    from millgate.snapshot.model import Snapshot
    from millgate.snapshot.routes import Route
    from millgate.stores.drawing import Draws
    from millgate.wire.delays import Delays


class Striking:
    """Puts faults on demand between the checks and whoever answers.

    Args:
        draws: decides which calls a rule strikes.
        delays: holds answers back.
        clock: by which rules begin and end.
        origin: of the installation.
        body_limit: the largest request body in bytes, as its refusal says it.
        by_header: whether callers with a subscription may ask for errors on the test tier.
        in_production: whether rules may strike the production tier.
    """

    def __init__(
        self,
        draws: Draws,
        delays: Delays,
        clock: Clock,
        *,
        origin: str,
        body_limit: int,
        by_header: bool = False,
        in_production: bool = False,
    ) -> None:
        self.draws = draws
        self.delays = delays
        self.clock = clock
        self.origin = origin
        self.body_limit = body_limit
        self._by_header = by_header
        self._in_production = in_production

    def around(
        self, snapshot: Snapshot, route: Route, entry: Entry, caller: Caller | None, backend: Backend
    ) -> AskingBackend:
        """How an admitted caller's calls of a route are handed on."""
        rules: tuple[FaultRule, ...] = ()
        if snapshot.fault_rules:
            watching = snapshot.fault_rules.get(Place.MANAGED, ())
            rules = tuple(rule for rule in watching if self._means(rule, route, entry, caller))
        # A tier is compared, not looked up: whatever a setting says, no header strikes production.
        by_header = self._by_header and route.tier == TEST and entry.subscription is not None
        if not rules and not by_header:
            return asking(backend)
        return Struck(self, rules, route, entry, backend, by_header=by_header).ask

    def _means(self, rule: FaultRule, route: Route, entry: Entry, caller: Caller | None) -> bool:
        """Whether a rule may strike these calls at all."""
        if rule.tier != route.tier or (route.tier == PRODUCTION and not self._in_production):
            return False
        subscription = entry.subscription.key if entry.subscription is not None else ""
        application = caller.application if caller is not None else ""
        return (
            rule.api in {None, route.api.key}
            and rule.operation in {None, route.operation.key}
            and rule.subscription in {None, subscription}
            and rule.application in {None, application}
        )


class Struck:
    """Asks a backend for one caller on one route, whose calls may be struck."""

    __slots__ = ("_backend", "_by_header", "_entry", "_on", "_pass", "_route", "_rules")

    def __init__(
        self,
        on: Striking,
        rules: tuple[FaultRule, ...],
        route: Route,
        entry: Entry,
        backend: Backend,
        *,
        by_header: bool,
    ) -> None:
        self._on = on
        self._rules = rules
        self._route = route
        self._entry = entry
        self._backend = backend
        self._pass = asking(backend)
        self._by_header = by_header

    def ask(self, call: BackendCall) -> Response | Awaitable[Response]:
        """The backend's answer, or what is answered in its place.

        Raises:
            Refused: with an error of the managed layer.
        """
        if self._by_header:
            asked_for = call.request.fields().get(FAULT_HEADER)
            if asked_for is not None:
                return self._asked_for(call, asked_for)
        now = self._on.clock.now()
        rules = [rule for rule in self._rules if rule.holds(now)]
        return self._drawn(call, rules, now) if rules else self._pass(call)

    def _asked_for(self, call: BackendCall, code: str) -> Response:
        """The error that a caller asks for."""
        problem = on_demand(code, Source.MANAGED, Source.BACKEND)
        if problem is None:
            values = {"code": code[:40], "address": f"{self._on.origin}{ERRORS_PATH}"}
            raise Refused(Refusal(FAULT_UNKNOWN, values))
        return self._error(call, problem, problem.code, ASKED_FOR)

    async def _drawn(self, call: BackendCall, rules: list[FaultRule], now: float) -> Response:
        """The answer to a call for which every rule draws, until one answers it."""
        marks: list[str] = []
        for rule in rules:
            number = await self._on.draws.draw(rule.counted, now)
            if not number:
                continue
            await self._on.delays.hold(rule.seconds(number))
            if rule.effect == Effect.ERROR:
                return self._error(call, CATALOGUE[rule.code], rule.name, rule.cause)
            if rule.effect == Effect.DROP:
                return _dropped(rule.cause)
            marks.append(rule.name)
            if rule.effect == Effect.CUT:
                return _cut(_marked(await self._passed(call), marks), rule.cause)
        passed = await self._passed(call)
        return _marked(passed, marks) if marks else passed

    async def _passed(self, call: BackendCall) -> Response:
        found = self._pass(call)
        return found if isinstance(found, Response) else await found

    def _error(self, call: BackendCall, problem: Problem, mark: str, cause: str) -> Response:
        if source_of(problem) is Source.MANAGED:
            raise self._refused(problem, mark, cause)
        backend: object = self._backend
        if isinstance(backend, RefusingBackend):
            found = backend.refusing(call, problem)
        else:
            refusal = Refusal(problem, EXAMPLES.get(problem.code, {}), NOT_CACHED)
            found = answer(refusal, instance=call.managed_path, accept=call.request.header("accept"))
        told = found.refusal or Refusal(problem)
        refusal = replace(told, cause=f"{cause}: {told.message}")
        return _marked(msgspec.structs.replace(found, refusal=refusal), [mark])

    def _refused(self, problem: Problem, mark: str, cause: str) -> Refused:
        """As the check refuses whose error it is; what it says of limits and addresses is this call's own."""
        refusal = managed_refusal(
            problem, self._route, self._entry, now=self._on.clock.now(), origin=self._on.origin
        )
        values: dict[str, object] = {"limit": self._on.body_limit}
        values |= EXAMPLES.get(problem.code, {}) | dict(refusal.values)
        headers = (*refusal.headers, (FAULT_HEADER, mark))
        return Refused(replace(refusal, values=values, headers=headers, cause=cause))


def _marked(response: Response, marks: list[str]) -> Response:
    mark = (FAULT_HEADER, ", ".join(marks))
    return msgspec.structs.replace(response, headers=(*response.headers, mark))


def _dropped(cause: str) -> Response:
    why = f"{cause}: the connection was ended without an answer"
    return Response(MANAGED_FAILURE.status, (), NoAnswer(why), Refusal(MANAGED_FAILURE, cause=why))


def _cut(response: Response, cause: str) -> Response:
    """The answer until half of its body, so that nobody can take it for the whole; one without is dropped."""
    body, why = response.body, f"{cause}: the connection was ended half way"
    if body == b"":
        return _dropped(cause)
    if not isinstance(body, bytes):
        return msgspec.structs.replace(response, body=_first_half(body, why))
    headers = response.headers
    if all(name != "content-length" for name, _ in headers):
        headers = (*headers, ("content-length", str(len(body))))
    return msgspec.structs.replace(response, headers=headers, body=_half(body, why))


async def _half(body: bytes, why: str) -> AsyncIterator[bytes]:
    yield body[: len(body) // 2]
    raise BrokenOff(why)


async def _first_half(body: AsyncIterator[bytes], why: str) -> AsyncIterator[bytes]:
    """Half of the first piece: how long a stream is, nobody knows before its end."""
    async with closing(body):
        async for piece in body:
            yield piece[: len(piece) // 2]
            break
    raise BrokenOff(why)
