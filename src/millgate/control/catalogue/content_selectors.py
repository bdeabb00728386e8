"""Reading what people write for the portal, as the portal shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from millgate.control.catalogue.models import Connector, Post

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet


def posts_shown(*, now: datetime) -> QuerySet[Post]:
    """The posts whose time has come, newest first."""
    return Post.objects.filter(draft=False, published_at__lte=now)


def connectors_shown(words: str = "") -> QuerySet[Connector]:
    """The connectors that the portal shows, in their order; of words, those that have every one of them."""
    found = Connector.objects.filter(published=True)
    for word in words.split():
        found = found.filter(
            Q(name__icontains=word)
            | Q(summary__icontains=word)
            | Q(vendor__icontains=word)
            | Q(description__icontains=word)
        )
    return found
