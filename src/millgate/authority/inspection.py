"""Introspection and revocation: what a token is worth, and that it be worth nothing (RFC 7662, RFC 7009)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import msgspec

from millgate.core.errors import TOKEN_OF_ANOTHER, TOKEN_TYPE_UNSUPPORTED, Refusal, Refused
from millgate.snapshot.access_tokens import TokenRefused, read_token
from millgate.snapshot.principals import principal_of_person
from millgate.stores.grants import HandleKind, Revoked

if TYPE_CHECKING:
    from millgate.authority.clients import Authenticated
    from millgate.core.secrets import Digester
    from millgate.snapshot.access_tokens import AccessToken, Issuing
    from millgate.snapshot.model import Snapshot
    from millgate.stores.grants import Grants, Handle

INACTIVE: Final[dict[str, Any]] = {"active": False}


class Token(msgspec.Struct, frozen=True):
    """A token that somebody sent: an access token of ours, a handle, or neither."""

    access: AccessToken | None
    handle: Handle | None


class Inspection:
    """Looks at tokens, and revokes them."""

    def __init__(self, grants: Grants, digester: Digester, issuing: Issuing) -> None:
        self._grants = grants
        self._digester = digester
        self._issuing = issuing

    async def introspect(
        self, snapshot: Snapshot, client: Authenticated, token: str, now: int
    ) -> dict[str, Any]:
        """What a token is worth now. Of tokens of other tenants nothing is told.

        Raises:
            Refused: a public client asks, which anybody could be (RFC 7662 section 2.1).
        """
        client.expect_proof()
        found = await self._found(snapshot, token)
        company = snapshot.tenants[client.application.pcn]
        if found.access is not None and found.access.tenant == company.tenant:
            return await self._of_access(snapshot, found.access, now)
        handle = found.handle
        # A refresh token is the business of the application that holds it, and of nobody else.
        if handle is None or handle.grant.client_id != client.application.client_id:
            return INACTIVE
        return _of_handle(snapshot, handle, now)

    async def revoke(self, snapshot: Snapshot, client: Authenticated, token: str, now: int) -> None:
        """Let a token be worth nothing. One that is none is worth nothing already.

        A refresh token takes with it all that came of the same consent (RFC 7009 section 2.1).

        Raises:
            Refused: it is another application's, or of a kind that is not revoked.
        """
        found = await self._found(snapshot, token)
        own = client.application.client_id
        if found.access is not None:
            _expect_own(found.access.client_id, own)
            revoked = Revoked(found.access.digest, found.access.expires)
            await asyncio.to_thread(self._grants.revoke, revoked, now)
        elif found.handle is not None:
            _expect_own(found.handle.grant.client_id, own)
            if found.handle.kind is HandleKind.CODE:
                raise Refused(Refusal(TOKEN_TYPE_UNSUPPORTED))
            await asyncio.to_thread(self._grants.end, found.handle.family, now)

    async def _found(self, snapshot: Snapshot, token: str) -> Token:
        """Signed tokens have two dots, handles none: what a caller says of the kind is not needed."""
        if token.count(".") == 2:  # noqa: PLR2004 - RFC 7515 section 7.1
            try:
                return Token(read_token(snapshot, self._issuing, token), None)
            except TokenRefused:
                return Token(None, None)
        return Token(None, await asyncio.to_thread(self._grants.find, self._digester.digest(token)))

    async def _of_access(self, snapshot: Snapshot, token: AccessToken, now: int) -> dict[str, Any]:
        in_time = token.not_before <= now < token.expires
        if not (in_time and _standing(snapshot, token)):
            return INACTIVE
        if await asyncio.to_thread(self._grants.is_revoked, token.digest):
            return INACTIVE
        return {
            "active": True,
            **_told(scope=token.scope, username=_username(snapshot, token), jti=token.jti),
            "client_id": token.client_id,
            "token_type": "Bearer",
            "exp": token.expires,
            "iat": token.issued_at,
            **({"nbf": token.not_before} if token.not_before else {}),
            "sub": token.subject,
            "aud": token.audience,
            "iss": self._issuing.issuer(token.tenant),
        }


def _standing(snapshot: Snapshot, token: AccessToken) -> bool:
    """Whether its application may still call, and act as whom it acts."""
    application = snapshot.applications.get(token.client_id)
    if application is None or not application.enabled:
        return False
    if token.account is None:
        return True
    return principal_of_person(application, snapshot.accounts.get(token.account)) is not None


def _username(snapshot: Snapshot, token: AccessToken) -> str:
    account = snapshot.accounts.get(token.account) if token.account else None
    return account.key if account is not None else ""


def _of_handle(snapshot: Snapshot, handle: Handle, now: int) -> dict[str, Any]:
    application = snapshot.applications[handle.grant.client_id]
    account = snapshot.accounts.get(handle.grant.account)
    spent = handle.used or handle.ended or handle.until <= now or handle.kind is HandleKind.CODE
    if spent or principal_of_person(application, account) is None:
        return INACTIVE
    return {
        "active": True,
        "scope": handle.grant.scope,
        "client_id": handle.grant.client_id,
        "username": handle.grant.account,
        "exp": handle.until,
        "iat": handle.grant.at,
    }


def _told(**members: str) -> dict[str, str]:
    return {name: value for name, value in members.items() if value}


def _expect_own(client_id: str, own: str) -> None:
    if client_id != own:
        raise Refused(Refusal(TOKEN_OF_ANOTHER, cause=f"application {own} sent a token of {client_id}"))
