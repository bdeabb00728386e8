"""The refresh_token grant (RFC 6749 section 6). Each is exchanged once (RFC 9700 section 4.14.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from millgate.core.errors import (
    TOKEN_CONSENT_MISSING,
    TOKEN_GRANT_REVOKED,
    TOKEN_PARAMETER_MISSING,
    Refusal,
    Refused,
)
from millgate.stores.grants import HandleKind

if TYPE_CHECKING:
    from millgate.authority.clients import Authenticated
    from millgate.authority.exchange import Exchange
    from millgate.authority.tokens import TokenMaker
    from millgate.snapshot.model import Snapshot


class RefreshToken:
    """Exchanges a refresh token for new tokens, a refresh token among them."""

    def __init__(self, exchange: Exchange, tokens: TokenMaker) -> None:
        self._exchange = exchange
        self._tokens = tokens

    async def issue(
        self, snapshot: Snapshot, client: Authenticated, parameters: dict[str, str], now: int
    ) -> dict[str, Any]:
        """The members of the success answer, in their order.

        Raises:
            Refused: the token is none, used, revoked, expired or another's; or it is asked for more than a
                person allowed.
        """
        text = parameters.get("refresh_token")
        if text is None:
            raise Refused(Refusal(TOKEN_PARAMETER_MISSING, {"parameter": "refresh_token"}))
        brought = await self._exchange.found(
            text, HandleKind.REFRESH, client, now, reused=TOKEN_GRANT_REVOKED
        )
        allowed, asked = self._tokens.allowed(brought.grant), self._tokens.asked(snapshot, parameters)
        if asked and asked != allowed:
            raise Refused(Refusal(TOKEN_CONSENT_MISSING, {"client_id": brought.grant.client_id}))
        audience = self._tokens.known(snapshot, allowed, snapshot.tenants[client.application.pcn])
        return await self._exchange.give(snapshot, brought, audience, parameters, now)
