"""The shapes in which the pane asks for a session, and in which it is told of one."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

LONGEST_BODY = 8_192
_Short = Annotated[str, msgspec.Meta(max_length=320)]
_Password = Annotated[str, msgspec.Meta(max_length=1_000)]


class SessionAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody signs in with. It is never shown whole, because it holds a password."""

    mode: Literal["demo", "own"]
    user_id: _Short = ""
    password: _Password = ""
    company_code: _Short = ""
    subscription_key: _Short = ""
    otp: _Short = ""

    def __repr__(self) -> str:
        return f"SessionAsked(mode={self.mode!r})"


class HandleSent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The handle of a session, to renew or to end it."""

    refresh: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]

    def __repr__(self) -> str:
        return "HandleSent()"


class CompanyShown(msgspec.Struct, frozen=True):
    """A company, and the zone of its plant's clock."""

    code: str
    name: str
    time_zone: str


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """What the pane calls managed APIs with.

    Attributes:
        mode: `demo` or `own`.
        token: the bearer token.
        expires_in: seconds until it ends.
        refresh: by which it is renewed and ended; empty in Demo Mode, where one asks again.
        person: who signed in, for people; empty in Demo Mode.
        company: whose data it opens.
        base: what stands between the origin and the path of an operation: `/test`, or nothing; None when it
            stays as it was.
        subscription_key: the key of Demo Mode; empty otherwise, for the person has theirs.
        subscription_key_required: whether calls need a key.
    """

    mode: str
    token: str
    expires_in: int
    company: CompanyShown
    base: str | None
    subscription_key_required: bool
    refresh: str = ""
    person: str = ""
    subscription_key: str = ""

    def __repr__(self) -> str:
        return f"Session(mode={self.mode!r}, company={self.company.code!r})"
