"""Headers of every page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from millgate.wire.content_policy import content_policy

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

POLICY: Final = content_policy()


class ContentSecurityPolicy:
    """Lets a page load only what this origin serves as files: nothing inline, nothing from elsewhere."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, with the policy set."""
        response = self._get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        return response
