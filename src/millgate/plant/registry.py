"""All resources, and the APIs and targets that follow from them.

A new resource is one file in `resources` and one line here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from millgate.describe.model import Api, Operation, Parameter, Place
from millgate.plant.kinds import INTEGER
from millgate.plant.plan import DEFAULT_LIMIT, LIMIT, MOST_ROWS, OFFSET
from millgate.plant.resource import Action, Filter, Module, Reading, Resource
from millgate.plant.resources.approved_workcenters import APPROVED_WORKCENTERS
from millgate.plant.resources.buildings import BUILDINGS
from millgate.plant.resources.company_profile import COMPANY_PROFILE
from millgate.plant.resources.containers import CONTAINERS
from millgate.plant.resources.dc_job_operations import DC_JOB_OPERATIONS
from millgate.plant.resources.dc_jobs import DC_JOBS
from millgate.plant.resources.part_operations import PART_OPERATIONS
from millgate.plant.resources.parts import PARTS
from millgate.plant.resources.shifts import SHIFTS
from millgate.plant.resources.workcenter_production_logs import WORKCENTER_PRODUCTION_LOGS
from millgate.plant.resources.workcenter_scrap_logs import WORKCENTER_SCRAP_LOGS
from millgate.plant.resources.workcenter_setups import WORKCENTER_SETUPS
from millgate.plant.resources.workcenter_status_logs import WORKCENTER_STATUS_LOGS
from millgate.plant.resources.workcenter_statuses import WORKCENTER_STATUSES
from millgate.plant.resources.workcenters import WORKCENTERS

UPSTREAM: Final = "plant"
VERSION: Final = "v1"
_EXAMPLE_DAY: Final = date(2026, 1, 31)
RESOURCES: Final[tuple[Resource, ...]] = (
    COMPANY_PROFILE,
    BUILDINGS,
    SHIFTS,
    PARTS,
    PART_OPERATIONS,
    WORKCENTERS,
    WORKCENTER_SETUPS,
    WORKCENTER_STATUSES,
    APPROVED_WORKCENTERS,
    DC_JOBS,
    DC_JOB_OPERATIONS,
    WORKCENTER_PRODUCTION_LOGS,
    WORKCENTER_SCRAP_LOGS,
    WORKCENTER_STATUS_LOGS,
    CONTAINERS,
)
"""Every resource, in the order of the portal."""

_PAGING: Final = (
    Parameter(
        OFFSET,
        Place.QUERY,
        INTEGER.wire_type,
        "How many rows to pass over. Default 0.",
        example="0",
    ),
    Parameter(
        LIMIT,
        Place.QUERY,
        INTEGER.wire_type,
        f"How many rows to answer. Default {DEFAULT_LIMIT}; more than {MOST_ROWS} is taken as {MOST_ROWS}.",
        example=str(DEFAULT_LIMIT),
    ),
)


def target_of(resource: Resource, action: Action) -> str:
    """How the catalogue names an operation of the plant: `Parts.list`."""
    return f"{resource.name}.{action}"


def targets() -> frozenset[str]:
    """Every operation that the plant answers."""
    return frozenset(
        target_of(resource, reading.action) for resource in RESOURCES for reading in resource.operations
    )


def controllers() -> frozenset[str]:
    """Every controller that a role can open."""
    return frozenset(resource.controller for resource in RESOURCES)


def apis(on: date = _EXAMPLE_DAY) -> tuple[Api, ...]:
    """The plant's APIs, described from the declarations.

    Examples of instants lie some days before `on`, so that those of an API that is described today find
    rows of a sample company that moves with the clock.
    """
    modules: dict[str, Module] = {resource.module.key: resource.module for resource in RESOURCES}
    return tuple(_api(module, _of_module(module), on) for module in modules.values())


def _of_module(module: Module) -> Iterable[Resource]:
    return (resource for resource in RESOURCES if resource.module is module)


def _api(module: Module, resources: Iterable[Resource], on: date) -> Api:
    return Api(
        key=module.key,
        name=module.name,
        suffix=module.suffix,
        version=VERSION,
        upstream=UPSTREAM,
        description=module.description,
        operations=tuple(
            _operation(resource, reading, on) for resource in resources for reading in resource.operations
        ),
    )


def _operation(resource: Resource, reading: Reading, on: date) -> Operation:
    key = f"/{{{resource.path_key.name}}}" if reading.keyed and resource.path_key else ""
    return Operation(
        key=reading.key,
        method="GET",
        template=f"/{resource.name}{key}",
        name=reading.name,
        target=target_of(resource, reading.action),
        summary=reading.summary,
        parameters=tuple(_parameters(resource, reading, on)),
    )


def _parameters(resource: Resource, reading: Reading, on: date) -> Iterable[Parameter]:
    if reading.keyed and resource.path_key:
        key = resource.path_key
        yield Parameter(key.name, Place.PATH, key.kind.wire_type, key.doc, required=True, example=key.example)
    if reading.action is Action.ONE:
        return
    required = resource.required(keyed=reading.keyed)
    for item in resource.filters:
        yield _parameter(item, on, required=item.name in required)
    yield from _PAGING


def _parameter(item: Filter, on: date, *, required: bool) -> Parameter:
    example = item.example
    if item.days_ago:
        example = f"{on - timedelta(days=item.days_ago)}T00:00:00Z"
    return Parameter(
        item.name,
        Place.QUERY,
        item.kind.wire_type,
        f"{item.doc} {item.operator.sentence}".rstrip(),
        required=required,
        repeatable=item.operator.repeatable,
        values=item.values,
        example=example,
    )
