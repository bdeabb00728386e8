"""Access tokens: what one must be to be ours, as the snapshot in force judges it (RFC 7515, 7519, 9068).

Whether it is in time, revoked, and of an application in good standing is asked anew at every use, and not
here: what is said here holds as long as the snapshot does, and may be remembered with it.
"""

from __future__ import annotations

import base64
import hashlib
import json
from functools import lru_cache
from typing import Annotated, Any, Final, TypeAlias

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.hashes import SHA256

from millgate.snapshot.document import SIGNING_ALGORITHM, TokenProfile
from millgate.snapshot.model import Snapshot

LONGEST_TOKEN: Final = 8_192
_TYPES: Final = {
    TokenProfile.V1: frozenset({"", "jwt"}),
    TokenProfile.AT_JWT: frozenset({"at+jwt", "application/at+jwt"}),
}
"""The header's `typ` by profile, in lower case; it is optional but for RFC 9068 (RFC 7519 section 5.1)."""
_HEADER: Final = frozenset({"typ", "alg", "kid", "x5t"})
"""What the header of a token that is issued here may hold."""
_KEYS_AT_HAND: Final = 64
_PADDING: Final = PKCS1v15()
_HASH: Final = SHA256()

_Moment: TypeAlias = Annotated[int, msgspec.Meta(ge=0, le=253_402_300_799)]
"""Seconds since the epoch, to the end of the year 9999."""


class TokenRefused(Exception):  # noqa: N818 - a refusal is an answer, not an error
    """A token that is not ours, or not one that may be used; says why, for logs and owners."""


class Issuing(msgspec.Struct, frozen=True):
    """What the settings say of tokens.

    Attributes:
        origin: under which the token service is reached; issuers begin with it.
        resource: the audience that is there without being decided.
    """

    origin: str
    resource: str

    def issuer(self, tenant: str) -> str:
        """`iss` of the tokens of a tenant."""
        return f"{self.origin}/{tenant}/"

    def profile(self, snapshot: Snapshot, audience: str) -> TokenProfile | None:
        """What tokens for an audience look like; None when there is no such audience."""
        if audience == self.resource:
            return TokenProfile.V1
        found = snapshot.resources.get(audience)
        return found.profile if found is not None else None


class AccessToken(msgspec.Struct, frozen=True, kw_only=True):
    """What a token of ours says.

    Attributes:
        client_id: the application that it was given to.
        tenant: its tenant.
        account: as whom the application acts, by user ID; None when it acts for itself.
        audience: the resource that it is for.
        scope: what somebody allowed the application; empty when it acts for itself.
        subject: `sub`.
        jti: its own id, where its profile has one.
        issued_at, not_before, expires: seconds since the epoch.
        digest: by which it is revoked.
    """

    client_id: str
    tenant: str
    account: str | None
    audience: str
    scope: str
    subject: str
    jti: str
    issued_at: int
    not_before: int
    expires: int
    digest: str


class _Claims(msgspec.Struct):
    aud: str
    iss: str
    exp: _Moment
    tid: str
    iat: _Moment = 0
    nbf: _Moment = 0
    sub: str = ""
    appid: str = ""
    client_id: str = ""
    pun: str = ""
    scp: str = ""
    scope: str = ""
    jti: str = ""


_claims = msgspec.json.Decoder(_Claims)


def token_digest(token: str) -> str:
    """By what a token is known when it is revoked: SHA-256 of what is signed of it, in hexadecimal.

    Several texts can hold one signature, because the last letter of base64 has bits to spare.
    """
    return hashlib.sha256(token.rpartition(".")[0].encode()).hexdigest()


def read_token(snapshot: Snapshot, issuing: Issuing, token: str) -> AccessToken:
    """What a token says that was signed by a published key, for an audience of ours, in its profile.

    The key decides the algorithm; what the token's header says of it is never obeyed (CVE-2022-29217,
    CVE-2026-48523).

    Raises:
        TokenRefused: it is not one of ours.
    """
    if len(token) > LONGEST_TOKEN:
        raise TokenRefused("the token is longer than any that is issued here")
    signed, _, signature = token.rpartition(".")
    head, _, payload = signed.partition(".")
    try:
        header = _members(_decoded(head))
        _key(snapshot, header).verify(_decoded(signature), signed.encode(), _PADDING, _HASH)
        told = _decoded(payload)
        _members(told)
        claims = _claims.decode(told)
    except InvalidSignature as wrong:
        raise TokenRefused("the signature is wrong") from wrong
    except (ValueError, TypeError, RecursionError, msgspec.MsgspecError) as wrong:
        raise TokenRefused(f"the token cannot be read: {type(wrong).__name__}") from wrong
    _judge(snapshot, issuing, header, claims)
    return AccessToken(
        client_id=claims.appid or claims.client_id,
        tenant=claims.tid,
        account=claims.pun or None,
        audience=claims.aud,
        scope=claims.scp or claims.scope,
        subject=claims.sub,
        jti=claims.jti,
        issued_at=claims.iat,
        not_before=claims.nbf,
        expires=claims.exp,
        digest=token_digest(token),
    )


def _judge(snapshot: Snapshot, issuing: Issuing, header: dict[str, Any], claims: _Claims) -> None:
    """See to it that a token is for an audience of ours, in its profile, of the issuer of its tenant."""
    profile = issuing.profile(snapshot, claims.aud)
    if profile is None:
        raise TokenRefused(f"the audience is {claims.aud[:200]!r}")
    if str(header.get("typ", "")).lower() not in _TYPES[profile]:
        raise TokenRefused(f"tokens for {claims.aud[:200]} are of another type")
    if claims.iss != issuing.issuer(claims.tid):
        raise TokenRefused(f"the issuer is {claims.iss[:200]!r}")
    strict = (claims.client_id, claims.sub, claims.iat, claims.jti)
    if not all(strict if profile is TokenProfile.AT_JWT else (claims.appid, claims.nbf)):
        raise TokenRefused("it does not tell all that tokens of its profile do")


def _key(snapshot: Snapshot, header: dict[str, Any]) -> RSAPublicKey:
    """The published key that a header names.

    A header that asks for more than is used here is refused and not passed over: what it asks for might
    change what the token means to another reader (`crit`, `b64`, `zip`) or who vouches for it (`jwk`,
    `jku`, `x5u`, `x5c`).
    """
    if not header.keys() <= _HEADER or header.get("alg") != SIGNING_ALGORITHM:
        raise TokenRefused("the token's header is none of a token that is issued here")
    kid = header.get("kid")
    published = snapshot.signing_keys.get(kid) if isinstance(kid, str) else None
    if published is None or header.get("x5t", kid) != kid:
        raise TokenRefused("the token names no published key")
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
