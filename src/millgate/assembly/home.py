"""The home: which file holds what, and what of it machines open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from millgate.snapshot.document import PRODUCTION, TEST

if TYPE_CHECKING:
    from pathlib import Path

    from millgate.core.settings import Settings


@dataclass(frozen=True, slots=True)
class Home:
    """The files of one installation."""

    control: Path
    usage: Path
    plants: dict[str, Path]
    demo_env: Path

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The files in the home that the settings name."""
        home = settings.home
        return cls(
            control=home / "control.db",
            usage=home / "usage.db",
            plants={PRODUCTION: home / "plant.db", TEST: home / "plant_test.db"},
            demo_env=home / "demo.env",
        )
