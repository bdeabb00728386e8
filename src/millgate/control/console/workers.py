"""Which version each worker serves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings

if TYPE_CHECKING:
    from millgate.stores.workers import WorkersStanding


def workers_standing(number: int) -> dict[str, Any] | None:
    """How many workers are on a version, and which are not; None where that cannot be said."""
    board = settings.WORKER_BOARD
    standing: WorkersStanding | None = board.standing() if board is not None else None
    if standing is None:
        return None
    return {
        "number": number,
        "on": standing.on(number),
        "expected": standing.expected,
        "lagging": standing.lagging(number),
        "silent": standing.silent(),
    }
