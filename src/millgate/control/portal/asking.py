"""What is said to whoever has too many mails sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from datetime import datetime


def asked_too_often(until: datetime) -> ValidationError:
    """Nobody may ask from this address for now, whatever they ask for."""
    words = _("Too many requests came from your network. Ask again after %(until)s UTC.")
    return ValidationError(words, params={"until": f"{until:%H:%M}"}, code="locked")
