"""Answers that are held back on purpose: a bounded time, and a bounded number of them at once."""

from __future__ import annotations

import asyncio
from typing import Final

MOST_HELD: Final = 100
"""How many answers one process holds back at once; a further one goes out without delay."""


class Delays:
    """Holds answers back.

    Attributes:
        held: how many are held back now.
    """

    def __init__(self, most: int = MOST_HELD) -> None:
        self._most = most
        self.held = 0

    async def hold(self, seconds: float) -> bool:
        """Wait; whether there was room to."""
        if seconds <= 0 or self.held >= self._most:
            return False
        self.held += 1
        try:
            await asyncio.sleep(seconds)
        finally:
            self.held -= 1
        return True
