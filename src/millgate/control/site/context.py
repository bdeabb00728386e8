"""What every template may say about the installation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings

if TYPE_CHECKING:
    from django.http import HttpRequest


def installation(_request: HttpRequest) -> dict[str, Any]:
    """The public origin, and whether this is a demo."""
    return {"origin": settings.MILLGATE.public_origin, "demo": settings.MILLGATE.demo}
