"""What Excel fetches to show the pane: the manifest and icons; and the page on how to add it."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

if TYPE_CHECKING:
    from django.http import HttpRequest

ICONS: Final = (16, 32, 64, 80, 128)
"""Edges of the icons, in pixels: of the ribbon (16, 32, 80), and of lists of add-ins (64, 128)."""
VERSION: Final = "1.0.0.0"
"""Of the manifest. Excel fetches a manifest anew when this has grown."""
_FOLDER: Final = Path(__file__).parent / "static" / "lookup" / "icons"
_MANIFESTS: Final = uuid.UUID("c5a2a9f4-4c6b-4b0e-9a38-6b7f5f0d1e21")


@never_cache
@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """The add-in only manifest, for the address under which this installation is reached."""
    # Excel picks the language by itself, from what the manifest holds for each.
    with override("en"):
        return render(request, "lookup/manifest.xml", manifest_of(), content_type="application/xml")


@require_safe
def icon(_request: HttpRequest, size: int) -> HttpResponse:
    """An icon. Excel asks for it without anything that belongs to a browser, and keeps it."""
    if size not in ICONS:
        raise Http404
    answer = HttpResponse((_FOLDER / f"icon-{size}.png").read_bytes(), content_type="image/png")
    answer.headers["Cache-Control"] = "public, max-age=86400"
    return answer


@require_safe
def guide(request: HttpRequest) -> HttpResponse:
    """How to add the pane to Excel, and how Excel comes to trust this server."""
    context = {
        "secure": urlsplit(settings.MILLGATE.public_origin).scheme == "https",
        "manifest": _address("lookup:manifest"),
        "language": get_language(),
    }
    return render(request, "lookup/guide.html", context)


def manifest_of() -> dict[str, Any]:
    """What the manifest is made of."""
    return {
        "id": uuid.uuid5(_MANIFESTS, settings.MILLGATE.public_origin),
        "version": VERSION,
        "origin": settings.MILLGATE.public_origin,
        "pane": _address("lookup:pane"),
        "support": _address("lookup:help"),
        "icons": {f"icon{size}": _address("lookup:icon", size) for size in ICONS},
    }


def _address(name: str, *args: object) -> str:
    return settings.MILLGATE.public_origin + reverse(name, args=args)
