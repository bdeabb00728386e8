"""What the pages of APIs and operations show, read from the snapshot in force."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from msgspec.structs import replace

from millgate.control.catalogue.models import Release
from millgate.control.portal import selectors
from millgate.control.portal.definitions import revision_published, site
from millgate.control.portal.reference.answers import AnswerShown, Example, answers_shown, body_examples
from millgate.control.portal.reference.grouping import Anchors, Group, groups_of, neighbours
from millgate.control.portal.reference.parameters import (
    ParameterRow,
    ParameterTable,
    member_rows,
    parameter_tables,
)
from millgate.control.publish.selectors import snapshot_current
from millgate.describe.samples import example_sent
from millgate.describe.writing.site import Site, base_of, tiers_of

if TYPE_CHECKING:
    from datetime import datetime

    from millgate.control.portal.selectors import AdapterPage
    from millgate.describe.model import Api, Operation


@dataclass(frozen=True, slots=True)
class Change:
    """A revision in the change log.

    Attributes:
        revision: its number.
        note: what changed; may be empty.
        current: whether plain addresses mean it.
        online: whether it answers calls.
        released_at: when it was last made current; None where that was never said.
    """

    revision: int
    note: str
    current: bool
    online: bool
    released_at: datetime | None


@dataclass(frozen=True, slots=True)
class Base:
    """The address on a tier to which templates are added."""

    tier: str
    address: str


def reference_site() -> Site:
    """Where this installation's APIs are called."""
    return Site(**site())


def api_page(key: str, revision: str | None) -> Api | None:
    """The API in its current revision, or in one that is named and online."""
    return selectors.api_shown(key) if revision is None else revision_published(key, revision)


def operation_of(api: Api, key: str) -> Operation | None:
    """One operation of an API."""
    return next((operation for operation in api.operations if operation.key == key), None)


def api_address(api: Api, *below: str) -> str:
    """The address of a page of an API, for the revision that is meant."""
    path = reverse("portal:api", args=(api.key,)) + "".join(f"{part}/" for part in below)
    return path if api.current else f"{path}?revision={api.revision}"


def operation_address(api: Api, operation: Operation) -> str:
    """The address of an operation's page."""
    return api_address(api, "operations", operation.key)


def schema_address(api: Api, name: str) -> str:
    """The address of a schema's page; empty where its name cannot stand in an address."""
    if not name.isprintable() or not name.strip("./"):
        return ""
    path = reverse("portal:schema", args=(api.key, name))
    return path if api.current else f"{path}?revision={api.revision}"


def bases_of(api: Api) -> tuple[Base, ...]:
    """By tier, that of tests first."""
    ours = reference_site()
    return tuple(Base(tier, base_of(api, ours, tier)) for tier in tiers_of(api))


def versions_of(api: Api) -> tuple[Api, ...]:
    """The current revisions of all versions below the API's suffix, by version."""
    found = [item for item in selectors.apis_shown() if item.suffix == api.suffix]
    return tuple(sorted(found, key=lambda item: item.version))


def changes_of(api: Api) -> tuple[Change, ...]:
    """The published revisions, the newest first."""
    rows = Release.objects.filter(api__key=api.key).order_by("released_at")
    dates = dict(rows.values_list("revision", "released_at"))
    published = [item for item in snapshot_current().document.catalogue.apis if item.key == api.key]
    return tuple(
        Change(item.revision, item.release_note, item.current, item.online, dates.get(item.revision))
        for item in sorted(published, key=lambda item: -item.revision)
    )


def adapters_of(api: Api) -> tuple[AdapterPage, ...]:
    """The adapters that open an API, by name."""
    return tuple(page for page in selectors.adapters_shown() if api.key in page.adapter.apis)


def limits_on(api: Api) -> tuple[tuple[AdapterPage, tuple[str, ...]], ...]:
    """By adapter, the limits under which a subscription to it calls an API."""
    return tuple(
        (
            page,
            tuple(
                selectors.limit_words(limit)
                for limit in page.adapter.limits
                if limit.api is None or limit.api == api.key
            ),
        )
        for page in adapters_of(api)
    )


def groups_matching(api: Api, query: str) -> tuple[Group, ...]:
    """The operations whose name, path or parameters hold all words of a query, by resource."""
    words = query.lower().split()
    return groups_of(item for item in api.operations if _holds(item, words))


def deprecated(api: Api) -> bool:
    """Whether new programs should do without all of it."""
    every = bool(api.operations) and all(operation.deprecated for operation in api.operations)
    return api.deprecated or every


def _holds(operation: Operation, words: list[str]) -> bool:
    names = " ".join(item.name for item in operation.parameters) if words else ""
    told = f"{operation.method} {operation.template} {operation.name} {operation.summary} {names}".lower()
    return all(word in told for word in words)


@dataclass(frozen=True, slots=True)
class OperationShown:
    """All that the page of an operation says.

    Attributes:
        api, operation: what is described.
        addresses: by tier, with its parameters in braces.
        tables: what is sent besides the body.
        members: of a body that is described by parameters.
        body: what the body holds in each media type.
        answers: what comes back.
        before, behind: its neighbours in the API.
        group: of its resource.
        groups: of the API, to find one's way.
    """

    api: Api
    operation: Operation
    addresses: tuple[Base, ...]
    tables: tuple[ParameterTable, ...]
    members: tuple[ParameterRow, ...]
    body: tuple[Example, ...]
    answers: tuple[AnswerShown, ...]
    before: Operation | None
    behind: Operation | None
    group: Group
    groups: tuple[Group, ...]


def operation_shown(api: Api, operation: Operation) -> OperationShown:
    """The page of an operation."""
    anchors = Anchors()
    groups = groups_of(api.operations)
    before, behind = neighbours(api, operation.key)
    given = operation.body.payloads if operation.body else ()
    payloads = [replace(item, example=example_sent(api, operation, item)) for item in given]
    return OperationShown(
        api=api,
        operation=operation,
        addresses=tuple(Base(base.tier, base.address + operation.template) for base in bases_of(api)),
        tables=parameter_tables(api, operation, reference_site(), anchors),
        members=member_rows(operation, anchors),
        body=body_examples(api, payloads),
        answers=answers_shown(api, operation, anchors),
        before=before,
        behind=behind,
        group=next(group for group in groups if operation in group.operations),
        groups=groups,
    )
