"""Descriptions into rows: first a plan that shows the whole difference, then exactly that plan.

Operations are matched by key, and those left over by method and address: an operation that only has another
id in the new description keeps its key, because limits and usage know it by that key.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import msgspec
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from millgate.control.audit.collecting import recorded
from millgate.control.catalogue.models import Api, Limit, Upstream
from millgate.control.catalogue.selectors import api_document, upstream_document
from millgate.control.catalogue.services import api_put, revision_add, revision_put, upstream_put
from millgate.describe import model
from millgate.describe.names import PARAMETER
from millgate.describe.reading import MOCK
from millgate.plant import registry
from millgate.snapshot.build import build_serving
from millgate.snapshot.document import PRODUCTION, TEST, Catalogue, Document
from millgate.snapshot.sources import UPSTREAM_PREFIX
from millgate.snapshot.upstreams import ACTIONS, HTTP_PREFIX, HttpUpstream, UpstreamAddress, upstream_whys

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from millgate.describe.reading import Imported

Into: TypeAlias = Literal["current", "new"]
What: TypeAlias = Literal["added", "changed", "removed"]

PLANT: Final = "plant"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference.

    Attributes:
        what: `added`, `changed` or `removed`.
        kind: `api`, `operation`, `definition` or `upstream`.
        key: of what changes.
        title: what people know it by: an operation by method and address.
        members: what of it changes; empty for what is added or removed.
        named: the key that the description gives an operation which keeps the one that it has; else empty.
    """

    what: What
    kind: Literal["api", "operation", "definition", "upstream"]
    key: str
    title: str
    members: tuple[str, ...] = ()
    named: str = ""


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What an import would do.

    Attributes:
        api: the API as it would be; a new revision has its number once it is made.
        into: `current`: the rows are made or replaced; `new`: a revision is added.
        upstream: the HTTP upstream to be made or changed; None when none is.
        changes: all differences, the API itself first.
        faults: what stands against it.
        fingerprint: of the rows that it was made from.
    """

    api: model.Api
    into: Into
    upstream: HttpUpstream | None
    changes: tuple[Change, ...]
    faults: tuple[str, ...]
    fingerprint: str


def api_import_plan(
    imported: Imported,
    *,
    key: str = "",
    name: str = "",
    suffix: str = "",
    version: str = "",
    upstream: str = "",
    into: Into = "current",
) -> ImportPlan:
    """What importing a description would change; nothing is written.

    Args:
        imported: with an API.
        key: of the API; as proposed unless given. One that is there already is changed.
        name: as shown; kept, or as proposed, unless given.
        suffix: the same.
        version: the same.
        upstream: `mock`, `plant`, the key of an HTTP upstream, or the address of one to be made or changed.
            Unless given, an API keeps the one that it has; a new one gets one with the address that the
            description names, or else `mock`.
        into: `current` or `new`: the current revision is replaced, or one is added.

    Raises:
        ValidationError: nothing was read that could be imported.
    """
    if imported.api is None:
        raise ValidationError(_("There is nothing in it that can be imported."))
    key = key or imported.api.key
    row = Api.objects.filter(key=key).first()
    before = api_document(row) if row is not None else None
    given = {
        member: value for member, value in (("name", name), ("suffix", suffix), ("version", version)) if value
    }
    wanted = _based(imported, before, key) if into == "current" or before is None else before
    wanted = msgspec.structs.replace(wanted, **given)
    wanted, http = _answered(wanted, imported, before, upstream, into)
    operations, named = _matched(_targeted(imported, wanted.upstream), before)
    api = msgspec.structs.replace(wanted, operations=operations, definitions=imported.api.definitions)
    faults = [*_refused(api, before, into, given), *_without_upstream(api, http), *_built(api, http)]
    if http is not None:
        faults.extend(upstream_whys(http))
    return ImportPlan(
        api=api,
        into=into,
        upstream=http,
        changes=(*_changes_of_api(api, before, named), *_changes_of_upstream(http)),
        faults=tuple(faults),
        fingerprint=_fingerprint(key, http),
    )


@recorded()
@transaction.atomic
def api_import_apply(plan: ImportPlan) -> Api:
    """Do what a plan says, and nothing else; the rows are drafts until somebody publishes.

    Raises:
        ValidationError: the plan has faults, or the rows have changed since it was made.
    """
    if plan.faults:
        raise ValidationError(list(plan.faults))
    row = Api.objects.select_for_update().filter(key=plan.api.key).first()
    if _fingerprint(plan.api.key, plan.upstream) != plan.fingerprint:
        raise ValidationError(
            _("The catalogue has changed since the difference was shown. Look at it again.")
        )
    if plan.upstream is not None:
        upstream_put(plan.upstream)
    if plan.into == "current" or row is None:
        return api_put(plan.api)
    added = revision_add(api=row, note=_("Imported."))
    revision = msgspec.structs.replace(
        plan.api, revision=added.number, current=False, online=True, release_note=added.note
    )
    revision_put(api=row, revision=revision)
    return row


def _fingerprint(key: str, upstream: HttpUpstream | None) -> str:
    """Of all rows that a plan is made from: the API, its revisions and limits, and the upstream."""
    row = Api.objects.filter(key=key).first()
    seen = (
        api_document(row) if row is not None else None,
        list(row.revisions.values_list("number", flat=True)) if row is not None else [],
        list(Limit.objects.filter(api__key=key).order_by("pk").values_list("operation", flat=True)),
        _standing(upstream.key) if upstream is not None else None,
    )
    return hashlib.sha256(msgspec.json.encode(seen)).hexdigest()


# The API as it would be


def _based(imported: Imported, before: model.Api | None, key: str) -> model.Api:
    """What the description says and proposes; of an API that is there, only what it says."""
    assert imported.api is not None  # noqa: S101 - asked for by the caller
    if before is None:
        return msgspec.structs.replace(imported.api, key=key)
    said = {member: getattr(imported.api, member) for member in imported.said - {"key", "upstream"}}
    described = imported.api.description or before.description
    return msgspec.structs.replace(before, **{"description": described, **said})


def _answered(
    api: model.Api, imported: Imported, before: model.Api | None, upstream: str, into: Into
) -> tuple[model.Api, HttpUpstream | None]:
    """The API with its upstream, and that upstream when it is to be made or changed."""
    chosen = upstream or (before.upstream if before is not None else _proposed(imported))
    if "://" in chosen:
        http = _http(api, chosen.rstrip("/"), shared=into == "new")
        changed = None if _standing(http.key) == http else http
        return msgspec.structs.replace(api, upstream=http.upstream), changed
    plain = chosen in {ACTIONS, MOCK, PLANT} or chosen.startswith((HTTP_PREFIX, UPSTREAM_PREFIX))
    named = msgspec.structs.replace(api, upstream=chosen if plain else HTTP_PREFIX + chosen)
    answers = _standing(named.upstream.removeprefix(HTTP_PREFIX)) if before is None else None
    if answers is not None and "tiers" not in imported.said:
        named = msgspec.structs.replace(named, tiers=answers.tiers)
    return named, None


def _proposed(imported: Imported) -> str:
    if imported.api is not None and "upstream" in imported.said:
        return imported.api.upstream
    return imported.base_url or MOCK


def _http(api: model.Api, url: str, *, shared: bool) -> HttpUpstream:
    """The upstream of an API at an address, with all else that it has already.

    One that is shared with the current revision stays as it is; another is made beside it.
    """
    addresses = tuple(UpstreamAddress(tier, (url,)) for tier in (TEST, PRODUCTION))
    standing = _standing(api.key)
    if standing is None:
        return HttpUpstream(key=api.key, name=api.name, addresses=addresses)
    key = standing.key
    if shared and standing.addresses != addresses:
        key = next(made for number in count(2) if _standing(made := f"{api.key}-{number}") is None)
    return msgspec.structs.replace(standing, key=key, addresses=addresses)


def _standing(key: str) -> HttpUpstream | None:
    row = Upstream.objects.filter(key=key).first()
    return upstream_document(row) if row is not None else None


def _targeted(imported: Imported, upstream: str) -> tuple[model.Operation, ...]:
    """The operations, each with its path as target unless the upstream is one that an export speaks of."""
    assert imported.api is not None  # noqa: S101 - asked for by the caller
    if "upstream" in imported.said and imported.api.upstream == upstream:
        return imported.api.operations
    if upstream == PLANT or upstream.startswith(UPSTREAM_PREFIX):
        return imported.api.operations
    return tuple(
        msgspec.structs.replace(operation, target=imported.paths[operation.key])
        for operation in imported.api.operations
    )


def _matched(
    operations: tuple[model.Operation, ...], before: model.Api | None
) -> tuple[tuple[model.Operation, ...], Mapping[str, str]]:
    """The operations under the keys that they keep, and by such a key the one that the description gives."""
    old = {} if before is None else {item.key: item for item in before.operations}
    new = {item.key for item in operations}
    left = {_address(item): key for key, item in old.items() if key not in new}
    named: dict[str, str] = {}
    found = []
    for item in operations:
        kept = left.get(_address(item)) if item.key not in old else None
        if kept is not None:
            named[kept] = item.key
        found.append(item if kept is None else msgspec.structs.replace(item, key=kept))
    return tuple(found), named


def _address(operation: model.Operation) -> tuple[str, str]:
    return operation.method, PARAMETER.sub("{}", operation.template)


# What stands against it


def _refused(api: model.Api, before: model.Api | None, into: Into, given: Mapping[str, str]) -> Iterable[str]:
    if api.upstream.startswith(UPSTREAM_PREFIX):
        yield _("The API %(key)s is made by the declaration of a data source.") % {"key": api.key}
    if into == "new" and before is None:
        yield _("There is no API %(key)s yet to which a revision could be added.") % {"key": api.key}
    if into == "new" and given:
        names = ", ".join(given)
        yield _("A new revision cannot have another %(names)s than the API.") % {"names": names}
    if before is not None and into == "current":
        yield from _limits_lost(api)


def _without_upstream(api: model.Api, made: HttpUpstream | None) -> Iterable[str]:
    key = api.upstream.removeprefix(HTTP_PREFIX)
    if api.upstream.startswith(HTTP_PREFIX) and made is None and _standing(key) is None:
        yield _("There is no HTTP upstream %(key)s.") % {"key": key}


def _limits_lost(api: model.Api) -> Iterable[str]:
    """Limits that name an operation which would go."""
    keys = {operation.key for operation in api.operations}
    rows = Limit.objects.filter(api__key=api.key).exclude(operation="").select_related("adapter")
    for row in rows:
        if row.operation not in keys:
            told = {"limit": str(row), "adapter": row.adapter.name, "operation": row.operation}
            yield (
                _("The limit %(limit)s of %(adapter)s names the operation %(operation)s, which would go.")
                % told
            )


def _built(api: model.Api, made: HttpUpstream | None) -> list[str]:
    """What publishing would say against this API, beside the others of its suffix."""
    beside = Api.objects.filter(suffix=api.suffix).exclude(key=api.key).prefetch_related("operations")
    apis = (*(api_document(row) for row in beside), api)
    answers = made or _standing(api.upstream.removeprefix(HTTP_PREFIX))
    catalogue = Catalogue(apis=apis, upstreams=(answers,) if answers is not None else ())
    targets: dict[str, frozenset[str] | None] = {item.upstream: None for item in apis}
    if PLANT in targets:
        targets[PLANT] = registry.targets()
    faults = build_serving(Document(catalogue), targets)[1]
    mine = f"api {api.key}"
    return [
        f"{where}: {why}"
        for where, whys in faults.items()
        if where == mine or where.startswith(f"{mine},")
        for why in whys
    ]


# The difference


def _changes_of_api(api: model.Api, before: model.Api | None, named: Mapping[str, str]) -> Iterable[Change]:
    if before is None:
        yield Change("added", "api", api.key, f"{api.name} {api.version}")
    else:
        members = _differing(api, before, besides=("operations", "definitions"))
        if members:
            yield Change("changed", "api", api.key, f"{api.name} {api.version}", members)
    old = {} if before is None else {item.key: item for item in before.operations}
    new = {item.key: item for item in api.operations}
    for key, operation in (new | {key: item for key, item in old.items() if key not in new}).items():
        title = f"{operation.method} {operation.template}"
        if key not in new or key not in old:
            yield Change("added" if key in new else "removed", "operation", key, title)
        elif new[key] != old[key] or key in named:
            members = _differing(new[key], old[key])
            if members:
                yield Change("changed", "operation", key, title, members, named.get(key, ""))
    yield from _changes_of_definitions(api, before)


def _changes_of_definitions(api: model.Api, before: model.Api | None) -> Iterable[Change]:
    old = {} if before is None else before.definitions
    for name in dict.fromkeys((*api.definitions, *old)):
        if name not in old or name not in api.definitions:
            yield Change("removed" if name in old else "added", "definition", name, name)
        elif old[name] != api.definitions[name]:
            yield Change("changed", "definition", name, name)


def _changes_of_upstream(http: HttpUpstream | None) -> Iterable[Change]:
    if http is None:
        return
    standing = _standing(http.key)
    title = ", ".join(dict.fromkeys(url for address in http.addresses for url in address.urls))
    if standing is None:
        yield Change("added", "upstream", http.key, title)
    else:
        yield Change("changed", "upstream", http.key, title, _differing(http, standing))


def _differing(new: msgspec.Struct, old: msgspec.Struct, besides: tuple[str, ...] = ()) -> tuple[str, ...]:
    names = (name for name in new.__struct_fields__ if name not in besides)
    return tuple(name for name in names if getattr(new, name) != getattr(old, name))
