"""The first start: what must stand before anybody can sign in, call, or publish."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _

from millgate.control.accounts.selectors import administrator_exists
from millgate.control.accounts.services import person_create, roles_ensure
from millgate.control.audit.collecting import recorded
from millgate.control.catalogue.models import Api, Operation
from millgate.control.catalogue.services import api_put, description_fill, operations_add
from millgate.control.clients.signing_keys import signing_keys_ensure
from millgate.control.publish.selectors import operations_ever_published, version_newest
from millgate.control.publish.services import directory_change, publication_make
from millgate.core.secrets import Secret, new_password

if TYPE_CHECKING:
    from collections.abc import Iterable

    from millgate.control.accounts.models import Person
    from millgate.describe import model

BY: Final = "installation"
ADMINISTRATOR: Final = "admin@localhost"


def installation_ensure(*, apis: Iterable[model.Api]) -> None:
    """Signing keys, built-in roles and built-in APIs, published if nothing is. Harmless when repeated.

    A built-in API that is new in this release waits as a draft when something is published already. So does
    an operation that is new in a built-in API, and what one did not say of its answers. An operation that was
    published before and taken away stays away.
    """
    with recorded(by=BY):
        _ensure(apis)


def _ensure(apis: Iterable[model.Api]) -> None:
    signing_keys_ensure()
    roles_ensure()
    standing = set(Api.objects.values_list("key", flat=True))
    for api in apis:
        if api.key not in standing:
            api_put(api)
        else:
            operations_add(key=api.key, operations=_operations_new(api))
            description_fill(api)
    if version_newest() is None:
        publication_make(by=BY, note=_("First start"))
    else:
        with directory_change(by=BY):
            pass


def _operations_new(api: model.Api) -> list[model.Operation]:
    """The operations that neither stand nor were ever published."""
    standing = set(Operation.objects.filter(api__key=api.key).values_list("key", flat=True))
    missing = [item for item in api.operations if item.key not in standing]
    if not missing:
        return []
    known = operations_ever_published(api.key)
    return [item for item in missing if item.key not in known]


def administrator_ensure(
    *, email: str = ADMINISTRATOR, first_name: str = "First", last_name: str = "Administrator"
) -> tuple[Person, Secret] | None:
    """Create an administrator when there is none; returns them with their password, shown only here."""
    if administrator_exists():
        return None
    password = new_password()
    with directory_change(by=BY):
        person = person_create(
            email=email,
            password=password,
            first_name=first_name,
            last_name=last_name,
            is_staff=True,
            is_superuser=True,
        )
    return person, Secret(password)
