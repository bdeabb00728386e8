"""Connectors and the blog. Whatever is saved as shown is on the portal at once: no publication is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from millgate.control.catalogue.content_services import (
    connector_show,
    post_date,
    post_publish,
    post_withdraw,
)
from millgate.control.catalogue.models import Connector, Post
from millgate.control.console.content_forms import ConnectorForm, PostForm
from millgate.control.console.decisions import Act, ConsoleAdmin
from millgate.control.console.site import console

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.utils.safestring import SafeString


class ContentAdmin(ConsoleAdmin):
    """What the pages of both share: a preview, and the way to what the portal shows."""

    change_form_template = "console/content.html"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:  # noqa: ANN401
        """The key stays as it was given: links lead to it."""
        del request
        return ("key",) if obj else ()

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        *args: Any,  # noqa: ANN401 - as Django's own
        **kwargs: Any,  # noqa: ANN401 - as Django's own
    ) -> HttpResponse:
        """The page, with the preview that was asked for."""
        form, row = context["adminform"].form, kwargs.get("obj")
        context["preview"] = form.preview if getattr(form, "previewed", False) else None
        context["portal_page"] = self.portal_page(row) if row is not None else ""
        return super().render_change_form(request, context, *args, **kwargs)

    def portal_page(self, row: Any) -> str:  # noqa: ANN401 - a row of the model
        """Where the portal shows it; empty while it does not."""
        raise NotImplementedError


@admin.register(Connector, site=console)
class ConnectorAdmin(ContentAdmin):
    """Connectors."""

    form = ConnectorForm
    list_display = ("name", "key", "vendor", "position", "published")
    list_filter = ("published",)
    search_fields = ("name", "key", "summary", "vendor", "description")
    fieldsets = (
        (None, {"fields": ("name", "key", "summary", ("vendor", "link"), ("published", "position"))}),
        (_("Description"), {"fields": ("description",)}),
        (_("What it calls"), {"fields": ("apis", "adapters")}),
    )
    acts = (
        Act(
            name="show",
            label=_("Show on the portal"),
            done=_("the portal shows it."),
            run=lambda _request, row: connector_show(connector=row, shown=True),
            open_to=lambda row: not row.published,
        ),
        Act(
            name="hide",
            label=_("Hide"),
            done=_("the portal shows it no more."),
            run=lambda _request, row: connector_show(connector=row, shown=False),
            open_to=lambda row: row.published,
        ),
    )

    def portal_page(self, row: Any) -> str:  # noqa: ANN401 - a row of the model
        """Where the portal shows it."""
        return reverse("portal:connector", args=(row.key,)) if row.published else ""


def _shown(post: Post) -> bool:
    return not post.draft and post.published_at is not None and post.published_at <= settings.CLOCK.utc()


@admin.register(Post, site=console)
class PostAdmin(ContentAdmin):
    """The blog."""

    form = PostForm
    list_display = ("title", "state", "published_at", "author", "key")
    list_filter = ("draft",)
    search_fields = ("title", "key", "summary", "author", "body")
    date_hierarchy = None
    fieldsets = (
        (None, {"fields": ("title", "key", "summary", "author")}),
        (_("Text"), {"fields": ("body",)}),
        (_("When it is shown"), {"fields": (("draft", "published_at"),)}),
    )
    acts = (
        Act(
            name="publish",
            label=_("Publish now"),
            done=_("the portal shows it."),
            run=lambda _request, row: post_publish(post=row),
            open_to=lambda row: not _shown(row),
        ),
        Act(
            name="withdraw",
            label=_("Make it a draft"),
            done=_("it is a draft, and the portal shows it no more."),
            run=lambda _request, row: post_withdraw(post=row),
            open_to=lambda row: not row.draft,
        ),
    )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Whoever writes it is its author, until they say otherwise."""
        name = request.user.get_full_name() if request.user.is_authenticated else ""
        return {"author": name, **super().get_changeform_initial_data(request)}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: ANN401, FBT001
        """Save; a post that is no draft and has no time is shown from now on."""
        post_date(obj)
        super().save_model(request, obj, form, change)

    @admin.display(description=_("state"), ordering="draft")
    def state(self, post: Post) -> SafeString:
        """Draft, waiting for its time, or shown."""
        if post.draft:
            return format_html('<span class="state">{}</span>', _now("Draft"))
        if _shown(post):
            return format_html('<span class="state good">{}</span>', _now("Shown"))
        return format_html('<span class="state note">{}</span>', _now("Scheduled"))

    def portal_page(self, row: Any) -> str:  # noqa: ANN401 - a row of the model
        """Where the portal shows it."""
        return reverse("portal:post", args=(row.key,)) if _shown(row) else ""
