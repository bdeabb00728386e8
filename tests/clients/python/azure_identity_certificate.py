"""azure-identity with a certificate, whose chain may be sent along."""

import sys

from azure.identity import CertificateCredential
from calling import CLIENT_ID, ORIGIN, RESOURCE, TENANT, call
from calling_certificate import CERTIFICATE_FILE

with CertificateCredential(
    TENANT,
    CLIENT_ID,
    CERTIFICATE_FILE,
    authority=ORIGIN,
    disable_instance_discovery=True,
    send_certificate_chain=sys.argv[1] == "chain",
) as credential:
    call(credential.get_token(f"{RESOURCE}/.default").token)
