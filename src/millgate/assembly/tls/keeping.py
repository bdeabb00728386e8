"""The files of TLS in the home, and what is read from them.

Keys are made once and never written again. Certificates are replaced whole, by a new file that takes the
name of the old one; each is made of a key that was written before it. So a process may be killed between any
two steps.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from millgate.assembly.tls import making

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes


class TlsUnusable(Exception):  # noqa: N818 - what happened, as it is told
    """What TLS needs cannot be used; the text says what and why."""


@dataclass(frozen=True, slots=True)
class Files:
    """The files of a local authority and of its server."""

    authority_key: Path
    authority: Path
    server_key: Path
    server: Path

    @classmethod
    def of(cls, home: Path) -> Self:
        """Those in a home."""
        place = home / "tls"
        return cls(
            authority_key=place / "authority.key",
            authority=place / "authority.pem",
            server_key=place / "server.key",
            server=place / "server.pem",
        )


@dataclass(frozen=True, slots=True)
class Kept:
    """What stands in the files now.

    Attributes:
        authority, server: certificates.
        anew: whether the authority's certificate was made just now, so that nobody trusts it yet.
    """

    authority: x509.Certificate
    server: x509.Certificate
    anew: bool


def keep(files: Files, names: frozenset[str], now: datetime) -> Kept:
    """Make or renew what is missing, ends soon or does not cover the names; the rest stays as it is.

    The authority's certificate covers no more than the names that were needed so far. One more name takes
    another certificate of the same key, which must be trusted again.

    Raises:
        TlsUnusable: a file cannot be read or written, or holds something else.
    """
    try:
        files.server.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        standing = _standing(files.authority, now)
        permitted = making.permitted_to(standing) if standing else frozenset[str]()
        if standing is not None and names <= permitted:
            return Kept(standing, _server(files, standing, names, now), anew=False)
        key = _key(files.authority_key) if standing is None else _own_key(files, standing)
        authority = making.authority_certificate(key, names | permitted, now)
        _replace(files.authority, authority)
        return Kept(authority, _server(files, authority, names, now), anew=True)
    except OSError as wrong:
        raise TlsUnusable(f"{wrong.filename}: {wrong.strerror}") from wrong


def read_certificates(path: Path) -> list[x509.Certificate]:
    """The certificates of a file, the server's own first.

    Raises:
        TlsUnusable: there is no such file, it cannot be read, or holds none.
    """
    try:
        return x509.load_pem_x509_certificates(_bytes(path))
    except ValueError:
        raise TlsUnusable(f"{path}: it holds no certificate in PEM form") from None


def read_key(path: Path) -> PrivateKeyTypes:
    """The private key of a file.

    Raises:
        TlsUnusable: there is no such file, it cannot be read, or holds none that can be used.
    """
    try:
        return serialization.load_pem_private_key(_bytes(path), password=None)
    except TypeError:
        raise TlsUnusable(f"{path}: the key has a passphrase; write it without one") from None
    except ValueError:
        raise TlsUnusable(f"{path}: it holds no private key in PEM form") from None


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise TlsUnusable(f"{path}: there is no such file") from None
    except OSError as wrong:
        raise TlsUnusable(f"{path}: it cannot be read: {wrong.strerror}") from wrong


def _server(
    files: Files, authority: x509.Certificate, names: frozenset[str], now: datetime
) -> x509.Certificate:
    """The server's certificate, kept as it stands while it does."""
    standing, key = _standing(files.server, now), _key(files.server_key)
    if (
        standing is not None
        and standing.public_key() == key.public_key()
        and names <= making.names_of(standing)
        and _signed(standing, authority)
    ):
        return standing
    issuer = making.Authority(_own_key(files, authority), authority)
    certificate = making.server_certificate(issuer, key, names, now)
    _replace(files.server, certificate)
    return certificate


def _standing(path: Path, now: datetime) -> x509.Certificate | None:
    """The certificate of a file of ours, unless it must be made again."""
    try:
        certificate = read_certificates(path)[0]
    except TlsUnusable:
        return None
    return None if making.ends_soon(certificate, now) else certificate


def _signed(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _own_key(files: Files, authority: x509.Certificate) -> ec.EllipticCurvePrivateKey:
    """The key of the authority that stands. Another is not made in its place: others trust this one."""
    if files.authority_key.exists():
        key = _key(files.authority_key)
        if key.public_key() == authority.public_key():
            return key
    raise TlsUnusable(
        f"{files.authority_key}: it is not the key of {files.authority.name}. Put that key back, or move "
        "both away: another authority is made then, which must be trusted anew"
    )


def _key(path: Path) -> ec.EllipticCurvePrivateKey:
    """The key kept in a file, or one made there that only its owner can read."""
    if not path.exists():
        _make(path)
    key = read_key(path)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise TlsUnusable(f"{path}: it is another key than Millgate made; move it away, and another is made")
    return key


def _make(path: Path) -> None:
    """Make a key whole under a name of its own and link it into place, which only the first can do."""
    text = making.new_key().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    draft = _written(path, text, 0o600)
    try:
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()


def _replace(path: Path, certificate: x509.Certificate) -> None:
    _written(path, certificate.public_bytes(serialization.Encoding.PEM), 0o644).replace(path)


def _written(path: Path, text: bytes, mode: int) -> Path:
    """A draft of a file beside it, on the disk."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return draft
