"""What all pages of the catalogue share: what is saved there is a draft until it is published."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from millgate.control.console.decisions import ConsoleAdmin

if TYPE_CHECKING:
    from django.http import HttpRequest


def tell_draft(request: HttpRequest) -> None:
    """Say what is left to do after a change to the catalogue."""
    page = format_html('<a href="{}">{}</a>', reverse("console-publishing"), _("Publishing"))
    text = format_html(str(_("This is a draft now. It takes effect when you publish it: {}.")), page)
    messages.info(request, text)


class DraftAdmin(ConsoleAdmin):
    """Rows of the catalogue: saving says that they wait to be published."""

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:  # noqa: ANN401
        """The key stays as it was given: subscriptions in force refer to it."""
        del request
        return ("key",) if obj else ()

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: ANN401, FBT001
        """Save, and say what is left to do."""
        super().save_related(request, form, formsets, change)
        tell_draft(request)
