"""msal with `oidc_authority`: reads the discovery document of the company, whose issuer must be on the same host."""

import msal
from calling import CLIENT_ID, CLIENT_SECRET, ORIGIN, RESOURCE, TENANT, call

application = msal.ConfidentialClientApplication(
    CLIENT_ID, client_credential=CLIENT_SECRET, oidc_authority=f"{ORIGIN}/{TENANT}"
)
answer = application.acquire_token_for_client([f"{RESOURCE}/.default"])
if "error" in answer:
    raise SystemExit(answer["error_description"])
call(answer["access_token"])
