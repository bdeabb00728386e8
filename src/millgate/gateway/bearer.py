"""Bearer tokens: read, verified, and remembered while they are good (RFC 6750)."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from millgate.core.errors import (
    AUTHORIZATION_MISSING,
    BEARER_REFUSED,
    BEARER_UNREADABLE,
    Refusal,
    Refused,
)
from millgate.core.values import Principal
from millgate.gateway.revocations import Revocations
from millgate.snapshot.access_tokens import AccessToken, Issuing, TokenRefused, read_token
from millgate.snapshot.document import Application
from millgate.snapshot.model import Snapshot
from millgate.snapshot.principals import principal_of_person

_BEARER: Final = re.compile(r"bearer +([A-Za-z0-9\-._~+/]+=*)", re.IGNORECASE)
INVALID_TOKEN: Final = (("www-authenticate", 'Bearer error="invalid_token"'),)
"""The challenge to a token that is refused (RFC 6750 section 3)."""
MISSING_TOKEN: Final = (("www-authenticate", "Bearer"),)
"""The challenge to a call without one."""
_MISSING: Final = Refusal(AUTHORIZATION_MISSING, headers=MISSING_TOKEN)
_MOST_REMEMBERED: Final = 10_000


class Caller(msgspec.Struct, frozen=True, gc=False):
    """On whose behalf a good token lets somebody call.

    Attributes:
        application: the client id.
        test_only: whether it may call the test tier alone.
        principal: for whom backends answer: the person who allowed it, or the application's own account; None
            when that resolves to nobody.
        not_before, expires: between which instants the token is good, in seconds since the epoch.
        digest: by which the token is revoked.
    """

    application: str
    test_only: bool
    principal: Principal | None
    not_before: int
    expires: int
    digest: str


class BearerCheck:
    """Turns the Authorization header into who calls.

    A token's signature is checked once. What is remembered depends on the header and on the snapshot alone,
    and all of it is dropped when another version comes into force; time and revocations are looked at in
    every call.
    """

    def __init__(self, issuing: Issuing, revocations: Revocations) -> None:
        self._issuing = issuing
        self._revocations = revocations
        self._version = ""
        self._remembered: dict[str, Caller] = {}

    def caller(self, snapshot: Snapshot, authorization: str, now: float) -> Caller:
        """Who calls, by the token in an Authorization header.

        Args:
            snapshot: in force.
            authorization: the header's value; several of them joined are none that can be read.
            now: seconds since the epoch.

        Raises:
            Refused: AUTHORIZATION_MISSING, BEARER_UNREADABLE or BEARER_REFUSED.
        """
        caller = self._caller(snapshot, authorization)
        if now >= caller.expires:
            raise _refused("the token has expired")
        if now < caller.not_before:
            raise _refused("the token is not valid yet")
        if caller.digest in self._revocations:
            raise _refused("the token has been revoked")
        return caller

    def holds(self, caller: Caller | None, now: float) -> bool:
        """Whether the token of a caller who was found earlier, under the same snapshot, is still good.

        Who was let in without one needs none.
        """
        if caller is None:
            return True
        return caller.not_before <= now < caller.expires and caller.digest not in self._revocations

    def remembers(self, authorization: str) -> bool:
        """Whether the token is remembered as it is spelled in this header, as only the usual spelling is."""
        return authorization in self._remembered

    def _caller(self, snapshot: Snapshot, authorization: str) -> Caller:
        if self._version != snapshot.version:
            self._remembered.clear()
            self._version = snapshot.version
        caller = self._remembered.get(authorization)
        if caller is None:
            if not authorization:
                raise Refused(_MISSING)
            token = _token(authorization)
            try:
                caller = _caller_by(read_token(snapshot, self._issuing, token), snapshot)
            except TokenRefused as why:
                raise _refused(str(why)) from why
            self._remember(f"Bearer {token}", caller)
        return caller

    def _remember(self, authorization: str, caller: Caller) -> None:
        """Under the usual spelling alone, so that one token takes one place however it is sent."""
        if len(self._remembered) >= _MOST_REMEMBERED:
            self._remembered.clear()
        self._remembered[authorization] = caller


def _caller_by(token: AccessToken, snapshot: Snapshot) -> Caller:
    application = snapshot.applications.get(token.client_id)
    if application is None or not application.enabled:
        raise TokenRefused(f"application {token.client_id} is unknown or disabled")
    company = snapshot.companies.get(token.tenant)
    if company is None or not company.active or company.pcn != application.pcn:
        raise TokenRefused(f"tenant {token.tenant} is not the application's, or not active")
    return Caller(
        application=application.client_id,
        test_only=application.test_only,
        principal=_principal(snapshot, token, application),
        not_before=token.not_before,
        expires=token.expires,
        digest=token.digest,
    )


def _principal(snapshot: Snapshot, token: AccessToken, application: Application) -> Principal | None:
    if token.account is None:
        return snapshot.principals[application.client_id]
    return principal_of_person(application, snapshot.accounts.get(token.account))


def _token(authorization: str) -> str:
    found = _BEARER.fullmatch(authorization.strip())
    if found is None:
        cause = "the Authorization header is not one 'Bearer <token>'"
        raise Refused(Refusal(BEARER_UNREADABLE, headers=INVALID_TOKEN, cause=cause))
    return found.group(1)


def _refused(cause: str) -> Refused:
    return Refused(Refusal(BEARER_REFUSED, headers=INVALID_TOKEN, cause=cause))
