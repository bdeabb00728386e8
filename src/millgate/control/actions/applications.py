"""Applications: their tokens, and as what somebody acts in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from millgate.control.accounts.models import Hat
from millgate.control.actions.models import Application
from millgate.control.actions.registry.model import RECORDS
from millgate.control.actions.sessions import now
from millgate.control.actions.tokens import digest_of, token_new
from millgate.control.audit.collecting import recorded
from millgate.core.secrets import Secret

if TYPE_CHECKING:
    from collections.abc import Sequence

    from millgate.control.accounts.models import Person

BUILT_IN: Final = {
    "planoauth": ("Planoauth", ("employee", "liaison", "client")),
    "planoorder": ("Planoorder", ("client", "liaison", "employee")),
    "planox2": ("Planox2", ("client", "employee", "liaison")),
}
"""By slug: name, and the order in which the roles of a user are admitted."""


@dataclass(frozen=True, slots=True)
class Standing:
    """As what somebody can act in an application.

    Attributes:
        records: the roles that they have records of, in the order of the registry.
        role: the first that the application admits; empty for none.
    """

    records: tuple[str, ...]
    role: str


def standing_of(person: Person, application: Application) -> Standing:
    """As what a person acts in an application, by their records as they are now."""
    held = set(Hat.objects.filter(person=person).values_list("kind", flat=True))
    records = tuple(role.value for role in RECORDS if role.value in held)
    admitted = (role for role in application.roles if role in records)
    return Standing(records, next(admitted, ""))


def application_of(slug: str) -> Application | None:
    """The active application of a slug."""
    return Application.objects.filter(slug=slug, active=True).first()


def application_find(token: str) -> Application | None:
    """The active application of a token."""
    rows = Application.objects.select_related("account__company")
    return rows.filter(token_digest=digest_of(token), active=True).first()


@recorded()
def application_token_rotate(application: Application) -> Secret:
    """Give an application a new token, which is shown only now. The one before works no more."""
    token = token_new()
    application.token_digest, application.token_made_at = digest_of(token), now()
    application.save(update_fields=["token_digest", "token_made_at"])
    return Secret(token)


@recorded()
def application_token_revoke(application: Application) -> None:
    """Take the token from an application."""
    application.token_digest, application.token_made_at = None, None
    application.save(update_fields=["token_digest", "token_made_at"])


@recorded()
def application_account_set(application: Application, account: Person | None) -> None:
    """Say as which service account an application acts by itself; None for none.

    Raises:
        ValidationError: it is the account of a person.
    """
    if account is not None and not account.is_service_account:
        raise ValidationError({"account": _("Choose a service account: a person signs in.")})
    application.account = account
    application.save(update_fields=["account"])


@recorded()
def application_set(application: Application, *, name: str, roles: Sequence[str], active: bool) -> None:
    """Change what an application is called, which roles it admits in which order, and whether it works.

    Raises:
        ValidationError: the name is too long, or a role is none or stands twice.
    """
    unknown = [role for role in roles if role not in RECORDS]
    if unknown or len(set(roles)) != len(roles):
        raise ValidationError({"roles": _("Name each of client, employee and liaison once at most.")})
    application.name, application.roles, application.active = name, list(roles), active
    application.full_clean()
    application.save()
