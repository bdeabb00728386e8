"""Grants in `tokens.db`. What was answered outlives a power cut, because tokens that are out stay out."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import msgspec

from millgate.stores.grants import Grant, Handle, HandleKind, Revoked
from millgate.stores.ports import StoreUnreachable
from millgate.stores.sqlite.connection import connect_writing, transaction

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from millgate.stores.grants import Exchanged

_grants = msgspec.json.Decoder(Grant)

_FIND = """
    SELECT handle.kind, handle.family_id, family.body, handle.until, handle.used_at, family.ended_at
    FROM tokens_handle handle JOIN tokens_family family ON family.id = handle.family_id
    WHERE handle.digest = ?
"""
_REVOKE = "INSERT INTO tokens_revoked (digest, until) VALUES (?, ?) ON CONFLICT (digest) DO NOTHING"


class SqliteGrants:
    """As `grants.Grants`, in a file that several processes may share."""

    def __init__(self, path: Path) -> None:
        self._connection = connect_writing(path)
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute("PRAGMA foreign_keys = ON")
        self._turn = threading.Lock()

    def offer(self, code: str, grant: Grant, until: int) -> None:
        """As `grants.Grants.offer`."""
        family = uuid4().hex
        row = (family, grant.account, grant.client_id, msgspec.json.encode(grant).decode(), until)
        with self._writing() as run:
            run(
                "INSERT INTO tokens_family (id, account, client_id, body, until) VALUES (?, ?, ?, ?, ?)", *row
            )
            _put_handle(run, code, HandleKind.CODE, family, until)

    def find(self, handle: str) -> Handle | None:
        """As `grants.Grants.find`."""
        with self._reading() as run:
            row = run(_FIND, handle).fetchone()
        if row is None:
            return None
        kind, family, body, until, used_at, ended_at = row
        return Handle(
            kind=HandleKind(kind),
            family=family,
            grant=_grants.decode(body),
            until=until,
            used=used_at is not None,
            ended=ended_at is not None,
        )

    def exchange(self, handle: str, given: Exchanged, now: int) -> bool:
        """As `grants.Grants.exchange`."""
        with self._writing() as run:
            row = run(_FIND, handle).fetchone()
            if row is None:
                return False
            _, family, _, until, used_at, ended_at = row
            if used_at is not None:
                _end(run, family, now)
            if used_at is not None or ended_at is not None or until <= now:
                return False
            run("UPDATE tokens_handle SET used_at = ? WHERE digest = ?", now, handle)
            _put_handle(run, given.refresh, HandleKind.REFRESH, family, given.refresh_until)
            run("UPDATE tokens_family SET until = max(until, ?) WHERE id = ?", given.refresh_until, family)
            run(
                "INSERT INTO tokens_access (digest, family_id, until) VALUES (?, ?, ?)",
                *(given.access, family, given.access_until),
            )
            return True

    def end(self, family: str, now: int) -> None:
        """As `grants.Grants.end`."""
        with self._writing() as run:
            _end(run, family, now)

    def end_all(self, account: str, client_id: str, now: int) -> int:
        """As `grants.Grants.end_all`."""
        which = "SELECT id FROM tokens_family WHERE account = ? AND client_id = ? AND ended_at IS NULL"
        with self._writing() as run:
            families = [family for (family,) in run(which, account, client_id).fetchall()]
            for family in families:
                _end(run, family, now)
        return len(families)

    def revoke(self, revoked: Revoked, now: int) -> None:
        """As `grants.Grants.revoke`."""
        del now
        with self._writing() as run:
            run(_REVOKE, revoked.access, revoked.until)

    def is_revoked(self, access: str) -> bool:
        """As `grants.Grants.is_revoked`."""
        with self._reading() as run:
            return run("SELECT 1 FROM tokens_revoked WHERE digest = ?", access).fetchone() is not None

    def revoked_since(self, place: int) -> tuple[list[Revoked], int]:
        """As `grants.Grants.revoked_since`."""
        newer = "SELECT number, digest, until FROM tokens_revoked WHERE number > ? ORDER BY number"
        with self._reading() as run:
            rows = run(newer, place).fetchall()
        return [Revoked(digest, until) for _, digest, until in rows], rows[-1][0] if rows else place

    def tidy(self, now: int) -> None:
        """As `grants.Grants.tidy`."""
        with self._writing() as run:
            for table in ("tokens_access", "tokens_revoked"):
                run(f"DELETE FROM {table} WHERE until <= ?", now)  # noqa: S608 - names of ours
            over = "SELECT id FROM tokens_family WHERE until <= ?"
            run(f"DELETE FROM tokens_handle WHERE family_id IN ({over})", now)  # noqa: S608 - as above
            run(f"DELETE FROM tokens_access WHERE family_id IN ({over})", now)  # noqa: S608 - as above
            run("DELETE FROM tokens_family WHERE until <= ?", now)

    def close(self) -> None:
        """Close the file."""
        with self._turn:
            self._connection.close()

    @contextmanager
    def _writing(self) -> Iterator[_Run]:
        with self._reading() as run, transaction(self._connection):
            yield run

    @contextmanager
    def _reading(self) -> Iterator[_Run]:
        with self._turn:
            try:
                yield _Run(self._connection)
            except sqlite3.Error as failed:
                raise StoreUnreachable(str(failed)) from failed


class _Run:
    """Runs statements whose values come one by one."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __call__(self, sql: str, *values: Any) -> sqlite3.Cursor:  # noqa: ANN401 - a value of SQLite
        return self._connection.execute(sql, values)


def _put_handle(run: _Run, digest: str, kind: HandleKind, family: str, until: int) -> None:
    put = "INSERT INTO tokens_handle (digest, kind, family_id, until) VALUES (?, ?, ?, ?)"
    run(put, digest, kind.value, family, until)


def _end(run: _Run, family: str, now: int) -> None:
    run("UPDATE tokens_family SET ended_at = ? WHERE id = ? AND ended_at IS NULL", now, family)
    out = "SELECT digest, until FROM tokens_access WHERE family_id = ? AND until > ?"
    for digest, until in run(out, family, now).fetchall():
        run(_REVOKE, digest, until)
