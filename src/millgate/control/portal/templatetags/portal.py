"""Words for values that templates show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template

from millgate.control.catalogue.markdown import prose
from millgate.control.portal import selectors
from millgate.control.portal.reference.code import marked, with_placeholders
from millgate.control.portal.reference.samples import placeholders
from millgate.control.portal.reference.shown import deprecated, schema_address
from millgate.describe.samples import Credentials

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

register = template.Library()
register.filter("tier_word", selectors.tier_word)
register.filter("prose", prose)
register.filter("deprecated", deprecated)
register.simple_tag(schema_address)


@register.filter
def shell(text: str) -> SafeString:
    """A command with its syntax and its placeholders marked."""
    return with_placeholders(marked(text, "bash"), placeholders(Credentials()))
