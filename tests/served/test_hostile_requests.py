"""What no client library would send, put to the real server by a socket."""

from __future__ import annotations

import json
import socket
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from support.served import Served


def spoken(demo: Served, data: bytes) -> bytes:
    """What the server says to these bytes."""
    parts = urlsplit(demo.origin)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=10) as connection:
        with suppress(ConnectionResetError, BrokenPipeError):
            connection.sendall(data)
        return _heard(connection)


def _heard(connection: socket.socket) -> bytes:
    """All that is said until the server closes; closing hard, as after too large a head, is closing."""
    said = b""
    try:
        while data := connection.recv(65536):
            said += data
    except ConnectionResetError:
        pass
    return said


def get(demo: Served, target: bytes, *headers: bytes) -> tuple[int, bytes]:
    """Status and body of a GET."""
    lines = [b"GET " + target + b" HTTP/1.1", b"Host: x", b"Connection: close", *headers, b"", b""]
    head, _, body = spoken(demo, b"\r\n".join(lines)).partition(b"\r\n\r\n")
    return int(head.split()[1]), body


@pytest.mark.parametrize(
    "target",
    [
        b"//test/PartList/v1/Parts",
        b"/test//PartList/v1/Parts",
        b"/test/./PartList/v1/Parts",
        b"/test/../test/PartList/v1/Parts",
        b"/test/%2e%2e/PartList/v1/Parts",
        b"/test%2fPartList/v1/Parts",
        b"/test/PartList/v1/Parts%5c",
        b"/test/PartList/v1/Parts%00",
        b"/test/PartList/v1/%ff",
        b"/test/PartList/v1/%zz",
    ],
)
def test_an_unsane_path_is_the_managed_400(demo: Served, target: bytes) -> None:
    status, body = get(demo, target)

    assert status == 400
    assert json.loads(body)["statusCode"] == 400
    assert body.startswith(b'{ "statusCode": 400, "message": "The request path is not valid: ')


def test_websocket_is_refused_with_501(demo: Served) -> None:
    headers = (
        b"Upgrade: websocket",
        b"Connection: Upgrade",
        b"Sec-WebSocket-Version: 13",
        b"Sec-WebSocket-Key: eA==",
    )
    status, body = get(demo, b"/test/PartList/v1/Parts", *headers)

    assert (status, json.loads(body)["statusCode"]) == (501, 501)


@pytest.mark.parametrize(
    "data",
    [
        b"GARBAGE\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /oauth2/v1/token HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 2_000_000 + b"\r\n\r\n",
    ],
)
def test_a_malformed_head_is_never_answered_with_success_or_a_stack_trace(demo: Served, data: bytes) -> None:
    said = spoken(demo, data)

    assert b"Traceback" not in said
    assert not said or int(said.split()[1]) >= 300


def test_a_large_head_is_the_managed_431(demo: Served) -> None:
    status, body = get(demo, b"/test/PartList/v1/Parts", b"X: " + b"a" * 70_000)

    assert status == 431
    assert body == b'{ "statusCode": 431, "message": "The request head is larger than 65536 bytes." }'


def test_the_host_header_decides_nothing(demo: Served) -> None:
    lines = [
        b"GET /test/PartList/v1/Parts HTTP/1.1",
        b"Host: evil.example",
        b"X-Forwarded-Host: evil.example",
    ]
    said = spoken(demo, b"\r\n".join([*lines, b"Connection: close", b"", b""]))

    assert b"evil.example" not in said
    assert demo.origin.encode() in said
