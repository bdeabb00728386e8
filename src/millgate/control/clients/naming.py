"""The names under which people know what was counted by key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from millgate.control.catalogue.models import Api, Operation
from millgate.control.clients.models import ClientApplication, Subscription
from millgate.core.values import GUID

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.db.models import Manager

    from millgate.control.usage.analytics import Dimension


@dataclass(frozen=True, slots=True)
class Names:
    """Names by key; what is gone has none. Operations are named by the keys of their API and their own."""

    by_key: Mapping[Dimension, Mapping[tuple[str, str], str]]

    def get(self, dimension: Dimension, key: str, api: str = "") -> str | None:
        """The name, or None of what is gone."""
        return self.by_key[dimension].get((api if dimension == "operation" else "", key))


def names_of(keys: Mapping[Dimension, Iterable[tuple[str, str]]]) -> Names:
    """The names of some keys, with those of their APIs: a query for each dimension."""
    return Names(
        {
            "api": _named(Api.objects, "key", "name", keys["api"]),
            "operation": _operations(keys["operation"]),
            "application": _named(
                ClientApplication.objects, "client_id", "display_name", keys["application"]
            ),
            "subscription": _named(Subscription.objects, "id", "name", keys["subscription"]),
        }
    )


def _named(
    rows: Manager[Any], key: str, name: str, keys: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], str]:
    wanted = {own for _, own in keys if key == "key" or GUID.fullmatch(own)}
    found = rows.filter(**{f"{key}__in": wanted}).values_list(key, name)
    return {("", str(own)): label for own, label in found}


def _operations(keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    wanted = set(keys)
    rows = Operation.objects.filter(
        api__key__in={api for api, _ in wanted}, key__in={own for _, own in wanted}
    ).values_list("api__key", "key", "name")
    return {(api, own): name for api, own, name in rows}
