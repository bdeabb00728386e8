"""The page of the installation's settings, for administrators with every right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from millgate.control.console import settings_shown
from millgate.control.console.site import console
from millgate.control.console.workers import workers_standing
from millgate.control.publish.selectors import version_newest

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@require_safe
def installation_settings(request: HttpRequest) -> HttpResponse:
    """What is set, where it comes from, and how the installation stands."""
    if not (request.user.is_active and request.user.is_superuser):
        raise PermissionDenied
    newest = version_newest()
    free = settings_shown.disk_free()
    context = console.each_context(request) | {
        "title": _("Settings"),
        "settings": settings_shown.settings_shown(),
        "stores": settings_shown.stores_shown(),
        "free": free,
        "little": free is not None and free < settings_shown.LITTLE,
        "versions": settings_shown.versions_shown(),
        "origin_trouble": settings_shown.origin_trouble(request),
        "workers": workers_standing(newest.number if newest else 0),
        "accounts_page": _page("console-account-settings"),
    }
    return render(request, "console/settings.html", context)


def _page(name: str) -> str:
    """The address of a page that an installation may be without."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
