"""What somebody who is signed in sees of their own applications, and of nobody else's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.db.models import Q

from millgate.control.clients.mending import Refused, refused_requests, refused_with_cause, token_sample
from millgate.control.clients.models import ClientApplication
from millgate.control.clients.standing import Secrets, secrets_of, secrets_standing

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

    from millgate.control.accounts.models import Person

MOST_LISTED: Final = 100


@dataclass(frozen=True, slots=True)
class OwnApplication:
    """An application, how its secrets are doing, and how many refused requests have a known cause."""

    application: ClientApplication
    secrets: Secrets
    refused: int


@dataclass(frozen=True, slots=True)
class OwnPage:
    """An application with its secrets, why it was refused lately, and a token request done right."""

    application: ClientApplication
    secrets: Secrets
    refused: list[Refused]
    sample: str


def applications(person: Person) -> list[OwnApplication]:
    """Those that the person looks after or that act as the person, by name."""
    rows = list(owned(person)[:MOST_LISTED])
    secrets, refused = secrets_of(rows), refused_with_cause(rows)
    return [OwnApplication(row, secrets[row.pk], refused.get(str(row.client_id), 0)) for row in rows]


def application(person: Person, client_id: UUID) -> OwnPage | None:
    """One of them; None when it is none of theirs."""
    row = owned(person).filter(client_id=client_id).first()
    if row is None:
        return None
    return OwnPage(row, secrets_standing(row), refused_requests(row), token_sample(row))


def alerts(person: Person) -> list[OwnApplication]:
    """Those of the person's applications that want to be looked at."""
    return [item for item in applications(person) if item.secrets.expiring or item.refused]


def owned(person: Person) -> QuerySet[ClientApplication]:
    """The applications that the person looks after or that act as the person."""
    mine = Q(owner=person) | Q(account=person)
    return ClientApplication.objects.filter(mine).select_related("company", "account")
