"""Making, comparing and hiding secrets.

Secrets that Millgate makes are random and long (a subscription key has 128 bits, a client secret almost 254),
so a keyed digest is enough to store them: there is nothing to guess, and a slow hash would only slow every
token request.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets as _random
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path

MASTER_KEY_BYTES = 32


class Secret:
    """A value that prints as a mark. `reveal()` is the one way to it, and easy to search for."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def __repr__(self) -> str:
        return "[secret]"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash(self._value)

    def reveal(self) -> str:
        """The value itself."""
        return self._value


class MasterKey:
    """The installation's key, from which one key for each purpose is derived."""

    def __init__(self, value: bytes) -> None:
        if len(value) < MASTER_KEY_BYTES:
            raise ValueError(f"A master key holds at least {MASTER_KEY_BYTES} bytes, this one {len(value)}.")
        self._value = value

    def __repr__(self) -> str:
        return "MasterKey(…)"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the base64 form of the setting.

        Raises:
            ValueError: it is not base64, or too short.
        """
        return cls(base64.b64decode(text, validate=True))

    @classmethod
    def keep(cls, path: Path) -> Self:
        """Read the key kept in a file, or make one there that only its owner can read.

        Two starts at once, on processes or threads, agree on one key: the file is made whole under a name
        of its own and linked into place, which only the first of them can do.
        """
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            draft = path.with_name(f"{path.name}.{_random.token_hex(8)}")
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(base64.b64encode(_random.token_bytes(MASTER_KEY_BYTES)))
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(draft, path)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        return cls.parse(path.read_text().strip())

    def derive(self, purpose: str) -> bytes:
        """32 bytes for one purpose; different purposes share nothing."""
        return hmac.digest(self._value, purpose.encode(), hashlib.sha256)


class Digester:
    """Keyed digests of high-entropy secrets: what is stored, and what is looked up."""

    def __init__(self, master: MasterKey) -> None:
        # HMAC (RFC 2104) hashes its key twice before anything else. Going on from there takes a third of the
        # time, and whoever guesses keys makes us do it.
        self._begun = hmac.new(master.derive("digest"), digestmod="sha256")

    def digest(self, value: str) -> str:
        """The hexadecimal keyed SHA-256 digest of a secret."""
        code = self._begun.copy()
        code.update(value.encode("utf-8", "surrogatepass"))
        return code.hexdigest()

    def matches(self, value: str, digest: str) -> bool:
        """Whether the secret has this digest, compared in constant time."""
        return self.same(self.digest(value), digest)

    def same(self, one: str, other: str) -> bool:
        """Whether two digests are one, compared in constant time."""
        return hmac.compare_digest(one, other)


def new_subscription_key() -> str:
    """A subscription key: 32 hexadecimal digits, the form that client programs expect."""
    return _random.token_hex(16)


def new_client_secret() -> str:
    """A client secret: 32 random bytes as base64, with at least one '+' and one '/', and '=' at the end.

    A program that sends it without encoding it fails with every secret: on its first day, not by chance.
    About 23 of 100 values have both characters, which leaves 253.9 of 256 bits.
    """
    while True:
        secret = base64.b64encode(_random.token_bytes(32)).decode()
        if "+" in secret and "/" in secret:
            return secret


def new_password() -> str:
    """A password for an account that Millgate makes: 144 bits, safe in a shell and in a URL."""
    return _random.token_urlsafe(18)
