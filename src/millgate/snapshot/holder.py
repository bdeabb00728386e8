"""The holder: the one name below the pages that changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from millgate.snapshot.model import Snapshot


class Holder:
    """Keeps the snapshot in force. Readers take `current` once per request and carry it."""

    def __init__(self, first: Snapshot) -> None:
        self.current = first

    def swap(self, newer: Snapshot) -> bool:
        """Put a newer snapshot in force; False when it is the same version."""
        if newer.version == self.current.version:
            return False
        self.current = newer
        return True
