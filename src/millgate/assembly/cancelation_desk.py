"""Cancelling what is in a plant on behalf of pages, on a connection that lives as long as one change."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from millgate.assembly.plants import open_plant
from millgate.plant.writing import cancelations
from millgate.plant.writing.cancelation_desk import PlantUnanswered
from millgate.plant.writing.work import WriteContext
from millgate.stores.ports import ColumnFailed, ConnectTimedOut, QueryTimedOut, StoreUnreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from millgate.core.clock import Clock
    from millgate.core.settings import Settings
    from millgate.plant.writing.cancelation_desk import OnBehalf
    from millgate.plant.writing.cancelations import Cancelation, Decision, Stopped
    from millgate.stores.ports import Work

_T = TypeVar("_T")


class LiveCancelationDesk:
    """Fills `cancelation_desk.CancelationDesk` with the plants of an installation.

    Args:
        settings: where they are, and how long statements may take.
        clock: tells when.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock

    def look(self, behalf: OnBehalf, cancelation: Cancelation) -> Decision:
        """As `cancelation_desk.CancelationDesk.look`."""
        return self._done(behalf, partial(cancelations.look, cancelation=cancelation))

    def cancel(self, behalf: OnBehalf, cancelation: Cancelation) -> Decision:
        """As `cancelation_desk.CancelationDesk.cancel`."""
        return self._done(behalf, partial(cancelations.cancel, cancelation=cancelation))

    def reinstate(
        self, behalf: OnBehalf, cancelation: Cancelation, stopped: Iterable[Stopped]
    ) -> tuple[Stopped, ...]:
        """As `cancelation_desk.CancelationDesk.reinstate`."""
        given = tuple(stopped)
        return self._done(behalf, partial(cancelations.reinstate, cancelation=cancelation, stopped=given))

    def _done(self, behalf: OnBehalf, work: Callable[[WriteContext], Work[_T]]) -> _T:
        """What work comes to in the plant of the tier.

        Raises:
            PlantUnanswered: nobody knows.
        """

        async def done() -> _T:
            plant = open_plant(self._settings, behalf.tier)
            try:
                context = self._context(behalf, plant.dialect)
                return await plant.transact(lambda: work(context), self._settings.query_seconds)
            finally:
                plant.close()

        try:
            return asyncio.run(done())
        except (QueryTimedOut, ConnectTimedOut, StoreUnreachable, ColumnFailed) as failed:
            raise PlantUnanswered(str(failed)) from failed

    def _context(self, behalf: OnBehalf, dialect: str) -> WriteContext:
        return WriteContext(
            pcn=behalf.pcn,
            application=behalf.application,
            account=behalf.account,
            source_address=behalf.source_address,
            request_id=behalf.request_id,
            now=self._clock.utc(),
            dialect=dialect,
            current=_not_shown,
        )


def _not_shown(_key: object) -> Work[str | None]:
    yield from ()
    return None
