"""Tokens of sessions and applications: shown once, kept as digests."""

from __future__ import annotations

import secrets
from hashlib import sha256
from typing import Final

BYTES: Final = 32


def token_new() -> str:
    """A token of 256 bits, in letters that need no quoting anywhere."""
    return secrets.token_urlsafe(BYTES)


def digest_of(token: str) -> str:
    """What is kept of a token: it has too many bits to be guessed from its digest."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
