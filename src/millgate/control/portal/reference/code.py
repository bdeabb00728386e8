"""Code with its syntax marked, by classes that the stylesheet colours."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from django.utils.html import conditional_escape
from django.utils.safestring import mark_safe
from pygments import highlight  # type: ignore[import-untyped] # it has no types of its own
from pygments.formatters import HtmlFormatter  # type: ignore[import-untyped] # likewise
from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped] # likewise

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.utils.safestring import SafeString

LONGEST_MARKED: Final = 20_000
"""Characters; what is longer stands plain, because marking it would keep the reader waiting."""

_KEPT: Final = 512
_formatter = HtmlFormatter(nowrap=True)


@lru_cache(maxsize=_KEPT)
def marked(text: str, lexer: str) -> SafeString:
    """A text as HTML in the lexer that Pygments calls so; plain where it is too long."""
    if len(text) > LONGEST_MARKED:
        return conditional_escape(text)
    html: str = highlight(text, get_lexer_by_name(lexer, stripnl=False, ensurenl=False), _formatter)
    return mark_safe(html.removesuffix("\n"))  # noqa: S308 - the formatter escapes what it marks


def commands(texts: Iterable[str], lexer: str) -> SafeString:
    """Commands as they are typed; the sign of the prompt is the stylesheet's, so that nobody copies it."""
    lines = [f'<span class="command">{marked(text, lexer)}</span>' for text in texts]
    return mark_safe("\n".join(lines))  # noqa: S308 - `marked` escapes


def with_placeholders(html: SafeString, placeholders: dict[str, tuple[str, str]]) -> SafeString:
    """The same, with each placeholder in an element that says which credential it stands for.

    Args:
        html: from `marked` or `commands`.
        placeholders: which credential each text stands for, and what is shown there; the texts hold nothing
            that HTML escapes.
    """
    text = str(html)
    for placeholder, (credential, shown) in placeholders.items():
        span = f'<span class="placeholder" data-credential="{credential}">{conditional_escape(shown)}</span>'
        text = text.replace(placeholder, span)
    return mark_safe(text)  # noqa: S308 - what was added is escaped
