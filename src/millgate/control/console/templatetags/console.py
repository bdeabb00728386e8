"""What the console's templates need besides Django's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import mark_safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from django.utils.safestring import SafeString

register = template.Library()

_CLASS = " class="


@register.filter
def labelled(cells: Iterable[str], heads: Iterable[Mapping[str, Any]]) -> Iterator[SafeString]:
    """The cells of a row of Django's lists, each with the name of its column for narrow pages.

    Both come from Django's own rendering, which escapes what rows hold; a cell that is made in another way
    stays as it is.
    """
    for cell, head in zip(cells, heads, strict=False):
        tag, found, rest = cell.partition(_CLASS)
        label = str(head["text"])
        if found and tag in {"<td", "<th"} and not label.startswith("<"):
            named = format_html(' data-label="{}"', label[:1].upper() + label[1:])
            yield mark_safe(f"{tag}{named}{found}{rest}")  # noqa: S308 - parts of what Django rendered
        else:
            yield mark_safe(cell)  # noqa: S308 - as Django rendered it
