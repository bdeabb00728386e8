"""Descriptions as their authors wrote them, in Markdown, made safe to stand in a page."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import nh3
from django.utils.safestring import mark_safe
from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

_KEPT: Final = 1024
_TEXT: Final = frozenset(
    {"a", "blockquote", "br", "code", "em", "hr", "li", "ol", "p", "pre", "strong", "ul"}
)
_TABLES: Final = frozenset({"table", "tbody", "td", "th", "thead", "tr"})
_reader: Final = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


@lru_cache(maxsize=_KEPT)
def prose(text: str) -> SafeString:
    """Markdown as HTML, without pictures, raw HTML, or links to anything but the web and mail.

    Headings become paragraphs: the outline of the page is the page's own.
    """
    tokens = _reader.parse(text)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = "p"
    clean = nh3.clean(
        _reader.renderer.render(tokens, _reader.options, {}),
        tags=set(_TEXT | _TABLES),
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="nofollow noreferrer",
    )
    return mark_safe(clean)  # noqa: S308 - nh3 has just cleaned it
