"""Fetching a token as a program would."""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.parse
import urllib.request
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_SECONDS: Final = 30


class TokenRefused(Exception):  # noqa: N818 - what happened, as it is told
    """The server gave no token; the text says why."""


def fetch(
    origin: str, client_id: str, client_secret: str, resource: str, *, ca_file: Path | None = None
) -> str:
    """An access token by the client_credentials grant.

    A certificate is believed when one of the system's authorities or of `ca_file` vouches for it.

    Raises:
        TokenRefused: the server refused, or could not be reached.
    """
    if not origin.startswith(("http://", "https://")):
        raise TokenRefused(f"{origin} is not an http or https address.")
    form = {
        "grant_type": "client_credentials",
        "client_id": client_id,
        "client_secret": client_secret,
        "resource": resource,
    }
    url = f"{origin.rstrip('/')}/oauth2/v1/token"
    request = urllib.request.Request(url, urllib.parse.urlencode(form).encode())  # noqa: S310 - http(s), as checked
    try:
        trust = ssl.create_default_context()
        if ca_file is not None:
            trust.load_verify_locations(ca_file)
        with urllib.request.urlopen(request, timeout=_SECONDS, context=trust) as answer:  # noqa: S310 - as above
            return str(json.load(answer)["access_token"])
    except urllib.error.HTTPError as refused:
        raise TokenRefused(_description(refused)) from refused
    except (OSError, ValueError, KeyError) as wrong:
        raise TokenRefused(f"No token from {url}: {wrong}") from wrong


def _description(refused: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(refused)["error_description"]).partition("\r\n")[0]
    except (ValueError, KeyError, TypeError):
        return f"The server answered {refused.code}."
