"""Faults on demand at the token endpoint: requests of applications that proved to be themselves."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from millgate.core.errors import CATALOGUE, FAULT_UNKNOWN, MANAGED_FAILURE, Refusal, Refused
from millgate.core.on_demand import ASKED_FOR, ERRORS_PATH, EXAMPLES, FAULT_HEADER, Source, on_demand
from millgate.snapshot.fault_rules import Effect, Place
from millgate.wire.messages import NoAnswer, Response

if TYPE_CHECKING:
    from millgate.core.clock import Clock
    from millgate.core.errors import Problem
    from millgate.snapshot.document import Application
    from millgate.snapshot.fault_rules import FaultRule
    from millgate.snapshot.model import Snapshot
    from millgate.stores.drawing import Draws
    from millgate.wire.delays import Delays
    from millgate.wire.messages import Request


class Dropped(Exception):  # noqa: N818 - what happened, as it is told
    """The connection is to end without an answer; tells why."""

    def response(self) -> Response:
        """The answer that is none."""
        return Response(MANAGED_FAILURE.status, (), NoAnswer(str(self)))


class TokenStriking:
    """Strikes token requests.

    Args:
        draws: decides which requests a rule strikes.
        delays: holds answers back.
        clock: by which rules begin and end.
        origin: of the installation.
        resource: the audience that is documented.
        by_header: whether applications may ask for errors of their own requests.
        in_production: whether rules may strike applications that are not Test Only.
    """

    def __init__(
        self,
        draws: Draws,
        delays: Delays,
        clock: Clock,
        *,
        origin: str,
        resource: str,
        by_header: bool = False,
        in_production: bool = False,
    ) -> None:
        self._draws = draws
        self._delays = delays
        self._clock = clock
        self._origin = origin
        self._resource = resource
        self._by_header = by_header
        self._in_production = in_production

    async def strike(self, snapshot: Snapshot, request: Request, application: Application) -> str:
        """Strike a request of an application, or let it pass; gives the rules that held it back, by name.

        Raises:
            Refused: with an error of the token endpoint.
            Dropped: no answer is to be given.
        """
        asked_for = request.header(FAULT_HEADER) if self._by_header else None
        if asked_for is not None:
            self._asked_for(snapshot, application, asked_for)
        if not snapshot.fault_rules:
            return ""
        held = []
        now = self._clock.now()
        for rule in snapshot.fault_rules.get(Place.TOKEN, ()):
            if self._means(rule, application) and rule.holds(now):
                held += await self._struck(snapshot, application, rule, now)
        return ", ".join(held)

    def _means(self, rule: FaultRule, application: Application) -> bool:
        return rule.application in {None, application.client_id} and (
            application.test_only or self._in_production
        )

    async def _struck(
        self, snapshot: Snapshot, application: Application, rule: FaultRule, now: float
    ) -> list[str]:
        number = await self._draws.draw(rule.counted, now)
        if not number:
            return []
        await self._delays.hold(rule.seconds(number))
        if rule.effect == Effect.DROP:
            raise Dropped(f"{rule.cause}: the connection was ended without an answer")
        if rule.effect == Effect.ERROR:
            raise self._error(snapshot, application, CATALOGUE[rule.code], rule.name, rule.cause)
        return [rule.name]

    def _asked_for(self, snapshot: Snapshot, application: Application, code: str) -> None:
        problem = on_demand(code, Source.TOKEN)
        if problem is None:
            values = {"code": code[:40], "address": f"{self._origin}{ERRORS_PATH}"}
            raise Refused(Refusal(FAULT_UNKNOWN, values))
        raise self._error(snapshot, application, problem, problem.code, ASKED_FOR)

    def _error(
        self, snapshot: Snapshot, application: Application, problem: Problem, mark: str, cause: str
    ) -> Refused:
        company = snapshot.tenants.get(application.pcn)
        values: dict[str, object] = {
            "client_id": application.client_id,
            "client_ids": f"{application.client_id}, 00000000-0000-0000-0000-000000000000",
            "tenant": company.tenant if company is not None else "common",
            "resource": "http://elsewhere.example/",
            "asked": "http://elsewhere.example/",
            "allowed": self._resource,
        }
        values |= EXAMPLES.get(problem.code, {})
        refusal = Refusal(problem, values, _headers(problem), cause)
        return Refused(replace(refusal, headers=(*refusal.headers, (FAULT_HEADER, mark))))


def _headers(problem: Problem) -> tuple[tuple[str, str], ...]:
    return (("allow", "POST"),) if problem.status == 405 else ()  # noqa: PLR2004 - HTTP
