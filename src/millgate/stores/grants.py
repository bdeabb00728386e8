"""What people allowed programs, as the token service keeps it: a port, and the values that go through it.

A person who allows a program something begins a *family*: an authorization code, the tokens that it is
exchanged for, the tokens that a refresh token is exchanged for, and so on. A code and a refresh token are
*handles*: each is exchanged once. One that is brought a second time has been stolen, from whoever holds it
now or from whoever held it before, so the whole family ends (RFC 6749 section 4.1.2, RFC 9700 section 4.14).

Handles are known by keyed digests, access tokens by the digest of what was signed of them. Times are whole
seconds since the epoch.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

import msgspec


class Grant(msgspec.Struct, frozen=True, kw_only=True):
    """What a person allowed a program.

    Attributes:
        client_id: of the program.
        pcn: the company in which it may act.
        account: the person's user ID (PUN), as whom it may act.
        resource: the audience towards which.
        scope: as shown in answers.
        names: what tokens say of the person: `upn`, `name`, `given_name`, `family_name`.
        redirect_uri: where the code was sent; empty when the request named none.
        challenge, method: of PKCE (RFC 7636); empty without.
        nonce: of the request, for the ID token.
        at: when it was allowed.
        mark: changes when what the person proved themselves by does; empty where nobody looks.
    """

    client_id: str
    pcn: int
    account: str
    resource: str
    scope: str
    names: dict[str, str]
    redirect_uri: str = ""
    challenge: str = ""
    method: str = ""
    nonce: str = ""
    at: int
    mark: str = ""


class HandleKind(StrEnum):
    """What a handle is."""

    CODE = "code"
    REFRESH = "refresh"


class Handle(msgspec.Struct, frozen=True, kw_only=True):
    """A code or a refresh token that was found.

    Attributes:
        kind: which of the two.
        family: by its id.
        grant: what it stands for.
        until: when it expires.
        used: whether it has been exchanged.
        ended: whether its family has ended.
    """

    kind: HandleKind
    family: str
    grant: Grant
    until: int
    used: bool
    ended: bool


class Exchanged(msgspec.Struct, frozen=True, kw_only=True):
    """For what a handle is exchanged.

    Attributes:
        access: the digest of the access token.
        access_until: when that expires.
        refresh: the digest of the new refresh token.
        refresh_until: when that expires.
    """

    access: str
    access_until: int
    refresh: str
    refresh_until: int


class Revoked(msgspec.Struct, frozen=True):
    """An access token that is refused before it expires.

    Attributes:
        access: its digest.
        until: when it expires, and need not be known any more.
    """

    access: str
    until: int


class Grants(Protocol):
    """Where grants are kept.

    Every method is one atomic step that outlives the process. It may be called on any thread, and blocks it
    for some milliseconds.

    Raises:
        StoreUnreachable: any method, when nothing can be said.
    """

    def offer(self, code: str, grant: Grant, until: int) -> None:
        """Begin a family with a code, which is known by its digest."""
        ...

    def find(self, handle: str) -> Handle | None:
        """What a handle stands for, also a used or expired one; None when there is none of this digest."""
        ...

    def exchange(self, handle: str, given: Exchanged, now: int) -> bool:
        """Exchange a handle for tokens; False when it was used before, whereupon its family ends.

        Of many that bring it at once one is given tokens. False also when it has expired, when its family has
        ended, or when there is none.
        """
        ...

    def end(self, family: str, now: int) -> None:
        """End a family, if there is one: its handles are worth nothing, its access tokens are revoked."""
        ...

    def end_all(self, account: str, client_id: str, now: int) -> int:
        """End what a person allowed a program; returns how many families ended."""
        ...

    def revoke(self, revoked: Revoked, now: int) -> None:
        """Revoke one access token. Harmless when repeated."""
        ...

    def is_revoked(self, access: str) -> bool:
        """Whether the access token of this digest has been revoked, and has not been forgotten since."""
        ...

    def revoked_since(self, place: int) -> tuple[list[Revoked], int]:
        """What was revoked behind a place, oldest first, and the place behind that; 0 is the beginning."""
        ...

    def tidy(self, now: int) -> None:
        """Forget what has expired."""
        ...
