"""Sealing: secrets that must be shown again are kept encrypted and authenticated."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

if TYPE_CHECKING:
    from millgate.core.secrets import MasterKey

_NONCE_BYTES: Final = 12


class SealBroken(Exception):  # noqa: N818 - what happened, as it is told
    """Sealed bytes that this installation's key does not open, or that belong to another purpose."""


class Sealer:
    """AES-256-GCM under a key of its own, bound to a purpose and a name.

    The binding keeps a sealed value from being moved to another row.
    """

    def __init__(self, master: MasterKey) -> None:
        self._cipher = AESGCM(master.derive("seal"))

    def seal(self, value: bytes, bound_to: str) -> bytes:
        """Seal a value for the row that `bound_to` names."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, value, bound_to.encode())

    def unseal(self, sealed: bytes, bound_to: str) -> bytes:
        """The value.

        Raises:
            SealBroken: it was sealed with another key, for another row, or was changed.
        """
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], bound_to.encode())
        except (InvalidTag, ValueError):
            raise SealBroken(bound_to) from None
