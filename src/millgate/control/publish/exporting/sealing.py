"""Sealing secrets for files, under the installation's master key or under a passphrase.

AES-SIV (RFC 5297) needs no nonce: the same value in the same place gives the same sealed text, so that a
second export changes no line, and whoever reads the files learns no more than which values have changed.
Each value is bound to its place and cannot be moved to another.
"""

from __future__ import annotations

import base64
import os
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from millgate.stores.sealing import SealBroken

if TYPE_CHECKING:
    from millgate.core.secrets import MasterKey

MASTER_KEY: Final = "master key"
PASSPHRASE: Final = "passphrase"  # noqa: S105 - what it is called, not one
SHORTEST_PASSPHRASE: Final = 12
_SALT_BYTES: Final = 16
_KEY_BYTES: Final = 64
_CHECK: Final = "check"


class FileSealer:
    """Seals texts for files, each bound to its place.

    Attributes:
        under: `MASTER_KEY` or `PASSPHRASE`.
        salt: of the passphrase, hexadecimal; empty for the master key.
    """

    def __init__(self, key: bytes, under: str, salt: str = "") -> None:
        self._cipher = AESSIV(key)
        self.under = under
        self.salt = salt

    @classmethod
    def of_master(cls, master: MasterKey) -> FileSealer:
        """Only installations with the same master key open what this seals."""
        return cls(master.derive("export, mac") + master.derive("export, cipher"), MASTER_KEY)

    @classmethod
    def of_passphrase(cls, passphrase: str, salt: str = "") -> FileSealer:
        """Whoever knows the passphrase opens what this seals. Without a salt it gets a new one.

        Raises:
            ValueError: the passphrase is too short, or the salt is none.
        """
        if len(passphrase) < SHORTEST_PASSPHRASE:
            raise ValueError(f"the passphrase is shorter than {SHORTEST_PASSPHRASE} characters")
        raw = bytes.fromhex(salt) if salt else os.urandom(_SALT_BYTES)
        if len(raw) != _SALT_BYTES:
            raise ValueError(f"the salt is not {_SALT_BYTES} bytes")
        # 128 MiB and a few tenths of a second for each guess.
        scrypt = Scrypt(salt=raw, length=_KEY_BYTES, n=2**17, r=8, p=1)
        return cls(scrypt.derive(passphrase.encode("utf-8", "surrogateescape")), PASSPHRASE, raw.hex())

    def seal(self, value: str, place: str) -> str:
        """A text sealed for its place, as base64."""
        return base64.b64encode(self._cipher.encrypt(value.encode(), [place.encode()])).decode()

    def unseal(self, sealed: str, place: str) -> str:
        """The text.

        Raises:
            SealBroken: it was sealed with another key, for another place, or was changed.
        """
        try:
            return self._cipher.decrypt(base64.b64decode(sealed, validate=True), [place.encode()]).decode()
        except (InvalidTag, ValueError):
            raise SealBroken(place) from None

    @property
    def check(self) -> str:
        """By which another sealer of the same key is known."""
        return self.seal("", _CHECK)

    def opens(self, check: str) -> bool:
        """Whether a check was made with the same key."""
        try:
            return not self.unseal(check, _CHECK)
        except SealBroken:
            return False
