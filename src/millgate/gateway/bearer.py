"""Bearer tokens: read, verified, and remembered while they are good (RFC 6750, RFC 7515)."""

from __future__ import annotations

import re
from typing import Final

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from millgate.core.errors import (
    AUTHORIZATION_MISSING,
    BEARER_REFUSED,
    BEARER_UNREADABLE,
    Refusal,
    Refused,
)
from millgate.core.values import Principal
from millgate.snapshot.document import SIGNING_ALGORITHM
from millgate.snapshot.model import Snapshot

_BEARER: Final = re.compile(r"bearer +([A-Za-z0-9\-._~+/]+=*)", re.IGNORECASE)
_INVALID: Final = (("www-authenticate", 'Bearer error="invalid_token"'),)
_MISSING: Final = Refusal(AUTHORIZATION_MISSING, headers=(("www-authenticate", "Bearer"),))
_MOST_REMEMBERED: Final = 10_000
_LONGEST: Final = 8_192


class Verified(msgspec.Struct, frozen=True):
    """What a good token says.

    Attributes:
        application: the client id (`appid`).
        tenant: the tenant (`tid`).
        not_before, expires: seconds since the epoch.
    """

    application: str
    tenant: str
    not_before: int
    expires: int


class Caller(msgspec.Struct, frozen=True):
    """On whose behalf a good token lets somebody call.

    Attributes:
        application: the client id.
        test_only: whether it may call the test tier alone.
        principal: for whom backends answer, or None when that resolves to nobody.
        not_before, expires: between which instants the token is good, in seconds since the epoch.
    """

    application: str
    test_only: bool
    principal: Principal | None
    not_before: int
    expires: int


class _Claims(msgspec.Struct):
    aud: str
    iss: str
    nbf: int
    exp: int
    appid: str
    tid: str


class BearerCheck:
    """Turns the Authorization header into who calls.

    A token's signature is checked once. What is remembered depends on the header and on the signing
    keys, audience and issuer alone, and all of it is dropped when another version comes into force;
    time and the application's standing are looked at in every call.
    """

    def __init__(self, *, origin: str, resource: str) -> None:
        self._origin = origin
        self._resource = resource
        self._version = ""
        self._remembered: dict[str, Verified] = {}

    def caller(self, snapshot: Snapshot, authorization: str, now: float) -> Caller:
        """Who calls, by the token in an Authorization header.

        Args:
            snapshot: in force.
            authorization: the header's value; several of them joined are none that can be read.
            now: seconds since the epoch.

        Raises:
            Refused: AUTHORIZATION_MISSING, BEARER_UNREADABLE or BEARER_REFUSED.
        """
        verified = self._verified(snapshot, authorization)
        if now >= verified.expires:
            raise _refused("the token has expired")
        if now < verified.not_before:
            raise _refused("the token is not valid yet")
        application = snapshot.applications.get(verified.application)
        if application is None or not application.enabled:
            raise _refused(f"application {verified.application} is unknown or disabled")
        company = snapshot.companies.get(verified.tenant)
        if company is None or not company.active or company.pcn != application.pcn:
            raise _refused(f"tenant {verified.tenant} is not the application's, or not active")
        return Caller(
            application.client_id,
            application.test_only,
            snapshot.principals.get(application.client_id),
            verified.not_before,
            verified.expires,
        )

    def remembers(self, authorization: str) -> bool:
        """Whether the token is remembered as it is spelled in this header, as only the usual spelling is."""
        return authorization in self._remembered

    def _verified(self, snapshot: Snapshot, authorization: str) -> Verified:
        if self._version != snapshot.version:
            self._remembered.clear()
            self._version = snapshot.version
        verified = self._remembered.get(authorization)
        if verified is None:
            if not authorization:
                raise Refused(_MISSING)
            token = _token(authorization)
            verified = self._verify(snapshot, token)
            self._remember(f"Bearer {token}", verified)
        return verified

    def _remember(self, authorization: str, verified: Verified) -> None:
        """Under the usual spelling alone, so that one token takes one place however it is sent."""
        if len(self._remembered) >= _MOST_REMEMBERED:
            self._remembered.clear()
        self._remembered[authorization] = verified

    def _verify(self, snapshot: Snapshot, token: str) -> Verified:
        claims = _claims(snapshot, token)
        if claims.aud != self._resource:
            raise _refused(f"the audience is {claims.aud[:200]!r}")
        if claims.iss != f"{self._origin}/{claims.tid}/":
            raise _refused(f"the issuer is {claims.iss[:200]!r}")
        return Verified(claims.appid, claims.tid, claims.nbf, claims.exp)


def _token(authorization: str) -> str:
    found = _BEARER.fullmatch(authorization.strip())
    if found is None:
        cause = "the Authorization header is not one 'Bearer <token>'"
        raise Refused(Refusal(BEARER_UNREADABLE, headers=_INVALID, cause=cause))
    token = found.group(1)
    if len(token) > _LONGEST:
        raise _refused("the token is longer than any that is issued here")
    return token


def _claims(snapshot: Snapshot, token: str) -> _Claims:
    """The claims of a token signed by a published key.

    The key decides the algorithm; what the token's header says of it is never obeyed
    (CVE-2022-29217, CVE-2026-48523).
    """
    try:
        extracted = jws.extract_compact(token.encode())
        key = _key(snapshot, extracted.headers())
        if not jws.validate_compact(extracted, key, algorithms=[SIGNING_ALGORITHM]):
            raise _refused("the signature is wrong")
        return msgspec.json.decode(extracted.payload, type=_Claims)
    except (JoseError, ValueError, TypeError, msgspec.MsgspecError) as wrong:
        raise _refused(f"the token cannot be read: {type(wrong).__name__}") from wrong


def _key(snapshot: Snapshot, header: object) -> RSAKey:
    kid = header.get("kid") if isinstance(header, dict) else None
    published = snapshot.signing_keys.get(kid) if isinstance(kid, str) else None
    if published is None:
        raise _refused("the token names no published key")
    return RSAKey.import_key(
        {"kty": "RSA", "n": published.n, "e": published.e, "alg": SIGNING_ALGORITHM, "use": "sig"}
    )


def _refused(cause: str) -> Refused:
    return Refused(Refusal(BEARER_REFUSED, headers=_INVALID, cause=cause))
