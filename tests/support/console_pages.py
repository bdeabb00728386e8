"""Pages of the console through Django's own client."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from django.test import Client
from django.urls import reverse

if TYPE_CHECKING:
    from django.db.models import Model
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

    from millgate.control.accounts.models import Person


def administrator() -> Client:
    """An administrator with every right, signed in."""
    from millgate.control.accounts.services import person_create  # noqa: PLC0415 - Django must be ready

    return signed_in(person_create(email="ada@example.com", is_staff=True, is_superuser=True))


def helper(*rights: str) -> Client:
    """An administrator with these rights alone, such as `change_api`, signed in."""
    from django.contrib.auth.models import Permission  # noqa: PLC0415 - Django must be ready

    from millgate.control.accounts.services import person_create  # noqa: PLC0415 - Django must be ready

    person = person_create(email="help@example.com", is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__in=rights))
    return signed_in(person)


def signed_in(person: Person) -> Client:
    """A client as which somebody has signed in."""
    client = Client()
    client.force_login(person)
    return client


def page(row: Model, kind: str = "change") -> str:
    """The address of a row's page."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{kind}", args=(row.pk,))


def act(client: Client, row: Model, name: str, **data: str) -> Response:
    """Press the button of an act."""
    address = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_act", args=(row.pk, name))
    return client.post(address, data, follow=True)


def filled(client: Client, address: str, **changes: str) -> dict[str, str]:
    """What a browser would send back from a form, with some fields filled in differently."""
    context = client.get(address).context
    formsets = [item.formset for item in context["inline_admin_formsets"]]
    forms = [context["adminform"].form, *(item.management_form for item in formsets)]
    data: dict[str, str] = {}
    for part in [*forms, *(form for formset in formsets for form in formset)]:
        for field in part:
            value = field.value()
            if value is not None and value is not False:
                data[field.html_name] = value
    return data | changes


def publish(client: Client, **data: str) -> Response:
    """Look at what would be published, and publish it."""
    seen = client.get("/console/publishing/").context["seen"]
    return client.post("/console/publishing/", {"seen": seen, **data}, follow=True)


def text(response: Response) -> str:
    """What can be read on a page."""
    return html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode()))
