"""What probably happened to a secret that was refused: for the log and for its owner, never for the caller.

The secret stays refused. Whatever comes, the same number of readings of it is digested and compared with
every secret of the application, so neither the answer nor its time says more than that it was refused.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

import msgspec

from millgate.core.hints import SecretHint

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from millgate.authority.requests import Credentials
    from millgate.core.secrets import Digester
    from millgate.snapshot.document import Application, Company
    from millgate.snapshot.model import Snapshot

LONGEST_READ: Final = 256
"""What is looked at of a refused secret, in characters; ours have 44, or 60 in base64 once more."""
_QUOTES: Final = "\"'`<>“”\u2018\u2019\ufeff"


class Hint(msgspec.Struct, frozen=True, gc=False):
    """A likely cause.

    Attributes:
        cause: what it was.
        secret: the key of the secret that was meant; empty where the cause is none of a secret.
    """

    cause: SecretHint
    secret: str = ""


class SecretHints:
    """Looks for the cause of a refused secret."""

    def __init__(self, digester: Digester) -> None:
        self._digester = digester

    def of_secret(self, snapshot: Snapshot, credentials: Credentials, now: float) -> Hint | None:
        """Why none of these secrets held, if one of them is nearly one of the application's, or was one."""
        found: list[Hint] = []
        for client_id, secret in credentials.pairs:
            application = snapshot.applications.get(client_id.lower())
            if application is not None and secret is not None:
                found.extend(self._of(application, secret, now))
        return found[0] if found else None

    def _of(self, application: Application, secret: str, now: float) -> list[Hint]:
        read = list(_readings(secret[:LONGEST_READ]))
        digests = [(cause, self._digester.digest(text)) for cause, text in read]
        likely = (
            (ended or cause, key)
            for cause, digest in digests
            for key, known, ended in _known(application, now)
            if self._digester.same(digest, known)
        )
        return [Hint(cause, key) for cause, key in likely if cause is not None]


def of_application(snapshot: Snapshot, credentials: Credentials, tenant: Company | None) -> Hint | None:
    """Why an application was not found, if there is one of this client id."""
    application = _first(snapshot, credentials)
    if application is None:
        return None
    elsewhere = tenant is not None and tenant.pcn != application.pcn
    return Hint(SecretHint.OTHER_TENANT if elsewhere else SecretHint.DISABLED)


def named(snapshot: Snapshot, credentials: Credentials) -> str:
    """The client id of the application that a request names, if it is one of ours; else empty."""
    application = _first(snapshot, credentials)
    return application.client_id if application is not None else ""


def _first(snapshot: Snapshot, credentials: Credentials) -> Application | None:
    found = (snapshot.applications.get(client_id.lower()) for client_id, _ in credentials.pairs)
    return next((application for application in found if application is not None), None)


def _known(application: Application, now: float) -> Iterator[tuple[str, str, SecretHint | None]]:
    """Key, digest and, for a secret that proves nothing any more, why."""
    for item in application.secrets:
        live = item.expires_at is None or now < item.expires_at
        yield item.key, item.digest, None if live else SecretHint.EXPIRED
    for ended in application.ended:
        yield ended.key, ended.digest, SecretHint.EXPIRED_BY_HAND if ended.by_hand else SecretHint.EXPIRED


def _readings(came: str) -> Iterable[tuple[SecretHint | None, str]]:
    """What may have been meant, always as many; first what came itself, which an ended secret may be."""
    yield None, came
    yield SecretHint.PLUS_AS_SPACE, came.replace(" ", "+")
    yield SecretHint.ENCODED_TWICE, unquote(came)
    yield SecretHint.PADDING_CUT, _padded(came)
    yield SecretHint.WHITESPACE, came.strip()
    yield SecretHint.QUOTED, came.strip(_QUOTES)
    yield SecretHint.BASE64, _decoded(came)
    yield SecretHint.URL_SAFE, _padded(came.replace("-", "+").replace("_", "/"))
    # A space at an end may be white, or have been a plus.
    for white in (None, "\r\n\t"):
        bare = unquote(came.strip(white).strip(_QUOTES).strip(white))
        yield SecretHint.SEVERAL, _padded(bare.replace(" ", "+"))


def _padded(text: str) -> str:
    return text.rstrip("=") + "="


def _decoded(text: str) -> str:
    """The text whose base64 it is, a line break around either left out; the text itself where it is none."""
    try:
        return base64.b64decode(text.strip(), validate=True).decode().strip()
    except (binascii.Error, ValueError):
        return text
