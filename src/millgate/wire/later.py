"""An answer that comes by itself: whoever asked is called when it is there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator
from typing import Any, TypeAlias

from millgate.wire.messages import Response

Outcome: TypeAlias = Response | Awaitable[Response] | Exception
"""What became of it: the answer, what must be awaited for it all the same, or why there is none."""


class Later:
    """An answer for which nobody has to wait.

    A coroutine that waits for a future needs a task, and each of them turns of the event loop, which cost
    more than handing a small answer on. What is to be done with this one is told beforehand, and done when
    it comes; it can be awaited as well.
    """

    __slots__ = ("_outcome", "_steps", "_tell")

    def __init__(self) -> None:
        self._outcome: Outcome | None = None
        self._steps: list[Callable[[Outcome], Outcome]] = []
        self._tell: Callable[[Outcome], None] | None = None

    def then(self, step: Callable[[Outcome], Outcome]) -> Later:
        """Have something made of the outcome, behind the steps that were given before."""
        self._steps.append(step)
        return self

    def tell(self, listener: Callable[[Outcome], None]) -> None:
        """Call this when it is there; of several the last is called."""
        self._tell = listener

    def settle(self, outcome: Outcome) -> None:
        """It is there: take all steps, and tell who listens. What a step raises is the outcome behind it."""
        for step in self._steps:
            try:
                outcome = step(outcome)
            except Exception as wrong:  # noqa: BLE001 - handed to whoever asked
                outcome = wrong
        self._outcome = outcome
        if self._tell is not None:
            self._tell(outcome)

    def __await__(self) -> Generator[Any, None, Response]:
        if self._outcome is None:
            there = asyncio.get_running_loop().create_future()
            self.tell(lambda _: None if there.done() else there.set_result(None))
            yield from there
        outcome = self._outcome
        if isinstance(outcome, Response):
            return outcome
        if outcome is None or isinstance(outcome, Exception):
            raise outcome or RuntimeError
        return (yield from outcome.__await__())
