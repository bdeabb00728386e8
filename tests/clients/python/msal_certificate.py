"""msal with a certificate: `sha1` names it by the old thumbprint, `sha256` lets msal choose how to sign."""

import sys

import msal
from calling import CLIENT_ID, ORIGIN, RESOURCE, TENANT, call
from calling_certificate import CERTIFICATE, PRIVATE_KEY, THUMBPRINT

named = {"thumbprint": THUMBPRINT} if sys.argv[1] == "sha1" else {"public_certificate": CERTIFICATE}
application = msal.ConfidentialClientApplication(
    CLIENT_ID,
    client_credential={"private_key": PRIVATE_KEY, **named},
    authority=f"{ORIGIN}/{TENANT}",
    instance_discovery=False,
)
answer = application.acquire_token_for_client([f"{RESOURCE}/.default"])
if "error" in answer:
    raise SystemExit(answer["error_description"])
call(answer["access_token"])
