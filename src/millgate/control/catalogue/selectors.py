"""Reading the catalogue's rows as the document that would be published."""

from __future__ import annotations

from typing import Final

import msgspec

from millgate.control.catalogue.models import (
    Adapter,
    Api,
    DataSource,
    Limit,
    Operation,
    Revision,
    Upstream,
)
from millgate.describe import model
from millgate.plant.sources.reading import read_source
from millgate.snapshot import document, sources
from millgate.snapshot.sources import UPSTREAM_PREFIX, SourceDatabase
from millgate.snapshot.upstreams import HttpUpstream, UpstreamAddress, UpstreamHeader

UPSTREAM_MEMBERS: Final = (
    "name",
    "description",
    "connect_seconds",
    "total_seconds",
    "retries",
    "most_connections",
    "breaker_failures",
    "breaker_seconds",
    "health_path",
    "health_seconds",
    "identity",
    "forward_authorization",
    "preserve_host",
    "ca_pem",
)
"""The members that a row of an upstream and its published form have in common."""


def catalogue_document() -> document.Catalogue:
    """All APIs, adapters and enabled data sources, by key.

    The API of a source that is disabled is left out everywhere: adapters and limits that name it wait for
    the source to be enabled again.
    """
    apis = Api.objects.prefetch_related("operations", "revisions").order_by("key")
    adapters = Adapter.objects.prefetch_related("apis", "limits__api").order_by("key")
    resting = DataSource.objects.filter(enabled=False).values_list("key", flat=True)
    away = frozenset(f"{UPSTREAM_PREFIX}{key}" for key in resting)
    return document.Catalogue(
        apis=tuple(item for row in apis if row.upstream not in away for item in _revisions(row)),
        adapters=tuple(_adapter(row, away) for row in adapters),
        sources=tuple(_source(row) for row in DataSource.objects.filter(enabled=True).order_by("key")),
        upstreams=tuple(
            upstream_document(row) for row in Upstream.objects.prefetch_related("headers").order_by("key")
        ),
    )


def sealed_member(tier: str) -> str:
    """The member of a data source's row that holds the sealed address for a tier."""
    return f"{tier}_sealed"


def _source(row: DataSource) -> sources.DataSource:
    sealed = {tier: bytes(getattr(row, sealed_member(tier))) for tier in document.TIERS}
    databases = tuple(SourceDatabase(tier, url.hex()) for tier, url in sealed.items() if url)
    return msgspec.structs.replace(read_source(row.declaration, row.format), databases=databases)


def upstream_document(row: Upstream) -> HttpUpstream:
    """An HTTP upstream as it would be published."""
    urls = {document.PRODUCTION: row.production_urls, document.TEST: row.test_urls}
    return HttpUpstream(
        key=row.key,
        addresses=tuple(UpstreamAddress(tier, tuple(urls[tier])) for tier in document.TIERS if urls[tier]),
        headers=tuple(UpstreamHeader(item.name, bytes(item.sealed).hex()) for item in row.headers.all()),
        **{name: getattr(row, name) for name in UPSTREAM_MEMBERS},
    )


def _revisions(row: Api) -> list[model.Api]:
    """The current revision of an API, and then the others from the newest to the oldest."""
    return [api_document(row), *(revision_document(row, item) for item in row.revisions.all())]


def revision_document(api: Api, row: Revision) -> model.Api:
    """A revision that is not current, as it would be published."""
    return msgspec.structs.replace(
        api_document(api),
        upstream=row.upstream,
        operations=msgspec.convert(row.operations, tuple[model.Operation, ...]),
        definitions=row.definitions,
        revision=row.number,
        current=False,
        online=row.online,
        release_note=row.note,
    )


def api_document(row: Api) -> model.Api:
    """The current revision of an API, as it would be published."""
    return model.Api(
        key=row.key,
        name=row.name,
        suffix=row.suffix,
        version=row.version,
        upstream=row.upstream,
        operations=tuple(_operation(item) for item in row.operations.all()),
        description=row.description,
        kind=row.kind,
        tiers=tuple(row.tiers),
        subscription_required=row.subscription_required,
        bearer_required=row.bearer_required,
        key_header=row.key_header,
        key_query=row.key_query,
        version_scheme=model.VersionScheme(row.version_scheme),
        version_name=row.version_name,
        definitions=row.definitions,
        revision=row.revision,
        online=row.online,
        release_note=row.release_note,
        deprecated=row.deprecated,
        deprecation_note=row.deprecation_note,
        sunset_on=row.sunset_on,
    )


def _operation(row: Operation) -> model.Operation:
    return model.Operation(
        key=row.key,
        method=row.method,
        template=row.template,
        name=row.name,
        target=row.target,
        summary=row.summary,
        parameters=msgspec.convert(row.parameters, tuple[model.Parameter, ...]),
        description=row.description,
        deprecated=row.deprecated,
        tags=tuple(row.tags),
        body=msgspec.convert(row.body, model.Body | None),
        answers=msgspec.convert(row.answers, tuple[model.Answer, ...]),
    )


def _adapter(row: Adapter, away: frozenset[str]) -> document.Adapter:
    return document.Adapter(
        key=row.key,
        name=row.name,
        apis=tuple(sorted(api.key for api in row.apis.all() if api.upstream not in away)),
        tiers=tuple(row.tiers),
        description=row.description,
        terms=row.terms,
        all_apis_on_test=row.all_apis_on_test,
        subscription_required=row.subscription_required,
        approval_required=row.approval_required,
        subscriptions_limit=row.subscriptions_limit,
        published=row.published,
        limits=tuple(
            _limit(item) for item in row.limits.all() if item.api is None or item.api.upstream not in away
        ),
        ratelimit_fields=row.ratelimit_fields,
    )


def _limit(row: Limit) -> document.Limit:
    return document.Limit(
        kind=row.kind,
        amount=row.amount,
        period=row.period,
        api=row.api.key if row.api else None,
        operation=row.operation or None,
        remaining_header=row.remaining_header,
        total_header=row.total_header,
    )
