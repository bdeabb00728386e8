"""An answer that comes by itself: what is made of it, who is told, and that it can be awaited."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from millgate.wire.later import Later
from millgate.wire.messages import Response

if TYPE_CHECKING:
    from millgate.wire.later import Outcome

OK = Response(200)


def test_steps_are_taken_in_their_order_and_the_last_listener_is_told() -> None:
    later, told, others = Later(), list[object](), list[object]()
    later.then(lambda _: Response(201)).then(
        lambda outcome: Response(outcome.status + 1 if isinstance(outcome, Response) else 0)
    )
    later.tell(others.append)
    later.tell(told.append)
    later.settle(OK)

    assert told == [Response(202)]
    assert others == []


def test_what_a_step_raises_is_what_the_next_one_and_the_listener_see() -> None:
    later, told = Later(), list[object]()

    def fails(_: Outcome) -> Outcome:
        raise LookupError("x")

    def seen(outcome: Outcome) -> Outcome:
        told.append(str(outcome))
        return outcome

    later.then(fails).then(seen).tell(lambda outcome: told.append(type(outcome)))
    later.settle(OK)

    assert told == ["x", LookupError]


async def eventually() -> Response:
    await asyncio.sleep(0)
    return Response(204)


@pytest.mark.parametrize("before", [True, False])
def test_it_can_be_awaited_whatever_comes_of_it(before: bool) -> None:
    async def awaited(outcome: Outcome) -> Response:
        later = Later()
        if before:
            later.settle(outcome)
        else:
            asyncio.get_running_loop().call_soon(later.settle, outcome)
        return await later

    async def main() -> None:
        assert await awaited(OK) is OK
        assert (await awaited(eventually())).status == 204
        with pytest.raises(LookupError):
            await awaited(LookupError())

    asyncio.run(main())


def test_whoever_gave_up_awaiting_is_not_missed() -> None:
    async def main() -> None:
        later = Later()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(later, 0.001)
        later.settle(OK)
        assert await later is OK

    asyncio.run(main())
