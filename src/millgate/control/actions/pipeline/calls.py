"""What passes between the pipeline and the actions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from millgate.control.actions.registry import statuses

if TYPE_CHECKING:
    from datetime import datetime

    from millgate.control.accounts.models import Person
    from millgate.control.actions.models import Application, Session
    from millgate.control.actions.registry.model import Route, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A request as it came.

    Attributes:
        verb: its method.
        address: its path.
        content_type: the header; empty for none.
        body: at most as long as the pages take.
        query: behind the question mark.
        caller: the address of whoever calls, as the server believes it.
        user_agent: as the caller says it.
        request_id: names it in logs.
    """

    verb: str
    address: str
    content_type: str = ""
    body: bytes = b""
    query: str = ""
    caller: str = ""
    user_agent: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionCall:
    """A call that passed every check: what an action is given.

    Attributes:
        route: what was called.
        params: what was given, by name; of the types that the registry declares, members in mappings.
        application: that it is made in; None where the route is anonymous and names none.
        session: whose token it was; None for an application's token, and where there is none.
        person: of the session, or the service account as which an application acts by itself.
        role: as what the caller acts, as in `employee`; `user` for a person without a record that counts.
        now: by the clock of the product, in whole seconds.
        caller, user_agent, request_id: as in `Incoming`.
    """

    route: Route
    params: Mapping[str, Any]
    application: Application | None
    session: Session | None
    person: Person | None
    role: str
    now: datetime
    caller: str = ""
    user_agent: str = ""
    request_id: str = ""

    @property
    def view(self) -> str:
        """How records are to be shown."""
        return str(self.params.get("view") or "default")

    @property
    def user(self) -> Person:
        """On whose behalf it is.

        Raises:
            Refused: it is an application's that has no service account.
        """
        if self.person is None:
            slug = self.application.slug if self.application else "The application"
            raise Refused(
                statuses.PERMISSION_DENIED,
                f"{slug} acts as nobody; an administrator can give it a service account.",
            )
        return self.person

    @property
    def by(self) -> str:
        """Who acts, for a record: the name of the person, or that of the application."""
        if self.session is not None:
            return self.session.person.get_full_name() or self.session.person.email
        return self.application.name if self.application else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What an action came to.

    Attributes:
        data: of the envelope: mappings, sequences, texts, numbers, and moments.
        count: how many records there are on all pages, where an index was asked.
        message: for people; the one of success unless given.
        session, person: where the action made or changed what the envelope shows.
        application: likewise.
        record: type and id of what was written, for whoever looks into a mail that failed.
    """

    data: Any = None
    count: int | None = None
    message: str = ""
    session: Session | None = None
    application: Application | None = None
    record: tuple[str, str] = ("", "")


Handler: TypeAlias = Callable[[ActionCall], Outcome]
Handlers: TypeAlias = Mapping[str, Handler]


@dataclass(slots=True)
class Refused(Exception):  # noqa: N818 - what happened, as it is told
    """A call is answered with a status other than success.

    Attributes:
        status: of the registry.
        message: says what to do.
        headers: besides the usual ones.
        data: of the envelope.
    """

    status: Status
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)
    data: Any = None

    def __str__(self) -> str:
        return f"{self.status.slug}: {self.message}"
