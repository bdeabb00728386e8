"""The home: which file holds what, what of it machines open, and who serves it."""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from millgate.snapshot.document import PRODUCTION, TEST

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from millgate.core.settings import Settings


@dataclass(frozen=True, slots=True)
class Home:
    """The files of one installation."""

    control: Path
    usage: Path
    tokens: Path
    plants: dict[str, Path]
    demo_env: Path

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The files in the home that the settings name."""
        home = settings.home
        return cls(
            control=home / "control.db",
            usage=home / "usage.db",
            tokens=home / "tokens.db",
            plants={PRODUCTION: home / "plant.db", TEST: home / "plant_test.db"},
            demo_env=home / "demo.env",
        )


class HomeTaken(Exception):  # noqa: N818 - what happened, as it is told
    """Another process serves this home."""


@contextmanager
def held(home: Path) -> Iterator[None]:
    """Hold a home for this process and the workers that it forks.

    The system lets go of it when the last of them has ended, however they end.

    Two processes on one home would each count calls for themselves, and overwrite each other's counts.

    Raises:
        HomeTaken: another process holds it.
        OSError: it cannot be made or written.
    """
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (home / "serving.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise HomeTaken(f"Another process serves {home}. End it, or choose another --home.") from None
        yield
