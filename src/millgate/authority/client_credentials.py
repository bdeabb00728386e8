"""The client_credentials grant (RFC 6749 section 4.4), as v1 of the documented service answers it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Final

import msgspec

from millgate.core.errors import TOKEN_RESOURCE_MISSING, TOKEN_RESOURCE_UNKNOWN, Refusal, Refused
from millgate.snapshot.signing import TOKEN_SECONDS

if TYPE_CHECKING:
    from millgate.authority.signing import Signer
    from millgate.snapshot.document import Application, Company
    from millgate.snapshot.model import Snapshot

LIFETIME: Final = TOKEN_SECONDS
BACKDATED: Final = 300
_DEFAULT_SCOPE: Final = "/.default"
_SECRET: Final = "1"  # noqa: S105 - `appidacr`: the client proved itself by a secret
_OBJECTS: Final = uuid.UUID("5b5a9b0e-6f0e-4d0c-9a53-0c8a4e4c7b11")


class ClientCredentials:
    """Issues tokens to applications for themselves. There is no refresh token (section 4.4.3)."""

    def __init__(self, signer: Signer, *, origin: str, resource: str) -> None:
        self._signer = signer
        self._origin = origin
        self._resource = resource

    def issue(
        self, snapshot: Snapshot, application: Application, parameters: dict[str, str], now: int
    ) -> dict[str, str]:
        """The members of the success answer, in their order, all strings.

        Raises:
            Refused: the resource is missing or unknown.
        """
        company = snapshot.tenants[application.pcn]
        resource = self._audience(parameters, company)
        not_before, expires = now - BACKDATED, now + LIFETIME
        claims = {
            "aud": resource,
            "iss": f"{self._origin}/{company.tenant}/",
            "iat": not_before,
            "nbf": not_before,
            "exp": expires,
            **_identity(application, company, self._origin),
        }
        return {
            "token_type": "Bearer",
            "expires_in": str(LIFETIME),
            "ext_expires_in": str(LIFETIME),
            "expires_on": str(expires),
            "not_before": str(not_before),
            "resource": resource,
            "access_token": self._signer.sign(snapshot, msgspec.json.encode(claims)),
        }

    def _audience(self, parameters: dict[str, str], company: Company) -> str:
        asked = parameters.get("resource") or self._scoped(parameters.get("scope", ""))
        if not asked:
            raise Refused(Refusal(TOKEN_RESOURCE_MISSING))
        if asked != self._resource:
            values = {"resource": asked[:200], "tenant": company.tenant}
            raise Refused(Refusal(TOKEN_RESOURCE_UNKNOWN, values))
        return asked

    def _scoped(self, scope: str) -> str:
        """The resource of `X/.default`; some libraries send only that, some without X's last slash."""
        if not scope.endswith(_DEFAULT_SCOPE):
            return ""
        asked = scope.removesuffix(_DEFAULT_SCOPE)
        return self._resource if asked + "/" == self._resource else asked


def _identity(application: Application, company: Company, origin: str) -> dict[str, str]:
    """Who the token is about: an application's own object in its tenant, the same for ever."""
    own = str(uuid.uuid5(_OBJECTS, f"{company.tenant}/{application.client_id}"))
    return {
        "appid": application.client_id,
        "appidacr": _SECRET,
        "idp": f"{origin}/{company.tenant}/",
        "oid": own,
        "sub": own,
        "tid": company.tenant,
        "ver": "1.0",
    }
