"""Small values that cross rooms: who calls, instants, ids and spans of time as text."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

_DAY = 86400
_BYTES = [f"{number:02x}" for number in range(256)]

GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
"""What a GUID looks like; matched whole."""


@dataclass(frozen=True, slots=True)
class Principal:
    """On whose behalf a managed call reaches a backend.

    Attributes:
        application: the client id of the application that the token names.
        account: the key of the account (PUN) that the application acts as, or None if it has none.
        pcn: the company in which it acts.
        reads: the controllers that the account's roles open for reading.
        writes: the controllers that they open for writing.
    """

    application: str
    account: str | None
    pcn: int
    reads: frozenset[str]
    writes: frozenset[str]


def new_id() -> str:
    """A random GUID (version 4), lower case with dashes."""
    # As uuid.uuid4 does, in less than half the time: each token request needs one or two.
    digits = os.urandom(16).hex()
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


class RequestIds:
    """GUIDs for the calls that one process answers: a random beginning, and a number that goes up.

    They are unique and not secret. Every call gets one, and a random one takes twenty times as long.
    """

    def __init__(self) -> None:
        self.next: Callable[[], str] = self._numbered().__next__
        """An id that no other call has."""

    def _numbered(self) -> Iterator[str]:
        begin = new_id()[:-12]
        for number in itertools.count(int.from_bytes(os.urandom(4))):
            # Most of an id is written once for many.
            most = f"{begin}{number:010x}"
            for end in _BYTES:
                yield most + end


def instant(epoch: float) -> str:
    """An instant as RFC 3339 text in whole seconds, ending in Z."""
    return datetime.fromtimestamp(int(epoch), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def instant_spaced(epoch: float) -> str:
    """The form of the token service: `YYYY-MM-DD HH:MM:SSZ`."""
    return datetime.fromtimestamp(int(epoch), UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def span(seconds: int) -> str:
    """A span as `HH:MM:SS`, and as `D.HH:MM:SS` from one day on (the .NET "c" form)."""
    days, rest = divmod(seconds, _DAY)
    hours, rest = divmod(rest, 3600)
    minutes, rest = divmod(rest, 60)
    clock = f"{hours:02}:{minutes:02}:{rest:02}"
    return f"{days}.{clock}" if days else clock
