"""adal redeems a code; where to send the person, its documentation has programs write themselves."""

import base64
import hashlib
import secrets
import sys
from urllib.parse import parse_qs, urlencode, urlsplit

import adal
from asking import REDIRECT_URI, answer_to, called, client, tell, words
from calling import ORIGIN, RESOURCE, TENANT

client_id, secret = client(public=sys.argv[1] == "public")
context = adal.AuthenticationContext(f"{ORIGIN}/{TENANT}", validate_authority=False)
verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(16)
asked = {
    "response_type": "code",
    "client_id": client_id,
    "redirect_uri": REDIRECT_URI,
    "resource": RESOURCE,
    "state": state,
    "code_challenge": base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
    .rstrip(b"=")
    .decode(),
    "code_challenge_method": "S256",
}
came = parse_qs(urlsplit(answer_to(f"{ORIGIN}/{TENANT}/oauth2/authorize?{urlencode(asked)}")).query)
if came["state"] != [state]:
    raise SystemExit("this answers another request")


def redeemed() -> dict:
    return context.acquire_token_with_authorization_code(
        came["code"][0], REDIRECT_URI, RESOURCE, client_id, secret, code_verifier=verifier
    )


def refreshed(refresh_token: str) -> dict:
    return context.acquire_token_with_refresh_token(refresh_token, client_id, RESOURCE, secret)


token = redeemed()
first = called(token["accessToken"])
newer = refreshed(token["refreshToken"])
second = called(newer["accessToken"])
tell(
    first=first,
    second=second,
    user=token.get("userId", ""),
    refresh_again=words(lambda: refreshed(token["refreshToken"])),
    code_again=words(redeemed),
)
