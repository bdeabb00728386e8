"""Signing keys in the course of time: one process of an installation looks after them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import structlog

if TYPE_CHECKING:
    from millgate.assembly.pages import Pages
    from millgate.control.publish.signing import Turn

LOOK_SECONDS: Final = 60.0
"""How often what is due is looked for."""

_log = structlog.get_logger("millgate.assembly")


class KeyKeeper:
    """Rotates the keys when the settings say so, and drops those that nobody needs any more."""

    def __init__(self, pages: Pages, *, days: int) -> None:
        self._pages = pages
        self._days = days

    async def turn(self) -> None:
        """Do what is due. A failure changes nothing, and the next turn tries again."""
        await self._pages.ready()
        # Without the caller's context: it holds Django's connections of the thread that started the server.
        done = await asyncio.get_running_loop().run_in_executor(None, self._turn)
        if done and done.succession:
            signs, follows = done.succession.signs.kid, done.succession.follows.kid
            _log.info("signing_key_rotated", signs=signs, follows=follows)
        if done and done.dropped:
            _log.info("signing_keys_dropped", kids=list(done.dropped))

    def _turn(self) -> Turn | None:
        from django.db import connections  # noqa: PLC0415 - Django reads the settled environment

        from millgate.control.publish.signing import signing_keys_turn  # noqa: PLC0415 - as above

        try:
            return signing_keys_turn(days=self._days)
        finally:
            connections.close_all()
