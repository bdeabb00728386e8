"""What people do with what machines told."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from millgate.control.usage.models import Notice


def notice_mark_read(*, notice: Notice, now: float) -> None:
    """Mark a notice as read, until it happens again."""
    notice.read_at = max(now, notice.last_seen)
    notice.save(update_fields=["read_at"])
