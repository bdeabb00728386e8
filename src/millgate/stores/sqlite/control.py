"""What machines read of `control.db`: published versions, the private halves of signing keys, the clock."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from millgate.stores.sqlite.connection import connect_reading

if TYPE_CHECKING:
    from pathlib import Path

    from millgate.stores.sealing import Sealer


class SqliteVersions:
    """The versions that `publish` stored. For one thread: the event loop's."""

    def __init__(self, path: Path) -> None:
        self._connection = connect_reading(path)

    def latest(self) -> int:
        """As `ports.Versions.latest`."""
        (number,) = self._connection.execute("SELECT max(number) FROM publish_version").fetchone()
        return number or 0

    def load(self, number: int) -> bytes:
        """As `ports.Versions.load`."""
        row = self._connection.execute(
            "SELECT document FROM publish_version WHERE number = ?", (number,)
        ).fetchone()
        if row is None:
            raise LookupError(number)
        return row[0].encode() if isinstance(row[0], str) else bytes(row[0])

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


class SqliteClockOffset:
    """How far `sandbox` jumped the clock. For one thread: the event loop's."""

    def __init__(self, path: Path) -> None:
        self._connection = connect_reading(path)

    def read(self) -> float:
        """Seconds ahead of the machine's time; 0 where nobody jumped it. Cheap: it is polled."""
        row = self._connection.execute(
            "SELECT offset_seconds FROM sandbox_clock ORDER BY id LIMIT 1"
        ).fetchone()
        return float(row[0]) if row is not None else 0.0

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


class SqlitePrivateKeys:
    """The sealed keys that `clients` stored."""

    def __init__(self, path: Path, sealer: Sealer) -> None:
        self._path = path
        self._sealer = sealer

    def private_pem(self, kid: str) -> bytes:
        """As `ports.PrivateKeys.private_pem`.

        Raises:
            SealBroken: the key was sealed with another master key.
        """
        connection = connect_reading(self._path)
        try:
            row = self._select(connection, kid)
        finally:
            connection.close()
        if row is None:
            raise LookupError(kid)
        return self._sealer.unseal(row[0], f"signing-key:{kid}")

    @staticmethod
    def _select(connection: sqlite3.Connection, kid: str) -> tuple[bytes] | None:
        query = "SELECT sealed FROM clients_signing_key WHERE kid = ?"
        row: tuple[bytes] | None = connection.execute(query, (kid,)).fetchone()
        return row
