"""Changes to the catalogue. They are drafts: machines see them when somebody publishes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from millgate.control.audit.collecting import recorded
from millgate.control.catalogue.models import (
    Adapter,
    Api,
    DataSource,
    Limit,
    Operation,
    Release,
    Revision,
    Upstream,
    UpstreamHeader,
)
from millgate.control.catalogue.selectors import (
    UPSTREAM_MEMBERS,
    api_document,
    revision_document,
    sealed_member,
)
from millgate.core.secrets import Secret
from millgate.plant.sources.address import dialect_of, redacted, sqlite_path
from millgate.plant.sources.describe import api_of
from millgate.plant.sources.reading import DeclarationFaulty, lines_of, read_source
from millgate.snapshot.document import PRODUCTION, TEST, TIERS
from millgate.snapshot.names import key_faults
from millgate.snapshot.sources import SQLITE, UPSTREAM_PREFIX, SourceDatabase, sealed_for
from millgate.snapshot.upstreams import sealed_for as header_sealed_for
from millgate.snapshot.upstreams import upstream_whys

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from millgate.describe import model
    from millgate.snapshot import document, sources
    from millgate.snapshot.upstreams import HttpUpstream
    from millgate.stores.sealing import Sealer


@recorded()
@transaction.atomic
def api_put(api: model.Api) -> Api:
    """Create an API with its operations, or replace the current revision of the one of the same key."""
    row, _ = Api.objects.update_or_create(
        key=api.key,
        defaults={
            "name": api.name,
            "description": api.description,
            "kind": api.kind,
            "suffix": api.suffix,
            "version": api.version,
            "upstream": api.upstream,
            "tiers": list(api.tiers),
            "subscription_required": api.subscription_required,
            "bearer_required": api.bearer_required,
            "key_header": api.key_header,
            "key_query": api.key_query,
            "version_scheme": api.version_scheme.value,
            "version_name": api.version_name,
            "definitions": api.definitions,
            "revision": api.revision,
            "online": api.online,
            "release_note": api.release_note,
            "deprecated": api.deprecated,
            "deprecation_note": api.deprecation_note,
            "sunset_on": api.sunset_on,
        },
    )
    row.operations.all().delete()
    Operation.objects.bulk_create(
        _operation(row, position, item) for position, item in enumerate(api.operations, start=1)
    )
    return row


@recorded()
@transaction.atomic
def operations_add(*, key: str, operations: Sequence[model.Operation]) -> None:
    """Add operations behind those that an API has.

    Raises:
        Api.DoesNotExist: there is no such API.
    """
    if not operations:
        return
    row = Api.objects.get(key=key)
    last = row.operations.aggregate(last=Max("position"))["last"] or 0
    Operation.objects.bulk_create(
        _operation(row, position, item) for position, item in enumerate(operations, start=last + 1)
    )


@recorded()
@transaction.atomic
def description_fill(api: model.Api) -> None:
    """Give the rows of an API and its operations what they do not say of bodies, answers and schemas.

    What stands there stays.

    Raises:
        Api.DoesNotExist: there is no such API.
    """
    row = Api.objects.get(key=api.key)
    if api.definitions and not row.definitions:
        row.definitions = api.definitions
        row.save(update_fields=["definitions"])
    said = {operation.key: operation for operation in api.operations if operation.answers}
    for found in row.operations.filter(key__in=said, answers=[]):
        made = _operation(row, found.position, said[found.key])
        found.answers, found.body = made.answers, found.body or made.body
        found.save(update_fields=["answers", "body"])


@recorded()
@transaction.atomic
def revision_put(*, api: Api, revision: model.Api) -> Revision:
    """Create a revision of an API that is not current, or replace the one of the same number.

    Raises:
        ValidationError: the number is that of the current revision.
    """
    if revision.revision == api.revision:
        told = _("Revision %(number)s is the current one.") % {"number": revision.revision}
        raise ValidationError({"number": told})
    row, _made = Revision.objects.update_or_create(
        api=api,
        number=revision.revision,
        defaults={
            "online": revision.online,
            "note": revision.release_note,
            "upstream": revision.upstream,
            "operations": msgspec.to_builtins(revision.operations),
            "definitions": revision.definitions,
        },
    )
    return row


@recorded()
@transaction.atomic
def revision_add(*, api: Api, note: str = "") -> Revision:
    """A new revision, a copy of the current one, online at its own address when it is published."""
    last = api.revisions.aggregate(last=Max("number"))["last"] or 0
    copy = msgspec.structs.replace(
        api_document(api), revision=max(last, api.revision) + 1, online=True, release_note=note
    )
    return revision_put(api=api, revision=copy)


@recorded()
@transaction.atomic
def revision_make_current(*, revision: Revision, note: str, by: str) -> Release:
    """Let addresses without `;rev=` mean this revision; the one that was current stays beside it."""
    api = Api.objects.select_for_update().get(pk=revision.api_id)
    old, new = api_document(api), revision_document(api, revision)
    revision.delete()
    api = api_put(msgspec.structs.replace(new, current=True, online=True, release_note=note))
    revision_put(api=api, revision=msgspec.structs.replace(old, current=False))
    return Release.objects.create(
        api=api, revision=api.revision, note=note, released_at=settings.CLOCK.utc(), released_by=by
    )


@recorded()
@transaction.atomic
def upstream_put(upstream: HttpUpstream) -> Upstream:
    """Create an HTTP upstream with its sealed headers, or replace the one of the same key.

    Raises:
        ValidationError: it has faults.
    """
    faults = [*key_faults(upstream.key), *upstream_whys(upstream)]
    if faults:
        raise ValidationError(faults)
    urls = {address.tier: list(address.urls) for address in upstream.addresses}
    row, _made = Upstream.objects.update_or_create(
        key=upstream.key,
        defaults={
            "production_urls": urls.get(PRODUCTION, []),
            "test_urls": urls.get(TEST, []),
            **{name: getattr(upstream, name) for name in UPSTREAM_MEMBERS},
        },
    )
    row.headers.all().delete()
    UpstreamHeader.objects.bulk_create(
        UpstreamHeader(upstream=row, name=header.name, sealed=bytes.fromhex(header.sealed))
        for header in upstream.headers
    )
    return row


@recorded()
@transaction.atomic
def adapter_put(adapter: document.Adapter) -> Adapter:
    """Create an adapter with its limits, or replace the one of the same key.

    Raises:
        Api.DoesNotExist: it lists an API that is not in the catalogue.
    """
    row, _ = Adapter.objects.update_or_create(
        key=adapter.key,
        defaults={
            "name": adapter.name,
            "description": adapter.description,
            "terms": adapter.terms,
            "tiers": list(adapter.tiers),
            "all_apis_on_test": adapter.all_apis_on_test,
            "subscription_required": adapter.subscription_required,
            "approval_required": adapter.approval_required,
            "subscriptions_limit": adapter.subscriptions_limit,
            "published": adapter.published,
            "ratelimit_fields": adapter.ratelimit_fields,
        },
    )
    row.apis.set(_apis(adapter.apis))
    row.limits.all().delete()
    Limit.objects.bulk_create(_limit(row, item) for item in adapter.limits)
    return row


def data_source_check(
    *, declaration: str, form: str, urls: Mapping[str, str], sealer: Sealer, home: Path
) -> sources.DataSource:
    """The source that `data_source_put` would put, with its tiers.

    The arguments are those of `data_source_put`.

    Raises:
        ValidationError: by field (`declaration`, `production_url`, `test_url`), with every fault.
    """
    try:
        source = read_source(declaration, form)
    except DeclarationFaulty as faulty:
        raise ValidationError({"declaration": lines_of(faulty.faults)}) from None
    row = DataSource.objects.filter(key=source.key).first()
    effective = (_urls_kept(row, sealer) if row else {}) | dict(urls)
    wrong = _urls_wrong(source, effective, home)
    if not any(effective.values()):
        wrong["production_url"] = _("Give the address of a database for at least one tier.")
    if Api.objects.filter(key=source.key).exclude(upstream=source.upstream).exists():
        wrong["declaration"] = _("Another API has the key %(key)s already.") % {"key": source.key}
    if wrong:
        raise ValidationError(wrong)
    databases = tuple(SourceDatabase(tier, "") for tier in TIERS if effective.get(tier))
    return msgspec.structs.replace(source, databases=databases)


@recorded()
@transaction.atomic
def data_source_put(
    *,
    declaration: str,
    form: str,
    urls: Mapping[str, str],
    sealer: Sealer,
    home: Path,
    enabled: bool = True,
) -> DataSource:
    """Create a data source with its API, or replace the one of the same key.

    Args:
        declaration: as written.
        form: `toml` or `yaml`.
        urls: by tier, the address of its database. A tier that is not named keeps the one it has; an empty
            address takes it away.
        sealer: seals the addresses.
        home: where relative files lie.
        enabled: whether the next publication publishes it.

    Raises:
        ValidationError: as `data_source_check`.
        SealBroken: an address that is kept was sealed under another master key.
    """
    source = data_source_check(declaration=declaration, form=form, urls=urls, sealer=sealer, home=home)
    row = DataSource.objects.filter(key=source.key).first() or DataSource(key=source.key)
    for tier, url in urls.items():
        sealed = sealer.seal(url.encode(), sealed_for(source.key, tier)) if url else b""
        setattr(row, sealed_member(tier), sealed)
    row.name, row.format, row.declaration, row.enabled = source.name, form, declaration, enabled
    row.full_clean()
    row.save()
    api_put(api_of(source))
    return row


@recorded()
@transaction.atomic
def data_source_delete(*, source: DataSource) -> None:
    """Remove a data source and its API.

    Raises:
        ValidationError: an adapter lists its API.
        ProtectedError: a limit or a subscription names its API.
    """
    apis = Api.objects.filter(key=source.key, upstream=f"{UPSTREAM_PREFIX}{source.key}")
    adapters = Adapter.objects.filter(apis__in=apis)
    if adapters:
        names = ", ".join(adapter.name for adapter in adapters)
        raise ValidationError(_("Its API is in use by %(names)s and stays."), params={"names": names})
    apis.delete()
    source.delete()


def _urls_kept(row: DataSource, sealer: Sealer) -> dict[str, str]:
    sealed = {tier: bytes(getattr(row, sealed_member(tier))) for tier in TIERS}
    return {
        tier: sealer.unseal(url, sealed_for(row.key, tier)).decode() for tier, url in sealed.items() if url
    }


def data_source_urls(*, source: DataSource, sealer: Sealer) -> dict[str, Secret]:
    """By tier, the addresses of a source's databases as they are, to connect to them.

    Raises:
        SealBroken: they were sealed under another master key.
    """
    return {tier: Secret(url) for tier, url in _urls_kept(source, sealer).items()}


def data_source_urls_shown(*, source: DataSource, sealer: Sealer) -> dict[str, str]:
    """By tier, the addresses of a source's databases for people: without passwords.

    Raises:
        SealBroken: they were sealed under another master key.
    """
    return {tier: redacted(url) for tier, url in _urls_kept(source, sealer).items()}


def _urls_wrong(source: sources.DataSource, urls: Mapping[str, str], home: Path) -> dict[str, str]:
    wrong = {}
    for tier, url in urls.items():
        try:
            if url and dialect_of(url) != source.dialect:
                told = _("The declaration is for %(dialect)s.") % {"dialect": source.dialect}
                wrong[f"{tier}_url"] = told
            elif url and source.dialect == SQLITE:
                sqlite_path(url, home)
        except ValueError as why:
            wrong[f"{tier}_url"] = str(why)
    return wrong


def _operation(api: Api, position: int, operation: model.Operation) -> Operation:
    return Operation(
        api=api,
        position=position,
        key=operation.key,
        method=operation.method,
        template=operation.template,
        name=operation.name,
        target=operation.target,
        summary=operation.summary,
        parameters=[msgspec.to_builtins(parameter) for parameter in operation.parameters],
        description=operation.description,
        deprecated=operation.deprecated,
        tags=list(operation.tags),
        body=msgspec.to_builtins(operation.body),
        answers=msgspec.to_builtins(operation.answers),
    )


def _limit(adapter: Adapter, limit: document.Limit) -> Limit:
    return Limit(
        adapter=adapter,
        kind=limit.kind,
        amount=limit.amount,
        period=limit.period,
        api=Api.objects.get(key=limit.api) if limit.api else None,
        operation=limit.operation or "",
        remaining_header=limit.remaining_header,
        total_header=limit.total_header,
    )


def _apis(keys: Iterable[str]) -> list[Api]:
    return [Api.objects.get(key=key) for key in keys]


# Rows as somebody wrote them down: whole, and as often as one likes


@recorded()
@transaction.atomic
def revisions_put(*, api: Api, revisions: Sequence[model.Api]) -> None:
    """Make these the revisions of an API that are not current, and no others.

    Raises:
        ValidationError: one has the number of the current revision.
    """
    api.revisions.exclude(number__in=[item.revision for item in revisions]).delete()
    for item in revisions:
        revision_put(api=api, revision=item)


@recorded()
def releases_put(*, api: Api, releases: Sequence[tuple[int, str, datetime, str]]) -> None:
    """Make these the change log of an API: revision, note, instant and by whom, newest first."""
    api.releases.all().delete()
    # Of releases at one instant, the row that was made last is the newest.
    Release.objects.bulk_create(
        Release(api=api, revision=revision, note=note, released_at=at, released_by=by)
        for revision, note, at, by in reversed(releases)
    )


def upstream_header_put(*, upstream: Upstream, name: str, value: Secret | None, sealer: Sealer) -> None:
    """Seal the value of a header that an upstream is sent, or take it away.

    Raises:
        ValidationError: the upstream is not sent this header.
    """
    header = upstream.headers.filter(name=name).first()
    if header is None:
        raise ValidationError(_("The upstream is not sent a header %(name)s.") % {"name": name})
    try:
        raw = value.reveal().encode("latin-1") if value is not None else b""
    except UnicodeEncodeError:
        raise ValidationError(_("A header cannot carry this value.")) from None
    header.sealed = sealer.seal(raw, header_sealed_for(upstream.key, name)) if raw else b""
    header.save(update_fields=["sealed"])


@recorded()
@transaction.atomic
def data_source_declare(*, declaration: str, form: str, enabled: bool) -> DataSource:
    """Create a data source without a database, or replace the declaration of the one of the same key.

    The databases of one that stands stay. Until it has one, the source answers nothing.

    Raises:
        ValidationError: by field, with every fault.
    """
    try:
        source = read_source(declaration, form)
    except DeclarationFaulty as faulty:
        raise ValidationError({"declaration": lines_of(faulty.faults)}) from None
    if Api.objects.filter(key=source.key).exclude(upstream=source.upstream).exists():
        told = _("Another API has the key %(key)s already.") % {"key": source.key}
        raise ValidationError({"declaration": told})
    row = DataSource.objects.filter(key=source.key).first() or DataSource(key=source.key)
    row.name, row.format, row.declaration, row.enabled = source.name, form, declaration, enabled
    row.full_clean()
    row.save()
    databases = tuple(SourceDatabase(tier, "") for tier in TIERS if getattr(row, sealed_member(tier)))
    api_put(api_of(msgspec.structs.replace(source, databases=databases)))
    return row
