"""Which way mails leave the house: the setting `mail_url`, read.

file:                       .eml files in the folder outbox of the home, or file:/some/folder
console:                    the standard output
smtp://user:pw@host:587     a mail server; ?tls=starttls (as without it) or none, ?ca= its authority's file
smtps://user:pw@host:465    a mail server that speaks TLS from the first byte
mandrill:KEY                a provider: also postmark, sendgrid, brevo, resend; ?api= another address
failing:smtp-451,ok         failures in this order, again and again, for trying out what happens then
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from millgate.core.secrets import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

PROVIDERS: Final = ("mandrill", "postmark", "sendgrid", "brevo", "resend")
"""Providers to which mails are handed over HTTP."""
STEP: Final = re.compile(r"ok|timeout|refused|rejected|invalid-key|smtp-[45][0-9]{2}|http-[45][0-9]{2}")
"""What can happen on the way `failing:`."""
FORM: Final = (
    "expected file:, console:, smtp://user:password@host:587, smtps://user:password@host:465, "
    "failing:smtp-451,ok, or a provider and its key, as in mandrill:KEY"
)
_OPTIONS: Final[Mapping[str, frozenset[str]]] = {
    "smtp": frozenset({"tls", "ca"}),
    "smtps": frozenset({"ca"}),
    **{name: frozenset({"api"}) for name in PROVIDERS},
}
_PORTS: Final = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True, slots=True, kw_only=True)
class MailRoute:
    """A way for mails.

    Attributes:
        kind: the part before the first colon.
        host, port, user: of a mail server.
        secret: the password, or the provider's key.
        starttls: whether the connection to a mail server must turn to TLS before anything is said.
        place: the folder of `file:`; empty for the one in the home.
        ca: a file with the authority of a mail server's certificate; empty for those of the system.
        api: another address of a provider; empty for its own.
        steps: what happens, in turn, on the way `failing:`.
    """

    kind: str
    host: str = ""
    port: int = 0
    user: str = ""
    secret: Secret = field(default_factory=lambda: Secret(""))
    starttls: bool = False
    place: str = ""
    ca: str = ""
    api: str = ""
    steps: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the setting.

        Raises:
            ValueError: it is none of the forms; the text is not repeated, because it may hold a secret.
        """
        kind, colon, rest = text.partition(":")
        if not colon or not text.isprintable() or " " in text:
            raise ValueError(FORM)
        rest, _, query = rest.partition("?")
        options = _options(kind, query)
        if kind in _PORTS:
            return cls._server(kind, rest, options)
        if kind in PROVIDERS and rest:
            return cls(kind=kind, secret=Secret(unquote(rest)), api=options.get("api", ""))
        if kind == "file":
            return cls(kind=kind, place=unquote(rest))
        if kind == "failing" and all(STEP.fullmatch(step) for step in rest.split(",")):
            return cls(kind=kind, steps=tuple(rest.split(",")))
        if kind == "console" and not rest:
            return cls(kind=kind)
        raise ValueError(FORM)

    @classmethod
    def _server(cls, kind: str, rest: str, options: Mapping[str, str]) -> Self:
        try:
            url = urlsplit(f"{kind}:{rest}")
            host, port = url.hostname, url.port
        except ValueError:
            raise ValueError(FORM) from None
        if not host or port == 0 or url.path not in {"", "/"} or url.fragment:
            raise ValueError(FORM)
        tls = options.get("tls", "starttls")
        if tls not in {"starttls", "none"}:
            raise ValueError("expected tls=starttls or tls=none")
        return cls(
            kind=kind,
            host=host,
            port=port or _PORTS[kind],
            user=unquote(url.username or ""),
            secret=Secret(unquote(url.password or "")),
            starttls=kind == "smtp" and tls == "starttls",
            ca=options.get("ca", ""),
        )

    def redact(self, text: str) -> str:
        """The text without the secret, in whatever form it is known to travel."""
        plain = self.secret.reveal()
        for form in sorted({plain, quote(plain, safe="")}, key=len, reverse=True) if plain else ():
            text = text.replace(form, "[secret]")
        return text


def _options(kind: str, query: str) -> dict[str, str]:
    try:
        given = dict(parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query)))
    except ValueError:
        raise ValueError(FORM) from None
    known = _OPTIONS.get(kind, frozenset())
    if not known.issuperset(given):
        # Which one is not said: it may be half of a password with a question mark in it.
        named = ", ".join(sorted(known)) or "none"
        raise ValueError(f"{kind}: takes no options but {named}; write ? in a password as %3F")
    return given
