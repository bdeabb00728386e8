"""Signing access tokens (RFC 7515, RFC 7519)."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Final

import msgspec
import structlog
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from millgate.snapshot.document import SIGNING_ALGORITHM
from millgate.stores.sealing import SealBroken

if TYPE_CHECKING:
    from millgate.snapshot.document import SigningKey
    from millgate.snapshot.model import Snapshot
    from millgate.stores.ports import PrivateKeys

JWT: Final = "JWT"
AT_JWT: Final = "at+jwt"

_PADDING: Final = PKCS1v15()
_HASH: Final = SHA256()
_log = structlog.get_logger("millgate.authority")


class NoSigningKey(Exception):  # noqa: N818 - what happened, as it is told
    """Nothing published says which key signs."""


class SigningKeyUnusable(Exception):  # noqa: N818 - what happened, as it is told
    """The private half of the key that signs cannot be had; the text says why."""


class _Loaded(msgspec.Struct, frozen=True):
    """A private key, and the beginning of every token of a `typ` that it signs.

    Attributes:
        private: the key.
        head: the encoded header with its dot.
    """

    private: RSAPrivateKey
    head: bytes


class Signer:
    """Signs with the key that the snapshot names.

    A private key is fetched once, and forgotten with the first token that another one signs.
    """

    def __init__(self, private_keys: PrivateKeys) -> None:
        self._private_keys = private_keys
        self._kid = ""
        self._loaded: dict[str, _Loaded] = {}

    def sign(self, snapshot: Snapshot, payload: bytes, *, typ: str = JWT) -> str:
        """The compact form of a signed token (RFC 7515 section 7.1).

        Args:
            snapshot: in force.
            payload: the claims, as JSON.
            typ: JWT, whose header has the key's id as `kid` and as `x5t`; or at+jwt (RFC 9068), which has
                it as `kid` alone.

        Raises:
            NoSigningKey: none is published to sign.
            SigningKeyUnusable: its private half cannot be had.
        """
        kid = _signing(snapshot).kid
        if kid != self._kid:
            self._loaded.clear()
            self._kid = kid
        loaded = self._loaded.get(typ) or self._load(kid, typ)
        signed = loaded.head + _base64url(payload)
        return (signed + b"." + _base64url(loaded.private.sign(signed, _PADDING, _HASH))).decode()

    def _load(self, kid: str, typ: str) -> _Loaded:
        other = next(iter(self._loaded.values()), None)
        private = other.private if other else self._private(kid)
        loaded = self._loaded[typ] = _Loaded(private, _base64url(_header(kid, typ)) + b".")
        return loaded

    def _private(self, kid: str) -> RSAPrivateKey:
        try:
            key = load_pem_private_key(self._private_keys.private_pem(kid), password=None)
        except SealBroken:
            raise _unusable(kid, "it was sealed under another master key") from None
        except LookupError:
            raise _unusable(kid, "it is not stored") from None
        except (ValueError, TypeError):
            # The parser's own words may tell of the key.
            raise _unusable(kid, "it cannot be read") from None
        if not isinstance(key, RSAPrivateKey):
            raise _unusable(kid, "it is no RSA key")
        return key


def _unusable(kid: str, why: str) -> SigningKeyUnusable:
    remedy = f"put the right master key back, or run: millgate keys retire {kid}"
    _log.error("signing_key_unusable", kid=kid, why=why, remedy=remedy)
    return SigningKeyUnusable(f"signing key {kid}: {why}")


def _header(kid: str, typ: str) -> bytes:
    names = {"x5t": kid, "kid": kid} if typ == JWT else {"kid": kid}
    header = {"typ": typ, "alg": SIGNING_ALGORITHM} | names
    return json.dumps(header, separators=(",", ":")).encode()


def _base64url(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def _signing(snapshot: Snapshot) -> SigningKey:
    for key in snapshot.signing_keys.values():
        if key.signs:
            return key
    raise NoSigningKey
