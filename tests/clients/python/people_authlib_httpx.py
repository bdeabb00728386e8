"""Authlib with httpx, at the company's own addresses; the scope stands in for the resource."""

import sys

from asking import REDIRECT_URI, answer_to, called, client, tell, words
from authlib.common.security import generate_token
from authlib.integrations.httpx_client import OAuth2Client
from calling import KEY, ORIGIN, RESOURCE, TENANT, TENANT_TOKEN_ENDPOINT

method = sys.argv[1]
with OAuth2Client(
    *client(public=method == "none"),
    token_endpoint_auth_method=method,
    revocation_endpoint_auth_method=method,
    redirect_uri=REDIRECT_URI,
    scope=f"openid {RESOURCE}/.default",
    code_challenge_method="S256",
    headers=KEY,
) as session:
    verifier, nonce = generate_token(48), generate_token(20)
    address, state = session.create_authorization_url(
        f"{ORIGIN}/{TENANT}/oauth2/authorize", code_verifier=verifier, nonce=nonce
    )
    came = answer_to(address)

    def redeemed() -> dict:
        return session.fetch_token(
            TENANT_TOKEN_ENDPOINT, authorization_response=came, code_verifier=verifier, state=state
        )

    def status(asked: str) -> int:
        return session.get(asked).status_code

    token = redeemed()
    first = called(token["access_token"], status)
    refreshed = session.refresh_token(TENANT_TOKEN_ENDPOINT)
    second = called(refreshed["access_token"], status)
    session.revoke_token(
        f"{ORIGIN}/{TENANT}/oauth2/revoke", refreshed["refresh_token"], token_type_hint="refresh_token"
    ).raise_for_status()
    tell(
        first=first,
        second=second,
        revoked=words(lambda: session.refresh_token(TENANT_TOKEN_ENDPOINT)),
        nonce=nonce,
        id_token=token["id_token"],
        refresh_again=words(
            lambda: session.refresh_token(TENANT_TOKEN_ENDPOINT, refresh_token=token["refresh_token"])
        ),
        code_again=words(redeemed),
    )
