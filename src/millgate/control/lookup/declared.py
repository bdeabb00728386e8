"""The words in which reports are declared."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from millgate.plant.registry import VERSION

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from millgate.control.lookup.columns import Column
    from millgate.plant.resource import Resource

KEY: Final = "WorkcenterKey"
CODE: Final = "WorkcenterCode"


class ChartKind(StrEnum):
    """How a chart draws."""

    COLUMN = "column"
    LINE = "line"
    STACKED = "stacked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A chart beside the rows.

    Attributes:
        kind: how it draws.
        category: the field along its axis.
        series: the fields that it draws.
        title: of the axis of values.
    """

    kind: ChartKind
    category: str
    series: tuple[str, ...]
    title: str | Promise


@dataclass(frozen=True, slots=True)
class Read:
    """A managed operation that reads rows.

    Attributes:
        path: below the origin and the tier; `{WorkcenterKey}` stands for the chosen workcenter's key.
        query: further parameters; `{WorkcenterCode}` stands for the workcenter's code.
        controller: what a role must open.
    """

    path: str
    query: tuple[tuple[str, str], ...]
    controller: str


def of_workcenter(resource: Resource, **query: str) -> Read:
    """The list of a resource for one workcenter."""
    return _read(resource, f"/{{{KEY}}}", query)


def of_all(resource: Resource, **query: str) -> Read:
    """The whole list of a resource."""
    return _read(resource, "", query)


def _read(resource: Resource, key: str, query: dict[str, str]) -> Read:
    path = f"/{resource.module.suffix}/{VERSION}/{resource.name}{key}"
    return Read(path, tuple(query.items()), resource.controller)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A production report.

    Attributes:
        id: stable.
        title: as it is chosen and shown.
        short: the same for the name of a sheet.
        read: where its rows come from.
        columns: in their order.
        chart: what is drawn.
        windowed: whether it is of a time frame; else it is of now.
        totals: fields that are summed up above the rows.
    """

    id: str
    title: str | Promise
    short: str | Promise
    read: Read
    columns: tuple[Column, ...]
    chart: Chart
    windowed: bool = True
    totals: tuple[str, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        """What a sheet needs of each row; the rest need not be sent."""
        return tuple(dict.fromkeys(column.field for column in self.columns))
