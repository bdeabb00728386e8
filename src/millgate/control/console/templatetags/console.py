"""What the console's templates need besides Django's own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from millgate.control.console.deleting import may_open
from millgate.control.console.site import console

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from django.forms import BoundField
    from django.template import RequestContext
    from django.utils.safestring import SafeString

register = template.Library()

_CLASS: Final = " class="
_ROW: Final = re.compile(r'<a href="([^"]+)">(.*)</a>')


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


@register.simple_tag(takes_context=True)
def readonly(context: RequestContext, field: Any) -> Any:  # noqa: ANN401 - a field of Django's administration
    """What a field holds that is only looked at; what leads to a row is a link if the reader may see it."""
    contents = field.contents()
    found = _ROW.fullmatch(str(contents))
    if found is None or not found[1].startswith(reverse("admin:index")) or "password" in found[1]:
        return contents
    return contents if may_open(context["request"], console, found[1]) else mark_safe(found[2])  # noqa: S308 - as Django rendered it


@register.simple_tag
def named_input(field: BoundField) -> SafeString:
    """A field in a table of rows, named for those who do not see the head of its column."""
    row = str(field.form.prefix).rpartition("-")[2]
    number = f" {int(row) + 1}" if row.isdecimal() else ""
    return field.as_widget(attrs={"aria-label": f"{field.label}{number}"})
