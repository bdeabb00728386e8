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


def request(*lines: bytes, body: bytes = b"", first: bytes = b"POST /oauth2/v1/token HTTP/1.1") -> bytes:
    """A request with these header lines, sent on a connection that is to be closed."""
    return b"\r\n".join([first, b"Host: x", b"Connection: close", *lines, b"", b""]) + body


def first(line: bytes) -> bytes:
    """A request with this first line."""
    return request(first=line)


MANAGED = b"GET /test/PartList/v1/Parts HTTP/1.1"
CHUNKED = b"Transfer-Encoding: chunked"
KEY = b"Ocp-Apim-Subscription-Key: 11111111111111111111111111111111"
REFUSED: dict[str, tuple[bytes, int | set[int]]] = {
    "no HTTP": (b"GARBAGE\r\n\r\n", 400),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200), 400),
    "HTTP/0.9": (b"GET /test/PartList/v1/Parts\r\n\r\n", 400),
    "HTTP/1.2": (first(b"GET /test/PartList/v1/Parts HTTP/1.2"), {400, 505}),
    "HTTP/2 in words": (first(b"GET /test/PartList/v1/Parts HTTP/2.0"), {400, 505}),
    "no version": (first(b"GET /test/PartList/v1/Parts"), 400),
    "no target": (first(b"GET  HTTP/1.1"), 400),
    "a target in two words": (first(b"GET /test/Part List/v1/Parts HTTP/1.1"), 400),
    "authority form": (first(b"GET evil.example:80 HTTP/1.1"), 400),
    "asterisk form": (first(b"OPTIONS * HTTP/1.1"), 400),
    "CONNECT": (first(b"CONNECT evil.example:443 HTTP/1.1"), 400),
    "CONNECT with a path": (first(b"CONNECT /test/PartList/v1/Parts HTTP/1.1"), 404),
    "TRACE": (first(b"TRACE /test/PartList/v1/Parts HTTP/1.1"), 404),
    "a method in lower case": (first(b"get /test/PartList/v1/Parts HTTP/1.1"), {400, 404}),
    "a method that is no token": (first(b"G@T /test/PartList/v1/Parts HTTP/1.1"), 400),
    "a very long method": (first(b"A" * 60_000 + b" /test/PartList/v1/Parts HTTP/1.1"), {400, 404}),
    "a target beyond all bounds": (first(b"GET /" + b"a" * 70_000 + b" HTTP/1.1"), {400, 414, 431}),
    "a path beyond its bound": (first(b"GET /" + b"a" * 8_192 + b" HTTP/1.1"), 400),
    "no Host": (b"\r\n".join([MANAGED, b"Connection: close", KEY, b"", b""]), 400),
    "two hosts": (request(b"Host: y", first=MANAGED), 400),
    "a Host that is a path": (b"\r\n".join([MANAGED, b"Host: x/y", b"Connection: close", b"", b""]), 400),
    "two keys": (request(KEY, KEY, first=MANAGED), 401),
    "two media types": (request(b"Content-Type: a/b", b"Content-Type: c/d"), 400),
    "a folded header": (request(b"X: a\r\n b", first=MANAGED), 400),
    "a header that begins with a space": (request(b" X: a", first=MANAGED), 400),
    "a space before the colon": (request(b"X : a", first=MANAGED), 400),
    "no colon": (request(b"X", first=MANAGED), 400),
    "no name": (request(b": a", first=MANAGED), 400),
    "a carriage return in a value": (request(b"X: a\rY: b", first=MANAGED), 400),
    "NUL in a value": (request(b"X: a\x00b", first=MANAGED), 400),
    "NUL in a name": (request(b"X\x00: a", first=MANAGED), 400),
    "a name that is no ASCII": (request(b"X\xe9: a", first=MANAGED), 400),
    "too many headers": (request(*(b"X-%d: a" % at for at in range(500)), first=MANAGED), 431),
    "a head beyond all bounds": (request(b"X: " + b"a" * 2_000_000, first=MANAGED), 431),
    "two lengths": (request(b"Content-Length: 3", b"Content-Length: 4", body=b"abc"), 400),
    "a list of lengths": (request(b"Content-Length: 3, 3", body=b"abc"), 400),
    "a negative length": (request(b"Content-Length: -1"), 400),
    "a length with a sign": (request(b"Content-Length: +3", body=b"abc"), 400),
    "a hexadecimal length": (request(b"Content-Length: 0x3", body=b"abc"), 400),
    "an empty length": (request(b"Content-Length:"), 400),
    "a length of twenty digits": (request(b"Content-Length: 99999999999999999999", body=b"abc"), 400),
    "length and chunks": (request(b"Content-Length: 5", CHUNKED, body=b"0\r\n\r\n"), 400),
    "chunks and length": (request(CHUNKED, b"Content-Length: 5", body=b"0\r\n\r\n"), 400),
    "chunks in HTTP/1.0": (request(CHUNKED, first=b"POST /oauth2/v1/token HTTP/1.0", body=b"0\r\n\r\n"), 400),
    "an unknown coding": (request(b"Transfer-Encoding: identity"), 400),
    "nearly chunked": (request(b"Transfer-Encoding: \x0bchunked", body=b"0\r\n\r\n"), 400),
    "zipped chunks": (request(b"Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"), 400),
    "chunks twice": (request(CHUNKED, CHUNKED, body=b"0\r\n\r\n"), 400),
    "a chunk without a size": (request(CHUNKED, body=b"zz\r\nabc\r\n0\r\n\r\n"), 400),
    "a chunk of negative size": (request(CHUNKED, body=b"-3\r\nabc\r\n0\r\n\r\n"), 400),
    "a chunk of enormous size": (request(CHUNKED, body=b"f" * 17 + b"\r\nabc"), 400),
    "a chunk longer than its size": (request(CHUNKED, body=b"3\r\nabcXX0\r\n\r\n"), 400),
    "chunks with bare line feeds": (request(CHUNKED, body=b"3\nabc\n0\n\n"), 400),
    "extensions without end": (request(CHUNKED, body=b"3;" + b"a" * 400_000), 400),
    "trailers without end": (request(CHUNKED, body=b"0\r\n" + b"T: x\r\n" * 50_000), 400),
    "a form beyond its bound": (request(b"Content-Length: 70000", body=b"a" * 70_000), 400),
    "a body beyond its bound": (
        request(
            b"Content-Length: 99999999",
            first=b"POST /portal/ HTTP/1.1",
            body=b"a" * 11_000_000,
        ),
        413,
    ),
}
"""What is sent, and the status of its answer; several where parsers may differ, and none of them lets it in."""


