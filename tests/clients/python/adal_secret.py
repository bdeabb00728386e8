"""adal: the authority has one path segment, the company's, and is not looked up elsewhere."""

import adal
from calling import CLIENT_ID, CLIENT_SECRET, ORIGIN, RESOURCE, TENANT, call

context = adal.AuthenticationContext(f"{ORIGIN}/{TENANT}", validate_authority=False)
call(context.acquire_token_with_client_credentials(RESOURCE, CLIENT_ID, CLIENT_SECRET)["accessToken"])
