"""Signing keys: which sign, follow and still verify."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from millgate.control.clients import signing_keys
from millgate.control.clients.models import SigningKey
from millgate.control.console.decisions import ReadOnlyAdmin, decide
from millgate.control.console.site import console
from millgate.core.values import instant

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase
    from django.urls import URLPattern

    from millgate.control.clients.signing_keys import Succession


@admin.register(SigningKey, site=console)
class SigningKeyAdmin(ReadOnlyAdmin):
    """Signing keys: what they sign, and for how long they verify it."""

    change_list_template = "console/signing_keys.html"
    change_form_template = "console/signing_key.html"
    list_display = ("kid", "standing_shown", "created_at", "signs_since", "signed_until", "verifies_shown")
    fields = (*list_display, "certificate")

    @admin.display(description=_("standing"))
    def standing_shown(self, key: SigningKey) -> str:
        """Whether it signs, follows, or verifies what it signed."""
        return key.standing

    @admin.display(description=_("verifies until"))
    def verifies_shown(self, key: SigningKey) -> datetime | str:
        """When it goes by itself."""
        return key.verifies_until or "-"

    def get_urls(self) -> list[URLPattern]:
        """Django's addresses, and those that rotate and retire."""
        rotate = self.admin_site.admin_view(self.rotate_view)
        retire = self.admin_site.admin_view(self.retire_view)
        return [
            path("rotate/", rotate, name="clients_signingkey_rotate"),
            path("<path:kid>/retire/", retire, name="clients_signingkey_retire"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:  # noqa: ANN401 - as Django's own
        """The list, which says whether it is too soon to rotate."""
        context = {"unknown_until": signing_keys.following_unknown_until(), "may": self._may(request)}
        return super().changelist_view(request, (extra_context or {}) | context)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        *args: Any,  # noqa: ANN401 - as Django's own
        **kwargs: Any,  # noqa: ANN401 - as Django's own
    ) -> HttpResponse:
        """The page, with its button for those who may."""
        context["may"] = self._may(request)
        return super().render_change_form(request, context, *args, **kwargs)

    def rotate_view(self, request: HttpRequest) -> HttpResponseBase:
        """Sign with the next key."""
        return self._decided_here(request, partial(self._rotate, request))

    def retire_view(self, request: HttpRequest, kid: str) -> HttpResponseBase:
        """Take a key away."""
        return self._decided_here(request, partial(self._retire, request, unquote(kid)))

    def _decided_here(self, request: HttpRequest, do: Callable[[], None]) -> HttpResponseBase:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self._may(request):
            raise PermissionDenied
        back = reverse("admin:clients_signingkey_changelist")

        def done() -> HttpResponse:
            do()
            return HttpResponseRedirect(back)

        return decide(request, done, back=back)

    def _may(self, request: HttpRequest) -> bool:
        return request.user.has_perm("clients.change_signingkey")

    def _rotate(self, request: HttpRequest) -> None:
        succession = signing_keys.signing_key_rotate(forced=bool(request.POST.get("forced")))
        self._told(request, succession)

    def _retire(self, request: HttpRequest, kid: str) -> None:
        get_object_or_404(SigningKey, pk=kid)
        succession = signing_keys.signing_key_retire(kid=kid)
        messages.success(request, _now("Retired %(kid)s: what it signed is refused.") % {"kid": kid})
        self._told(request, succession)

    def _told(self, request: HttpRequest, succession: Succession) -> None:
        messages.success(request, _now("New tokens are signed with %(kid)s.") % {"kid": succession.signs.kid})
        if succession.unknown_until:
            messages.warning(
                request,
                _now(
                    "Verifiers that have read the keys before may refuse its tokens until %(until)s; restart"
                    " them, or have them read the keys again."
                )
                % {"until": instant(succession.unknown_until.timestamp())},
            )
