"""Following publications: the newest stored version comes into force in this process."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec
import structlog

from millgate.assembly.collecting import building_much
from millgate.snapshot.build import build_serving
from millgate.snapshot.document import Document
from millgate.snapshot.holder import Holder
from millgate.snapshot.reading import VersionReader

if TYPE_CHECKING:
    from millgate.snapshot.answering import Targets
    from millgate.snapshot.model import Snapshot
    from millgate.stores.ports import Versions

_log = structlog.get_logger("millgate.assembly")


class Follower:
    """Looks for a newer version when asked, and swaps it in.

    Attributes:
        holder: what the planes read.
        number: the version in force; 0 before the first.
    """

    def __init__(self, versions: Versions, targets: Targets) -> None:
        self._versions = versions
        self._targets = targets
        self._reader = VersionReader()
        self._turn = asyncio.Lock()
        self._seen = 0
        self.holder = Holder(build_serving(Document(), targets)[0])
        self.number = 0
        self.refresh()

    def refresh(self) -> bool:
        """Take up the newest version; True when it changed what is in force.

        A version that this release cannot read leaves the old one in force, and is logged once.
        """
        number = self._versions.latest()
        return number != self._seen and self._take(number, self._build(number))

    async def follow(self) -> bool:
        """As `refresh`, while calls go on: a thread builds, and the event loop only swaps.

        Of several at a time the later ones wait, and find nothing left to do.
        """
        async with self._turn:
            number = self._versions.latest()
            if number == self._seen:
                return False
            return self._take(number, await asyncio.to_thread(self._build_beside_calls, number))

    def _build_beside_calls(self, number: int) -> Snapshot | None:
        with building_much():
            return self._build(number)

    def _build(self, number: int) -> Snapshot | None:
        try:
            snapshot, faults = self._reader.read(self._versions.load(number), self._targets)
        except (LookupError, msgspec.MsgspecError) as wrong:
            _log.error("version_unreadable", number=number, why=str(wrong))
            return None
        for where, whys in faults.items():
            _log.error("version_faulty", number=number, where=where, whys=whys)
        return snapshot

    def _take(self, number: int, snapshot: Snapshot | None) -> bool:
        self._seen = number
        if snapshot is None:
            return False
        self.number = number
        _log.info("version_in_force", number=number, version=snapshot.version)
        return self.holder.swap(snapshot)
