"""Changes of what people write for the portal: in force when they are saved, and in the audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from millgate.control.audit.collecting import recorded
from millgate.control.catalogue.models import Adapter, Api, Connector, Post

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

_Listed = TypeVar("_Listed", Api, Adapter)


@recorded()
@transaction.atomic
def connector_put(
    *,
    key: str,
    name: str,
    summary: str,
    description: str = "",
    vendor: str = "",
    link: str = "",
    apis: Sequence[str] = (),
    adapters: Sequence[str] = (),
    published: bool = True,
    position: int = 0,
) -> Connector:
    """Create a connector, or replace the one of the same key; APIs and adapters by their keys.

    Raises:
        ValidationError: by member, with what is wrong.
    """
    row = Connector.objects.filter(key=key).first() or Connector(key=key)
    row.name, row.summary, row.description, row.vendor = name, summary, description, vendor
    row.link, row.published, row.position = link, published, position
    row.full_clean()
    row.save()
    row.apis.set(_all(Api, "apis", apis))
    row.adapters.set(_all(Adapter, "adapters", adapters))
    return row


@recorded()
@transaction.atomic
def post_put(
    *,
    key: str,
    title: str,
    body: str,
    summary: str = "",
    author: str = "",
    draft: bool = True,
    published_at: datetime | None = None,
) -> Post:
    """Create a post, or replace the one of the same key. One that is no draft and has no time is shown now.

    Raises:
        ValidationError: by member, with what is wrong.
    """
    row = Post.objects.filter(key=key).first() or Post(key=key)
    row.title, row.body, row.summary, row.author = title, body, summary, author
    row.draft, row.published_at = draft, published_at
    post_date(row)
    row.full_clean()
    row.save()
    return row


def post_date(post: Post) -> None:
    """Give a post that is no draft and has no time the present one; it is not saved."""
    if not post.draft and post.published_at is None:
        post.published_at = settings.CLOCK.utc()


def _all(model: type[_Listed], member: str, keys: Sequence[str]) -> list[_Listed]:
    """The rows of all keys.

    Raises:
        ValidationError: of a key there is none.
    """
    found = {
        row.key: row
        for row in model._default_manager.filter(  # noqa: SLF001 - Django's name for a public thing
            key__in=keys
        )
    }
    missing = ", ".join(key for key in keys if key not in found)
    if missing:
        raise ValidationError({member: _("There is no %(keys)s.") % {"keys": missing}})
    return [found[key] for key in keys]


@recorded()
@transaction.atomic
def post_publish(*, post: Post) -> None:
    """Show a post from now on, whatever time it had; one that is shown already keeps its time."""
    now = settings.CLOCK.utc()
    if post.draft or post.published_at is None or post.published_at > now:
        post.draft, post.published_at = False, now
        post.save()


@recorded()
@transaction.atomic
def post_withdraw(*, post: Post) -> None:
    """Make a post a draft again; its time stays, so that it comes back where it stood."""
    post.draft = True
    post.save()


@recorded()
@transaction.atomic
def connector_show(*, connector: Connector, shown: bool) -> None:
    """Show a connector on the portal, or hide it."""
    connector.published = shown
    connector.save()
