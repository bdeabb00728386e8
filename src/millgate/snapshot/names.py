"""What keys and the fixed segments of addresses may be called."""

from __future__ import annotations

from typing import Final

from millgate.core.values import GUID
from millgate.describe.names import KEY, SEGMENT

RESERVED_SUFFIXES: Final = frozenset(
    {
        "-",
        ".well-known",
        "api",
        "common",
        "console",
        "documentation",
        "favicon.ico",
        "llms.txt",
        "lookup",
        "oauth2",
        "portal",
        "static",
        "test",
    }
)
"""First path segments that are Millgate's own and can never be an API's suffix."""

RESERVED_VERSIONS: Final = frozenset({"discovery", "oauth2"})
"""Second path segments under which a tenant's token service answers."""


def key_faults(key: str) -> list[str]:
    """What is wrong with a key."""
    fine = KEY.fullmatch(key)
    return [] if fine else [f"the key {key!r} is not lower case letters, digits and dashes"]


def address_faults(suffix: str, version: str) -> list[str]:
    """What is wrong with the two segments under which an API answers."""
    checks = (
        (SEGMENT.fullmatch(suffix), f"the suffix {suffix!r} is not one path segment"),
        (suffix.lower() not in RESERVED_SUFFIXES, f"the suffix {suffix!r} is reserved"),
        (not GUID.fullmatch(suffix), f"the suffix {suffix!r} could be a tenant's id"),
        (SEGMENT.fullmatch(version), f"the version {version!r} is not one path segment"),
        (version.lower() not in RESERVED_VERSIONS, f"the version {version!r} is reserved"),
    )
    return [why for fine, why in checks if not fine]
