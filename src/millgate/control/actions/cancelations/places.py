"""Where something was done, as callers send it."""

from __future__ import annotations

from millgate.control.actions.models import Application
from millgate.control.actions.pipeline.refusals import invalid


def application_named(name: str, slug: str) -> str:
    """The slug of an application that there is, or an empty text.

    Raises:
        Refused: there is none.
    """
    if slug and not Application.objects.filter(slug=slug).exists():
        known = ", ".join(Application.objects.order_by("slug").values_list("slug", flat=True))
        raise invalid(name, f"There is no such application; those are {known}.")
    return slug
