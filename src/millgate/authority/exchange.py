"""Exchanging a code or a refresh token for tokens: what both grants have in common.

The tokens are made first and kept with the exchange in one step. Killed in between, nothing has happened; and
of many that bring the same handle at once, one is given what was made for it.
"""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING, Any, Final

import msgspec
import structlog

from millgate.authority.clients import Authenticated
from millgate.authority.tokens import answered, scope_for_resource
from millgate.core.errors import (
    TOKEN_ACCOUNT_DISABLED,
    TOKEN_GRANT_EXPIRED,
    TOKEN_GRANT_MALFORMED,
    TOKEN_GRANT_REVOKED,
    Problem,
    Refusal,
    Refused,
)
from millgate.snapshot.principals import principal_of_person
from millgate.stores.grants import Exchanged, Grant, Handle, HandleKind

if TYPE_CHECKING:
    from millgate.authority.tokens import Audience, Made, TokenMaker
    from millgate.core.secrets import Digester
    from millgate.snapshot.model import Snapshot
    from millgate.stores.grants import Grants

IDLE: Final = 14 * 24 * 3600
"""Seconds after which a refresh token that nobody used is worth nothing."""
LONGEST: Final = 90 * 24 * 3600
"""Seconds after which a person signs in again, however often the tokens were refreshed."""

_log = structlog.get_logger("millgate.authority")


class Brought(msgspec.Struct, frozen=True):
    """A handle that may be exchanged by who brings it.

    Attributes:
        client: who brings it.
        digest: by which it is known.
        handle: what it stands for.
        reused: what one is told who brings it a second time.
    """

    client: Authenticated
    digest: str
    handle: Handle
    reused: Problem

    @property
    def grant(self) -> Grant:
        """What a person allowed."""
        return self.handle.grant


class Exchange:
    """Looks handles up, and exchanges them."""

    def __init__(self, grants: Grants, digester: Digester, tokens: TokenMaker) -> None:
        self._grants = grants
        self._digester = digester
        self._tokens = tokens

    async def found(
        self, text: str, kind: HandleKind, client: Authenticated, now: int, *, reused: Problem
    ) -> Brought:
        """The handle that a request brings, if it may still be exchanged by who brings it.

        Args:
            text: as it was sent.
            kind: that it must be of.
            client: who brings it.
            now: seconds since the epoch.
            reused: what one is told who brings a used one; its family ends.

        Raises:
            Refused: it is none, of somebody else, used, revoked or expired.
        """
        digest = self._digester.digest(text)
        handle = await asyncio.to_thread(self._grants.find, digest)
        if handle is None or handle.kind is not kind:
            raise Refused(Refusal(TOKEN_GRANT_MALFORMED))
        if handle.grant.client_id != client.application.client_id:
            cause = f"application {client.application.client_id} brought a handle of {handle.grant.client_id}"
            raise Refused(Refusal(TOKEN_GRANT_MALFORMED, cause=cause))
        if handle.used:
            await self._end(handle, now)
            raise Refused(Refusal(reused))
        if handle.ended:
            raise Refused(Refusal(TOKEN_GRANT_REVOKED))
        if handle.until <= now:
            raise Refused(Refusal(TOKEN_GRANT_EXPIRED))
        return Brought(client, digest, handle, reused)

    async def give(
        self, snapshot: Snapshot, brought: Brought, audience: Audience, parameters: dict[str, str], now: int
    ) -> dict[str, Any]:
        """The members of the success answer, in the order of v1.

        Libraries that ask by a scope keep the tokens under the scopes of the answer, and find them again only
        if theirs is among them; those that ask for `client_info` keep the account by that.

        Args:
            snapshot: in force.
            brought: what is exchanged.
            audience: for whom the access token is.
            parameters: of the request.
            now: seconds since the epoch.

        Raises:
            Refused: the person may not be acted for any more, or somebody else was first.
        """
        grant = brought.grant
        self._expect_person(snapshot, brought.client, grant)
        made = self._tokens.for_person(snapshot, brought.client, grant, audience, now)
        refresh = secrets.token_urlsafe(48)
        given = self._given(made, refresh, grant, now)
        if not await asyncio.to_thread(self._grants.exchange, brought.digest, given, now):
            _log.warning("handle_reused", family=brought.handle.family, client_id=grant.client_id)
            raise Refused(Refusal(brought.reused))
        first, *rest = answered(made).items()
        return {
            **dict([first]),
            "scope": f"{grant.scope} {scope_for_resource(parameters)}".rstrip(),
            **dict(rest),
            "refresh_token": refresh,
            "id_token": self._tokens.id_token(snapshot, grant, now),
            **self._account(snapshot, grant, parameters),
        }

    def _account(self, snapshot: Snapshot, grant: Grant, parameters: dict[str, str]) -> dict[str, str]:
        if parameters.get("client_info") != "1":
            return {}
        return {"client_info": self._tokens.client_info(snapshot, grant)}

    def _given(self, made: Made, refresh: str, grant: Grant, now: int) -> Exchanged:
        return Exchanged(
            access=made.digest,
            access_until=made.expires,
            refresh=self._digester.digest(refresh),
            refresh_until=min(now + IDLE, grant.at + LONGEST),
        )

    def _expect_person(self, snapshot: Snapshot, client: Authenticated, grant: Grant) -> None:
        account = snapshot.accounts.get(grant.account)
        moved = client.application.pcn != grant.pcn
        if moved or principal_of_person(client.application, account) is None:
            cause = f"account {grant.account} may not act in company {grant.pcn}"
            raise Refused(Refusal(TOKEN_ACCOUNT_DISABLED, cause=cause))

    async def _end(self, handle: Handle, now: int) -> None:
        _log.warning("handle_reused", family=handle.family, client_id=handle.grant.client_id)
        await asyncio.to_thread(self._grants.end, handle.family, now)
