"""The console's pages for rows, one module for each group. Importing this registers them."""

from millgate.control.console.admin import (
    accounts,
    actions,
    applications,
    audit,
    catalogue,
    content,
    counters,
    mail,
    notices,
    people,
    service_requests,
    signing_keys,
    sources,
    subscriptions,
    upstreams,
    usage,
)

__all__ = [
    "accounts",
    "actions",
    "applications",
    "audit",
    "catalogue",
    "content",
    "counters",
    "mail",
    "notices",
    "people",
    "service_requests",
    "signing_keys",
    "sources",
    "subscriptions",
    "upstreams",
    "usage",
]
