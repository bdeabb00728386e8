"""What the page that deletes something tells of other rows: their names only to whoever may see them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from django.urls import Resolver404, resolve
from django.utils.html import format_html

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.contrib.admin import AdminSite
    from django.db.models import Model
    from django.http import HttpRequest

_LINKED: Final = re.compile(r'(?P<kind>[^<]*): <a href="(?P<address>[^"]+)">')
"""How Django's administration writes a row that has a page: its kind, and its name as a link."""


def seen_only(request: HttpRequest, site: AdminSite, items: Iterable[Any]) -> list[Any]:
    """The tree of rows, without links to and names of those that the reader may not see."""
    return [
        seen_only(request, site, item) if isinstance(item, list) else _seen(request, site, item)
        for item in items
    ]


def listed_by(request: HttpRequest, site: AdminSite, rows: Iterable[Model]) -> list[str]:
    """The rows that list one of these: the database would quietly drop it from their lists."""
    return [
        _named(request, site, lister)
        for row in rows
        for relation in row._meta.related_objects  # noqa: SLF001 - Django's name for a public thing
        if relation.many_to_many and relation.get_accessor_name()
        for lister in getattr(row, str(relation.get_accessor_name())).all()
    ]


def _seen(request: HttpRequest, site: AdminSite, item: Any) -> Any:  # noqa: ANN401 - text, or what Django makes of it
    found = _LINKED.match(str(item))
    return item if found is None or may_open(request, site, found["address"]) else found["kind"]


def may_open(request: HttpRequest, site: AdminSite, address: str) -> bool:
    """Whether an address is the page of a row, of a kind that the reader may see."""
    try:
        name = resolve(address).url_name or ""
    except Resolver404:
        return False
    registered = site._registry.values()  # noqa: SLF001 - Django has no other way to ask
    admins = {f"{admin.opts.app_label}_{admin.opts.model_name}_change": admin for admin in registered}
    return name in admins and admins[name].has_view_permission(request)


def _named(request: HttpRequest, site: AdminSite, row: Model) -> str:
    kind = str(row._meta.verbose_name)  # noqa: SLF001 - Django's name for a public thing
    admin = site._registry.get(type(row))  # noqa: SLF001 - Django has no other way to ask
    seen = admin is None or admin.has_view_permission(request)
    return format_html("{}: {}", kind, row) if seen else kind
