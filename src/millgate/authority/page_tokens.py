"""Access tokens for pages of ours, which prove nothing to the token service: it is the same installation."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

from millgate.authority.clients import Authenticated, Proof, ProofKind
from millgate.authority.signing import NoSigningKey, SigningKeyUnusable
from millgate.snapshot.page_tokens import NoPageToken, PageToken

if TYPE_CHECKING:
    from collections.abc import Callable

    from millgate.authority.tokens import Audience, Made, TokenMaker
    from millgate.snapshot.document import Application
    from millgate.snapshot.model import Snapshot
    from millgate.stores.grants import Grant


class OwnPageTokens:
    """As `page_tokens.PageTokens`, for the resource of the settings.

    Args:
        tokens: with a signer that nobody else uses.
        resource: of the settings.
    """

    def __init__(self, tokens: TokenMaker, resource: str) -> None:
        self._tokens = tokens
        self._resource = resource
        self._turn = Lock()

    def for_person(
        self, snapshot: Snapshot, application: Application, grant: Grant, now: int, seconds: int
    ) -> PageToken:
        """As `page_tokens.PageTokens.for_person`."""
        audience = self._audience(snapshot, application)
        return self._signed(
            lambda: self._tokens.for_person(
                snapshot, _unproved(application), grant, audience, now, seconds=seconds
            )
        )

    def for_application(
        self, snapshot: Snapshot, application: Application, now: int, seconds: int
    ) -> PageToken:
        """As `page_tokens.PageTokens.for_application`."""
        audience, company = self._audience(snapshot, application), snapshot.tenants[application.pcn]
        return self._signed(
            lambda: self._tokens.for_application(
                snapshot, _unproved(application), audience, company, now, seconds=seconds
            )
        )

    def _audience(self, snapshot: Snapshot, application: Application) -> Audience:
        return self._tokens.known(snapshot, self._resource, snapshot.tenants[application.pcn])

    def _signed(self, make: Callable[[], Made]) -> PageToken:
        try:
            with self._turn:
                made = make()
        except NoSigningKey as missing:
            raise NoPageToken("no key is published to sign with") from missing
        except SigningKeyUnusable as unusable:
            raise NoPageToken(str(unusable)) from unusable
        return PageToken(made.token, made.digest, made.expires)


def _unproved(application: Application) -> Authenticated:
    return Authenticated(application, Proof(ProofKind.NONE, ""))
