"""Changes to the catalogue. They are drafts: machines see them when somebody publishes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from django.db import transaction

from millgate.control.catalogue.models import Adapter, Api, Limit, Operation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from millgate.describe import model
    from millgate.snapshot import document


@transaction.atomic
def api_put(api: model.Api) -> Api:
    """Create an API with its operations, or replace the one of the same key."""
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
            "key_header": api.key_header,
            "key_query": api.key_query,
        },
    )
    row.operations.all().delete()
    Operation.objects.bulk_create(
        _operation(row, position, item) for position, item in enumerate(api.operations, start=1)
    )
    return row


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
        },
    )
    row.apis.set(_apis(adapter.apis))
    row.limits.all().delete()
    Limit.objects.bulk_create(_limit(row, item) for item in adapter.limits)
    return row


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
    )


def _limit(adapter: Adapter, limit: document.Limit) -> Limit:
    return Limit(
        adapter=adapter,
        kind=limit.kind,
        amount=limit.amount,
        period=limit.period,
        api=Api.objects.get(key=limit.api) if limit.api else None,
        operation=limit.operation or "",
    )


def _apis(keys: Iterable[str]) -> list[Api]:
    return [Api.objects.get(key=key) for key in keys]