def logged(demo: Served) -> int:
    return len(demo.printed().splitlines())


def is_alive(demo: Served) -> bool:
    return demo.process.poll() is None and get(demo, b"/-/live")[0] == 200


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_malformed_is_answered_once_and_logged_at_most_once(demo: Served, case: str) -> None:
    """CVE-2025-69224, CVE-2026-111750, CVE-2023-47641 (aiohttp): what one parser lets pass, another reads otherwise.

    CVE-2025-69230: and a line for everything that is wrong with a request is a storm of them.
    """
    data, allowed = REFUSED[case]
    before = logged(demo)
    said = spoken(demo, data)

    (status,) = [int(line.split()[1]) for line in said.splitlines() if line.startswith(b"HTTP/1.")]
    assert status in (allowed if isinstance(allowed, set) else {allowed})
    assert b"Traceback" not in said
    assert b"granian" not in said.partition(b"\r\n\r\n")[2]
    assert logged(demo) <= before + 1
    assert "Traceback" not in demo.printed()
    assert is_alive(demo)


def test_trace_and_connect_hand_nothing_back(demo: Served) -> None:
    """CVE-2026-71324 (Traefik) begins with a CONNECT that is let through; TRACE shows headers to scripts."""
    for method in (b"TRACE", b"CONNECT"):
        said = spoken(demo, request(b"X-Mine: a-secret", first=method + b" /test/PartList/v1/Parts HTTP/1.1"))

        assert said.startswith(b"HTTP/1.1 404 ")
        assert b"a-secret" not in said


def test_what_is_behind_a_request_of_doubtful_length_is_no_request(demo: Served) -> None:
    """The same advisories: a connection on which two readers may have found two ends is closed."""
    smuggled = b"GET /smuggled HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    kept = [b"POST /Nowhere/v1/Parts HTTP/1.1", b"Host: x"]
    for lines in (
        [b"Content-Length: 5", CHUNKED],
        [CHUNKED, b"Content-Length: 5"],
        [b"Transfer-Encoding: gzip, chunked"],
        [CHUNKED, CHUNKED],
        [CHUNKED, b"Host: y"],
    ):
        said = spoken(demo, b"\r\n".join([*kept, *lines, b"", b"0", b"", b""]) + smuggled)

        assert said.count(b"HTTP/1.1 ") == 1, said
        assert b"connection: close" in said.lower()


