"""Making a key that signs tokens, with the certificate that carries its public half."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

KEY_BITS: Final = 2048
LARGEST_KEY_BITS: Final = 8192
LIFETIME: Final = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class KeyPair:
    """An RS256 key pair.

    Attributes:
        kid: base64url of the SHA-1 of the certificate, unpadded (RFC 7515 section 4.1.7). It begins with no
            hyphen, so that commands that are given it read no option there.
        private_pem: the private half as PKCS #8 in PEM form.
        certificate: base64 of the certificate's DER form.
        n: the modulus, base64url.
        e: the exponent, base64url.
    """

    kid: str
    private_pem: bytes
    certificate: str
    n: str
    e: str

    def __repr__(self) -> str:
        return f"KeyPair(kid={self.kid!r})"


def key_pair_make(*, now: datetime) -> KeyPair:
    """A new key pair whose certificate, signed by itself, is valid for ten years."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    numbers = private.public_key().public_numbers()
    der, kid = _named(private, now)
    return KeyPair(
        kid=kid,
        private_pem=private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ),
        certificate=base64.b64encode(der).decode(),
        n=_number(numbers.n),
        e=_number(numbers.e),
    )


def _named(private: rsa.RSAPrivateKey, now: datetime) -> tuple[bytes, str]:
    """A certificate whose thumbprint, by its serial number, can be given on a command line; and that."""
    while True:
        der = _certificate(private, now).public_bytes(serialization.Encoding.DER)
        kid = _thumbprint(der)
        if not kid.startswith("-"):
            return der, kid


@dataclass(frozen=True, slots=True)
class ClientPublicKey:
    """What a client's certificate says of its key.

    Attributes:
        thumbprint: base64url of the SHA-1 of its DER form, unpadded (RFC 7515 section 4.1.7).
        certificate: base64 of its DER form.
        n, e: the RSA key, base64url.
        expires_at: the end of its validity.
    """

    thumbprint: str
    certificate: str
    n: str
    e: str
    expires_at: datetime


def certificate_read(text: str) -> ClientPublicKey:
    """Read a certificate in PEM form, or as base64 of its DER form.

    Raises:
        ValueError: it is none, or has no RSA key of 2048 to 8192 bits; says what to do.
    """
    try:
        if "-----BEGIN" in text:
            found = x509.load_pem_x509_certificate(text.strip().encode())
        else:
            found = x509.load_der_x509_certificate(base64.b64decode("".join(text.split()), validate=True))
    except ValueError:
        raise ValueError(
            "This is no certificate: paste the PEM text, BEGIN and END lines included."
        ) from None
    key = found.public_key()
    if not isinstance(key, rsa.RSAPublicKey) or not KEY_BITS <= key.key_size <= LARGEST_KEY_BITS:
        raise ValueError(
            "Its key is no RSA key of 2048 to 8192 bits; make one with openssl req -newkey rsa:2048."
        )
    der = found.public_bytes(serialization.Encoding.DER)
    numbers = key.public_numbers()
    return ClientPublicKey(
        thumbprint=_thumbprint(der),
        certificate=base64.b64encode(der).decode(),
        n=_number(numbers.n),
        e=_number(numbers.e),
        expires_at=found.not_valid_after_utc,
    )


def _thumbprint(der: bytes) -> str:
    # SHA-1 is what the x5t header is defined by; it names the certificate and protects nothing.
    return _base64url(hashlib.sha1(der, usedforsecurity=False).digest())


def _certificate(private: rsa.RSAPrivateKey, now: datetime) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Millgate token signing")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + LIFETIME)
        .sign(private, hashes.SHA256())
    )


def _number(value: int) -> str:
    return _base64url(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
