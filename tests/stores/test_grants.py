"""What people allowed programs: one suite over every filling."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from millgate.stores.grants import Exchanged, Grant, Grants, HandleKind, Revoked
from millgate.stores.memory import MemoryGrants
from millgate.stores.ports import StoreUnreachable
from millgate.stores.redis.grants import RedisGrants
from millgate.stores.sqlite.grants import SqliteGrants
from support.machine_files import empty_file
from support.redis_server import Server, require_redis, shared

NOW = 1_700_000_000
SOON = NOW + 600
LATER = NOW + 14 * 24 * 3600
GRANT = Grant(
    client_id="c1",
    pcn=1,
    account="mia",
    resource="http://api.plex.com/",
    scope="user_impersonation",
    names={"upn": "mia@example.com", "name": "Mia Müller"},
    redirect_uri="https://mes.example/cb",
    challenge="x" * 43,
    method="S256",
    nonce="n",
    at=NOW,
)


def given(name: str = "1", *, until: int = LATER) -> Exchanged:
    return Exchanged(
        access=f"access-{name}", access_until=NOW + 3600, refresh=f"refresh-{name}", refresh_until=until
    )


@pytest.fixture(params=["memory", "sqlite", "redis"])
def grants(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Grants]:
    if request.param == "redis":
        server = shared()
        with server.client() as client:
            client.flushall()
        with closing(RedisGrants(server.url)) as redis:
            yield redis
    elif request.param == "sqlite":
        with closing(SqliteGrants(empty_file("tokens.db", tmp_path))) as sqlite:
            yield sqlite
    else:
        yield MemoryGrants()


def revoked(grants: Grants, place: int = 0) -> set[str]:
    return {item.access for item in grants.revoked_since(place)[0]}


def test_a_code_is_found_with_all_that_was_allowed(grants: Grants) -> None:
    grants.offer("code", GRANT, SOON)
    found = grants.find("code")
    assert found is not None
    assert (found.kind, found.grant, found.until) == (HandleKind.CODE, GRANT, SOON)
    assert not found.used
    assert not found.ended


def test_what_was_never_offered_is_not_found_and_buys_nothing(grants: Grants) -> None:
    assert grants.find("code") is None
    assert not grants.exchange("code", given(), NOW)
    assert grants.find("refresh-1") is None


def test_a_code_is_exchanged_for_a_refresh_token_of_the_same_family(grants: Grants) -> None:
    grants.offer("code", GRANT, SOON)
    assert grants.exchange("code", given(), NOW)
    code, refresh = grants.find("code"), grants.find("refresh-1")
    assert code is not None
    assert refresh is not None
    assert code.used
    assert (refresh.kind, refresh.family, refresh.grant, refresh.until) == (
        HandleKind.REFRESH,
        code.family,
        GRANT,
        LATER,
    )
    assert not refresh.used
    assert revoked(grants) == set()


def test_a_code_that_is_brought_again_ends_its_family(grants: Grants) -> None:
    grants.offer("code", GRANT, SOON)
    grants.offer("other", GRANT, SOON)
    assert grants.exchange("code", given("1"), NOW)
    assert grants.exchange("other", given("2"), NOW)
    assert not grants.exchange("code", given("3"), NOW + 5)

    refresh, other = grants.find("refresh-1"), grants.find("refresh-2")
    assert refresh is not None
    assert refresh.ended
    assert other is not None
    assert not other.ended
    assert revoked(grants) == {"access-1"}
    assert not grants.exchange("refresh-1", given("4"), NOW + 6)


def test_a_refresh_token_is_rotated_and_one_that_is_brought_again_ends_its_family(grants: Grants) -> None:
    grants.offer("code", GRANT, SOON)
    assert grants.exchange("code", given("1"), NOW)
    assert grants.exchange("refresh-1", given("2"), NOW + 100)
    assert grants.exchange("refresh-2", given("3"), NOW + 200)
    assert not grants.exchange("refresh-1", given("4"), NOW + 300)
    assert revoked(grants) == {"access-1", "access-2", "access-3"}
    newest = grants.find("refresh-3")
    assert newest is not None
    assert newest.ended


def test_a_used_code_is_known_as_long_as_what_came_of_it(grants: Grants) -> None:
    grants.offer("code", GRANT, SOON)
    assert grants.exchange("code", given("1"), NOW)
    grants.tidy(SOON + 3600)
    assert not grants.exchange("code", given("2"), SOON + 3601)
    refresh = grants.find("refresh-1")
    assert refresh is not None
    assert refresh.ended


def test_what_has_expired_buys_nothing_and_revokes_nothing(grants: Grants) -> None:
    grants.offer("code", GRANT, SOON)
    assert not grants.exchange("code", given(), SOON)
    found = grants.find("code")
    assert found is not None
    assert not found.used
    assert not found.ended


def test_of_fifty_that_bring_one_code_at_once_one_is_given_tokens(grants: Grants) -> None:
    grants.offer("code", GRANT, SOON)
    with ThreadPoolExecutor(16) as pool:
        got = list(pool.map(lambda n: grants.exchange("code", given(str(n)), NOW), range(50)))
    assert got.count(True) == 1
    assert revoked(grants) == {f"access-{got.index(True)}"}


def test_a_family_is_ended_and_ended_again(grants: Grants) -> None:
    grants.offer("code", GRANT, SOON)
    grants.exchange("code", given(), NOW)
    found = grants.find("code")
    assert found is not None
    for _ in range(2):
        grants.end(found.family, NOW)
    assert [item.access for item in grants.revoked_since(0)[0]] == ["access-1"]
    grants.end("no such family", NOW)
    assert grants.find("code") is not None


def test_an_access_token_that_has_expired_needs_no_revocation(grants: Grants) -> None:
    grants.offer("code", GRANT, SOON)
    grants.exchange("code", given(), NOW)
    found = grants.find("code")
    assert found is not None
    grants.end(found.family, NOW + 3600)
    assert revoked(grants) == set()


def test_all_that_a_person_allowed_one_program_is_ended(grants: Grants) -> None:
    others = {"other program": {"client_id": "c2"}, "other person": {"account": "m"}}
    for number, changes in enumerate([{}, {}, *others.values()]):
        grants.offer(f"code-{number}", msgspec.structs.replace(GRANT, **changes), SOON)
        assert grants.exchange(f"code-{number}", given(str(number)), NOW)
    assert grants.end_all("mia", "c1", NOW) == 2
    assert grants.end_all("mia", "c1", NOW) == 0
    assert revoked(grants) == {"access-0", "access-1"}


def test_revocations_are_told_once_from_a_place_on(grants: Grants) -> None:
    grants.revoke(Revoked("one", NOW + 60), NOW)
    first, place = grants.revoked_since(0)
    assert first == [Revoked("one", NOW + 60)]
    assert grants.revoked_since(place) == ([], place)

    grants.revoke(Revoked("two", NOW + 120), NOW)
    grants.revoke(Revoked("one", NOW + 60), NOW)
    assert grants.revoked_since(place)[0] == [Revoked("two", NOW + 120)]
    assert grants.is_revoked("one")
    assert not grants.is_revoked("three")
    grants.tidy(NOW + 60)
    assert revoked(grants) == {"two"}
    grants.revoke(Revoked("three", NOW + 120), NOW)
    assert revoked(grants, place) == {"two", "three"}


@pytest.mark.parametrize("grants", ["memory", "sqlite"], indirect=True)  # Redis forgets by its own clock
def test_what_has_expired_is_forgotten(grants: Grants) -> None:
    grants.offer("code", GRANT, SOON)
    grants.tidy(SOON - 1)
    assert grants.find("code") is not None
    grants.tidy(SOON)
    assert grants.find("code") is None


# What outlives a process


@pytest.mark.parametrize("kind", ["sqlite", "redis"])
def test_another_process_knows_what_this_one_was_told(kind: str, tmp_path: Path) -> None:
    opened: Callable[[], SqliteGrants | RedisGrants]
    require_redis()
    with Server() as server:
        path = empty_file("tokens.db", tmp_path)
        opened = (lambda: SqliteGrants(path)) if kind == "sqlite" else (lambda: RedisGrants(server.url))
        with closing(opened()) as one, closing(opened()) as other:
            one.offer("code", GRANT, SOON)
            assert other.exchange("code", given(), NOW)
            assert not one.exchange("code", given("2"), NOW)
        with closing(opened()) as third:
            assert revoked(third) == {"access-1"}


def test_a_store_that_is_not_there_is_told(tmp_path: Path) -> None:
    path = empty_file("tokens.db", tmp_path)
    with closing(SqliteGrants(path)) as sqlite, closing(sqlite3.connect(path)) as other:
        other.execute("DROP TABLE tokens_handle")
        with pytest.raises(StoreUnreachable):
            sqlite.find("code")
    with closing(RedisGrants(f"unix://{tmp_path}/nobody", 0.2)) as redis, pytest.raises(StoreUnreachable):
        redis.offer("code", GRANT, SOON)


def test_redis_keeps_nothing_for_ever_but_the_number_of_the_last_revocation() -> None:
    require_redis()
    with Server() as server, closing(RedisGrants(server.url)) as redis:
        redis.offer("code", GRANT, SOON)
        redis.exchange("code", given(), NOW)
        redis.revoke(Revoked("one", SOON), NOW)
        kept = {key for key in redis._redis.scan_iter("*") if redis._redis.ttl(key) < 0}
    assert kept == {"millgate:{grants}revoked-number"}
