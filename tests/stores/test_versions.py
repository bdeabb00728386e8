"""What published versions must promise their readers; and private keys, which lie in the same file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Final, Protocol

import pytest

from millgate.core.secrets import MasterKey
from millgate.snapshot.document import decode, encode
from millgate.stores.memory import MemoryPrivateKeys, MemoryVersions
from millgate.stores.sealing import SealBroken, Sealer
from millgate.stores.sqlite.control import SqlitePrivateKeys, SqliteVersions
from support.machine_files import empty_file
from support.world import document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from millgate.stores.ports import PrivateKeys, Versions

    Add = Callable[[bytes], int]

SEALER: Final = Sealer(MasterKey(bytes(32)))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """An empty file of versions, at a path that a careless URI would trip over."""
    place = tmp_path / "a home? 100%#1"
    place.mkdir()
    return empty_file("control.db", place)


class Filling(Protocol):
    """A filling of the port, and how pages add to it."""

    @property
    def versions(self) -> Versions: ...
    def add(self, data: bytes) -> int: ...


class InMemory:
    def __init__(self) -> None:
        self.versions = MemoryVersions()

    def add(self, data: bytes) -> int:
        return self.versions.add(data)


class OnFile:
    def __init__(self, path: Path) -> None:
        self._path = path
        self.versions = SqliteVersions(path)

    def add(self, data: bytes) -> int:
        with closing(sqlite3.connect(self._path)) as pages, pages:
            cursor = pages.execute(
                "INSERT INTO publish_version (document, content_hash, kind, made_at, made_by, note) "
                "VALUES (?, '', 'publication', '2026-01-01', 'test', '')",
                (data.decode(),),
            )
        assert cursor.lastrowid is not None
        return cursor.lastrowid


@pytest.fixture(params=["memory", "sqlite"])
def filling(request: pytest.FixtureRequest) -> Iterator[Filling]:
    """Each filling of the port."""
    if request.param == "memory":
        yield InMemory()
        return
    on_file = OnFile(request.getfixturevalue("path"))
    with closing(on_file.versions):
        yield on_file


def test_before_the_first_publication_there_is_none(filling: Filling) -> None:
    assert filling.versions.latest() == 0
    with pytest.raises(LookupError):
        filling.versions.load(0)


def test_each_version_is_read_as_it_was_stored_and_the_newest_is_known(filling: Filling) -> None:
    first, second = encode(document()), '{"catalogue": {"adapters": []}, "é": "𐍈"}'.encode()
    numbers = [filling.add(first), filling.add(second)]

    assert numbers == [1, 2]
    assert filling.versions.latest() == 2
    assert (filling.versions.load(1), filling.versions.load(2)) == (first, second)
    assert decode(filling.versions.load(1)) == document()


def test_a_version_is_seen_as_soon_as_it_is_stored(filling: Filling) -> None:
    seen = [filling.versions.latest()]
    for number in range(3):
        filling.add(b"%d" % number)
        seen.append(filling.versions.latest())

    assert seen == [0, 1, 2, 3]
    assert filling.versions.load(3) == b"2"


@pytest.mark.parametrize("number", [-1, 0, 2, 10**9])
def test_a_version_that_is_not_there_is_not_found(filling: Filling, number: int) -> None:
    filling.add(b"{}")

    with pytest.raises(LookupError):
        filling.versions.load(number)


def test_a_reader_cannot_write(path: Path) -> None:
    with closing(SqliteVersions(path)) as versions, pytest.raises(sqlite3.OperationalError, match="readonly"):
        versions._connection.execute("DELETE FROM publish_version")


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError):
        SqliteVersions(tmp_path / "control.db")

    assert list(tmp_path.iterdir()) == []


def test_a_document_that_was_stored_as_bytes_is_read_too(path: Path) -> None:
    with closing(sqlite3.connect(path)) as pages, pages:
        pages.execute(
            "INSERT INTO publish_version (document, content_hash, kind, made_at, made_by, note) "
            "VALUES (CAST('{}' AS BLOB), '', 'publication', '2026-01-01', 'test', '')"
        )

    with closing(SqliteVersions(path)) as versions:
        assert versions.load(1) == b"{}"


# Private keys


@pytest.fixture(params=["memory", "sqlite"])
def private_keys(request: pytest.FixtureRequest) -> PrivateKeys:
    """Each filling of the port, with one key in it."""
    if request.param == "memory":
        return MemoryPrivateKeys({"kid-1": b"the private half"})
    path: Path = request.getfixturevalue("path")
    put_key(path, "kid-1", SEALER.seal(b"the private half", "signing-key:kid-1"))
    return SqlitePrivateKeys(path, SEALER)


def put_key(path: Path, kid: str, sealed: bytes) -> None:
    with closing(sqlite3.connect(path)) as pages, pages:
        pages.execute(
            "INSERT INTO clients_signing_key (kid, sealed, certificate, n, e, signs, created_at) "
            "VALUES (?, ?, '', '', '', 1, '2026-01-01')",
            (kid, sealed),
        )


def test_a_private_key_is_found_by_its_kid(private_keys: PrivateKeys) -> None:
    assert private_keys.private_pem("kid-1") == b"the private half"


@pytest.mark.parametrize("kid", ["kid-2", "", "KID-1", "' OR 1=1 --"])
def test_a_private_key_that_is_not_there_is_not_found(private_keys: PrivateKeys, kid: str) -> None:
    with pytest.raises(LookupError):
        private_keys.private_pem(kid)


def test_a_private_key_that_was_moved_to_another_row_stays_closed(path: Path) -> None:
    put_key(path, "kid-2", SEALER.seal(b"the private half", "signing-key:kid-1"))

    with pytest.raises(SealBroken):
        SqlitePrivateKeys(path, SEALER).private_pem("kid-2")


def test_a_private_key_lies_sealed_in_the_file(private_keys: PrivateKeys, tmp_path: Path) -> None:
    assert private_keys.private_pem("kid-1")
    for file in tmp_path.rglob("*.db*"):
        assert b"the private half" not in file.read_bytes()
