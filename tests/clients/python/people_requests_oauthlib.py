"""requests-oauthlib signs a person in, and names the resource or, as `scope`, a scope in its place.

It takes no answer that came to an `http` address, even on the machine itself, so the code is taken out of it here.
"""

import sys
from urllib.parse import parse_qs, urlsplit

from asking import AUTHORIZE_ENDPOINT, REDIRECT_URI, answer_to, called, client, tell, words
from calling import KEY, RESOURCE, TOKEN_ENDPOINT
from requests_oauthlib import OAuth2Session

way = sys.argv[1]
client_id, secret = client(public=way == "public")
proof = {
    "basic": {},
    "scope": {},
    "body": {"include_client_id": True},
    "public": {"include_client_id": True},
}[way]
named = {} if way == "scope" else {"resource": RESOURCE}
session = OAuth2Session(
    client_id,
    redirect_uri=REDIRECT_URI,
    scope=[f"{RESOURCE}/.default"] if way == "scope" else None,
    pkce="S256",
)
session.headers.update(KEY)
address, state = session.authorization_url(AUTHORIZE_ENDPOINT, **named)
came = {name: values[0] for name, values in parse_qs(urlsplit(answer_to(address)).query).items()}
if came["state"] != state:
    raise SystemExit("this answers another request")


def redeemed() -> dict:
    return session.fetch_token(TOKEN_ENDPOINT, code=came["code"], client_secret=secret, **proof)


def refreshed(refresh_token: str | None = None) -> dict:
    if secret is None:
        return session.refresh_token(TOKEN_ENDPOINT, refresh_token, client_id=client_id)
    return session.refresh_token(TOKEN_ENDPOINT, refresh_token, auth=(client_id, secret))


def status(asked: str) -> int:
    return session.get(asked).status_code


token = redeemed()
first = called(token["access_token"], status)
newer = refreshed()
second = called(newer["access_token"], status)
tell(
    first=first,
    second=second,
    refresh_again=words(lambda: refreshed(token["refresh_token"])),
    code_again=words(redeemed),
)
