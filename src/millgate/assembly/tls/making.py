"""Making certificates: an authority that can vouch for few names, and a server's by it (RFC 5280)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING, Final, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    Key: TypeAlias = ec.EllipticCurvePrivateKey

AUTHORITY_LASTS: Final = timedelta(days=3650)
SERVER_LASTS: Final = timedelta(days=396)
"""Apple's systems accept 397 days at most; the hour of `BACKDATED` comes on top."""
BACKDATED: Final = timedelta(hours=1)
"""Clocks of clients may be behind."""
RENEWED_BEFORE: Final = timedelta(days=30)
_SHOWN: Final = 8


@dataclass(frozen=True, slots=True)
class Authority:
    """What signs, and its certificate."""

    key: Key
    certificate: x509.Certificate


def new_key() -> Key:
    """A private key on P-256, which every TLS library of today knows."""
    return ec.generate_private_key(ec.SECP256R1())


def normal(name: str) -> str:
    """A host name or address in the form in which certificates tell it.

    Raises:
        ValueError: no certificate could name it.
    """
    try:
        return str(ip_address(name.partition("%")[0]))
    except ValueError:
        return name.encode("idna").decode().lower()


def authority_certificate(key: Key, names: Iterable[str], now: datetime) -> x509.Certificate:
    """A certificate for an authority that can vouch for servers of these names, and for nothing else.

    Its own name hangs on its key alone, so that the next certificate of the key takes its place.
    """
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    name = _named(f"Millgate local authority {identifier.digest.hex()[:_SHOWN]}")
    constraints = x509.NameConstraints(permitted_subtrees=_subtrees(names), excluded_subtrees=None)
    return (
        _builder(name, name, key, now, now + AUTHORITY_LASTS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(_servers(), critical=False)
        .add_extension(constraints, critical=True)
        .add_extension(identifier, critical=False)
        .sign(key, hashes.SHA256())
    )


def server_certificate(
    authority: Authority, key: Key, names: Iterable[str], now: datetime
) -> x509.Certificate:
    """A certificate for a server of these names; it ends with the authority's at the latest."""
    issuer = authority.certificate
    until = min(now + SERVER_LASTS, issuer.not_valid_after_utc)
    named = x509.SubjectAlternativeName([_general(name) for name in sorted(names)])
    identifier = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    by = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)
    return (
        _builder(_named("Millgate local server"), issuer.subject, key, now, until)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(_servers(), critical=False)
        .add_extension(named, critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(by, critical=False)
        .sign(authority.key, hashes.SHA256())
    )


def names_of(certificate: x509.Certificate) -> frozenset[str]:
    """The names of a server's certificate."""
    try:
        named = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return frozenset()
    return frozenset(_text(name) for name in named)


def permitted_to(certificate: x509.Certificate) -> frozenset[str]:
    """The names for which an authority of ours can vouch."""
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.NameConstraints).value
    except x509.ExtensionNotFound:
        return frozenset()
    return frozenset(_text(name) for name in constraints.permitted_subtrees or ())


def ends_soon(certificate: x509.Certificate, now: datetime) -> bool:
    """Whether it should be renewed; also when it begins later than now, after the clock was put back."""
    return not certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc - RENEWED_BEFORE


def _builder(
    subject: x509.Name, issuer: x509.Name, key: Key, now: datetime, until: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(until)
    )


def _named(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _servers() -> x509.ExtendedKeyUsage:
    """Servers alone: no names limit who could be vouched for as a signer of programs, so the purpose does."""
    return x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _subtrees(names: Iterable[str]) -> list[x509.GeneralName]:
    """The names as subtrees; an address is the network of it alone, a host name permits those below it."""
    general = [_general(name) for name in sorted(names)]
    return [
        x509.IPAddress(ip_network(name.value)) if isinstance(name, x509.IPAddress) else name
        for name in general
    ]


def _text(name: x509.GeneralName) -> str:
    value = name.value
    return str(value if isinstance(value, str | IPv4Address | IPv6Address) else value.network_address)
