"""The list pages of console and portal: plain, searched and narrowed down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from millgate.control.console.site import console

if TYPE_CHECKING:
    from collections.abc import Iterator

_NARROWED = {
    "people, blocked": "/console/accounts/person/?state__exact=blocked",
    "people of a company": "/console/accounts/person/?company__id__exact=3",
    "applications of a company": "/console/clients/clientapplication/?company__id__exact=3",
    "applications, secrets expiring": "/console/clients/clientapplication/?secrets=expiring",
    "applications, secrets unused": "/console/clients/clientapplication/?secrets=unused",
    "applications, secrets none": "/console/clients/clientapplication/?secrets=none",
    "subscriptions, submitted": "/console/clients/subscription/?state__exact=submitted",
    "subscriptions of a month": "/console/clients/subscription/?created_at__year=2026&created_at__month=2",
}
_OTHERS = ("/console/", "/console/publishing/", "/console/analytics/", "/portal/", "/portal/applications/")
_OWN = ("/portal/profile/subscriptions/", "/portal/profile/refusals/", "/portal/profile/analytics/")


def list_pages() -> Iterator[tuple[str, str]]:
    """A name and the address of each."""
    yield from ((address.strip("/"), address) for address in (*_OTHERS, *_OWN))
    for model, admin in console._registry.items():
        name = f"{model._meta.app_label}/{model._meta.model_name}"
        yield name, f"/console/{name}/"
        if admin.search_fields or name == "audit/entry":
            yield f"{name}, searched", f"/console/{name}/?q=p7"
    yield from _NARROWED.items()
