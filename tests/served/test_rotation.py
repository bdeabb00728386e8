"""Signing keys rotate under load: nobody notices. And a retired key's tokens are refused at once."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import ssl
import time
from base64 import urlsafe_b64decode
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from support.publishing import PARTS, eventually
from support.served import Served, millgate, running, start, wait_until_ready

if TYPE_CHECKING:
    from collections.abc import Iterator
    from subprocess import CompletedProcess

CLIENTS: Final = 4
ROTATIONS: Final = 3
CALLS_BETWEEN: Final = 60
WORKERS: Final = 3
NO_TLS: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Made once: a client's own takes longer than its calls."""
OUT_OF_STEP_SECONDS: Final = 0.2
PAUSE_SECONDS: Final = 0.02
"""Between a client's rounds: as many calls as the machine can do would only keep the rotation waiting."""


def keys(home: Path, *arguments: str) -> CompletedProcess[str]:
    """`millgate keys`, beside whatever serves the home."""
    return millgate(home, "keys", *arguments)


def aged(home: Path, days: int) -> None:
    """Make every key as many days older, as if the installation had stood for so long."""
    with closing(sqlite3.connect(home / "control.db", timeout=20)) as control, control:
        for moment in ("created_at", "signs_since", "signed_until"):
            control.execute(
                f"UPDATE clients_signing_key SET {moment} = datetime({moment}, ?)",  # noqa: S608 - from above
                (f"-{days} days",),
            )


def published(server: Served) -> list[dict[str, Any]]:
    """The keys as a resource server reads them: by discovery."""
    tenant = part(server.token(), 1)["tid"]
    document = httpx.get(f"{server.origin}/.well-known/oauth-authorization-server/{tenant}").json()
    keys: list[dict[str, Any]] = httpx.get(document["jwks_uri"]).json()["keys"]
    return keys


def called(server: Served) -> int:
    """The status of a call with a new token."""
    return httpx.get(server.origin + PARTS, headers=server.headers()).status_code


def part(token: str, at: int) -> dict[str, Any]:
    """A token's header (0) or claims (1), unverified."""
    found: dict[str, Any] = json.loads(urlsafe_b64decode(token.split(".")[at] + "=="))
    return found


class Load:
    """Clients that get a token and call with it, again and again, each on connections of its own.

    Attributes:
        statuses: of all answers.
        tokens: all that were issued, in order.
    """

    def __init__(self, server: Served) -> None:
        self._server = server
        self._going = True
        self.statuses: list[int] = []
        self.tokens: list[str] = []

    def client(self) -> None:
        env = self._server.env
        key = {"Ocp-Apim-Subscription-Key": env["SUBSCRIPTION_KEY"]}
        form = {
            "grant_type": "client_credentials",
            "client_id": env["CLIENT_ID"],
            "client_secret": env["CLIENT_SECRET"],
            "resource": env["RESOURCE"],
        }
        first = {"Authorization": f"Bearer {self._server.token()}"}
        with self._connected() as kept:
            while self._going:
                # Of new connections each may be another worker's.
                with self._connected() as at_one:
                    asked = at_one.post("/oauth2/v1/token", data=form)
                token = asked.json()["access_token"]
                self.tokens.append(token)
                with self._connected() as at_another:
                    new = at_another.get(PARTS, headers=key | {"Authorization": f"Bearer {token}"})
                old = kept.get(PARTS, headers=key | first)
                self.statuses += [asked.status_code, new.status_code, old.status_code]
                time.sleep(PAUSE_SECONDS)

    def _connected(self) -> httpx.Client:
        return httpx.Client(base_url=self._server.origin, verify=NO_TLS, timeout=30)

    def end(self) -> None:
        self._going = False


@contextmanager
def load(server: Served) -> Iterator[Load]:
    clients = Load(server)
    with ThreadPoolExecutor(CLIENTS) as pool:
        futures = [pool.submit(clients.client) for _ in range(CLIENTS)]
        try:
            yield clients
        finally:
            clients.end()
        for future in futures:
            future.result()


def more(clients: Load) -> None:
    """Wait until as many calls again were answered."""
    wanted = len(clients.statuses) + CALLS_BETWEEN
    eventually(lambda: len(clients.statuses) >= wanted)


def rotated_under_load(server: Served) -> Load:
    """Rotate several times while clients go on; returns what they saw."""
    with load(server) as clients:
        for _ in range(ROTATIONS):
            more(clients)
            done = keys(server.home, "rotate", "--force")
            assert done.returncode == 0, done.stderr
        more(clients)
    return clients


def kids(tokens: list[str]) -> set[str]:
    """By which keys tokens are signed."""
    return {part(token, 0)["kid"] for token in tokens}


def test_rotations_under_load_fail_no_request(home: Path) -> None:
    with running(home, command="serve") as server:
        clients = rotated_under_load(server)

        assert set(clients.statuses) == {200}
        assert len(kids(clients.tokens)) == ROTATIONS + 1
        keys = KeySet.import_key_set({"keys": published(server)})
        for token in clients.tokens:
            assert jwt.decode(token, keys).claims["iss"]


def out_of_step(server: Served) -> None:
    """Have one worker look for versions at another moment than those that were started with it."""
    pid = server.process.pid
    workers = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    time.sleep(OUT_OF_STEP_SECONDS)
    os.kill(int(workers[-1]), signal.SIGKILL)
    eventually(lambda: "worker_died" in server.printed())


