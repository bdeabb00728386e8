"""Kinds whose rows an app above this one keeps: it says here how they are read, put and removed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from millgate.control.publish.exporting.kinds import Kind


@dataclass(frozen=True, slots=True)
class Keeper:
    """What an app does with the things of a kind.

    Attributes:
        things: reads all of them.
        put: makes a row as a thing says; raises ValidationError where the rules forbid it.
        remove: takes a row away, or back to how every installation begins; raises as `put` does.
    """

    things: Callable[[], Iterable[Any]]
    put: Callable[[Any], None]
    remove: Callable[[Any], None]


KEEPERS: Final[dict[Kind, Keeper]] = {}
"""By kind. Apps enter theirs when Django is made ready."""
