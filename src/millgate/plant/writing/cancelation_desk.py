"""Where pages cancel and reinstate what is in a plant; the assembly fills it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import msgspec

from millgate.plant.writing.cancelations import Cancelation, Decision, Stopped


class PlantUnanswered(Exception):  # noqa: N818 - what happened, as it is told
    """The plant gave no answer in time: nobody knows whether it did what it was asked."""


class OnBehalf(msgspec.Struct, frozen=True, kw_only=True):
    """For whom a plant is changed, and from where; the plant's audit trail has it.

    Attributes:
        tier: which plant.
        pcn: the company; nothing of another one is seen or changed.
        application: through which application.
        account: who, by user ID.
        source_address: from where.
        request_id: which the answer carries.
    """

    tier: str
    pcn: int
    application: str
    account: str
    source_address: str
    request_id: str


class CancelationDesk(Protocol):
    """Cancels and reinstates, each in one transaction of the plant. May be asked from any thread."""

    def look(self, behalf: OnBehalf, cancelation: Cancelation) -> Decision:
        """As `cancelations.look`.

        Raises:
            PlantUnanswered: nothing is known, and nothing was changed.
        """
        ...

    def cancel(self, behalf: OnBehalf, cancelation: Cancelation) -> Decision:
        """As `cancelations.cancel`.

        Raises:
            PlantUnanswered: it may have been decided, or not; asking again tells.
        """
        ...

    def reinstate(
        self, behalf: OnBehalf, cancelation: Cancelation, stopped: Iterable[Stopped]
    ) -> tuple[Stopped, ...]:
        """As `cancelations.reinstate`.

        Raises:
            PlantUnanswered: it may have been done, or not; asking again does it once.
        """
        ...
