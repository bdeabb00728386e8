"""Operations under their paths: what the three forms do alike."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

import msgspec

from millgate.describe.model import Api, Operation, Parameter, Place, VersionScheme
from millgate.describe.writing import extensions
from millgate.describe.writing.parameters import Json

METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
"""Methods for which all three forms have a place."""
_NAMES: Final = re.compile(r"\{([^{}/]*)\}")


class Placed(msgspec.Struct, frozen=True):
    """An operation under a path.

    Attributes:
        path: what it is written under. Templates that differ only in the names of their parameters are one
            path in OpenAPI, so all of them stand under the first.
        operation: as described.
        parameters: those beside the path, each name of the path first and declared, and none twice.
        added: the names of the path that the operation itself does not describe.
    """

    path: str
    operation: Operation
    parameters: tuple[Parameter, ...]
    added: frozenset[str]


def placed(api: Api) -> list[Placed]:
    """The operations that can be written: each address once, with a method that all forms have."""
    first: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    found = []
    for operation in api.operations:
        path = first.setdefault(_NAMES.sub("{}", operation.template), operation.template)
        if operation.method in METHODS and (operation.method, path) not in seen:
            seen.add((operation.method, path))
            found.append(_placed(path, operation))
    return found


def names_of(template: str) -> list[str]:
    """The parameters of a template, in order."""
    return _NAMES.findall(template)


def by_path(items: Iterable[Placed], written: Iterable[Json]) -> Json:
    """Path Items by path, from what was written of each operation."""
    paths: Json = {}
    for item, made in zip(items, written, strict=True):
        paths.setdefault(item.path, {})[item.operation.method.lower()] = made
    return paths


def deprecation_of(api: Api, operation: Operation) -> Json:
    """Whether new programs should do without an operation: with its whole API, for which there is no word."""
    if api.deprecated and not operation.deprecated:
        return {"deprecated": True, extensions.DEPRECATED: False}
    return without_empty({"deprecated": operation.deprecated})


def operation_extensions(item: Placed, *, internal: bool) -> Json:
    """What OpenAPI and Swagger have no word for, of an operation."""
    operation = item.operation
    target = {extensions.TARGET: operation.target} if internal else {}
    template = {extensions.TEMPLATE: operation.template} if operation.template != item.path else {}
    return {extensions.KEY: operation.key, extensions.NAME: operation.name, **target, **template}


def api_extension(api: Api, items: list[Placed], *, internal: bool) -> Json:
    """What OpenAPI and Swagger have no word for, of an API."""
    told: Json = {
        "key": api.key,
        "suffix": api.suffix,
        "version": api.version,
        "kind": api.kind,
        "tiers": list(api.tiers),
        "subscriptionRequired": api.subscription_required,
        "bearerRequired": api.bearer_required,
        "keyHeader": api.key_header,
        "keyQuery": api.key_query,
        **without_empty({"deprecated": api.deprecated, "deprecationNote": api.deprecation_note}),
        **({"sunsetOn": api.sunset_on.isoformat()} if api.sunset_on else {}),
        "versionScheme": api.version_scheme.value,
    }
    if api.version_scheme in {VersionScheme.QUERY, VersionScheme.HEADER}:
        told["versionName"] = api.version_name
    if internal:
        told["upstream"] = api.upstream
    keys = [item.operation.key for item in items]
    if keys != [item.operation.key for item in _as_read(items)]:
        told["operations"] = keys
    return told


def tags_of(api: Api) -> list[Json]:
    """The tags in the order in which operations have them."""
    names = dict.fromkeys(name for operation in api.operations for name in operation.tags)
    return [{"name": name} for name in names]


def without_empty(members: Json) -> Json:
    """The members that say something: no empty text, list or object, no False, no None."""
    return {name: value for name, value in members.items() if not _says_nothing(value)}


def _says_nothing(value: Any) -> bool:  # noqa: ANN401 - a JSON value
    return value is None or value is False or (isinstance(value, str | list | dict) and not value)


def _as_read(items: list[Placed]) -> list[Placed]:
    """The operations in the order of the paths."""
    first: dict[str, int] = {}
    for at, item in enumerate(items):
        first.setdefault(item.path, at)
    return sorted(items, key=lambda item: first[item.path])


def _placed(path: str, operation: Operation) -> Placed:
    new = dict(zip(names_of(operation.template), names_of(path), strict=True))
    found: dict[tuple[str, str], Parameter] = {}
    for item in operation.parameters:
        if item.place is Place.BODY or (item.place is Place.PATH and item.name not in new):
            continue
        found.setdefault((item.place.value, _folded(item)), item)
    declared = {item.name for item in found.values() if item.place is Place.PATH}
    added = [name for name in new if name not in declared]
    missing = [Parameter(name, Place.PATH, required=True) for name in added]
    return Placed(path, operation, (*found.values(), *missing), frozenset(added))


def _folded(item: Parameter) -> str:
    return item.name.lower() if item.place is Place.HEADER else item.name


def path_names(item: Placed) -> Iterator[tuple[str, str]]:
    """Each name in the operation's own template, and its name in the path it is written under."""
    return zip(names_of(item.operation.template), names_of(item.path), strict=True)
