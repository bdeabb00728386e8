"""The lists that every installation begins with: why something is cancelled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from millgate.control.actions.cancelation_models import KEYS, OTHER, CancelableType, ListItem
from millgate.control.audit.collecting import recorded

if TYPE_CHECKING:
    from collections.abc import Mapping

_REASONS: Final = (
    ("client_requested_cancelation", "Client requested cancelation", True),
    ("duplicate_order", "Duplicate order", False),
    ("created_by_mistake", "Created by mistake", False),
)
_OF_JOBS: Final = (
    *_REASONS,
    ("engineering_change", "Engineering change", False),
    ("material_not_available", "Material not available", False),
)
_OF_ORDERS: Final = (*_REASONS, ("credit_hold", "Credit hold", False))
_OF_SUBSCRIPTIONS: Final = (
    ("client_requested_cancelation", "Client requested cancelation", True),
    ("no_longer_used", "No longer used", False),
    ("terms_not_kept", "Terms not kept", False),
)
_OTHER: Final = (OTHER, "Other", False)
BUILT_IN: Final[Mapping[str, tuple[tuple[str, str, bool], ...]]] = {
    KEYS[CancelableType.JOB]: (*_OF_JOBS, _OTHER),
    KEYS[CancelableType.JOB_OPERATION]: (*_OF_JOBS, _OTHER),
    KEYS[CancelableType.ORDER]: (*_OF_ORDERS, _OTHER),
    KEYS[CancelableType.ADAPTER_SUBSCRIPTION]: (*_OF_SUBSCRIPTIONS, _OTHER),
}
"""By collection: slug, name, and whether it is the default."""


@recorded()
def list_items_ensure() -> None:
    """Fill the built-in collections that have no item yet; those that have one are somebody's."""
    standing = set(ListItem.objects.values_list("key", flat=True))
    ListItem.objects.bulk_create(
        ListItem(key=key, slug=slug, name=name, default=default)
        for key, items in BUILT_IN.items()
        for slug, name, default in items
        if key not in standing
    )
