"""Mails beside the calls: one process of an installation sends what waits, and writes what is due."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from datetime import UTC, datetime
from functools import partial
from threading import Event, Thread
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

import structlog

from millgate.stores.ports import Notice

if TYPE_CHECKING:
    import uuid
    from collections.abc import Callable

    from millgate.assembly.pages import Pages
    from millgate.assembly.secret_watch import Ending
    from millgate.control.mail.outbox import Trouble, Turn

T = TypeVar("T")
MAIL_SECONDS: Final = 1.0
"""How often mails that are due are looked for."""

_log = structlog.get_logger("millgate.assembly")


class Watching(Protocol):
    """What the mail room needs of the machine."""

    async def watch(self) -> list[Ending]:
        """The secrets in use that are about to expire."""
        ...

    def notify(self, notice: Notice) -> None:
        """Tell administrators."""
        ...


class MailRoom:
    """Sends and writes mails, each time on a thread of its own: a slow mail server keeps nobody waiting."""

    def __init__(self, machine: Watching, pages: Pages) -> None:
        self._machine = machine
        self._pages = pages
        self._ended = Event()
        self._quotas_after: uuid.UUID | None = None

    async def send(self) -> None:
        """Send what is due. When the process ends, the mail under way is the last."""
        await self._pages.ready()
        try:
            turn = await on_own_thread(partial(_send, lambda: not self._ended.is_set()))
        except asyncio.CancelledError:
            self._ended.set()
            raise
        if turn.sent or turn.later or turn.failed:
            _log.info("mails_sent", sent=turn.sent, later=turn.later, failed=turn.failed)
        for trouble in turn.troubles:
            self._machine.notify(notice_of(trouble, _now()))

    async def tidy(self) -> None:
        """Drop old mails."""
        await self._pages.ready()
        await on_own_thread(_tidy)

    async def watch(self) -> None:
        """Tell people of secrets that are about to expire, and of quotas that are nearly used up."""
        ending = await self._machine.watch()
        await self._pages.ready()
        self._quotas_after = await on_own_thread(partial(_tell, ending, self._quotas_after))


def notice_of(trouble: Trouble, now: float) -> Notice:
    """What administrators read of a mail that did not leave. Alike troubles are one notice, counted."""
    what = "A mail was given up" if trouble.given_up else "Mails do not leave"
    return Notice(
        at=now,
        kind="mail",
        subject=f"{what}: {trouble.why}"[:200],
        text=(
            f"The last was no. {trouble.number} ({trouble.kind}) to {trouble.recipient}. "
            "Under Mail in the console it can be sent again once the cause is gone."
        ),
    )


async def on_own_thread(do: Callable[[], T]) -> T:
    """What something gives that runs on a thread of its own, which an ending process does not wait for."""
    future: Future[T] = Future()
    future.set_running_or_notify_cancel()  # from here on it cannot be cancelled, only left alone

    def run() -> None:
        try:
            given = do()
        except BaseException as wrong:  # noqa: BLE001 - handed to whoever waits
            future.set_exception(wrong)
        else:
            future.set_result(given)

    Thread(target=run, name="mail", daemon=True).start()
    return await asyncio.wrap_future(future)


# On the thread. Django reads the settled environment, so it is imported here.


def _send(going: Callable[[], bool]) -> Turn:
    from django.db import connections  # noqa: PLC0415 - as above

    from millgate.control.mail.outbox import outbox_turn  # noqa: PLC0415 - as above

    try:
        return outbox_turn(going=going)
    finally:
        connections.close_all()


def _tidy() -> None:
    from django.conf import settings  # noqa: PLC0415 - as above
    from django.db import connections  # noqa: PLC0415 - as above

    from millgate.control.mail.services import mails_tidy  # noqa: PLC0415 - as above

    try:
        mails_tidy(now=settings.CLOCK.utc())
    finally:
        connections.close_all()


def _tell(ending: list[Ending], after: uuid.UUID | None) -> uuid.UUID | None:
    from django.db import connections  # noqa: PLC0415 - as above

    from millgate.control.clients.mails import secret_ending_tell  # noqa: PLC0415 - as above
    from millgate.control.console.quotas import quotas_look  # noqa: PLC0415 - as above

    try:
        for item in ending:
            expires_at = datetime.fromtimestamp(item.expires_at, UTC)
            secret_ending_tell(secret=int(item.key), days=item.days, expires_at=expires_at)
        return quotas_look(after=after)
    finally:
        connections.close_all()


def _now() -> float:
    from django.conf import settings  # noqa: PLC0415 - as above

    now: float = settings.CLOCK.now()
    return now
