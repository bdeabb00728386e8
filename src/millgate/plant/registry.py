"""All resources, and the APIs and targets that follow from them.

A new resource is one file in `resources` and one line here.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from millgate.describe import model as describe
from millgate.describe.model import Api, Parameter, Place, Schema
from millgate.plant.describing import KEY_DOC, answers_of, body_of, definitions_of
from millgate.plant.kinds import DATE, INTEGER
from millgate.plant.plan import AFTER, GROUP_BY, LIMIT, NO_GROUP, OFFSET, default_limit
from millgate.plant.resource import Action, Filter, Module, Operation, Resource, place_fields, target_name
from millgate.plant.resources.approved_workcenters import APPROVED_WORKCENTERS
from millgate.plant.resources.audit_logs import AUDIT_LOGS
from millgate.plant.resources.buildings import BUILDINGS
from millgate.plant.resources.company_profile import COMPANY_PROFILE
from millgate.plant.resources.containers import CONTAINERS
from millgate.plant.resources.dc_job_operations import DC_JOB_OPERATIONS
from millgate.plant.resources.dc_jobs import DC_JOBS
from millgate.plant.resources.downtime_by_reason import DOWNTIME_BY_REASON
from millgate.plant.resources.job_progress import JOB_PROGRESS
from millgate.plant.resources.part_operations import PART_OPERATIONS
from millgate.plant.resources.parts import PARTS
from millgate.plant.resources.production_summary import PRODUCTION_SUMMARY
from millgate.plant.resources.scrap_by_reason import SCRAP_BY_REASON
from millgate.plant.resources.setup_history import SETUP_HISTORY
from millgate.plant.resources.shifts import SHIFTS
from millgate.plant.resources.workcenter_performance import DAILY_PERFORMANCE, WORKCENTER_PERFORMANCE
from millgate.plant.resources.workcenter_production_logs import WORKCENTER_PRODUCTION_LOGS
from millgate.plant.resources.workcenter_scrap_logs import WORKCENTER_SCRAP_LOGS
from millgate.plant.resources.workcenter_setups import WORKCENTER_SETUPS
from millgate.plant.resources.workcenter_status_logs import WORKCENTER_STATUS_LOGS
from millgate.plant.resources.workcenter_statuses import WORKCENTER_STATUSES
from millgate.plant.resources.workcenters import WORKCENTERS
from millgate.plant.writing.inputs import Form, Input
from millgate.plant.writing.verbs import forms

FORMS: Final = forms()
"""What the body of each operation that writes may hold, by target."""
UPSTREAM: Final = "plant"
_FIRST_KEY: Final = "1001"
_REMARK: Final = "Looked at"
VERSION: Final = "v1"
_EXAMPLE_DAY: Final = date(2026, 1, 31)
RESOURCES: Final[tuple[Resource, ...]] = (
    COMPANY_PROFILE,
    BUILDINGS,
    SHIFTS,
    AUDIT_LOGS,
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
    WORKCENTER_PERFORMANCE,
    CONTAINERS,
    PRODUCTION_SUMMARY,
    SCRAP_BY_REASON,
    DOWNTIME_BY_REASON,
    SETUP_HISTORY,
    DAILY_PERFORMANCE,
    JOB_PROGRESS,
)
"""Every resource, in the order of the portal."""

_OFFSET: Final = Parameter(
    OFFSET,
    Place.QUERY,
    INTEGER.wire_type,
    "How many rows to pass over. Default 0.",
    example="0",
)
_PLACE: Final = Parameter(
    AFTER,
    Place.QUERY,
    "string",
    "The place behind which the page begins, as the next link carries it: however deep in the list, the page"
    " costs the same, and rows that are added meanwhile shift nothing.",
)
_IDEMPOTENCY_KEY: Final = Parameter(
    "Idempotency-Key",
    Place.HEADER,
    "string",
    "1 to 200 visible ASCII characters, made anew for each request: one that is sent again writes nothing and"
    " is answered like the first. Remembered for 24 hours.",
)
_IF_MATCH: Final = Parameter(
    "If-Match",
    Place.HEADER,
    "string",
    "The ETag of the row as you read it: when somebody has changed the row since, nothing is written.",
)


def target_of(resource: Resource, action: Action) -> str:
    """How the catalogue names an operation of the plant: `Parts.list`."""
    return target_name(resource.name, action)


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


def _of_module(module: Module) -> list[Resource]:
    return [resource for resource in RESOURCES if resource.module is module]


def _api(module: Module, resources: list[Resource], on: date) -> Api:
    return Api(
        key=module.key,
        name=module.name,
        suffix=module.suffix,
        version=VERSION,
        upstream=UPSTREAM,
        description=module.description,
        operations=tuple(
            operation_of(resource, reading, on) for resource in resources for reading in resource.operations
        ),
        definitions=schemas_of(resources),
    )


_METHODS: Final = {
    Action.LIST: "GET",
    Action.ONE: "GET",
    Action.CREATE: "POST",
    Action.UPDATE: "PUT",
    Action.DELETE: "DELETE",
}


def schemas_of(resources: Iterable[Resource]) -> dict[str, Schema]:
    """The schemas to which the operations of these resources refer, by name."""
    return definitions_of(resources, FORMS)


def operation_of(resource: Resource, operation: Operation, on: date = _EXAMPLE_DAY) -> describe.Operation:
    """An operation of a resource, described from its declaration."""
    key = f"/{{{resource.path_key.name}}}" if operation.keyed and resource.path_key else ""
    target = target_of(resource, operation.action)
    return describe.Operation(
        key=operation.key,
        method=_METHODS[operation.action],
        template=f"/{resource.name}{key}",
        name=operation.name,
        target=target,
        summary=operation.summary,
        parameters=tuple(_parameters(resource, operation, on)),
        body=body_of(resource, operation, FORMS.get(target)),
        answers=answers_of(resource, operation),
    )


def _parameters(resource: Resource, operation: Operation, on: date) -> Iterable[Parameter]:
    if operation.keyed and resource.path_key:
        key = resource.path_key
        yield Parameter(key.name, Place.PATH, key.kind.wire_type, key.doc, required=True, example=key.example)
    if operation.action is Action.LIST:
        yield from _list_parameters(resource, on, keyed=operation.keyed)
    if operation.action.writes:
        form = FORMS[target_of(resource, operation.action)]
        yield _IDEMPOTENCY_KEY if operation.action is Action.CREATE else _IF_MATCH
        if form.key and not operation.keyed:
            kind = INTEGER.wire_type
            yield Parameter(form.key, Place.BODY, kind, KEY_DOC, required=True, example=_FIRST_KEY)
        yield from _write_parameters(operation, form)


def _list_parameters(resource: Resource, on: date, *, keyed: bool) -> Iterable[Parameter]:
    required = resource.required(keyed=keyed)
    for item in resource.filters:
        yield _parameter(item, on, required=item.name in required)
    if resource.dimensions:
        yield _grouping(resource)
    yield _OFFSET
    yield _limit(resource)
    if place_fields(resource):
        yield _PLACE


def _limit(resource: Resource) -> Parameter:
    default, most = default_limit(resource), resource.most_rows
    doc = f"How many rows to answer. Default {default}; more than {most} is taken as {most}."
    return Parameter(LIMIT, Place.QUERY, INTEGER.wire_type, doc, example=str(default))


def _write_parameters(operation: Operation, form: Form) -> Iterable[Parameter]:
    making = operation.action is Action.CREATE
    for item in form.inputs:
        yield Parameter(
            item.name,
            Place.BODY,
            item.kind.wire_type,
            item.doc,
            required=making and item.required,
            values=item.values,
            example=_body_example(operation, item),
        )


def _body_example(operation: Operation, item: Input) -> str:
    """What a sample call sends: to make a row all that it takes, to change one a remark."""
    if operation.action is not Action.CREATE:
        return _REMARK if item.name == "note" else ""
    return "" if operation.keyed and item.name == "workcenterCode" else item.example


def _grouping(resource: Resource) -> Parameter:
    names = tuple(item.name for item in resource.dimensions)
    default = ", ".join(resource.grouped_by) or NO_GROUP
    doc = f"What the rows are summed by; repeat the name for several. Default {default}."
    values = (*names, NO_GROUP)
    return Parameter(GROUP_BY, Place.QUERY, "string", doc, repeatable=True, values=values, example=values[0])


def _parameter(item: Filter, on: date, *, required: bool) -> Parameter:
    example = item.example
    if item.days_ago:
        day = on - timedelta(days=item.days_ago)
        example = str(day) if item.kind is DATE else f"{day}T00:00:00Z"
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
