"""The certificate by whose key an application proves itself, for the programs that do so."""

from __future__ import annotations

import os
from pathlib import Path

CERTIFICATE_FILE = os.environ["PROGRAM_CERTIFICATE"]
"""The private key and the certificate, in PEM form, in one file."""
PEM = Path(CERTIFICATE_FILE).read_text()
PRIVATE_KEY, _, _rest = PEM.partition("-----BEGIN CERTIFICATE-----")
CERTIFICATE = "-----BEGIN CERTIFICATE-----" + _rest
THUMBPRINT = os.environ["PROGRAM_THUMBPRINT"]
"""The SHA-1 of the certificate, hexadecimal."""
