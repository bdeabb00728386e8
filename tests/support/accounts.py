"""People who sign up and in, through Django's own client."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

from django.test import Client

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

    from millgate.control.accounts.models import Person

PASSWORD = "nine tall mills"
OTHER = "ten short chimneys"
SIGN_UP = {
    "first_name": "Una",
    "last_name": "Newcomer",
    "email": "una@example.com",
    "company": "Example Pumps",
    "password": PASSWORD,
    "again": PASSWORD,
}


def person_make(email: str = "dee@example.com", **members: Any) -> Person:
    """Somebody active, with the password of all made-up people."""
    from millgate.control.accounts.services import person_create  # noqa: PLC0415 - Django must be ready

    names = {"first_name": "Dee", "last_name": "Developer"}
    return person_create(email=email, password=PASSWORD, **names | members)


def sign_in(
    client: Client, email: str, password: str = PASSWORD, *, at: str = "/portal/sign-in/", **more: Any
) -> Response:
    """What the form with e-mail and password answers."""
    return client.post(at, {"username": email, "password": password} | more)


def signed_in_as(client: Client) -> str:
    """The user ID of whoever is signed in; empty for nobody."""
    answer = client.get("/portal/profile/")
    return answer.context["person"].user_id if answer.status_code == 200 else ""


def text_of(answer: Response) -> str:
    """The words of a page."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())))


def link_in_mail(address: str, kind: str) -> str:
    """The path of the link in the newest mail of a kind to an address."""
    from millgate.control.mail.models import Mail  # noqa: PLC0415 - Django must be ready

    mail = Mail.objects.filter(address=address, kind=kind).latest("pk")
    found = re.search(r"http://testserver(/\S+)", mail.text)
    assert found, mail.text
    return found[1]


def mails_to(address: str) -> list[str]:
    """The kinds of the mails to an address, oldest first."""
    from millgate.control.mail.models import Mail  # noqa: PLC0415 - Django must be ready

    return list(Mail.objects.filter(address=address).order_by("pk").values_list("kind", flat=True))
