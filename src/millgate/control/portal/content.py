"""Connectors, the blog with its feed, and the glossary: pages for everyone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import conditional_page, require_safe

from millgate.control.catalogue.content_selectors import connectors_shown, posts_shown
from millgate.control.catalogue.markdown import markdown, plain
from millgate.control.portal import selectors
from millgate.control.portal.glossary import glossary_terms

if TYPE_CHECKING:
    from django.http import HttpRequest

    from millgate.control.catalogue.models import Post

POSTS: Final = 10
"""How many posts a page of the blog has."""
CONNECTORS: Final = 24
FEED: Final = 30
"""How many posts the feed has."""
LONGEST_SEARCH: Final = 100
SUMMARY_WORDS: Final = 40


@require_safe
def connectors(request: HttpRequest) -> HttpResponse:
    """All connectors, or those that have the words searched for."""
    words = request.GET.get("q", "").replace("\0", "")[:LONGEST_SEARCH].strip()
    pages = Paginator(connectors_shown(words), CONNECTORS)
    context = {"page": pages.get_page(request.GET.get("page")), "words": words}
    return render(request, "portal/connectors.html", context)


@require_safe
def connector(request: HttpRequest, key: str) -> HttpResponse:
    """One connector, with those of its APIs and adapters that are published."""
    found = connectors_shown().filter(key=key).first()
    if found is None:
        raise Http404
    apis = set(found.apis.values_list("key", flat=True))
    adapters = set(found.adapters.values_list("key", flat=True))
    context = {
        "connector": found,
        "text": markdown(found.description),
        "apis": [api for api in selectors.apis_shown() if api.key in apis],
        "adapters": [page for page in selectors.adapters_shown() if page.adapter.key in adapters],
    }
    return render(request, "portal/connector.html", context)


@require_safe
def blog(request: HttpRequest) -> HttpResponse:
    """The posts, newest first."""
    pages = Paginator(posts_shown(now=settings.CLOCK.utc()), POSTS)
    page = pages.get_page(request.GET.get("page"))
    context = {"page": page, "posts": [(post, _summary(post)) for post in page]}
    return render(request, "portal/blog.html", context)


@require_safe
def post(request: HttpRequest, key: str) -> HttpResponse:
    """One post, with the ways to those before and after it."""
    shown = posts_shown(now=settings.CLOCK.utc())
    found = shown.filter(key=key).first()
    if found is None:
        raise Http404
    context = {
        "post": found,
        "text": markdown(found.body),
        "newer": shown.filter(published_at__gt=found.published_at).order_by("published_at", "pk").first(),
        "older": shown.filter(published_at__lt=found.published_at).first(),
    }
    return render(request, "portal/post.html", context)


@require_safe
@conditional_page
def feed(request: HttpRequest) -> HttpResponse:
    """The newest posts as an Atom feed (RFC 4287). Its addresses are made from the origin alone."""
    del request
    made = _Feed(
        title=_("Millgate: blog"),
        link=_absolute(reverse("portal:blog")),
        description=_("Announcements of the platform team."),
        feed_url=_absolute(reverse("portal:feed")),
        author_name=_("The platform team"),
        language=get_language() or "en",
    )
    for item in posts_shown(now=settings.CLOCK.utc())[:FEED]:
        made.add_item(**_entry(item))
    return HttpResponse(made.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")


@require_safe
def glossary(request: HttpRequest) -> HttpResponse:
    """The platform's terms in plain words."""
    return render(request, "portal/glossary.html", {"terms": glossary_terms()})


class _Feed(Atom1Feed):
    """Also carries the whole text of each entry."""

    def latest_post_date(self) -> Any:  # noqa: ANN401 - as Django's own
        """When the feed last changed; the present time while it is empty."""
        return super().latest_post_date() if self.items else settings.CLOCK.utc()

    def add_item_elements(self, handler: Any, item: dict[str, Any]) -> None:  # noqa: ANN401 - as Django's own
        """The elements of an entry."""
        super().add_item_elements(handler, item)
        handler.addQuickElement("content", _printable(item["text"]), {"type": "html"})


def _entry(item: Post) -> dict[str, Any]:
    address = _absolute(reverse("portal:post", args=(item.key,)))
    return {
        "title": _printable(item.title),
        "link": address,
        "description": escape(_printable(_summary(item))),  # Django declares it to be HTML
        "unique_id": address,
        "author_name": _printable(item.author) or None,
        "pubdate": item.published_at,
        "updateddate": item.changed_at,
        "text": markdown(item.body),
    }


def _summary(item: Post) -> str:
    """The summary, or else the first words of the text."""
    if item.summary:
        return item.summary
    words = plain(item.body).split()
    return " ".join(words[:SUMMARY_WORDS]) + (" …" if len(words) > SUMMARY_WORDS else "")


def _absolute(path: str) -> str:
    origin: str = settings.MILLGATE.public_origin
    return origin + path


def _printable(text: str) -> str:
    """The text without what XML 1.0 cannot hold."""
    return "".join(letter for letter in text if letter in "\t\n\r" or _in_xml(ord(letter)))


def _in_xml(code: int) -> bool:
    return 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000  # noqa: PLR2004 - XML 1.0, section 2.2
