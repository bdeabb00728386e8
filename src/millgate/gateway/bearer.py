"""Bearer tokens: read, verified, and remembered while they are good (RFC 6750, RFC 7515)."""

from __future__ import annotations

import base64
import json
import re
from functools import lru_cache
from typing import Annotated, Any, Final, TypeAlias

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.hashes import SHA256

from millgate.core.errors import (
    AUTHORIZATION_MISSING,
    BEARER_REFUSED,
    BEARER_UNREADABLE,
    Refusal,
    Refused,
)
from millgate.snapshot.document import SIGNING_ALGORITHM, Application
from millgate.snapshot.model import Snapshot

_BEARER: Final = re.compile(r"bearer +([A-Za-z0-9\-._~+/]+=*)", re.IGNORECASE)
_INVALID: Final = (("www-authenticate", 'Bearer error="invalid_token"'),)
_MOST_REMEMBERED: Final = 10_000
_LONGEST: Final = 8_192
_HEADER: Final = frozenset({"typ", "alg", "kid", "x5t"})
"""What the header of a token that is issued here may hold."""
_KEYS_AT_HAND: Final = 64
_PADDING: Final = PKCS1v15()
_HASH: Final = SHA256()

_Moment: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=253_402_300_799)]
"""Seconds since the epoch, to the end of the year 9999."""


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


class _Claims(msgspec.Struct):
    aud: str
    iss: str
    nbf: _Moment
    exp: _Moment
    appid: str
    tid: str


class BearerCheck:
    """Turns the Authorization header into the application that calls.

    A token's signature is checked once. What is remembered depends on the header and on the signing
    keys, audience and issuer alone, and all of it is dropped when another version comes into force;
    time and the application's standing are looked at in every call.
    """

    def __init__(self, *, origin: str, resource: str) -> None:
        self._origin = origin
        self._resource = resource
        self._version = ""
        self._remembered: dict[str, Verified] = {}

    def application(self, snapshot: Snapshot, authorization: str, now: float) -> Application:
        """The application that the token in an Authorization header names.

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
        return application

    def _verified(self, snapshot: Snapshot, authorization: str) -> Verified:
        if self._version != snapshot.version:
            self._remembered.clear()
            self._version = snapshot.version
        verified = self._remembered.get(authorization)
        if verified is None:
            if not authorization:
                challenge = (("www-authenticate", "Bearer"),)
                raise Refused(Refusal(AUTHORIZATION_MISSING, headers=challenge))
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
    signed, _, signature = token.rpartition(".")
    head, _, payload = signed.partition(".")
    try:
        key = _key(snapshot, _members(_decoded(head)))
        key.verify(_decoded(signature), signed.encode(), _PADDING, _HASH)
        claims = _decoded(payload)
        _members(claims)
        return msgspec.json.decode(claims, type=_Claims)
    except InvalidSignature as wrong:
        raise _refused("the signature is wrong") from wrong
    except (ValueError, TypeError, RecursionError, msgspec.MsgspecError) as wrong:
        raise _refused(f"the token cannot be read: {type(wrong).__name__}") from wrong


def _key(snapshot: Snapshot, header: dict[str, Any]) -> RSAPublicKey:
    """The published key that a header names.

    A header that asks for more than is used here is refused and not passed over: what it asks for might
    change what the token means to another reader (`crit`, `b64`, `zip`) or who vouches for it (`jwk`,
    `jku`, `x5u`, `x5c`).
    """
    if not header.keys() <= _HEADER or header.get("alg") != SIGNING_ALGORITHM:
        raise _refused("the token's header is none of a token that is issued here")
    kid = header.get("kid")
    published = snapshot.signing_keys.get(kid) if isinstance(kid, str) else None
    if published is None or header.get("x5t", kid) != kid:
        raise _refused("the token names no published key")
    return _public_key(published.n, published.e)


@lru_cache(maxsize=_KEYS_AT_HAND)
def _public_key(n: str, e: str) -> RSAPublicKey:
    modulus, exponent = (int.from_bytes(_decoded(number)) for number in (n, e))
    return RSAPublicNumbers(exponent, modulus).public_key()


def _members(data: bytes) -> dict[str, Any]:
    """The members of a JSON object, each of which must stand once: readers take different ones of two.

    Raises:
        ValueError: it is none.
    """
    found = json.loads(data.decode(), object_pairs_hook=_once)
    if not isinstance(found, dict):
        raise ValueError("no object")  # noqa: TRY004 - as everything that cannot be read
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member stands twice")
    return found


def _decoded(part: str) -> bytes:
    """Bytes from their one base64url form (RFC 7515 section 2).

    Python's decoder passes over foreign characters and spare bits, so that many texts would be one token.

    Raises:
        ValueError: it is another form, or none.
    """
    data = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    if base64.urlsafe_b64encode(data).rstrip(b"=") != part.encode():
        raise ValueError("not canonical")
    return data


def _refused(cause: str) -> Refused:
    return Refused(Refusal(BEARER_REFUSED, headers=_INVALID, cause=cause))
