"""What a page of ours hands to the next one about an authorization request: signed, and for one person.

A step that somebody took belongs to the request that was shown, to the sign-in during which it was shown, and
to a short time. Nothing else can be got with it.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import msgspec
from django.core import signing

if TYPE_CHECKING:
    from millgate.control.authorize.requests import Sent

_SALT: Final = "millgate.authorize"


class Step(StrEnum):
    """How far a person has come with a request."""

    SIGN_IN = "sign-in"
    """Was sent to sign in, anew if they were signed in."""
    CHOSEN = "chosen"
    """Chose the account that is signed in."""
    SHOWN = "shown"
    """Was shown what the program asks for."""
    ALLOWED = "allowed"
    DECLINED = "declined"


SECONDS: Final = {
    Step.SIGN_IN: 3600,
    Step.CHOSEN: 3600,
    Step.SHOWN: 3600,
    Step.ALLOWED: 60,
    Step.DECLINED: 60,
}
"""For how long each step counts."""


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """One step of one request.

    Attributes:
        step: that was taken.
        request: the digest of the request; see `digest_of`.
        sign_in: the GUID of the sign-in during which it was taken; empty when nobody was signed in.
        at: when.
    """

    step: Step
    request: str
    sign_in: str
    at: int

    def issued(self) -> str:
        """As a text that nobody else can make."""
        return signing.Signer(salt=_SALT).sign_object(msgspec.to_builtins(self))

    def current(self, now: float) -> bool:
        """Whether it still counts."""
        return 0 <= now - self.at <= SECONDS[self.step]

    def of(self, tenant: str, sent: Sent) -> bool:
        """Whether it belongs to this very request."""
        return self.request == digest_of(tenant, sent)


def digest_of(tenant: str, sent: Sent) -> str:
    """What tells one request from every other; `tenant` is empty when the address named none."""
    return hashlib.sha256(f"{tenant}?{sent.query}".encode()).hexdigest()


def opened(text: str) -> Ticket | None:
    """The ticket that a text is; None when it was not issued here."""
    try:
        return msgspec.convert(signing.Signer(salt=_SALT).unsign_object(text), Ticket)
    except (signing.BadSignature, msgspec.ValidationError, ValueError):
        return None
