"""msal signs a person in to a confidential or a public client, and keeps the tokens."""

import sys
from urllib.parse import parse_qsl, urlsplit

import msal
from asking import REDIRECT_URI, answer_to, called, client, tell
from calling import ORIGIN, RESOURCE, TENANT

SCOPES = [f"{RESOURCE}/.default"]

public = sys.argv[1] == "public"
client_id, secret = client(public=public)
at = {"authority": f"{ORIGIN}/{TENANT}", "instance_discovery": False}
if sys.argv[2] == "oidc":
    at = {"oidc_authority": f"{ORIGIN}/{TENANT}"}
if public:
    application = msal.PublicClientApplication(client_id, **at)
else:
    application = msal.ConfidentialClientApplication(client_id, client_credential=secret, **at)


def good(answer: dict) -> dict:
    if "error" in answer:
        raise SystemExit(answer["error_description"])
    return answer


flow = application.initiate_auth_code_flow(SCOPES, redirect_uri=REDIRECT_URI)
came = dict(parse_qsl(urlsplit(answer_to(flow["auth_uri"])).query))
token = good(application.acquire_token_by_auth_code_flow(flow, came))
first = called(token["access_token"])
account = application.get_accounts()[0]
kept = good(application.acquire_token_silent_with_error(SCOPES, account))
newer = good(application.acquire_token_silent_with_error(SCOPES, account, force_refresh=True))
second = called(newer["access_token"])
tell(
    first=first,
    second=second,
    kept=kept["access_token"],
    account=account,
    id_token=token["id_token"],
    refresh_again=application.acquire_token_by_refresh_token(token["refresh_token"], SCOPES).get(
        "error_description", ""
    ),
    code_again=application.acquire_token_by_auth_code_flow(flow, came).get("error_description", ""),
)
