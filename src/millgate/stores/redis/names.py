"""What the keys in Redis are called."""

from __future__ import annotations

from typing import Final

PREFIX: Final = "millgate:"


def key_of(subscription: str, counter: str) -> bytes:
    """The key of a counter: a scope, with `@` and the window's start behind it where the window is fixed.

    The braces put all keys of a subscription on one node of a cluster.
    """
    return f"{PREFIX}{{{subscription}}}{counter}".encode()


def pattern_of(subscription: str | None) -> str:
    """What the keys of a subscription, or of all, match; see the command SCAN."""
    named = "*" if subscription is None else _literal(subscription)
    return f"{PREFIX}{{{named}}}*"


def parts_of(key: bytes) -> tuple[str, str, str]:
    """Subscription, scope and start of a key; the start is empty where the window slides."""
    subscription, _, counter = key.decode().removeprefix(PREFIX + "{").rpartition("}")
    scope, _, start = counter.partition("@")
    return subscription, scope, start


def _literal(text: str) -> str:
    return "".join(f"\\{letter}" if letter in "*?[]^\\" else letter for letter in text)
