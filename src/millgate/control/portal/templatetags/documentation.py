"""Addresses of the action API, for its documentation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template

from millgate.control.portal.action_addresses import action_address
from millgate.control.portal.reference.shown import bases_of

if TYPE_CHECKING:
    from millgate.describe.model import Api, Operation

register = template.Library()
register.filter("action_address", action_address)


@register.filter
def managed_address(called: tuple[Api, Operation]) -> str:
    """Where the gateway answers an operation."""
    api, operation = called
    return bases_of(api)[0].address + operation.template
