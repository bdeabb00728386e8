"""Authlib with a key: `private_key_jwt` of OpenID Connect, for the token endpoint."""

from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from calling import CALL, CLIENT_ID, KEY, RESOURCE, TOKEN_ENDPOINT, tell
from calling_certificate import PRIVATE_KEY

session = OAuth2Session(CLIENT_ID, PRIVATE_KEY, token_endpoint_auth_method="private_key_jwt")
session.register_client_auth_method(PrivateKeyJWT(TOKEN_ENDPOINT))
token = session.fetch_token(TOKEN_ENDPOINT, grant_type="client_credentials", resource=RESOURCE)
answer = session.get(CALL, headers=KEY)
tell(token["access_token"], answer.status_code, answer.json())
