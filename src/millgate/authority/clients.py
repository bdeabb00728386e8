"""Client authentication (RFC 6749 section 2.3)."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

import msgspec

from millgate.core.errors import (
    TOKEN_CLIENT_UNKNOWN,
    TOKEN_PUBLIC_CLIENT,
    TOKEN_SECRET_MISSING,
    TOKEN_SECRET_WRONG,
    Refusal,
    Refused,
)
from millgate.snapshot.document import Application

if TYPE_CHECKING:
    from millgate.authority.assertions import AssertionCheck
    from millgate.authority.requests import Credentials
    from millgate.core.secrets import Digester
    from millgate.snapshot.document import ClientSecret, Company
    from millgate.snapshot.model import Snapshot


class ProofKind(StrEnum):
    """By what an application proved to be itself."""

    NONE = "none"
    SECRET = "secret"  # noqa: S105 - the name of a kind
    CERTIFICATE = "certificate"

    @property
    def acr(self) -> str:
        """How tokens of v1 tell it (`appidacr`)."""
        return _ACR[self]


_ACR: Final = {ProofKind.NONE: "0", ProofKind.SECRET: "1", ProofKind.CERTIFICATE: "2"}


class Proof(msgspec.Struct, frozen=True, gc=False):
    """Which of an application's proofs held; never the proof itself.

    Attributes:
        kind: what it is; a public client has none.
        key: which of that kind, as the published application names it.
    """

    kind: ProofKind
    key: str


class Authenticated(msgspec.Struct, frozen=True, gc=False):
    """An application, and by what it proved to be itself."""

    application: Application
    proof: Proof

    def expect_proof(self) -> None:
        """See to it that it is a confidential client that proved to be itself.

        Raises:
            Refused: it is a public client (RFC 6749 section 4.4).
        """
        if self.proof.kind is ProofKind.NONE:
            raise Refused(Refusal(TOKEN_SECRET_MISSING))


class ClientCheck:
    """Finds the application that asks, and sees to it that it is itself."""

    def __init__(self, digester: Digester, assertions: AssertionCheck) -> None:
        self._digester = digester
        self._assertions = assertions

    def authenticate(
        self, snapshot: Snapshot, credentials: Credentials, tenant: Company | None, now: float
    ) -> Authenticated:
        """The application of the first pair that holds, and by what. A public client needs no proof.

        Args:
            snapshot: in force.
            credentials: as sent.
            tenant: the company that the address names, or None when it names none.
            now: seconds since the epoch; an expired secret is as good as a wrong one.

        Raises:
            Refused: unknown, disabled or of another tenant; the proof is missing or wrong; or a public client
                sent one.
        """
        known = [
            (application, secret)
            for client_id, secret in credentials.pairs
            if (application := _standing(snapshot, client_id, tenant)) is not None
        ]
        if not known:
            values = {
                "client_id": credentials.pairs[0][0][:100],
                "tenant": tenant.tenant if tenant else "common",
            }
            raise Refused(Refusal(TOKEN_CLIENT_UNKNOWN, values))
        first = known[0][0]
        if first.public:
            return _public(first, credentials)
        if credentials.assertion is not None:
            of = snapshot.tenants[first.pcn].tenant
            certificate = self._assertions.held(first, of, credentials.assertion, now)
            return Authenticated(first, Proof(ProofKind.CERTIFICATE, certificate.thumbprint))
        return self._by_secret(known, now)

    def _by_secret(self, known: list[tuple[Application, str | None]], now: float) -> Authenticated:
        if all(secret is None for _, secret in known):
            raise Refused(Refusal(TOKEN_SECRET_MISSING))
        for application, secret in known:
            if secret is not None and (held := self._held(application, secret, now)) is not None:
                return Authenticated(application, Proof(ProofKind.SECRET, held.key))
        raise Refused(Refusal(TOKEN_SECRET_WRONG, cause=f"application {known[0][0].client_id}"))

    def _held(self, application: Application, secret: str, now: float) -> ClientSecret | None:
        """Which of the live secrets it is; every one of them is compared."""
        held = None
        for item in application.secrets:
            live = item.expires_at is None or now < item.expires_at
            if self._digester.matches(secret, item.digest) and live:
                held = item
        return held


def _public(application: Application, credentials: Credentials) -> Authenticated:
    """A public client proves nothing; a secret of one has been given to everybody."""
    if credentials.assertion is not None or any(secret is not None for _, secret in credentials.pairs):
        raise Refused(Refusal(TOKEN_PUBLIC_CLIENT))
    return Authenticated(application, Proof(ProofKind.NONE, ""))


def _standing(snapshot: Snapshot, client_id: str, tenant: Company | None) -> Application | None:
    application = snapshot.applications.get(client_id.lower())
    if application is None or not application.enabled:
        return None
    company = snapshot.tenants.get(application.pcn)
    if company is None or not company.active:
        return None
    return application if tenant is None or tenant.pcn == application.pcn else None
