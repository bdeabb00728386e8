"""The plant as a backend: plan, query, answer, in one line. Only the store does I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

import msgspec

from millgate.core.clock import Clock
from millgate.core.errors import (
    DATABASE_CONNECT_TIMEOUT,
    DATABASE_UNREACHABLE,
    PROPERTY_FAILED,
    QUERY_TIMEOUT,
    Problem,
    Refusal,
)
from millgate.describe.calls import BackendCall
from millgate.plant.answers import LIST_FORMATS, export_answer, format_of, one_answer, page_answer
from millgate.plant.changing import Changer
from millgate.plant.formats import FORMATS
from millgate.plant.hal import NOT_CACHED
from millgate.plant.plan import Plan, admitted, not_found, path_of, plan
from millgate.plant.reading import PageReader, begun
from millgate.plant.refusing import UNPLACED, legacy_column, refusal_without_cause
from millgate.plant.registry import RESOURCES, target_of
from millgate.plant.resource import Action, Resource
from millgate.stores.ports import (
    ColumnFailed,
    ConnectTimedOut,
    PlantStore,
    QueryTimedOut,
    StoreUnreachable,
)
from millgate.wire.messages import Response
from millgate.wire.refusals import answer

MANAGED_LINKS: Final = "managed"
BODY_LIMIT: Final = 10_485_760
FAILURES: Final = (QueryTimedOut, ConnectTimedOut, StoreUnreachable, ColumnFailed)


class _Operation(msgspec.Struct, frozen=True):
    resource: Resource
    action: Action
    reader: PageReader


class PlantBackend:
    """Answers the plant's operations.

    Args:
        stores: the plant database of each tier.
        clock: tells what is open until now.
        query_seconds: how long a query may take before the timeout answer.
        links: `backend` links to backend paths, as the manual does; `managed` to the address as called.
        resources: what it answers for.
        body_limit: the largest body of a call that writes, in bytes.
    """

    def __init__(
        self,
        stores: Mapping[str, PlantStore],
        clock: Clock,
        query_seconds: float,
        *,
        links: str = "backend",
        resources: Iterable[Resource] = RESOURCES,
        body_limit: int = BODY_LIMIT,
    ) -> None:
        self._stores = dict(stores)
        self._clock = clock
        self._seconds = query_seconds
        self._changer = Changer(clock, body_limit, query_seconds)
        self._managed_links = links == MANAGED_LINKS
        self._operations = _operations(resources)

    async def __call__(self, call: BackendCall) -> Response:
        """Answer one call.

        Raises:
            LookupError: the target is none of `registry.targets()`, which publishing prevents.
        """
        operation = self._operations[call.target]
        accept = call.request.header("accept")
        try:
            answered = await self._answer(operation, call)
        except FAILURES as failed:
            return _refuse(failure_of(failed), None, accept)
        if isinstance(answered, Refusal):
            return _refuse(answered, path_of(operation.resource, call), accept)
        return answered

    def refusing(self, call: BackendCall, problem: Problem) -> Response:
        """As `RefusingBackend.refusing`."""
        operation = self._operations[call.target]
        resource = operation.resource
        refusal = refusal_without_cause(problem, resource, operation.action, call)
        instance = None if problem in UNPLACED else path_of(resource, call)
        return _refuse(refusal, instance, call.request.header("accept"))

    async def _answer(self, operation: _Operation, call: BackendCall) -> Response | Refusal:
        resource = operation.resource
        base = call.managed_path if self._managed_links else path_of(resource, call)
        if operation.action.writes:
            principal = admitted(resource, operation.action, call)
            if isinstance(principal, Refusal):
                return principal
            return await self._changer.answer(resource, principal, call, self._store(call.tier), base)
        planned = plan(resource, operation.action, call)
        if isinstance(planned, Refusal):
            return planned
        return await self._read(operation, planned, call, base) or not_found(resource)

    async def _read(
        self, operation: _Operation, planned: Plan, call: BackendCall, base: str
    ) -> Response | None:
        store, now, reader = self._store(call.tier), self._clock.utc(), operation.reader
        media_type = format_of(call.request, LIST_FORMATS)
        if media_type in FORMATS and operation.action is Action.LIST:
            pages = await begun(reader.pages(planned, store, now, self._seconds))
            return None if pages is None else export_answer(operation.resource, pages, media_type)
        found = await reader.page(planned, store, now, self._seconds)
        if found is None:
            return None
        if operation.action is Action.ONE:
            return one_answer(call.request, planned, found, base)
        return page_answer(planned, found, base, media_type)

    def _store(self, tier: str) -> PlantStore:
        store = self._stores.get(tier)
        if store is None:
            raise StoreUnreachable(f"no database for the tier {tier!r}")
        return store


def _operations(resources: Iterable[Resource]) -> dict[str, _Operation]:
    found: dict[str, _Operation] = {}
    for resource in resources:
        reader = PageReader(resource)
        for operation in resource.operations:
            target = target_of(resource, operation.action)
            found[target] = _Operation(resource, operation.action, reader)
    return found


def failure_of(failed: Exception) -> Refusal:
    """What a store could not do, as the manual tells it; the cause is for the log."""
    if isinstance(failed, QueryTimedOut):
        return Refusal(QUERY_TIMEOUT, cause=str(failed))
    if isinstance(failed, ConnectTimedOut):
        return Refusal(DATABASE_CONNECT_TIMEOUT, cause=str(failed))
    if isinstance(failed, ColumnFailed):
        return Refusal(PROPERTY_FAILED, {"column": legacy_column(failed.column)}, cause=str(failed))
    return Refusal(DATABASE_UNREACHABLE, cause=str(failed))


def _refuse(refusal: Refusal, instance: str | None, accept: str | None) -> Response:
    # A 404 may be cached when nothing forbids it (RFC 9110 section 15.1), and rows can appear any moment.
    uncached = replace(refusal, headers=(*refusal.headers, *NOT_CACHED))
    return answer(uncached, instance=instance, accept=accept)
