"""Authlib with requests: `client_secret_basic`, `client_secret_post` or a method that is named on the command line."""

import sys

from authlib.integrations.requests_client import OAuth2Session
from calling import CALL, CLIENT_ID, CLIENT_SECRET, KEY, RESOURCE, TOKEN_ENDPOINT, tell

session = OAuth2Session(CLIENT_ID, CLIENT_SECRET, token_endpoint_auth_method=sys.argv[1])
token = session.fetch_token(TOKEN_ENDPOINT, grant_type="client_credentials", resource=RESOURCE)
answer = session.get(CALL, headers=KEY)
tell(token["access_token"], answer.status_code, answer.json())