def test_requests_sent_at_once_are_answered_in_their_order(demo: Served) -> None:
    paths = [b"/test/PartList/v1/Part%d" % at for at in range(30)]
    heads = [b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n" for path in paths]
    said = spoken(demo, b"\r\n".join(heads) + b"Connection: close\r\n\r\n")

    assert said.count(b"HTTP/1.1 404 ") == said.count(b"Resource not found") == len(paths)


OFFER = (b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA", b"Connection: Upgrade, HTTP2-Settings")


def test_an_offer_of_http_2_is_a_plain_request(demo: Served) -> None:
    """Some client libraries make it with their first request, whatever that is."""
    said = spoken(demo, b"\r\n".join([MANAGED, b"Host: x", *OFFER, b"", request(first=MANAGED)]))

    assert said.count(b"HTTP/1.1 401 ") == 2


@pytest.mark.parametrize("chunked", [False, True])
def test_the_body_of_a_request_that_offers_http_2_is_read(demo: Served, *, chunked: bool) -> None:
    """A parser may take what follows for the other protocol, and the body for an empty one."""
    form = b"grant_type=carrier_pigeon&client_id=x"
    framing = CHUNKED if chunked else b"Content-Length: %d" % len(form)
    body = b"%x\r\n%b\r\n0\r\n\r\n" % (len(form), form) if chunked else form
    lines = [b"POST /oauth2/v1/token HTTP/1.1", b"Host: x", *OFFER, framing]
    lines.append(b"Content-Type: application/x-www-form-urlencoded")
    said = spoken(demo, b"\r\n".join([*lines, b"", body]) + request(first=MANAGED))

    assert b"'carrier_pigeon' is not supported" in said
    assert said.count(b"HTTP/1.1 401 ") == 1


def test_http_1_0_needs_no_host(demo: Served) -> None:
    said = spoken(demo, b"GET /test/PartList/v1/Parts HTTP/1.0\r\n\r\n")

    assert said.startswith((b"HTTP/1.0 401 ", b"HTTP/1.1 401 "))


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """One frame of HTTP/2 (RFC 9113 section 4.1)."""
    return len(payload).to_bytes(3) + bytes([kind, flags]) + stream.to_bytes(4) + payload


def field(name: bytes, value: bytes) -> bytes:
    """A header that no table knows (RFC 7541 section 6.2.2)."""
    return b"\x00" + bytes([len(name)]) + name + bytes([len(value)]) + value


FIELDS = b"".join(
    field(name, value)
    for name, value in (
        (b":method", b"GET"),
        (b":scheme", b"http"),
        (b":authority", b"x"),
        (b":path", b"/-/live"),
    )
)
FRAMES = {
    "nothing": b"",
    "no frames": b"\xff" * 100,
    "a frame beyond its bound": b"\xff\xff\xff\x01\x05" + (1).to_bytes(4),
    "a stream of an even number": frame(1, 5, 2, FIELDS),
    "line breaks in a value": frame(1, 5, 1, FIELDS + field(b"x", b"a\r\nb: c")),
    "a length beside chunks": frame(1, 5, 1, FIELDS + field(b"transfer-encoding", b"chunked")),
    "another length than is sent": frame(1, 4, 1, FIELDS + field(b"content-length", b"9"))
    + frame(0, 1, 1, b"abc"),
    "headers without end": frame(1, 1, 1, FIELDS) + frame(9, 0, 1, field(b"x", b"a" * 100) * 100) * 100,
    "streams that are reset at once": b"".join(
        frame(1, 5, 2 * at + 1, FIELDS) + frame(3, 0, 2 * at + 1, bytes(4)) for at in range(300)
    ),
    "a window of nothing": frame(8, 0, 0, bytes(4)),
}


@pytest.mark.parametrize("case", FRAMES)
def test_http_2_without_asking_harms_nobody(demo: Served, case: str) -> None:
    """Whether the server speaks it or not, it lives on, and one connection makes one line at most."""
    before = logged(demo)
    parts = urlsplit(demo.origin)
    address = (parts.hostname or "", parts.port or 0)
    hung_up = suppress(ConnectionResetError, BrokenPipeError)
    with socket.create_connection(address, timeout=10) as connection, hung_up:
        connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0) + FRAMES[case])
        connection.recv(65536)

    assert logged(demo) <= before + 1
    assert "Traceback" not in demo.printed()
    assert is_alive(demo)


@pytest.mark.parametrize(
    "part",
    [
        b"",
        b"GET /test/Part",
        MANAGED + b"\r\nHost: x\r\n",
        b"POST /oauth2/v1/token HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\ngrant_type=",
        b"POST /portal/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    ],
)
def test_a_client_that_goes_away_leaves_nothing_behind(demo: Served, part: bytes) -> None:
    before = logged(demo)
    parts = urlsplit(demo.origin)
    for _ in range(5):
        with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=10) as connection:
            connection.sendall(part)

    assert is_alive(demo)
    assert logged(demo) <= before + 5
    assert "Traceback" not in demo.printed()


def test_a_client_cannot_forge_a_line_of_the_log(demo: Served) -> None:
    """CVE-2025-69230 (aiohttp): what a client sends stands in the log as a value, and never as a line."""
    forged = b"forged%0A2026-01-01T00:00:00Z%20[error]%20hacked"
    get(demo, b"/test/PartList/v1/" + forged, b"X-Request-Id: forged\x1b[2J", b"traceparent: forged")
    get(demo, b"/test/PartList/v1/forged%E2%80%A8forged?forged=%0Aforged", b"User-Agent: forged\xff")
    body = b"grant_type=%0Aforged&client_id=forged%0D%0Aforged"
    length = b"Content-Length: %d" % len(body)
    spoken(demo, request(b"Content-Type: application/x-www-form-urlencoded", length, body=body))

    assert not [
        line for line in demo.printed().splitlines() if line.lstrip().startswith(("forged", "2026-01-01"))
    ]
    assert "\x1b[2J" not in demo.printed()


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
