"""requests-oauthlib: HTTP Basic by default, the secret in the body with `include_client_id`."""

import sys

from calling import CALL, CLIENT_ID, CLIENT_SECRET, KEY, RESOURCE, TOKEN_ENDPOINT, tell
from oauthlib.oauth2 import BackendApplicationClient
from requests_oauthlib import OAuth2Session

session = OAuth2Session(client=BackendApplicationClient(client_id=CLIENT_ID))
token = session.fetch_token(
    TOKEN_ENDPOINT,
    client_id=CLIENT_ID,
    client_secret=CLIENT_SECRET,
    include_client_id=sys.argv[1] == "body" or None,
    resource=RESOURCE,
)
answer = session.get(CALL, headers=KEY)
tell(token["access_token"], answer.status_code, answer.json())
