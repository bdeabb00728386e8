"""What every template may say about the installation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import get_language

if TYPE_CHECKING:
    from django.http import HttpRequest


def installation(_request: HttpRequest) -> dict[str, Any]:
    """The public origin, whether this is a demo, the page's language, and the languages that there are."""
    return {
        "origin": settings.MILLGATE.public_origin,
        "demo": settings.MILLGATE.demo,
        "language": get_language() or settings.LANGUAGE_CODE,
        "languages": settings.LANGUAGES,
    }
