"""The client_credentials grant (RFC 6749 section 4.4), as v1 of the documented service answers it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from millgate.authority.tokens import answered

if TYPE_CHECKING:
    from millgate.authority.clients import Authenticated
    from millgate.authority.tokens import TokenMaker
    from millgate.snapshot.model import Snapshot


class ClientCredentials:
    """Issues tokens to applications for themselves. There is no refresh token (section 4.4.3)."""

    def __init__(self, tokens: TokenMaker) -> None:
        self._tokens = tokens

    async def issue(
        self, snapshot: Snapshot, client: Authenticated, parameters: dict[str, str], now: int
    ) -> dict[str, Any]:
        """The members of the success answer, in their order.

        Raises:
            Refused: the application did not prove to be itself, or the resource is missing or unknown.
        """
        client.expect_proof()
        company = snapshot.tenants[client.application.pcn]
        audience = self._tokens.audience(snapshot, parameters, company)
        return answered(self._tokens.for_application(snapshot, client, audience, company, now))
