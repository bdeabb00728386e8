"""What is written in one turn of the event loop goes out together, in its order, and nothing is held longer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

from millgate.wire.http1.outlet import Outlet
from millgate.wire.outbox import Outbox

if TYPE_CHECKING:
    from collections.abc import Callable


class Sent:
    """A transport that tells what it was asked to do."""

    def __init__(self, told: list[str], name: str = "") -> None:
        self.told = told
        self.name = name
        self.closing = False

    def write(self, data: bytes) -> None:
        self.told.append(f"{self.name}{data.decode()}")

    def write_eof(self) -> None:
        self.told.append("eof")

    def close(self) -> None:
        self.closing = True
        self.told.append("close")

    abort = close

    def is_closing(self) -> bool:
        return self.closing

    def get_write_buffer_size(self) -> int:
        return 0


def turn(do: Callable[[Outbox, list[str]], None]) -> tuple[list[str], list[str]]:
    """What was sent within a turn, and behind it."""

    async def main() -> tuple[list[str], list[str]]:
        told: list[str] = []
        do(Outbox(asyncio.get_running_loop()), told)
        within = told.copy()
        await asyncio.sleep(0)
        return within, told[len(within) :]

    return asyncio.run(main())


def transport(told: list[str], name: str = "") -> asyncio.Transport:
    return cast("asyncio.Transport", Sent(told, name))


def outlet(outbox: Outbox, told: list[str]) -> Outlet:
    return Outlet(transport(told), outbox, lambda: 0.0, 1.0)


def test_messages_go_out_at_the_end_of_the_turn_in_their_order() -> None:
    def do(outbox: Outbox, told: list[str]) -> None:
        one, other = transport(told, "one "), transport(told, "other ")
        for number, given in enumerate((one, other, one)):
            assert outbox.put(given, b"%d" % number) == outbox.turn

    assert turn(do) == ([], ["one 0", "other 1", "one 2"])


def test_what_is_flushed_is_sent_once_and_another_turn_begins() -> None:
    def do(outbox: Outbox, told: list[str]) -> None:
        waits = outbox.put(transport(told), b"1")
        outbox.flush()
        assert waits != outbox.turn
        outbox.put(transport(told), b"2")

    assert turn(do) == (["1"], ["2"])


def test_a_connection_that_is_being_closed_gets_nothing_and_the_others_do() -> None:
    def do(outbox: Outbox, told: list[str]) -> None:
        gone = transport([])
        gone.abort()
        outbox.put(gone, b"1")
        outbox.put(transport(told), b"2")

    assert turn(do) == ([], ["2"])


def test_nothing_overtakes_an_answer_that_waits() -> None:
    def after(then: Callable[[Outlet], Any]) -> list[str]:
        def do(outbox: Outbox, told: list[str]) -> None:
            way = outlet(outbox, told)
            way.write_soon(b"answer")
            assert told == []
            then(way)

        return turn(do)[0]

    assert after(lambda way: way.write(b"piece")) == ["answer", "piece"]
    assert after(lambda way: way.say_all()) == ["answer", "eof"]
    assert after(lambda way: way.break_off()) == ["answer", "close"]
    assert after(lambda way: way.close().send(None)) == ["answer", "close"]
    assert after(lambda way: way.write_soon(b"next")) == ["answer"], "no more than one message waits"
