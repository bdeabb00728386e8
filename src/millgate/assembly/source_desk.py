"""Looking at somebody's database while it is declared: its tables, and the first rows as they would be."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from millgate.assembly.sources import open_source
from millgate.core.errors import (
    DATABASE_CONNECT_TIMEOUT,
    DATABASE_UNREACHABLE,
    PROPERTY_FAILED,
    QUERY_TIMEOUT,
)
from millgate.core.values import Principal
from millgate.describe.calls import BackendCall
from millgate.plant.backend import PlantBackend
from millgate.plant.registry import operation_of
from millgate.plant.resource import Action
from millgate.plant.sources.address import without_password
from millgate.plant.sources.desk import PREVIEW_ROWS, Preview, SourceUnreadable
from millgate.plant.sources.inspecting import tables_listed, tables_of
from millgate.plant.sources.resources import resources_of
from millgate.snapshot.document import TEST
from millgate.stores.ports import ConnectTimedOut, QueryTimedOut, StoreUnreachable
from millgate.wire.messages import Request

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from millgate.assembly.sources import SourceStore
    from millgate.core.clock import Clock
    from millgate.core.settings import Settings
    from millgate.plant.resource import Resource
    from millgate.plant.sources.schema import Table
    from millgate.snapshot.sources import DataSource, SourceResource
    from millgate.wire.messages import Response

_T = TypeVar("_T")
_LOOKS: Final = 3
"""How many statements one look may wait for at most, one after the other, until all of it is given up."""
_NAMED: Final = 20


class LiveSourceDesk:
    """Fills `desk.SourceDesk` with connections that live as long as one look.

    Args:
        settings: where files lie, and how long statements may take.
        clock: tells what is open until now.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._seconds = settings.query_seconds

    def tables(self, url: str) -> list[Table]:
        """As `desk.SourceDesk.tables`."""
        return self._looked(url, lambda store: tables_listed(store, self._seconds))

    def columns(self, url: str, names: Collection[str]) -> list[Table]:
        """As `desk.SourceDesk.columns`."""
        return self._looked(url, lambda store: tables_of(store, self._seconds, names))

    def preview(self, url: str, source: DataSource, resource: str, pcn: int) -> Preview:
        """As `desk.SourceDesk.preview`."""
        declared = next(item for item in source.resources if item.name == resource)
        made = next(item for item in resources_of(source) if item.name == resource)
        return self._looked(url, lambda store: self._previewed(store, declared, made, pcn))

    def _looked(self, url: str, look: Callable[[SourceStore], Awaitable[_T]]) -> _T:
        """What a look finds, on connections of its own.

        Raises:
            SourceUnreadable: with the reason.
        """

        async def looked() -> _T:
            store = open_source(url, self._settings)
            try:
                async with asyncio.timeout(self._settings.connect_seconds + _LOOKS * self._seconds):
                    return await look(store)
            finally:
                store.close()

        try:
            return asyncio.run(looked())
        except (QueryTimedOut, TimeoutError):
            raise SourceUnreadable("it did not answer in time") from None
        except ConnectTimedOut:
            raise SourceUnreadable("no connection could be had in time") from None
        except LookupError as missing:
            raise SourceUnreadable(f"there is no table or view {missing.args[0]}") from None
        except (ValueError, OSError, StoreUnreachable) as failed:
            raise SourceUnreadable(without_password(str(failed), url)) from None
        except Exception as failed:
            # Whatever a driver says that no port has a word for, such as that a table may not be read.
            raise SourceUnreadable(without_password(str(failed), url)) from failed

    async def _previewed(
        self, store: SourceStore, declared: SourceResource, made: Resource, pcn: int
    ) -> Preview:
        name = f"{declared.schema}.{declared.table}" if declared.schema else declared.table
        table = (await tables_of(store, self._seconds, [name]))[0]
        faults = _missing(declared, table)
        remarks = tuple(_remarks(declared, table))
        if faults:
            return Preview(faults=faults, remarks=remarks)
        whole = await self._page(store, made, pcn)
        if not isinstance(whole, str):
            return _rows(made, whole, {}, remarks)
        for field, one in zip(declared.fields, made.fields, strict=True):
            alone = await self._page(store, msgspec.structs.replace(made, fields=(one,)), pcn)
            if isinstance(alone, str):
                faults[field.column] = [f"a value is not of the kind {field.kind}, or cannot be read"]
        good = tuple(
            one for field, one in zip(declared.fields, made.fields, strict=True) if field.column not in faults
        )
        rest = msgspec.structs.replace(made, fields=good)
        found = await self._page(store, rest, pcn) if good else whole
        if isinstance(found, str):
            return Preview(faults=faults or {"": [found]}, remarks=remarks)
        return _rows(rest, found, faults, remarks)

    async def _page(self, store: SourceStore, resource: Resource, pcn: int) -> list[dict[str, Any]] | str:
        """The first rows; or what stands against reading them."""
        backend = PlantBackend({TEST: store}, self._clock, self._seconds, resources=(resource,))
        try:
            response = await backend(_call(resource, pcn))
        except Exception as failed:  # noqa: BLE001 - a driver's word for a value that cannot be read
            return " ".join(str(failed).split())
        refusal = response.refusal
        if refusal is None:
            return _members(response)
        if refusal.problem is PROPERTY_FAILED:
            return refusal.cause
        if refusal.problem is QUERY_TIMEOUT:
            raise QueryTimedOut
        if refusal.problem in {DATABASE_UNREACHABLE, DATABASE_CONNECT_TIMEOUT}:
            raise StoreUnreachable(refusal.cause)
        return []  # a list without rows is answered as if it were not there


def _call(resource: Resource, pcn: int) -> BackendCall:
    """A list of the first rows, by somebody who may read them."""
    operation = next(item for item in resource.operations if item.action is Action.LIST)
    return BackendCall(
        Request(method="GET", raw_path=resource.path, segments=(), query=f"limit={PREVIEW_ROWS}"),
        TEST,
        operation_of(resource, operation),
        {},
        Principal("", None, pcn, frozenset({resource.controller}), frozenset()),
        resource.path,
    )


def _members(response: Response) -> list[dict[str, Any]]:
    assert isinstance(response.body, bytes)  # noqa: S101 - a page of JSON is never streamed
    found = msgspec.json.decode(response.body)
    rows: list[dict[str, Any]] = found["embedded"]
    return rows


def _rows(
    resource: Resource, found: list[dict[str, Any]], faults: dict[str, list[str]], remarks: tuple[str, ...]
) -> Preview:
    names = tuple(field.name for field in resource.fields)
    rows = tuple(tuple(row.get(name) for name in names) for row in found[:PREVIEW_ROWS])
    return Preview(names, rows, faults, remarks)


def _missing(declared: SourceResource, table: Table) -> dict[str, list[str]]:
    """The columns that the table has not."""
    known = [column.name for column in table.columns]
    if not known:
        return {"": [f"{declared.table} has no column that can be read"]}
    some = ", ".join(known[:_NAMED]) + (", …" if len(known) > _NAMED else "")
    wanted = [field.column for field in declared.fields]
    wanted += [declared.pcn] if isinstance(declared.pcn, str) else []
    return {
        column: [f"the table has no such column; it has {some}"] for column in wanted if column not in known
    }


def _remarks(declared: SourceResource, table: Table) -> list[str]:
    if not declared.key:
        return ["There is no key: rows cannot be asked for one by one."]
    if declared.key not in table.unique:
        return [f"The database does not promise that {declared.key} tells rows apart: see that it does."]
    return []
