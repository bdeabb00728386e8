"""Codes of authenticator apps: RFC 6238 with SHA-1, six digits and thirty seconds, as all apps have.

Nothing here meets Django.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import Final
from urllib.parse import quote, urlencode

SECONDS: Final = 30
DIGITS: Final = 6
TOLERANCE: Final = 1
"""How many steps a phone's clock may be off, either way."""
_SECRET_BYTES: Final = 20
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_RECOVERY_LENGTH: Final = 10


def secret_new() -> str:
    """A secret to share with an app: 160 bits in base32 (RFC 4226 section 4 asks for that)."""
    return base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def code_at(secret: str, step: int) -> str:
    """The code of a step of time."""
    digest = hmac.digest(base64.b32decode(secret), step.to_bytes(8, "big"), hashlib.sha1)
    offset = digest[-1] & 15
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def step_of(secret: str, code: str, now: float, *, after: int = 0) -> int | None:
    """The step of time to which a code belongs; None when it is none of those around now.

    Args:
        secret: shared with the app.
        code: as typed, in digits alone.
        now: seconds since the epoch.
        after: the last step that was used; a code is good once.
    """
    current = int(now // SECONDS)
    steps = range(current - TOLERANCE, current + TOLERANCE + 1)
    found = [step for step in steps if hmac.compare_digest(code_at(secret, step).encode(), code.encode())]
    return next((step for step in found if step > after), None)


def address_of(secret: str, *, account: str, issuer: str) -> str:
    """The address that an app reads from a picture."""
    label = quote(f"{issuer}:{account}", safe="@:")
    return f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': issuer}, quote_via=quote)}"


def recovery_code_new() -> str:
    """A code for whoever has lost the app: almost 50 bits, without letters that look alike."""
    code = "".join(secrets.choice(_ALPHABET) for _ in range(_RECOVERY_LENGTH))
    return f"{code[:5]}-{code[5:]}"
