"""Upstreams and the APIs that name them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from millgate.control.audit.collecting import recorded
from millgate.control.catalogue.models import Api
from millgate.snapshot.upstreams import HTTP_PREFIX

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from millgate.control.catalogue.models import Upstream


def upstream_users(upstream: Upstream) -> QuerySet[Api]:
    """The APIs that an HTTP upstream answers, in any of their revisions."""
    name = HTTP_PREFIX + upstream.key
    return Api.objects.filter(Q(upstream=name) | Q(revisions__upstream=name)).distinct()


@recorded()
@transaction.atomic
def upstream_delete(*, upstream: Upstream) -> None:
    """Remove an HTTP upstream.

    Raises:
        ValidationError: it answers an API.
    """
    names = ", ".join(str(api) for api in upstream_users(upstream))
    if names:
        raise ValidationError(_("It answers %(names)s and stays."), params={"names": names})
    upstream.delete()
