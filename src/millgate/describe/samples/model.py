"""A call as every language writes it: what is sent, and where credentials stand in it."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Secret(StrEnum):
    """A value that a sample holds in a variable."""

    NONE = ""
    KEY = "key"
    TOKEN = "token"  # noqa: S105 - the name of a variable


class Credentials(msgspec.Struct, frozen=True):
    """What a sample says in place of what only its reader knows.

    Attributes:
        key: of the subscription.
        client_id, client_secret: of the application.
        token: what stands for an access token where a language cannot ask for one.
    """

    key: str = "YOUR_SUBSCRIPTION_KEY"
    client_id: str = "YOUR_CLIENT_ID"
    client_secret: str = "YOUR_CLIENT_SECRET"  # noqa: S105 - a placeholder
    token: str = "YOUR_ACCESS_TOKEN"  # noqa: S105 - a placeholder


class SampleHeader(msgspec.Struct, frozen=True):
    """A header of the request: its value is the text with the secret behind it.

    Attributes:
        name: a token (RFC 9110 section 5.6.2).
        text: printable ASCII.
        secret: the variable whose value follows the text.
    """

    name: str
    text: str
    secret: Secret = Secret.NONE


class TokenStep(msgspec.Struct, frozen=True):
    """The request that precedes the call: an access token of the grant client_credentials.

    Attributes:
        url: the token endpoint.
        resource: what is sent as `resource`; empty when nothing is.
    """

    url: str
    resource: str = ""


class SampleCall(msgspec.Struct, frozen=True):
    """One call.

    Attributes:
        method: the HTTP method.
        url: absolute, percent-encoded, ASCII.
        headers: in order, each name once; with the Content-Type where there is a body.
        body: the text that is sent as UTF-8; empty when nothing is.
        token: how the token is got, where the API wants one.
        credentials: what stands for the reader's own.
    """

    method: str
    url: str
    headers: tuple[SampleHeader, ...] = ()
    body: str = ""
    token: TokenStep | None = None
    credentials: Credentials = Credentials()

    @property
    def keyed(self) -> bool:
        """Whether a subscription key is sent."""
        return any(header.secret is Secret.KEY for header in self.headers)

    @property
    def content_type(self) -> str:
        """Of the body; empty when there is none."""
        return next((item.text for item in self.headers if item.name.lower() == "content-type"), "")

    def form(self) -> tuple[tuple[str, str], ...]:
        """The fields of the token request; empty when there is none."""
        if self.token is None:
            return ()
        fields = (
            ("grant_type", "client_credentials"),
            ("client_id", self.credentials.client_id),
            ("client_secret", self.credentials.client_secret),
        )
        return (*fields, ("resource", self.token.resource)) if self.token.resource else fields
