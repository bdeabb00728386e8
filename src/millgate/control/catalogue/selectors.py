"""Reading the catalogue's rows as the document that would be published."""

from __future__ import annotations

import msgspec

from millgate.control.catalogue.models import Adapter, Api, DataSource, Limit, Operation
from millgate.describe import model
from millgate.plant import registry
from millgate.plant.sources.reading import read_source
from millgate.snapshot import document, sources
from millgate.snapshot.sources import UPSTREAM_PREFIX, SourceDatabase


def catalogue_document() -> document.Catalogue:
    """All APIs, adapters and enabled data sources, by key.

    The API of a source that is disabled is left out everywhere: adapters and limits that name it wait for
    the source to be enabled again.
    """
    apis = Api.objects.prefetch_related("operations").order_by("key")
    adapters = Adapter.objects.prefetch_related("apis", "limits__api").order_by("key")
    resting = DataSource.objects.filter(enabled=False).values_list("key", flat=True)
    away = frozenset(f"{UPSTREAM_PREFIX}{key}" for key in resting)
    return document.Catalogue(
        apis=tuple(_api(row) for row in apis if row.upstream not in away),
        adapters=tuple(_adapter(row, away) for row in adapters),
        sources=tuple(_source(row) for row in DataSource.objects.filter(enabled=True).order_by("key")),
    )


def controllers_known() -> frozenset[str]:
    """Every controller that a role can open: the plant's, and those of data sources."""
    rows = DataSource.objects.values_list("declaration", "format")
    declared = [resource for row in rows for resource in read_source(*row).resources]
    return registry.controllers() | {resource.opened_by for resource in declared}


def sealed_member(tier: str) -> str:
    """The member of a data source's row that holds the sealed address for a tier."""
    return f"{tier}_sealed"


def _source(row: DataSource) -> sources.DataSource:
    sealed = {tier: bytes(getattr(row, sealed_member(tier))) for tier in document.TIERS}
    databases = tuple(SourceDatabase(tier, url.hex()) for tier, url in sealed.items() if url)
    return msgspec.structs.replace(read_source(row.declaration, row.format), databases=databases)


def _api(row: Api) -> model.Api:
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
        key_header=row.key_header,
        key_query=row.key_query,
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
    )


def _limit(row: Limit) -> document.Limit:
    return document.Limit(
        kind=row.kind,
        amount=row.amount,
        period=row.period,
        api=row.api.key if row.api else None,
        operation=row.operation or None,
    )
