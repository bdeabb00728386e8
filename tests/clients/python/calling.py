"""What every program here has in common: where the server is, and a call of the gateway with the token it got."""

from __future__ import annotations

import json
import os
import ssl
import urllib.request

ORIGIN = os.environ["MILLGATE_ORIGIN"]
TENANT = os.environ["MILLGATE_TENANT"]
CLIENT_ID = os.environ["MILLGATE_CLIENT_ID"]
CLIENT_SECRET = os.environ["MILLGATE_CLIENT_SECRET"]
RESOURCE = os.environ["MILLGATE_RESOURCE"]
TOKEN_ENDPOINT = f"{ORIGIN}/oauth2/v1/token"
TENANT_TOKEN_ENDPOINT = f"{ORIGIN}/{TENANT}/oauth2/token"
KEY = {"Ocp-Apim-Subscription-Key": os.environ["MILLGATE_SUBSCRIPTION_KEY"]}
CALL = f"{ORIGIN}/test/Platform/v1/CompanyProfile"


def tell(token: str, status: int, body: object) -> None:
    """Print what came of it, for the test."""
    print(json.dumps({"token": token, "status": status, "body": body}))


def call(token: str) -> None:
    """Call the gateway with a token of a library that makes no calls of its own."""
    request = urllib.request.Request(CALL, headers=KEY | {"Authorization": f"Bearer {token}"})  # noqa: S310 - our server
    trust = ssl.create_default_context(cafile=os.environ["MILLGATE_CA_FILE"])
    with urllib.request.urlopen(request, timeout=30, context=trust) as answer:  # noqa: S310 - as above
        tell(token, answer.status, json.load(answer))
