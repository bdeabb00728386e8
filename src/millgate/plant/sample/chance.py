"""Chance that can be repeated: a generator of numbers for each subject of the simulation."""

from random import Random


def chance(*words: object) -> Random:
    """A generator that depends on the words alone, so that one workcenter-day can be made without others."""
    return Random(":".join(str(word) for word in words))  # noqa: S311 - a simulation must be repeatable
