"""Client authentication (RFC 6749 section 2.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from millgate.core.errors import (
    TOKEN_CLIENT_UNKNOWN,
    TOKEN_SECRET_MISSING,
    TOKEN_SECRET_WRONG,
    Refusal,
    Refused,
)

if TYPE_CHECKING:
    from millgate.authority.requests import Credentials
    from millgate.core.secrets import Digester
    from millgate.snapshot.document import Application, Company
    from millgate.snapshot.model import Snapshot


class ClientCheck:
    """Finds the application that asks, and sees to it that it is itself."""

    def __init__(self, digester: Digester) -> None:
        self._digester = digester

    def authenticate(
        self, snapshot: Snapshot, credentials: Credentials, tenant: Company | None, now: float
    ) -> Application:
        """The application of the first pair that holds.

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
            if secret is not None and self._holds(application, secret, now):
                return application
        raise Refused(Refusal(TOKEN_SECRET_WRONG, cause=f"application {known[0][0].client_id}"))

    def _holds(self, application: Application, secret: str, now: float) -> bool:
        """Whether the secret is one of the live ones; every one of them is compared."""
        results = [
            self._digester.matches(secret, item.digest) and (item.expires_at is None or now < item.expires_at)
            for item in application.secrets
        ]
        return any(results)


def _standing(snapshot: Snapshot, client_id: str, tenant: Company | None) -> Application | None:
    application = snapshot.applications.get(client_id.lower())
    if application is None or not application.enabled:
        return None
    company = snapshot.tenants.get(application.pcn)
    if company is None or not company.active:
        return None
    return application if tenant is None or tenant.pcn == application.pcn else None
