"""A call becomes a plan, or a refusal. Every refusal of a read that needs no data is made here.

The order is the manual's: account, controller, parameters, key. All faults of the parameters are told at
once, for a caller who mends one at a time gives up.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final
from urllib.parse import quote

import msgspec

from millgate.core.errors import (
    ACCOUNT_UNRESOLVED,
    CONTROLLER_REFUSED,
    DATA_NOT_FOUND,
    PARAMETER_WRONG,
    Refusal,
    Refused,
)
from millgate.core.values import Principal
from millgate.describe.calls import BackendCall
from millgate.plant.kinds import INTEGER, Kind
from millgate.plant.place import read_place
from millgate.plant.resource import ANY_OF, Action, Filter, Resource, place_fields

OFFSET: Final = "offset"
LIMIT: Final = "limit"
AFTER: Final = "after"
GROUP_BY: Final = "GroupBy"
NO_GROUP: Final = "None"
DEFAULT_LIMIT: Final = 100
MANAGED_NAMES: Final = frozenset({"subscription-key"})
"""Query names that belong to the managed layer and mean nothing here."""
_SHOWN: Final = 40


class Condition(msgspec.Struct, frozen=True):
    """A filter with its values, as read; more than one only where the filter is repeatable."""

    filter: Filter
    values: tuple[Any, ...]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A read that is allowed and understood.

    Attributes:
        resource: what is read.
        pcn: the company whose rows they are.
        path: the backend path, with the key where there is one.
        key: the key in the path.
        conditions: in the order in which the resource declares their filters.
        offset: how many rows to pass over.
        limit: how many to answer, the resource's most at most.
        paged: whether the caller sent offset or limit.
        after: the place behind which the page begins, in the resource's order; None begins at the offset.
        after_text: that place as sent.
        groups: the dimensions of a report, in the order in which the resource declares them.
    """

    resource: Resource
    pcn: int
    path: str
    key: int | str | None = None
    conditions: tuple[Condition, ...] = ()
    offset: int = 0
    limit: int = DEFAULT_LIMIT
    paged: bool = False
    after: tuple[object, ...] | None = None
    after_text: str = ""
    groups: tuple[str, ...] = ()

    def value(self, name: str) -> Any:  # noqa: ANN401 - by the filter's kind
        """The first value of a filter; None when it was not sent."""
        return next((item.values[0] for item in self.conditions if item.filter.name == name), None)


def plan(resource: Resource, action: Action, call: BackendCall) -> Plan | Refusal:
    """Understand a call, or say all that is wrong with it."""
    principal = admitted(resource, action, call)
    if isinstance(principal, Refusal):
        return principal
    try:
        query = _Query(resource, action, call.request.query_fields(), keyed=key_text(resource, call) != "")
    except Refused as refused:
        return refused.refusal
    if query.faults:
        return Refusal(PARAMETER_WRONG, {"faults": " ".join(query.faults)})
    try:
        key = _key(resource, call)
    except ValueError:
        return not_found(resource)
    return Plan(
        resource=resource,
        pcn=principal.pcn,
        path=path_of(resource, call),
        key=key,
        conditions=query.conditions,
        offset=query.offset,
        limit=query.limit,
        paged=query.paged,
        after=query.after,
        after_text=query.after_text,
        groups=query.groups,
    )


def admitted(resource: Resource, action: Action, call: BackendCall) -> Principal | Refusal:
    """For whom the call is, if the roles of that account open the resource for it."""
    principal = call.principal
    if principal is None:
        return Refusal(ACCOUNT_UNRESOLVED)
    opened = principal.writes if action.writes else principal.reads
    if resource.controller not in opened:
        return Refusal(CONTROLLER_REFUSED, {"controller": resource.controller})
    return principal


def not_found(resource: Resource) -> Refusal:
    """No row answers: the manual makes an empty list the same 404 as an unknown key."""
    return Refusal(DATA_NOT_FOUND, {"resource": resource.name})


def unknown_parameter(resource: Resource, action: Action, call: BackendCall, name: str) -> Refusal:
    """The refusal of a call that also sends a parameter which the operation does not have.

    Raises:
        Refused: the query cannot be read.
    """
    fields = [*call.request.query_fields(), (name, "")]
    query = _Query(resource, action, fields, keyed=key_text(resource, call) != "")
    return Refusal(PARAMETER_WRONG, {"faults": " ".join(query.faults)})


def path_of(resource: Resource, call: BackendCall) -> str:
    """The backend path of a call, with the key as sent."""
    key = key_text(resource, call)
    return f"{resource.path}/{quote(key, safe='')}" if key else resource.path


def accepted(resource: Resource, action: Action) -> tuple[str, ...]:
    """The query names of an operation, as documented."""
    if action is Action.ONE:
        return ()
    grouping = (GROUP_BY,) if resource.dimensions else ()
    place = (AFTER,) if place_fields(resource) else ()
    return (*(item.name for item in resource.filters), *grouping, OFFSET, LIMIT, *place)


def default_limit(resource: Resource) -> int:
    """How many rows are answered when no limit is sent."""
    return min(DEFAULT_LIMIT, resource.most_rows)


def key_text(resource: Resource, call: BackendCall) -> str:
    """The key in the path as sent; empty where there is none."""
    return call.parameters.get(resource.path_key.name, "") if resource.path_key else ""


def _key(resource: Resource, call: BackendCall) -> int | str | None:
    text = key_text(resource, call)
    if not text or resource.path_key is None:
        return None
    key: int | str = resource.path_key.kind.read(text)
    return key


@lru_cache(maxsize=256)
def _filters(resource: Resource) -> dict[str, Filter]:
    return {item.name.lower(): item for item in resource.filters}


