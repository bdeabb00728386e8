"""The installation's way of digesting and sealing secrets, made once per process."""

from __future__ import annotations

from functools import cache

from django.conf import settings

from millgate.core.secrets import Digester
from millgate.stores.sealing import Sealer


@cache
def digester() -> Digester:
    """Digests what is looked up."""
    return Digester(settings.MILLGATE.master())


@cache
def sealer() -> Sealer:
    """Seals what must be shown again."""
    return Sealer(settings.MILLGATE.master())
