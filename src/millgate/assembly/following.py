"""Following publications: the newest stored version comes into force in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import structlog

from millgate.snapshot.build import build_serving
from millgate.snapshot.document import Document, decode
from millgate.snapshot.holder import Holder

if TYPE_CHECKING:
    from millgate.snapshot.build import Targets
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
        self.holder = Holder(build_serving(Document(), targets)[0])
        self.number = 0
        self.refresh()

    def refresh(self) -> bool:
        """Take up the newest version; True when it changed what is in force.

        A version that this release cannot read leaves the old one in force, and is logged once.
        """
        number = self._versions.latest()
        if number == self.number:
            return False
        self.number = number
        try:
            document = decode(self._versions.load(number))
        except (LookupError, msgspec.MsgspecError) as wrong:
            _log.error("version_unreadable", number=number, why=str(wrong))
            return False
        snapshot, faults = build_serving(document, self._targets)
        for where, whys in faults.items():
            _log.error("version_faulty", number=number, where=where, whys=whys)
        _log.info("version_in_force", number=number, version=snapshot.version)
        return self.holder.swap(snapshot)
