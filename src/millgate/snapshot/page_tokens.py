"""Access tokens for pages of ours that call managed APIs: a port.

Such a page runs in a browser, so its tokens are shorter than those of programs. Whoever asks for one has seen
to it that the person signed in; what the token opens is decided by the gateway as for every other.
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from millgate.snapshot.document import Application
from millgate.snapshot.model import Snapshot
from millgate.stores.grants import Grant


class PageToken(msgspec.Struct, frozen=True):
    """An access token for the resource of the settings.

    Attributes:
        token: the token itself.
        digest: by which it is revoked.
        expires: when it ends, in seconds since the epoch.
    """

    token: str
    digest: str
    expires: int

    def __repr__(self) -> str:
        return f"PageToken(expires={self.expires})"


class NoPageToken(Exception):  # noqa: N818 - what happened, as it is told
    """No token can be made, because nothing can be signed now; the text says why."""


class PageTokens(Protocol):
    """Makes tokens. Its methods may be called on any thread.

    Raises:
        NoPageToken: any method, when nothing can be signed.
    """

    def for_person(
        self, snapshot: Snapshot, application: Application, grant: Grant, now: int, seconds: int
    ) -> PageToken:
        """A token with which a page acts as the person of a grant."""
        ...

    def for_application(
        self, snapshot: Snapshot, application: Application, now: int, seconds: int
    ) -> PageToken:
        """A token with which a page acts as the account of an application."""
        ...
