"""Markdown that people write (posts, connectors, terms of use, descriptions) as HTML that a page may show.

HTML in the text is shown as text, and whatever the renderer makes is cleaned once more, so that a fault of
the one does not become a script on a page. Pictures are left out: pages load nothing from elsewhere.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from html import unescape
from typing import TYPE_CHECKING, Any, Final

import nh3
from django.utils.html import strip_tags
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from markdown_it.token import Token

LONGEST: Final = 100_000
"""Characters of the longest text that is rendered; forms refuse longer ones."""

_TAGS: Final = frozenset(
    [
        "a",
        "blockquote",
        "br",
        "code",
        "del",
        "em",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "li",
        "ol",
        "p",
        "pre",
        "s",
        "strong",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "tr",
        "ul",
    ]
)
_ATTRIBUTES: Final = {"a": {"href", "title"}, "ol": {"start"}, "code": {"class"}}
_SCHEMES: Final = frozenset({"http", "https", "mailto"})
_LANGUAGE: Final = re.compile(r"language-[A-Za-z0-9+#-]{1,30}")
_LOWEST_HEADING: Final = 6


def markdown(text: str) -> SafeString:
    """The HTML of a text in CommonMark with tables and strikethrough; safe on any page of ours.

    The highest heading is of the second level, below the page's own, and the others follow. Links lead to
    http, https and mailto addresses or to places of this site, without telling them where one comes from.
    What may be wider than the page can be scrolled by keyboard.

    Raises:
        ValueError: the text is longer than `LONGEST`.
    """
    if len(text) > LONGEST:
        raise ValueError(f"the text is longer than {LONGEST} characters")
    return _clean(_renderer(_lower_headings).render(text))


@lru_cache(maxsize=1024)
def prose(text: str) -> SafeString:
    """The same for a description that is part of a page: its headings become paragraphs.

    The outline of such a page is the page's own. Of a text longer than `LONGEST` the beginning is shown.
    """
    return _clean(_renderer(_headings_as_paragraphs).render(text[:LONGEST]))


def plain(text: str) -> str:
    """The words of a Markdown text, without marks: for summaries and search. It is not HTML."""
    return " ".join(unescape(strip_tags(markdown(text))).split())


def _clean(html: str) -> SafeString:
    clean = nh3.clean(
        html,
        tags=set(_TAGS),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        attribute_filter=_kept,
        url_schemes=set(_SCHEMES),
        link_rel="noopener noreferrer",
        set_tag_attribute_values={"pre": {"tabindex": "0"}, "table": {"tabindex": "0"}},
    )
    return mark_safe(clean)  # noqa: S308 - cleaned one line above


@cache
def _renderer(headings: Callable[[Any], None]) -> MarkdownIt:
    made = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")
    made.core.ruler.push("headings", headings)
    return made


def _lower_headings(state: Any) -> None:  # noqa: ANN401 - the renderer's own state
    headings = _headings(state.tokens)
    highest = min((int(token.tag[1:]) for token in headings), default=0)
    for token in headings:
        token.tag = f"h{min(int(token.tag[1:]) - highest + 2, _LOWEST_HEADING)}"


def _headings_as_paragraphs(state: Any) -> None:  # noqa: ANN401 - the renderer's own state
    for token in _headings(state.tokens):
        token.tag = "p"


def _headings(tokens: Sequence[Token]) -> list[Token]:
    return [token for token in tokens if token.type in {"heading_open", "heading_close"}]


def _kept(tag: str, name: str, value: str) -> str | None:
    """The value of an attribute; None takes it away."""
    if (tag, name) == ("code", "class"):
        return value if _LANGUAGE.fullmatch(value) else None
    return value
