"""The authorization_code grant with PKCE (RFC 6749 section 4.1, RFC 7636)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from typing import TYPE_CHECKING, Any, Final

from millgate.core.errors import (
    TOKEN_CODE_REUSED,
    TOKEN_PARAMETER_MISSING,
    TOKEN_REDIRECT_DIFFERS,
    TOKEN_RESOURCE_DIFFERS,
    TOKEN_RESOURCE_MISSING,
    TOKEN_VERIFIER_WRONG,
    Refusal,
    Refused,
)
from millgate.stores.grants import HandleKind

if TYPE_CHECKING:
    from millgate.authority.clients import Authenticated
    from millgate.authority.exchange import Exchange
    from millgate.authority.tokens import TokenMaker
    from millgate.snapshot.model import Snapshot
    from millgate.stores.grants import Grant

_VERIFIER: Final = re.compile(r"[A-Za-z0-9\-._~]{43,128}")


class AuthorizationCode:
    """Exchanges the code that a person's browser brought for tokens."""

    def __init__(self, exchange: Exchange, tokens: TokenMaker) -> None:
        self._exchange = exchange
        self._tokens = tokens

    async def issue(
        self, snapshot: Snapshot, client: Authenticated, parameters: dict[str, str], now: int
    ) -> dict[str, Any]:
        """The members of the success answer, in their order.

        Raises:
            Refused: the code is none, used, expired or another's; or the request differs from the one for
                which it was made.
        """
        code = parameters.get("code")
        if code is None:
            raise Refused(Refusal(TOKEN_PARAMETER_MISSING, {"parameter": "code"}))
        brought = await self._exchange.found(code, HandleKind.CODE, client, now, reused=TOKEN_CODE_REUSED)
        _expect_redirect(brought.grant, parameters.get("redirect_uri", ""))
        _expect_verifier(brought.grant, parameters.get("code_verifier", ""))
        resource = self._resource(snapshot, brought.grant, parameters)
        audience = self._tokens.known(snapshot, resource, snapshot.tenants[client.application.pcn])
        return await self._exchange.give(snapshot, brought, audience, parameters, now)

    def _resource(self, snapshot: Snapshot, grant: Grant, parameters: dict[str, str]) -> str:
        """The one of the authorization request, which may be repeated here, and not be another.

        A request that named none was shown as one for the resource of the settings; it is named here.
        """
        asked, allowed = self._tokens.asked(snapshot, parameters), self._tokens.allowed(grant)
        if not grant.resource and not asked:
            raise Refused(Refusal(TOKEN_RESOURCE_MISSING))
        if asked and asked != allowed:
            raise Refused(Refusal(TOKEN_RESOURCE_DIFFERS, {"asked": asked[:200], "allowed": allowed[:200]}))
        return allowed


def _expect_redirect(grant: Grant, given: str) -> None:
    """The same as in the authorization request, where that had one (RFC 6749 section 4.1.3)."""
    if given != grant.redirect_uri:
        values = {"given": given[:200], "asked": grant.redirect_uri[:200]}
        raise Refused(Refusal(TOKEN_REDIRECT_DIFFERS, values))


def _expect_verifier(grant: Grant, verifier: str) -> None:
    """What only the program knows that asked for the code (RFC 7636 section 4.6).

    One that comes for a code without a challenge is refused, too: somebody may have taken the challenge out
    of the request (RFC 9700 section 2.1.1).
    """
    if not grant.challenge and not verifier:
        return
    shaped = _VERIFIER.fullmatch(verifier) is not None
    if not (grant.challenge and shaped and hmac.compare_digest(_challenge(grant, verifier), grant.challenge)):
        raise Refused(Refusal(TOKEN_VERIFIER_WRONG))


def _challenge(grant: Grant, verifier: str) -> str:
    if grant.method != "S256":
        return verifier
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
