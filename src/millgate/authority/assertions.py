"""Assertions: a client proves itself by what only its private key can sign (RFC 7523 section 2.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from millgate.core.errors import (
    TOKEN_ASSERTION_TIME_WRONG,
    TOKEN_ASSERTION_TYPE_WRONG,
    TOKEN_ASSERTION_UNREADABLE,
    TOKEN_ASSERTION_WRONG,
    Problem,
    Refusal,
    Refused,
)

if TYPE_CHECKING:
    from millgate.snapshot.access_tokens import Issuing
    from millgate.snapshot.document import Application, ClientCertificate

BEARER: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ALGORITHMS: Final = ("RS256", "PS256")
SKEW: Final = 300
"""Seconds by which a client's clock may be wrong."""
LONGEST_LIFE: Final = 24 * 3600
LONGEST: Final = 16_384


class _Registry(jws.JWSRegistry):
    """Takes headers with a certificate chain (`x5c`), as msal and azure-identity send them."""

    max_header_length = LONGEST


_registry = _Registry(algorithms=ALGORITHMS)


class _Claims(msgspec.Struct):
    iss: str
    sub: str
    aud: str | list[str]
    exp: float
    nbf: float = 0
    iat: float = 0


_claims = msgspec.json.Decoder(_Claims)


class Assertion(msgspec.Struct, frozen=True):
    """An assertion as it was sent, and what it says of its client before anything is checked.

    Attributes:
        text: its compact form.
        client_id: `sub`.
    """

    text: str
    client_id: str

    def __repr__(self) -> str:
        return f"Assertion(client_id={self.client_id!r})"


def read_assertion(text: str, kind: str | None) -> Assertion:
    """Read an assertion, whose client is not yet believed.

    Raises:
        Refused: it is of another type, or cannot be read.
    """
    if kind != BEARER:
        raise Refused(Refusal(TOKEN_ASSERTION_TYPE_WRONG))
    return Assertion(text, _read(text)[1].sub)


class AssertionCheck:
    """Sees to it that an assertion was made by the application that it names, for us, and lately."""

    def __init__(self, issuing: Issuing) -> None:
        self._issuing = issuing

    def held(
        self, application: Application, tenant: str, assertion: Assertion, now: float
    ) -> ClientCertificate:
        """The certificate with whose key an assertion is signed.

        Which of them the header names is not looked at: libraries name it in three ways, and there are few.

        Args:
            application: that the assertion names.
            tenant: of the application.
            assertion: as it was sent.
            now: seconds since the epoch.

        Raises:
            Refused: it is not signed by a live certificate, or is not for us, or not in its time.
        """
        extracted, claims = _read(assertion.text)
        if extracted.headers().get("alg") not in ALGORITHMS:
            raise _refused(TOKEN_ASSERTION_WRONG, "the algorithm is neither RS256 nor PS256")
        found = [item for item in application.certificates if _signed(extracted, item)]
        live = [item for item in found if now < item.expires_at]
        if not live:
            why = (
                "its certificate has expired" if found else "no certificate of the application's has its key"
            )
            raise _refused(TOKEN_ASSERTION_WRONG, why)
        self._expect_claims(claims, application, tenant)
        _expect_time(claims, now)
        return live[0]

    def _expect_claims(self, claims: _Claims, application: Application, tenant: str) -> None:
        if claims.iss != claims.sub or claims.sub.lower() != application.client_id:
            raise _unreadable("iss and sub are not both the client ID")
        told = [claims.aud] if isinstance(claims.aud, str) else claims.aud
        if len(told) != 1 or told[0] not in self._audiences(tenant):
            raise _unreadable("aud is not this token endpoint")

    def _audiences(self, tenant: str) -> set[str]:
        """The token endpoint at each of its addresses, and the issuer (RFC 7523 section 3)."""
        origin = self._issuing.origin
        return {
            f"{origin}/oauth2/v1/token",
            f"{origin}/common/oauth2/token",
            f"{origin}/{tenant}/oauth2/token",
            self._issuing.issuer(tenant),
        }


def _expect_time(claims: _Claims, now: float) -> None:
    """No later than its end, no earlier than its beginning, and not made for ever."""
    begins = max(claims.nbf, claims.iat)
    if not (begins - SKEW <= now < claims.exp + SKEW and claims.exp - now <= LONGEST_LIFE):
        raise _refused(TOKEN_ASSERTION_TIME_WRONG, f"from {begins} to {claims.exp}")


def _read(text: str) -> tuple[jws.CompactSignature, _Claims]:
    if len(text) > LONGEST:
        raise _unreadable(f"it is longer than {LONGEST} characters")
    try:
        extracted = jws.extract_compact(text.encode(), registry=_registry)
        return extracted, _claims.decode(extracted.payload)
    except (JoseError, ValueError, TypeError, msgspec.MsgspecError):
        raise _unreadable("it is no signed JWT with iss, sub, aud and exp") from None


def _signed(extracted: jws.CompactSignature, certificate: ClientCertificate) -> bool:
    key = RSAKey.import_key({"kty": "RSA", "n": certificate.n, "e": certificate.e})
    try:
        return jws.validate_compact(extracted, key, registry=_registry)
    except (JoseError, ValueError, TypeError):
        return False


def _unreadable(reason: str) -> Refused:
    return Refused(
        Refusal(TOKEN_ASSERTION_UNREADABLE, {"reason": reason[:1].upper() + reason[1:]}, cause=reason)
    )


def _refused(problem: Problem, cause: str) -> Refused:
    return Refused(Refusal(problem, cause=cause))
