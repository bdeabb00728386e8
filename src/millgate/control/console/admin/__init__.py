"""The console's pages for rows, one module for each group. Importing this registers them."""

from millgate.control.console.admin import (
    accounts,
    audit,
    catalogue,
    clients,
    counters,
    mail,
    notices,
    sources,
    upstreams,
    usage,
)

__all__ = [
    "accounts",
    "audit",
    "catalogue",
    "clients",
    "counters",
    "mail",
    "notices",
    "sources",
    "upstreams",
    "usage",
]
