"""The work that every gateway does: who calls, what is refused, and what is answered."""

from __future__ import annotations

from typing import Final

import msgspec

KEY_HEADER: Final = "Ocp-Apim-Subscription-Key"
IN_PROCESS: Final = "/test/Answers/v1/Answer"
"""Answered by the gateway itself, on the test tier."""
PROXIED: Final = "/test/Origin/v1/Answer"
"""Answered by the origin behind it."""
PRODUCTION: Final = "/Answers/v1/Answer"
"""The first one on the production tier, which is closed to a program that may only test."""

ISSUER_ORIGIN: Final = "http://gateway.bench"
AUDIENCE: Final = "http://api.bench/"

CALLERS: Final = 16
RATE_SECONDS: Final = 10
RATE: Final = 100_000
SMALL_RATE: Final = 20
QUOTA_SECONDS: Final = 7 * 86_400
QUOTA: Final = 1_000_000_000
SMALL_QUOTA: Final = 5

ANSWER_BYTES: Final = 400
ANSWER: Final = '{"answer":"' + "x" * (ANSWER_BYTES - 13) + '"}'
"""The answer, the shortest JSON there is of its value."""


class Caller(msgspec.Struct, frozen=True):
    """A program with a subscription.

    Attributes:
        name: of its subscription.
        key: of its subscription.
        application: its client id.
        token: a good one.
        rate: how many calls it may make in `RATE_SECONDS`.
        quota: how many in `QUOTA_SECONDS`.
    """

    name: str
    key: str
    application: str
    token: str
    rate: int = RATE
    quota: int = QUOTA

    @property
    def headers(self) -> dict[str, str]:
        """Sent with each of its calls."""
        return {KEY_HEADER: self.key, "Authorization": f"Bearer {self.token}"}


class Work(msgspec.Struct, frozen=True):
    """Callers and tokens, the same for all gateways.

    Attributes:
        issuer, audience: what tokens must say.
        kid: the key that signed the good ones.
        public_pem: its public half.
        jwks: the same as a JWK set (RFC 7517).
        callers: those under load.
        limited: may make `SMALL_RATE` calls.
        scant: has `SMALL_QUOTA` calls.
        test_only: may not call the production tier.
        bad_tokens: by what is wrong with them.
    """

    issuer: str
    audience: str
    kid: str
    public_pem: str
    jwks: str
    callers: tuple[Caller, ...]
    limited: Caller
    scant: Caller
    test_only: Caller
    bad_tokens: dict[str, str]

    @property
    def everybody(self) -> tuple[Caller, ...]:
        """All who have a subscription."""
        return (*self.callers, self.limited, self.scant, self.test_only)
