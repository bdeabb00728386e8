"""httpx and the documentation of the token service: the secret in the body, or by HTTP Basic."""

import sys

import httpx
from calling import CALL, CLIENT_ID, CLIENT_SECRET, KEY, RESOURCE, TOKEN_ENDPOINT, tell

form = {"grant_type": "client_credentials", "resource": RESOURCE}
with httpx.Client(timeout=30) as client:
    if sys.argv[1] == "basic":
        answer = client.post(TOKEN_ENDPOINT, data=form, auth=(CLIENT_ID, CLIENT_SECRET))
    else:
        answer = client.post(
            TOKEN_ENDPOINT, data=form | {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        )
    token = answer.raise_for_status().json()["access_token"]
    called = client.get(CALL, headers=KEY | {"Authorization": f"Bearer {token}"})
tell(token, called.status_code, called.json())
