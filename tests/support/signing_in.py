"""A person whom a program asks, without a browser: signs in, allows, and is sent back to the program."""

from __future__ import annotations

import base64
import hashlib
import html
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import httpx

from support.console import forms_of

if TYPE_CHECKING:
    from support.served import Served

ONWARD = re.compile(r'http-equiv="refresh" content="0;url=([^"]+)"')


@dataclass(frozen=True)
class Asking:
    """A program's request for authorization, and what it keeps to itself.

    Attributes:
        address: where it sends the person.
        verifier: the secret of PKCE.
        state: by which it knows the answer.
    """

    address: str
    verifier: str
    state: str


def asking(server: Served, client_id: str, *, redirect_uri: str, **changes: str) -> Asking:
    """A whole request with PKCE."""
    verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(8)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    given = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "resource": server.env["RESOURCE"],
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    } | changes
    return Asking(f"{server.origin}/oauth2/v1/authorize?{urlencode(given)}", verifier, state)


class Visitor:
    """A person with a browser of their own, who keeps its cookies."""

    def __init__(self, server: Served, email: str, password: str) -> None:
        self._origin = server.origin
        self._client = httpx.Client(verify=server.trust, timeout=30)
        self._who = {"username": email, "password": password}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def allow(self, address: str) -> str:
        """Where the program sends a person who signs in when asked, and allows what is shown."""
        answer = self._client.get(address)
        for _ in range(10):
            onward = self._onward(answer)
            if onward and not onward.startswith(self._origin):
                return onward
            answer = self._client.get(onward) if onward else self._sent(answer)
        raise AssertionError(answer.text)

    def _onward(self, answer: httpx.Response) -> str:
        """Where an answer leads without anybody's doing."""
        if answer.is_redirect:
            return urljoin(str(answer.url), answer.headers["location"])
        found = ONWARD.search(answer.text)
        return html.unescape(found[1]) if found else ""

    def _sent(self, answer: httpx.Response) -> httpx.Response:
        """The form of a page, filled in and sent."""
        assert answer.status_code == 200, answer.text
        action, fields = next(
            (action, fields)
            for action, fields in forms_of(answer.text)
            if {"username", "shown"} & set(fields)
        )
        filled: dict[str, Any] = dict(fields)
        filled |= self._who if "username" in fields else {"allow": "1"}
        address = urljoin(str(answer.url), action)
        return self._client.post(address, data=filled, headers={"Referer": str(answer.url)})


def answered(address: str) -> dict[str, str]:
    """What a program is told in the address to which a person was sent."""
    return dict(parse_qsl(urlsplit(address).query))
