"""Words for values that templates show."""

from __future__ import annotations

from django import template

from millgate.control.portal import selectors
from millgate.control.portal.reference.prose import prose

register = template.Library()
register.filter("tier_word", selectors.tier_word)
register.filter("prose", prose)
