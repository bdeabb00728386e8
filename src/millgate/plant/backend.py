"""The plant as a backend: plan, query, answer, in one line. Only the query does I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

import msgspec

from millgate.core.errors import (
    DATABASE_UNREACHABLE,
    PROPERTY_FAILED,
    QUERY_TIMEOUT,
    Refusal,
)
from millgate.plant.hal import NOT_CACHED, RowShape, links_of, page_answer
from millgate.plant.plan import Plan, not_found, path_of, plan
from millgate.plant.registry import RESOURCES, target_of
from millgate.plant.resource import Action, Resource
from millgate.plant.sql import select_of
from millgate.stores.ports import ColumnFailed, PlantReader, QueryTimedOut, StoreUnreachable
from millgate.wire.calls import BackendCall
from millgate.wire.messages import Response
from millgate.wire.refusals import answer

MANAGED_LINKS: Final = "managed"


class _Operation(msgspec.Struct, frozen=True):
    resource: Resource
    action: Action
    shape: RowShape


class PlantBackend:
    """Answers the plant's operations.

    Args:
        readers: the plant database of each tier.
        query_seconds: how long a query may take before the timeout answer.
        links: `backend` links to backend paths, as the manual does; `managed` to the address as called.
        resources: what it answers for.
    """

    def __init__(
        self,
        readers: Mapping[str, PlantReader],
        query_seconds: float,
        links: str = "backend",
        resources: Iterable[Resource] = RESOURCES,
    ) -> None:
        self._readers = dict(readers)
        self._seconds = query_seconds
        self._managed_links = links == MANAGED_LINKS
        self._operations = _operations(resources)

    async def __call__(self, call: BackendCall) -> Response:
        """Answer one call.

        Raises:
            LookupError: the target is none of `registry.targets()`, which publishing prevents.
        """
        operation = self._operations[call.target]
        resource, accept = operation.resource, call.request.header("accept")
        planned = plan(resource, operation.action, call)
        if isinstance(planned, Plan):
            try:
                answered = await self._read(operation, planned, call, accept)
            except (QueryTimedOut, StoreUnreachable, ColumnFailed) as failed:
                return _refuse(_failure(failed), None, accept)
            if answered is not None:
                return answered
            planned = not_found(resource)
        return _refuse(planned, path_of(resource, call), accept)

    async def _read(
        self, operation: _Operation, planned: Plan, call: BackendCall, accept: str | None
    ) -> Response | None:
        reader = self._readers.get(call.tier)
        if reader is None:
            raise StoreUnreachable(f"no plant database for the tier {call.tier!r}")
        page = await reader.select(select_of(planned), self._seconds)
        if not page.rows:
            return None
        rows = operation.shape.shown(page.rows)
        base = call.managed_path if self._managed_links else planned.path
        return page_answer(rows, page.total, links_of(planned, page.total, base), accept)


def _operations(resources: Iterable[Resource]) -> dict[str, _Operation]:
    found: dict[str, _Operation] = {}
    for resource in resources:
        shape = RowShape(resource.name, resource.fields)
        for reading in resource.operations:
            target = target_of(resource, reading.action)
            found[target] = _Operation(resource, reading.action, shape)
    return found


def _failure(failed: Exception) -> Refusal:
    """What a store could not do, as the manual tells it; the cause is for the log."""
    if isinstance(failed, QueryTimedOut):
        return Refusal(QUERY_TIMEOUT, cause=str(failed))
    if isinstance(failed, ColumnFailed):
        return Refusal(PROPERTY_FAILED, {"column": _legacy(failed.column)}, cause=str(failed))
    return Refusal(DATABASE_UNREACHABLE, cause=str(failed))


def _legacy(column: str) -> str:
    """The column in the manual's spelling: `Part_No`."""
    return "_".join(word.capitalize() for word in column.split("_"))


def _refuse(refusal: Refusal, instance: str | None, accept: str | None) -> Response:
    # A 404 may be cached when nothing forbids it (RFC 9110 section 15.1), and rows can appear any moment.
    uncached = replace(refusal, headers=(*refusal.headers, *NOT_CACHED))
    return answer(uncached, instance=instance, accept=accept)
