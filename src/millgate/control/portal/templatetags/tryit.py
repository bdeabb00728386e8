"""The panel that calls an operation, put into a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import template

from millgate.control.portal.tryit.shown import fault_of, operation_for_faults, panel

if TYPE_CHECKING:
    from django.template import Context

    from millgate.describe.model import Api, Operation

register = template.Library()


@register.inclusion_tag("portal/tryit/_try.html", takes_context=True)
def try_it(context: Context, api: Api, operation: Operation) -> dict[str, Any]:
    """A button that opens the panel for an operation; for whoever is not signed in, the way to it."""
    person = context["request"].user
    shown = panel(person, api, operation) if person.is_authenticated else None
    return {"panel": shown, "request": context["request"], "api": api}


@register.inclusion_tag("portal/tryit/_produce.html", takes_context=True)
def produce(context: Context, code: str) -> dict[str, Any]:
    """A button that opens the panel to have an error now, or how the error comes about otherwise."""
    person, fault, shown = context["request"].user, fault_of(code), None
    if person.is_authenticated and fault.header:
        call = operation_for_faults(person)
        shown = panel(person, *call, fault) if call else None
    return {"panel": shown, "fault": fault, "request": context["request"]}
