"""Faults on demand at the token endpoint: requests of applications that proved to be themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from millgate.core.errors import (
    CATALOGUE,
    FAULT_UNKNOWN,
    MANAGED_FAILURE,
    TOKEN_RESOURCE_UNKNOWN,
    Refusal,
    Refused,
)
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


ELSEWHERE: Final = "http://elsewhere.example/"
ELSEWHERE_ID: Final = "00000000-0000-0000-0000-000000000000"


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

    async def strike(
        self, snapshot: Snapshot, request: Request, application: Application, directory: str
    ) -> str:
        """Strike a request of an application, or let it pass; gives the rules that held it back, by name.

        Args:
            snapshot: in force.
            request: as it came in.
            application: that proved to be itself.
            directory: the tenant that the address names, as errors call it.

        Raises:
            Refused: with an error of the token endpoint.
            Dropped: no answer is to be given.
        """
        asked_for = request.header(FAULT_HEADER) if self._by_header else None
        if asked_for is not None:
            raise self._asked_for(snapshot, application, directory, asked_for)
        if not snapshot.fault_rules:
            return ""
        held = []
        now = self._clock.now()
        for rule in snapshot.fault_rules.get(Place.TOKEN, ()):
            if self._means(rule, application) and rule.holds(now):
                held += await self._struck(snapshot, application, directory, rule, now)
        return ", ".join(held)

    def _means(self, rule: FaultRule, application: Application) -> bool:
        return rule.application in {None, application.client_id} and (
            application.test_only or self._in_production
        )

    async def _struck(
        self, snapshot: Snapshot, application: Application, directory: str, rule: FaultRule, now: float
    ) -> list[str]:
        number = await self._draws.draw(rule.counted, now)
        if not number:
            return []
        await self._delays.hold(rule.seconds(number))
        if rule.effect == Effect.DROP:
            raise Dropped(f"{rule.cause}: the connection was ended without an answer")
        if rule.effect == Effect.ERROR:
            problem = CATALOGUE[rule.code]
            values = self._values(snapshot, application, problem, directory)
            raise _refused(problem, values, rule.name, rule.cause)
        return [rule.name]

    def _asked_for(self, snapshot: Snapshot, application: Application, directory: str, code: str) -> Refused:
        problem = on_demand(code, Source.TOKEN)
        if problem is None:
            values = {"code": code[:40], "address": f"{self._origin}{ERRORS_PATH}"}
            return Refused(Refusal(FAULT_UNKNOWN, values))
        own = self._values(snapshot, application, problem, directory)
        return _refused(problem, own, problem.code, ASKED_FOR)

    def _values(
        self, snapshot: Snapshot, application: Application, problem: Problem, directory: str
    ) -> dict[str, object]:
        """What the error would say of this request."""
        company = snapshot.tenants.get(application.pcn)
        own = problem is TOKEN_RESOURCE_UNKNOWN and company is not None
        values: dict[str, object] = {
            "client_id": application.client_id,
            "client_ids": f"{application.client_id}, {ELSEWHERE_ID}",
            "tenant": company.tenant if own and company is not None else directory,
            "resource": ELSEWHERE,
            "asked": ELSEWHERE,
            "allowed": self._resource,
        }
        return values | EXAMPLES.get(problem.code, {})


def _refused(problem: Problem, values: dict[str, object], mark: str, cause: str) -> Refused:
    return Refused(Refusal(problem, values, (*_headers(problem), (FAULT_HEADER, mark)), cause))


def _headers(problem: Problem) -> tuple[tuple[str, str], ...]:
    return (("allow", "POST"),) if problem.status == 405 else ()  # noqa: PLR2004 - HTTP
