"""Signing access tokens (RFC 7515, RFC 7519)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from joserfc import jws
from joserfc.jwk import RSAKey

from millgate.snapshot.document import SIGNING_ALGORITHM

if TYPE_CHECKING:
    from millgate.snapshot.document import SigningKey
    from millgate.snapshot.model import Snapshot
    from millgate.stores.ports import PrivateKeys


class NoSigningKey(Exception):  # noqa: N818 - what happened, as it is told
    """Nothing published says which key signs."""


class Signer:
    """Signs with the key that the snapshot names; private keys are fetched once."""

    def __init__(self, private_keys: PrivateKeys) -> None:
        self._private_keys = private_keys
        self._loaded: dict[str, RSAKey] = {}

    def sign(self, snapshot: Snapshot, payload: bytes) -> str:
        """The compact form of a signed token; `kid` and `x5t` have the same value.

        Raises:
            NoSigningKey: none is published to sign.
        """
        kid = _signing(snapshot).kid
        header = {"typ": "JWT", "alg": SIGNING_ALGORITHM, "x5t": kid, "kid": kid}
        return jws.serialize_compact(header, payload, self._key(kid), algorithms=[SIGNING_ALGORITHM])

    def _key(self, kid: str) -> RSAKey:
        key = self._loaded.get(kid)
        if key is None:
            key = self._loaded[kid] = RSAKey.import_key(self._private_keys.private_pem(kid))
        return key


def _signing(snapshot: Snapshot) -> SigningKey:
    for key in snapshot.signing_keys.values():
        if key.signs:
            return key
    raise NoSigningKey
