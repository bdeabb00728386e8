"""What every program here has in common that acts as a person: how it is told of one, and what it then does."""

from __future__ import annotations

import json
import os
import ssl
import sys
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

from calling import CALL, CLIENT_ID, CLIENT_SECRET, KEY, ORIGIN

if TYPE_CHECKING:
    from collections.abc import Callable

PUBLIC_CLIENT_ID = os.environ["MILLGATE_PUBLIC_CLIENT_ID"]
REDIRECT_URI = os.environ["MILLGATE_REDIRECT_URI"].replace("127.0.0.1", "127.0.0.1:51234")
"""As registered but for the port, which a program on the machine takes as it finds it."""
AUTHORIZE_ENDPOINT = f"{ORIGIN}/oauth2/v1/authorize"
INTROSPECT_ENDPOINT = f"{ORIGIN}/oauth2/v1/introspect"
REVOKE_ENDPOINT = f"{ORIGIN}/oauth2/v1/revoke"
OF_THE_SERVICE = f"{ORIGIN}/test/Workcenter/v1/ApprovedWorkcenters?limit=1"
"""What the application's own account may read, and the person may not."""


def client(*, public: bool) -> tuple[str, str | None]:
    """The credentials of a program on people's own devices, or those of a service."""
    return (PUBLIC_CLIENT_ID, None) if public else (CLIENT_ID, CLIENT_SECRET)


def answer_to(address: str) -> str:
    """Print where the person is to go, and read to where they were sent from there."""
    print(address, flush=True)
    return sys.stdin.readline().strip()


def got(address: str, token: str) -> int:
    """The status of a call, for a library that makes none of its own."""
    request = urllib.request.Request(address, headers=KEY | {"Authorization": f"Bearer {token}"})  # noqa: S310 - our server
    trust = ssl.create_default_context(cafile=os.environ["MILLGATE_CA_FILE"])
    try:
        with urllib.request.urlopen(request, timeout=30, context=trust) as answer:  # noqa: S310 - as above
            return answer.status
    except urllib.error.HTTPError as refused:
        return refused.code


def called(token: str, get: Callable[[str], int] | None = None) -> dict[str, object]:
    """Call what the person may read and what only the service may, with a token or what `get` sends itself."""
    status = get or (lambda address: got(address, token))
    return {"token": token, "may": status(CALL), "may_not": status(OF_THE_SERVICE)}


def words(failing: Callable[[], object]) -> str:
    """What a library says of something that fails; empty when it does not fail."""
    try:
        failing()
    except Exception as told:  # noqa: BLE001 - each library has exceptions of its own
        return f"{type(told).__name__}: {told}"
    return ""


def tell(**came: object) -> None:
    """Print what came of it, for the test."""
    print(json.dumps(came))
