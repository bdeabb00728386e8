"""Authlib with httpx, at the company's own address of the token service."""

import sys

from authlib.integrations.httpx_client import OAuth2Client
from calling import CALL, CLIENT_ID, CLIENT_SECRET, KEY, RESOURCE, TENANT_TOKEN_ENDPOINT, tell

with OAuth2Client(CLIENT_ID, CLIENT_SECRET, token_endpoint_auth_method=sys.argv[1]) as session:
    token = session.fetch_token(TENANT_TOKEN_ENDPOINT, grant_type="client_credentials", resource=RESOURCE)
    answer = session.get(CALL, headers=KEY)
tell(token["access_token"], answer.status_code, answer.json())
