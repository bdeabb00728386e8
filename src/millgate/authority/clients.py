"""Client authentication (RFC 6749 section 2.3)."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from millgate.core.errors import (
    TOKEN_CLIENT_UNKNOWN,
    TOKEN_SECRET_MISSING,
    TOKEN_SECRET_WRONG,
    Refusal,
    Refused,
)
from millgate.snapshot.document import Application

if TYPE_CHECKING:
    from millgate.authority.requests import Credentials
    from millgate.core.secrets import Digester
    from millgate.snapshot.document import ClientSecret, Company
    from millgate.snapshot.model import Snapshot


class ProofKind(StrEnum):
    """By what an application proved to be itself."""

    SECRET = "secret"  # noqa: S105 - the name of a kind


class Proof(msgspec.Struct, frozen=True, gc=False):
    """Which of an application's proofs held; never the proof itself.

    Attributes:
        kind: what it is.
        key: which of that kind, as the published application names it.
    """

    kind: ProofKind
    key: str


class Authenticated(msgspec.Struct, frozen=True, gc=False):
    """An application that proved to be itself, and by what."""

    application: Application
    proof: Proof


class ClientCheck:
    """Finds the application that asks, and sees to it that it is itself."""

    def __init__(self, digester: Digester) -> None:
        self._digester = digester

    def authenticate(
        self, snapshot: Snapshot, credentials: Credentials, tenant: Company | None, now: float
    ) -> Authenticated:
        """The application of the first pair that holds, and its secret's key.

        Args:
            snapshot: in force.
            credentials: as sent.
            tenant: the company that the address names, or None when it names none.
            now: seconds since the epoch; an expired secret is as good as a wrong one.

        Raises:
            Refused: unknown, disabled or of another tenant; or the secret is missing or wrong.
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


def _standing(snapshot: Snapshot, client_id: str, tenant: Company | None) -> Application | None:
    application = snapshot.applications.get(client_id.lower())
    if application is None or not application.enabled:
        return None
    company = snapshot.tenants.get(application.pcn)
    if company is None or not company.active:
        return None
    return application if tenant is None or tenant.pcn == application.pcn else None
