"""What the command line says, handed to everything that reads settings: the environment of this process."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from millgate.core.settings import PREFIX, Settings, load

if TYPE_CHECKING:
    from collections.abc import Mapping


def settle(given: Mapping[str, object | None]) -> Settings:
    """Put what was given on the command line into the environment, and load the settings.

    Pages load the same settings again from the environment, so both always agree.

    Raises:
        SettingsFaulty: with all that is wrong.
    """
    for name, value in given.items():
        if value is not None:
            os.environ[PREFIX + name.upper()] = str(value)
    return load(os.environ)
