"""What is asked for, and on whose behalf."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from millgate.snapshot.document import PRODUCTION

if TYPE_CHECKING:
    from millgate.control.accounts.models import Company, Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """On whose behalf something is done.

    Attributes:
        person: who.
        company: in which they act; what is of others is not there for them.
        application: the slug of the application that it is done in.
    """

    person: Person
    company: Company
    application: str

    @property
    def name(self) -> str:
        """Who they are, for people."""
        return self.person.get_full_name() or self.person.email


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelAsked:
    """What is to be cancelled and why. An empty text was not sent."""

    cancelable_type: str
    cancelable_id: str
    key: str = ""
    tier: str = PRODUCTION
    reason_id: int | None = None
    reason_slug: str = ""
    reason_text: str = ""
    reason_note: str = ""
    canceled_at: str = ""
    canceled_by: str = ""
    canceled_in: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeAsked:
    """What of a cancelation is to be another. None was not sent; an empty note takes the note away."""

    cancelable_type: str | None = None
    cancelable_id: str | None = None
    key: str | None = None
    reason_id: int | None = None
    reason_slug: str | None = None
    reason_text: str | None = None
    reason_note: str | None = None
    canceled_at: str | None = None
    canceled_by: str | None = None
    canceled_in: str | None = None
    reinstated_at: str | None = None
    reinstated_by: str | None = None
    reinstated_note: str | None = None
    active: bool | None = None