def test_rotations_under_load_fail_no_request_of_several_workers(home: Path, redis_url: str) -> None:
    """Workers take a version up one after another, here some tenths of a second apart.

    Each must know all the while what the others sign with.
    """
    server = start(
        home,
        command="serve",
        MILLGATE_WORKERS=str(WORKERS),
        MILLGATE_REDIS_URL=redis_url,
        MILLGATE_REFRESH_SECONDS="1",
    )
    try:
        wait_until_ready(server)
        out_of_step(server)
        clients = rotated_under_load(server)
    finally:
        assert server.stop() == 0, server.printed()

    assert set(clients.statuses) == {200}
    assert len(kids(clients.tokens)) == ROTATIONS + 1


def test_who_read_the_keys_before_a_rotation_verifies_what_is_signed_after_it(home: Path) -> None:
    """A resource server keeps the keys that it has read; the key that follows is among them."""
    aged(home, 1)
    with running(home, command="serve") as server:
        kept = KeySet.import_key_set({"keys": published(server)})
        before = server.token()
        done = keys(home, "rotate")
        assert (done.returncode, done.stderr) == (0, "")
        eventually(lambda: kids([server.token()]) != kids([before]))
        after = server.token()

        for token in (before, after):
            assert jwt.decode(token, kept).claims["ver"] == "1.0"
        assert len(kids([before, after])) == 2
        assert len(published(server)) == 3


def test_discovery_and_keys_answer_head_without_a_body(home: Path) -> None:
    with running(home, command="serve") as server:
        for path in ("/common/.well-known/openid-configuration", "/common/discovery/keys"):
            full, head = httpx.get(server.origin + path), httpx.head(server.origin + path)
            assert (head.status_code, head.content) == (200, b"")
            assert head.headers["content-length"] == str(len(full.content))


def test_an_overdue_key_is_rotated_right_after_the_start_and_once(home: Path) -> None:
    aged(home, 31)
    with running(home, command="serve") as server:
        eventually(lambda: "signing_key_rotated" in server.printed())
        eventually(lambda: len(published(server)) == 3)
        assert called(server) == 200
    with running(home, command="serve") as server:
        eventually(lambda: "version_in_force" in server.printed())
        assert len(published(server)) == 3
        assert "signing_key_rotated" not in server.printed()


def test_a_schedule_of_0_days_leaves_an_old_key_and_drops_what_nobody_needs(home: Path) -> None:
    aged(home, 1)
    assert keys(home, "rotate").returncode == 0
    aged(home, 4000)
    server = start(home, command="serve", MILLGATE_SIGNING_KEY_DAYS="0")
    try:
        wait_until_ready(server)
        eventually(lambda: "signing_keys_dropped" in server.printed())
        eventually(lambda: len(published(server)) == 2)
        assert "signing_key_rotated" not in server.printed()
    finally:
        server.stop()


def test_a_rotation_that_fails_is_told_and_the_server_goes_on(home: Path) -> None:
    """Here the database refuses it."""
    aged(home, 31)
    with closing(sqlite3.connect(home / "control.db")) as control, control:
        control.execute(
            "CREATE TRIGGER never BEFORE UPDATE ON clients_signing_key BEGIN SELECT RAISE(ABORT, 'broken'); END"
        )
    with running(home, command="serve") as server:
        eventually(lambda: "turn_failed" in server.printed())
        assert "KeyKeeper.turn" in server.printed()
        assert called(server) == 200
        assert len(published(server)) == 2


# The commands


def test_the_list_tells_the_life_of_each_key(home: Path) -> None:
    aged(home, 1)
    rotated = keys(home, "rotate")
    listed = keys(home, "list")

    signs, follows = re.findall(r"(\S+) signs new tokens; (\S+) is published to follow it\.", rotated.stdout)[
        0
    ]
    verifies = re.findall(r"^(\S+) verifies until (\S+), and goes by itself", rotated.stdout, re.MULTILINE)[0]
    rows = {line.split("│")[1].strip(): line for line in listed.stdout.splitlines() if "│" in line}
    assert set(rows) == {signs, follows, verifies[0]}
    assert " signs " in rows[signs]
    assert " follows " in rows[follows]
    assert f" {verifies[1]} " in rows[verifies[0]]


def test_too_soon_is_told_and_force_warns(home: Path) -> None:
    aged(home, 1)
    assert keys(home, "rotate").returncode == 0
    soon = keys(home, "rotate")
    forced = keys(home, "rotate", "--force")

    assert soon.returncode == 1
    assert "Verifiers keep keys for an hour" in soon.stderr
    assert soon.stderr.endswith("Rotate then, or now with --force.\n")
    assert forced.returncode == 0
    assert "Verifiers that have read the keys before may refuse its tokens until" in forced.stderr


@pytest.mark.parametrize("arguments", [("rotate", "--retire-old"), ("retire", "KID")])
def test_what_a_compromised_key_signed_is_refused_once_it_is_retired(
    home: Path, arguments: tuple[str, ...]
) -> None:
    aged(home, 1)
    with running(home, command="serve") as server, server.client() as client:
        assert client.get(PARTS).status_code == 200
        (kid,) = kids([server.token()])
        command = [kid if argument == "KID" else argument for argument in arguments]
        unasked = keys(home, *command)
        assert unasked.returncode == 1
        assert "give --yes" in unasked.stderr
        assert client.get(PARTS).status_code == 200

        done = keys(home, *command, "--yes")
        assert done.returncode == 0, done.stderr
        eventually(lambda: client.get(PARTS).status_code == 401)
        assert kid not in {key["kid"] for key in published(server)}
        assert len(published(server)) == 2
        assert called(server) == 200


def test_a_key_that_is_not_there_is_told(home: Path) -> None:
    done = keys(home, "retire", "nothing", "--yes")

    assert (done.returncode, done.stderr) == (1, "There is no signing key nothing. Run: millgate keys list\n")
