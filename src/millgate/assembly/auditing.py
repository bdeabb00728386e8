"""Old entries of the audit log go, where the settings say so: one process of an installation sees to it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import structlog

if TYPE_CHECKING:
    from millgate.assembly.pages import Pages

LOOK_SECONDS: Final = 3600.0
"""How often old entries are looked for."""

_log = structlog.get_logger("millgate.assembly")


class AuditKeeper:
    """Drops entries that are older than the settings say."""

    def __init__(self, pages: Pages, *, days: int) -> None:
        self._pages = pages
        self._days = days

    async def turn(self) -> None:
        """Drop what is old. A failure drops less, and the next turn tries again."""
        await self._pages.ready()
        # Without the caller's context: it holds Django's connections of the thread that started the server.
        dropped = await asyncio.get_running_loop().run_in_executor(None, self._turn)
        if dropped:
            _log.info("audit_entries_dropped", count=dropped, days=self._days)

    def _turn(self) -> int:
        from django.db import connections  # noqa: PLC0415 - Django reads the settled environment

        from millgate.control.audit.services import entries_drop  # noqa: PLC0415 - as above

        try:
            return entries_drop(days=self._days)
        finally:
            connections.close_all()