@lru_cache(maxsize=256)
def _known(resource: Resource, action: Action) -> frozenset[str]:
    return frozenset(name.lower() for name in accepted(resource, action)) | MANAGED_NAMES


class _Query:
    """Reads a query string against a resource, collecting every fault."""

    __slots__ = (
        "_given",
        "_keyed",
        "_resource",
        "after",
        "after_text",
        "conditions",
        "faults",
        "groups",
        "limit",
        "offset",
        "paged",
    )

    def __init__(
        self, resource: Resource, action: Action, fields: list[tuple[str, str]], *, keyed: bool
    ) -> None:
        self.faults: list[str] = []
        self._resource, self._keyed = resource, keyed
        self._given: dict[str, list[str]] = {}
        for name, value in fields:
            self._given.setdefault(name.lower(), []).append(value)
        self._refuse_unknown(action, fields)
        self.paged = OFFSET in self._given or LIMIT in self._given or AFTER in self._given
        self.offset = self._paging(OFFSET, 0, lowest=0)
        self.limit = min(self._paging(LIMIT, default_limit(resource), lowest=1), resource.most_rows)
        self.after_text = self._given.get(AFTER, [""])[-1]
        self.after = self._after()
        self.conditions = self._conditions() if action is Action.LIST else ()
        self.groups = self._groups()

    def _refuse_unknown(self, action: Action, fields: list[tuple[str, str]]) -> None:
        known = _known(self._resource, action)
        unknown = list(dict.fromkeys(_quoted(name) for name, _ in fields if name.lower() not in known))
        if not unknown:
            return
        names = ", ".join(accepted(self._resource, action)) or "none"
        noun = "is not a parameter" if len(unknown) == 1 else "are not parameters"
        self.faults.append(f"{', '.join(unknown)} {noun} of {self._resource.name}; accepted: {names}.")

    def _paging(self, name: str, default: int, *, lowest: int) -> int:
        values = self._given.get(name)
        if values is None:
            return default
        most = self._resource.most_rows
        form = f"a whole number from {lowest}"
        if name == LIMIT:
            form = f"{form}; more than {most} is taken as {most}"
        number = self._value(name, values, INTEGER, form)
        if number is None:
            return default
        if number < lowest:
            self.faults.append(f"{name} {_quoted(values[0])} is less than {lowest}; send {form}.")
        return int(number)

    def _after(self) -> tuple[object, ...] | None:
        values = self._given.get(AFTER)
        if values is None or not place_fields(self._resource):
            return None
        if len(values) > 1:
            self.faults.append(f"{AFTER} is given {len(values)} times; send it once.")
            return None
        try:
            return read_place(self._resource, self.after_text)
        except ValueError:
            self.faults.append(f"{AFTER} is not a place; take it unchanged from a link.")
            return None

    def _groups(self) -> tuple[str, ...]:
        names = [item.name for item in self._resource.dimensions]
        values = self._given.get(GROUP_BY.lower())
        if not names or values is None:
            return self._resource.grouped_by
        by_lower = {name.lower(): name for name in (*names, NO_GROUP)}
        for value in values:
            if value.lower() not in by_lower:
                known = ", ".join([*names, NO_GROUP])
                self.faults.append(f"{GROUP_BY} {_quoted(value)} is not one of its values; send {known}.")
        chosen = {by_lower.get(value.lower(), "") for value in values}
        return tuple(name for name in names if name in chosen)

    def _conditions(self) -> tuple[Condition, ...]:
        found = {
            item.name: read
            for name, item in _filters(self._resource).items()
            if (values := self._given.get(name)) and (read := self._read(item, values))
        }
        self._require(found)
        firsts = {name: read[0] for name, read in found.items()}
        for window in self._resource.windows:
            if fault := window.fault(firsts, keyed=self._keyed):
                self.faults.append(fault)
        return tuple(
            [Condition(item, found[item.name]) for item in self._resource.filters if item.name in found]
        )

    def _read(self, item: Filter, values: list[str]) -> tuple[Any, ...]:
        if item.operator is ANY_OF and item.values:
            read = [self._choice(item, value) for value in values]
        elif item.operator.repeatable:
            read = [self._value(item.name, [value], item.kind) for value in values]
        else:
            read = [self._value(item.name, values, item.kind)]
        return tuple(dict.fromkeys(value for value in read if value is not None))

    def _value(self, name: str, values: list[str], kind: Kind, form: str = "") -> Any:  # noqa: ANN401 - by kind
        """The one value of a name, or None and a fault."""
        if len(values) > 1:
            self.faults.append(f"{name} is given {len(values)} times; send it once.")
            return None
        text = values[0]
        try:
            if text:
                return kind.read(text)
            what = "is empty"
        except ValueError as wrong:
            what = f"{_quoted(text)} {wrong}"
        self.faults.append(f"{name} {what}; send {form or kind.form}.")
        return None

    def _choice(self, item: Filter, text: str) -> str | None:
        for value in item.values:
            if value.lower() == text.lower():
                return value
        self.faults.append(
            f"{item.name} {_quoted(text)} is not one of its values; send {', '.join(item.values)}."
        )
        return None

    def _require(self, found: dict[str, tuple[Any, ...]]) -> None:
        required = self._resource.required(keyed=self._keyed)
        for item in self._resource.filters:
            if item.name in required and item.name not in found and item.name.lower() not in self._given:
                self.faults.append(f"{item.name} is missing; send {item.kind.form}.")


def _quoted(text: str) -> str:
    return f"'{text}'" if len(text) <= _SHOWN else f"'{text[:_SHOWN]}…'"
