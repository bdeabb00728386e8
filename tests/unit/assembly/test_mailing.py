"""What the first worker does with mails beside the calls, and what administrators hear of failures."""

from __future__ import annotations

import asyncio
from threading import Event, current_thread
from typing import TYPE_CHECKING, cast

import pytest

from millgate.assembly.mailing import MailRoom, notice_of, on_own_thread
from support.django_home import django_home

django_home()

if TYPE_CHECKING:
    from collections.abc import Callable

    from millgate.assembly.mailing import Watching
    from millgate.assembly.pages import Pages
    from millgate.assembly.secret_watch import Ending
    from millgate.control.mail.outbox import Trouble, Turn
    from millgate.stores.ports import Notice


class Told:
    """A machine with nothing to watch."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []

    async def watch(self) -> list[Ending]:
        return []

    def notify(self, notice: Notice) -> None:
        self.notices.append(notice)


class Ready:
    async def ready(self) -> None:
        pass


def room(machine: Told) -> MailRoom:
    return MailRoom(cast("Watching", machine), cast("Pages", Ready()))


def trouble(number: int, *, given_up: bool = True) -> Trouble:
    from millgate.control.mail.outbox import Trouble  # noqa: PLC0415 - Django must be set up before

    return Trouble(number, "test", "Mail arrives", "d…@example.com", "550 nobody here", given_up=given_up)


def test_a_failed_mail_is_told_with_its_number_and_without_its_address() -> None:
    one, other, late = (notice_of(trouble(n, given_up=n < 3), 5.0) for n in (1, 2, 3))
    assert (one.kind, one.subject) == ("mail", "A mail was given up: 550 nobody here")
    assert "no. 1 (test) to d…@example.com" in one.text
    assert other.subject == one.subject, "alike troubles are one notice, counted"
    assert late.subject == "Mails do not leave: 550 nobody here"


def test_troubles_of_a_turn_become_notices(monkeypatch: pytest.MonkeyPatch) -> None:
    from millgate.control.mail import outbox  # noqa: PLC0415 - Django must be set up before

    def turned(*, going: Callable[[], bool]) -> Turn:
        assert going()
        return outbox.Turn(sent=2, failed=1, troubles=[trouble(7)])

    monkeypatch.setattr(outbox, "outbox_turn", turned)
    machine = Told()
    asyncio.run(room(machine).send())
    assert [notice.kind for notice in machine.notices] == ["mail"]


def test_a_process_that_ends_waits_for_no_mail_server_and_begins_no_further_mail(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from millgate.control.mail import outbox  # noqa: PLC0415 - Django must be set up before

    under_way, ended, asked = Event(), Event(), []

    def turned(*, going: Callable[[], bool]) -> Turn:
        under_way.set()
        assert ended.wait(30)
        asked.append(going())
        under_way.clear()
        return outbox.Turn()

    async def end() -> None:
        sending = asyncio.create_task(room(Told()).send())
        assert await asyncio.to_thread(under_way.wait, 30)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        assert sending.cancelled(), "though the mail is still under way"
        ended.set()
        while not asked:  # noqa: ASYNC110 - the thread has no event of the loop
            await asyncio.sleep(0.001)

    monkeypatch.setattr(outbox, "outbox_turn", turned)
    asyncio.run(end())
    assert asked == [False]


def test_what_fails_on_the_thread_fails_for_who_waits() -> None:
    def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        asyncio.run(on_own_thread(fail))
    assert asyncio.run(on_own_thread(lambda: current_thread().daemon))
