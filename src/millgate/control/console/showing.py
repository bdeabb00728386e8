"""Showing secrets: on one page, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.shortcuts import render

from millgate.control.console.site import console
from millgate.core.secrets import Secret

if TYPE_CHECKING:
    from django.db.models import Model
    from django.http import HttpRequest, HttpResponse


def shown_once(
    request: HttpRequest, row: Model, title: str, values: dict[str, Secret], hint: str
) -> HttpResponse:
    """A page with secrets. It answers the POST itself, so that they rest in no session or history.

    Only the template opens them: Django's own log may print whatever else a page was made from.
    """
    context = console.each_context(request) | {
        "title": title,
        "row": row,
        "opts": row._meta,  # noqa: SLF001 - as Django's own templates
        "values": values,
        "hint": hint,
    }
    return render(request, "console/shown_once.html", context)
