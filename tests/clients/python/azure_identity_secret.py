"""azure-identity: the authority is a host, which is not looked up elsewhere."""

from azure.identity import ClientSecretCredential
from calling import CLIENT_ID, CLIENT_SECRET, ORIGIN, RESOURCE, TENANT, call

with ClientSecretCredential(
    TENANT, CLIENT_ID, CLIENT_SECRET, authority=ORIGIN, disable_instance_discovery=True
) as credential:
    call(credential.get_token(f"{RESOURCE}/.default").token)
