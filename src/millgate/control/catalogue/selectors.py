"""Reading the catalogue's rows as the document that would be published."""

from __future__ import annotations

import msgspec

from millgate.control.catalogue.models import Adapter, Api, Limit, Operation
from millgate.describe import model
from millgate.snapshot import document


def catalogue_document() -> document.Catalogue:
    """All APIs and adapters, by key."""
    apis = Api.objects.prefetch_related("operations").order_by("key")
    adapters = Adapter.objects.prefetch_related("apis", "limits__api").order_by("key")
    return document.Catalogue(
        apis=tuple(_api(row) for row in apis),
        adapters=tuple(_adapter(row) for row in adapters),
    )


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


def _adapter(row: Adapter) -> document.Adapter:
    return document.Adapter(
        key=row.key,
        name=row.name,
        apis=tuple(sorted(api.key for api in row.apis.all())),
        tiers=tuple(row.tiers),
        description=row.description,
        terms=row.terms,
        all_apis_on_test=row.all_apis_on_test,
        subscription_required=row.subscription_required,
        approval_required=row.approval_required,
        subscriptions_limit=row.subscriptions_limit,
        published=row.published,
        limits=tuple(_limit(item) for item in row.limits.all()),
    )


def _limit(row: Limit) -> document.Limit:
    return document.Limit(
        kind=row.kind,
        amount=row.amount,
        period=row.period,
        api=row.api.key if row.api else None,
        operation=row.operation or None,
    )
