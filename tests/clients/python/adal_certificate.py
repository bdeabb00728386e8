"""adal with a certificate."""

import adal
from calling import CLIENT_ID, ORIGIN, RESOURCE, TENANT, call
from calling_certificate import PRIVATE_KEY, THUMBPRINT

context = adal.AuthenticationContext(f"{ORIGIN}/{TENANT}", validate_authority=False)
answer = context.acquire_token_with_client_certificate(RESOURCE, CLIENT_ID, PRIVATE_KEY, THUMBPRINT)
call(answer["accessToken"])
