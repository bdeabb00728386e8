"""Told to stop, a server finishes what runs and takes nothing new; it does not wait for ever."""

from __future__ import annotations

import signal
import socket
import sqlite3
import time
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from support.served import Served, start, wait_until_ready

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PARTS = "/test/PartList/v1/Parts?limit=1"
PATIENCE_SECONDS = 20.0


def started(home: Path, **changes: str) -> Served:
    """A server that is ready."""
    server = start(home, command="serve", port=None, output_in=None, tls=False, cold=False, **changes)
    wait_until_ready(server)
    return server


def log_of_a_month() -> str:
    """The address of an answer that is too large for the buffers between two processes."""
    end = datetime.now(UTC).replace(microsecond=0)
    begin = end - timedelta(days=30)
    dates = f"StartDate={begin:%Y-%m-%dT%H:%M:%SZ}&EndDate={end:%Y-%m-%dT%H:%M:%SZ}"
    return f"/test/Production/v1/WorkcenterProductionLogs?{dates}"


@contextmanager
def asking(server: Served, target: str) -> Iterator[socket.socket]:
    """A call on a connection that holds little, of whose answer only the first bytes were read."""
    host, _, port = server.origin.removeprefix("http://").partition(":")
    headers = {"Host": host, "Accept": "text/csv"} | server.headers()
    lines = [f"GET {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(PATIENCE_SECONDS)
        connection.connect((host, int(port)))
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        assert connection.recv(15) == b"HTTP/1.1 200 OK"
        yield connection


def refused(server: Served) -> bool:
    """Whether no new connection is taken."""
    host, _, port = server.origin.removeprefix("http://").partition(":")
    try:
        socket.create_connection((host, int(port)), PATIENCE_SECONDS).close()
    except ConnectionRefusedError:
        return True
    return False


def wait_until_refused(server: Served) -> None:
    """Return once no new connection is taken."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not refused(server):
        assert time.monotonic() < until
        time.sleep(0.02)


def rest_of(connection: socket.socket) -> bytes:
    """What comes until the other side ends."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    received = bytearray()
    while chunk := connection.recv(65536):
        received += chunk
    return bytes(received)


def counted(home: Path) -> int:
    """How many calls of the production log were recorded."""
    query = "SELECT sum(calls) FROM usage_call_count WHERE operation = 'list-production-logs'"
    with closing(sqlite3.connect(home / "usage.db")) as connection:
        (calls,) = connection.execute(query).fetchone()
    return calls or 0


@pytest.mark.parametrize("interface", ["direct", "asgi", "rsgi"])
def test_a_stream_under_way_is_finished_and_nothing_new_is_taken(home: Path, interface: str) -> None:
    server = started(home, MILLGATE_INTERFACE=interface)
    with asking(server, PARTS) as idle, asking(server, log_of_a_month()) as streaming:
        assert b"\r\n\r\n" in idle.recv(65536)
        server.process.send_signal(signal.SIGTERM)
        wait_until_refused(server)
        assert rest_of(idle) == b"", "a connection on which nothing runs is ended"
        assert server.process.poll() is None
        received = rest_of(streaming)

    assert received.endswith(b"\r\n0\r\n\r\n"), "the stream came to its end"
    assert server.process.wait(20) == 0
    assert counted(home) == 1
    assert "Traceback" not in server.printed()


@pytest.mark.parametrize("interface", ["direct", "asgi", "rsgi"])
def test_a_client_that_does_not_read_cannot_hold_it_past_the_deadline(home: Path, interface: str) -> None:
    server = started(home, MILLGATE_STOP_SECONDS="0.3", MILLGATE_INTERFACE=interface)
    with asking(server, log_of_a_month()) as holding:
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(20) == 0
        if interface != "rsgi":  # the server ends every RSGI stream as if it were whole
            assert not rest_of(holding).endswith(b"0\r\n\r\n"), "nobody takes a part for the whole"

    assert counted(home) == 1, "the call that was broken off is recorded"
    assert "calls_broken_off" in server.printed()


def test_told_twice_it_ends_at_once(home: Path) -> None:
    server = started(home, MILLGATE_STOP_SECONDS="600")
    with asking(server, log_of_a_month()):
        server.process.send_signal(signal.SIGTERM)
        wait_until_refused(server)
        assert server.process.poll() is None
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(20) == 0

    assert counted(home) == 1


def test_what_was_counted_last_is_written(home: Path) -> None:
    """The end comes right after the answers, before the next turn of writing."""
    server = started(home)
    with server.client() as client:
        for _ in range(5):
            assert client.get(PARTS).status_code == 200
    assert server.stop() == 0

    with closing(sqlite3.connect(home / "usage.db")) as connection:
        (calls,) = connection.execute(
            "SELECT sum(calls) FROM usage_call_count WHERE api = 'part-list'"
        ).fetchone()
    assert calls == 5
