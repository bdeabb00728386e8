"""Static files, found once per process: a client of every test would look for all of them again."""

from __future__ import annotations

from typing import Any, ClassVar

from whitenoise.middleware import WhiteNoiseMiddleware  # type: ignore[import-untyped]


class FoundOnce(WhiteNoiseMiddleware):  # type: ignore[misc] # WhiteNoise has no types
    """WhiteNoise, which keeps what its first instance found."""

    files: dict[str, Any]
    _found: ClassVar[dict[str, Any]] = {}

    def add_files_from_finders(self) -> None:
        """Look for the files, unless that was done."""
        if not self._found:
            super().add_files_from_finders()
            self._found.update(self.files)
        self.files = dict(self._found)
