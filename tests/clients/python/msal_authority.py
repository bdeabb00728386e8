"""msal with `authority`: reads the v2.0 discovery document of the company."""

import msal
from calling import CLIENT_ID, CLIENT_SECRET, ORIGIN, RESOURCE, TENANT, call

application = msal.ConfidentialClientApplication(
    CLIENT_ID,
    client_credential=CLIENT_SECRET,
    authority=f"{ORIGIN}/{TENANT}",
    instance_discovery=False,
)
answer = application.acquire_token_for_client([f"{RESOURCE}/.default"])
if "error" in answer:
    raise SystemExit(answer["error_description"])
call(answer["access_token"])
