"""What the console's templates need besides Django's own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from django import template
from django.contrib.admin.templatetags.admin_list import result_headers
from django.urls import reverse
from django.utils.safestring import mark_safe

from millgate.control.console.cells import rows_written
from millgate.control.console.deleting import may_open
from millgate.control.console.listing import dates_of
from millgate.control.console.navigation import navigation_written
from millgate.control.console.site import console

if TYPE_CHECKING:
    from django.contrib.admin.views.main import ChangeList
    from django.forms import BoundField
    from django.template import RequestContext
    from django.utils.safestring import SafeString

register = template.Library()

_ROW: Final = re.compile(r'<a href="([^"]+)">(.*)</a>')


@register.simple_tag(takes_context=True)
def navigation_html(context: RequestContext) -> SafeString:
    """The links to all pages that the reader may see."""
    return navigation_written(context["navigation"])


@register.inclusion_tag("admin/change_list_results.html")
def list_rows(cl: ChangeList) -> dict[str, Any]:
    """The table of a list, with its heads and its rows."""
    heads = list(result_headers(cl))
    return {
        "cl": cl,
        "result_headers": heads,
        "num_sorted_fields": sum(1 for head in heads if head.get("sorted")),
        "rows": list(rows_written(cl)),
    }


@register.inclusion_tag("admin/date_hierarchy.html")
def list_dates(cl: ChangeList) -> dict[str, Any]:
    """The years, months or days to which a list can be narrowed down."""
    return dates_of(cl) or {}


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
