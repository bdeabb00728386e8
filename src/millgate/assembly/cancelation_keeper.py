"""Cancelations that a killed process left between two databases are brought to their end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import structlog

if TYPE_CHECKING:
    from millgate.assembly.pages import Pages

LOOK_SECONDS: Final = 10.0
"""How often what was left behind is looked for."""

_log = structlog.get_logger("millgate.assembly")


class CancelationKeeper:
    """Finishes what was left behind, also what others are just about: that does no harm."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    async def turn(self) -> None:
        """Finish what there is; what cannot be finished now is tried again at the next turn."""
        await self._pages.ready()
        # Without the caller's context: it holds Django's connections of the thread that started the server.
        found = await asyncio.get_running_loop().run_in_executor(None, self._turn)
        if found:
            _log.info("cancelations_left_behind", count=found)

    def _turn(self) -> int:
        from django.db import connections  # noqa: PLC0415 - Django reads the settled environment

        from millgate.control.actions.cancelations.finishing import (  # noqa: PLC0415 - as above
            left_behind_finish,
        )

        try:
            return left_behind_finish()
        finally:
            connections.close_all()
