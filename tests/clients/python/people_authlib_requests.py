"""Authlib with requests signs a person in; how the client proves itself is named on the command line."""

import sys

from asking import (
    AUTHORIZE_ENDPOINT,
    INTROSPECT_ENDPOINT,
    REDIRECT_URI,
    REVOKE_ENDPOINT,
    answer_to,
    called,
    client,
    tell,
    words,
)
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from calling import KEY, RESOURCE, TOKEN_ENDPOINT

method = sys.argv[1]
session = OAuth2Session(
    *client(public=method == "none"),
    token_endpoint_auth_method=method,
    revocation_endpoint_auth_method=method,
    redirect_uri=REDIRECT_URI,
    code_challenge_method="S256",
)
session.headers.update(KEY)


def status(address: str) -> int:
    return session.get(address).status_code


verifier = generate_token(48)
address, state = session.create_authorization_url(
    AUTHORIZE_ENDPOINT, code_verifier=verifier, resource=RESOURCE
)
came = answer_to(address)
token = session.fetch_token(TOKEN_ENDPOINT, authorization_response=came, code_verifier=verifier, state=state)
first = called(token["access_token"], status)
refreshed = session.refresh_token(TOKEN_ENDPOINT)
second = called(refreshed["access_token"], status)


def looked_up() -> dict:
    return session.introspect_token(INTROSPECT_ENDPOINT, token_type_hint="access_token").json()


introspected = [looked_up()]
session.revoke_token(REVOKE_ENDPOINT, token_type_hint="access_token").raise_for_status()
introspected.append(looked_up())
tell(
    first=first,
    second=second,
    introspected=introspected,
    id_token=token["id_token"],
    refresh_again=words(lambda: session.refresh_token(TOKEN_ENDPOINT, refresh_token=token["refresh_token"])),
    code_again=words(
        lambda: session.fetch_token(
            TOKEN_ENDPOINT, authorization_response=came, code_verifier=verifier, state=state
        )
    ),
)
