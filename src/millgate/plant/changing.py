"""A call that writes: understood by `writing`, done in one transaction, answered with the rows it left."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final

from millgate.core.clock import Clock
from millgate.core.errors import QUERY_NOT_SANE, Refusal, Refused
from millgate.core.values import Principal
from millgate.describe.calls import BackendCall
from millgate.plant.answers import ONE_FORMATS, format_of
from millgate.plant.dialects import DIALECTS
from millgate.plant.hal import HEADERS, NOT_CACHED, Link, envelope
from millgate.plant.plan import MANAGED_NAMES, key_text
from millgate.plant.resource import Action, Resource
from millgate.plant.sql import row_statement
from millgate.plant.writing.planning import WritePlan, plan_write
from millgate.plant.writing.work import WriteContext
from millgate.plant.writing.written import Written
from millgate.stores.ports import PlantStore, Statement, Work
from millgate.wire.messages import Request, Response

_NAMES_NOTHING: Final = "it names {names}, and a call that writes has no query parameters"


class Changer:
    """Does what operations that write ask for.

    Args:
        clock: tells when.
        body_limit: the largest body in bytes.
        seconds: how long a transaction may take.
    """

    def __init__(self, clock: Clock, body_limit: int, seconds: float) -> None:
        self._clock = clock
        self._limit = body_limit
        self._seconds = seconds

    async def answer(
        self, resource: Resource, principal: Principal, call: BackendCall, store: PlantStore, base: str
    ) -> Response | Refusal:
        """The answer to one call of an account that may write, or what is refused in the backend's own shape.

        Raises:
            Refused: the body or the query cannot be taken at all.
            RowConflict, QueryTimedOut, ConnectTimedOut, StoreUnreachable: as the store tells; nothing is
                kept.
        """
        context = self._context(resource, principal, call, store.dialect)
        _refuse_query(call.request)
        planned = await self._planned(call, resource)
        if isinstance(planned, Refusal):
            return planned
        try:
            written = await store.transact(lambda: planned.work(context), self._seconds)
        except Refused as refused:
            return refused.refusal
        return _answer(call, written, base, own_address=_has_one(resource))

    async def _planned(self, call: BackendCall, resource: Resource) -> WritePlan | Refusal:
        request = call.request
        return plan_write(
            call.target,
            await request.body(self._limit),
            content_type=request.header("content-type"),
            path_key=key_text(resource, call),
            if_match=request.header("if-match"),
            idempotency_key=request.header("idempotency-key"),
        )

    def _context(
        self, resource: Resource, principal: Principal, call: BackendCall, dialect: str
    ) -> WriteContext:
        statement = row_statement(resource, DIALECTS[dialect])

        def current(key: object) -> Work[str | None]:
            rows = yield Statement(statement, {"pcn": principal.pcn, "key": key})
            return str(rows[0][0]) if rows else None

        return WriteContext(
            pcn=principal.pcn,
            application=principal.application,
            account=principal.account or "",
            source_address=call.request.client,
            request_id=call.request_id,
            now=self._clock.utc(),
            dialect=dialect,
            current=current,
        )


def _refuse_query(request: Request) -> None:
    unknown = [name for name, _ in request.query_fields() if name.lower() not in MANAGED_NAMES]
    if unknown:
        names = ", ".join(dict.fromkeys(unknown))
        raise Refused(Refusal(QUERY_NOT_SANE, {"reason": _NAMES_NOTHING.format(names=names)}))


def _has_one(resource: Resource) -> bool:
    """Whether its rows have addresses of their own."""
    return any(operation.action is Action.ONE for operation in resource.operations)


def _answer(call: BackendCall, written: Written, base: str, *, own_address: bool) -> Response:
    if written.status == HTTPStatus.NO_CONTENT:
        return Response(written.status, (*written.headers, *NOT_CACHED))
    behind = f"/{written.location}" if own_address and written.location is not None else ""
    # Links name the backend's path, as the manual has it; a Location must lead there (RFC 9110 10.2.2).
    location = (("location", f"{call.managed_path}{behind}"),) if behind else ()
    count = len(written.rows)
    body = envelope([Link("self", f"{base}{behind}")], "\n".join(written.rows).encode(), count, count)
    headers = (*HEADERS[format_of(call.request, ONE_FORMATS)], *location, *written.headers)
    return Response(written.status, headers, body)
