"""The ASGI face, driven by hand-made scopes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from millgate.core.errors import BODY_CUT_SHORT, BODY_TOO_LARGE, Refused
from millgate.wire.asgi import AsgiFace, Message
from millgate.wire.messages import Request, Response

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from millgate.wire.messages import Plane


def scope_of(method: str = "GET", raw_path: bytes = b"/a", **changes: Any) -> dict[str, Any]:
    given = {
        "type": "http",
        "method": method,
        "raw_path": raw_path,
        "path": raw_path.decode("latin-1"),
        "query_string": b"",
        "headers": [],
        "scheme": "http",
        "client": ("192.0.2.1", 4711),
    }
    return given | changes


def run(plane: Plane, scope: dict[str, Any], *messages: Message) -> list[Message]:
    """What the face sends when the server gives it these messages."""
    waiting = list(messages) or [{"type": "http.request", "body": b""}]
    sent: list[Message] = []

    async def receive() -> Message:
        return waiting.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(AsgiFace(plane)(scope, receive, send))
    return sent


def seen(scope: dict[str, Any]) -> Request:
    """The request that a plane is given."""
    requests: list[Request] = []

    async def plane(request: Request) -> Response:
        requests.append(request)
        return Response(204)

    run(plane, scope)
    return requests[0]


async def hello(_: Request) -> Response:
    return Response(200, (("content-type", "text/plain"), ("x-a", "1"), ("x-a", "2")), b"hello")


async def streamed(_: Request) -> Response:
    async def body() -> AsyncIterator[bytes]:
        yield b"one"
        yield b"two"

    return Response(200, (("content-type", "text/plain"),), body())


async def never(_: Request) -> Response:
    raise AssertionError("the plane must not be asked")


def test_an_answer_is_one_start_and_one_body_with_its_length() -> None:
    assert run(hello, scope_of()) == [
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [
                (b"content-type", b"text/plain"),
                (b"x-a", b"1"),
                (b"x-a", b"2"),
                (b"content-length", b"5"),
            ],
        },
        {"type": "http.response.body", "body": b"hello"},
    ]


def test_head_has_the_length_and_no_body() -> None:
    start, body = run(hello, scope_of("HEAD"))

    assert (b"content-length", b"5") in start["headers"]
    assert body == {"type": "http.response.body", "body": b""}


def test_head_keeps_a_length_that_is_known_without_the_body() -> None:
    async def plane(_: Request) -> Response:
        return Response(200, (("content-length", "1234"),))

    start, body = run(plane, scope_of("HEAD"))

    assert start["headers"] == [(b"content-length", b"1234")]
    assert body["body"] == b""


def test_a_stream_is_sent_in_its_pieces_and_ended() -> None:
    start, *pieces = run(streamed, scope_of())

    assert start["headers"] == [(b"content-type", b"text/plain")]
    assert [(piece["body"], piece.get("more_body", False)) for piece in pieces] == [
        (b"one", True),
        (b"two", True),
        (b"", False),
    ]


def test_a_stream_whose_client_is_said_to_have_gone_is_broken_off_and_not_ended() -> None:
    closed, sent = asyncio.Event(), []

    async def plane(_: Request) -> Response:
        async def body() -> AsyncIterator[bytes]:
            try:
                while True:
                    yield b"more"
                    await asyncio.sleep(0)
            finally:
                closed.set()

        return Response(200, (), body())

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    with pytest.raises(ConnectionAbortedError):
        asyncio.run(AsgiFace(plane)(scope_of(), receive, send))

    assert closed.is_set()
    assert all(message["more_body"] for message in sent[1:])


def test_head_of_a_stream_has_no_body() -> None:
    _, *pieces = run(streamed, scope_of("HEAD"))

    assert pieces == [{"type": "http.response.body", "body": b""}]


def test_a_request_is_handed_on_as_it_came() -> None:
    request = seen(
        scope_of(
            "PATCH",
            b"/test/A%20b/%C3%A9",
            query_string=b"a=%C3%A9&b=1",
            headers=[(b"host", b"evil.example"), (b"x-a", b"1"), (b"x-a", b"\xe9")],
            scheme="https",
        )
    )

    assert request.method == "PATCH"
    assert request.raw_path == "/test/A%20b/%C3%A9"
    assert request.segments == ("test", "A b", "é")
    assert request.query == "a=%C3%A9&b=1"
    assert request.headers == (("host", "evil.example"), ("x-a", "1"), ("x-a", "é"))
    assert (request.scheme, request.client) == ("https", "192.0.2.1")


def test_a_peer_without_an_address_has_none() -> None:
    assert seen(scope_of(client=None)).client == ""


def test_without_a_raw_path_the_path_is_taken() -> None:
    assert seen(scope_of(raw_path=b"", path="/a/b")).segments == ("a", "b")


def test_the_raw_path_is_percent_encoded_also_where_its_sender_did_not() -> None:
    """The raw path and the segments must name the same thing (CVE-2026-40912)."""
    request = seen(scope_of(raw_path="/é%20x~;=".encode()))

    assert request.segments == ("é x~;=",)
    assert request.raw_path == "/%C3%A9%20x~;="


@pytest.mark.parametrize("path", [b"//a", b"/a/../b", b"/a%2fb", b"/a#b", b"a", b"/\xff", b"/%00"])
def test_a_path_that_is_not_sane_never_reaches_the_plane(path: bytes) -> None:
    start, body = run(never, scope_of(raw_path=path))

    assert start["status"] == 400
    assert body["body"].startswith(b'{ "statusCode": 400, "message": "The request path is not valid: ')


def test_a_websocket_is_closed_before_it_opens() -> None:
    sent = run(never, {"type": "websocket", "path": "/a"}, {"type": "websocket.connect"})

    assert sent == [{"type": "websocket.close"}]


@pytest.mark.parametrize("value", [b"websocket", b"WebSocket"])
def test_a_handshake_in_a_plain_request_is_refused(value: bytes) -> None:
    start, body = run(never, scope_of(headers=[(b"upgrade", value)]))

    assert start["status"] == 501
    assert body["body"] == b'{ "statusCode": 501, "message": "WebSocket connections are not supported." }'


def test_an_upgrade_to_something_else_is_a_plain_request() -> None:
    assert run(hello, scope_of(headers=[(b"upgrade", b"h2c")]))[0]["status"] == 200


def test_lifespan_is_declined_as_the_protocol_says() -> None:
    with pytest.raises(NotImplementedError):
        run(never, {"type": "lifespan"}, {"type": "lifespan.startup"})


def test_an_exception_of_the_plane_is_the_servers() -> None:
    async def fail(_: Request) -> Response:
        raise RuntimeError("cause")

    with pytest.raises(RuntimeError, match="cause"):
        run(fail, scope_of())


# Bodies


def read(limit: int, *messages: Message) -> bytes:
    bodies: list[bytes] = []

    async def plane(request: Request) -> Response:
        bodies.append(await request.body(limit))
        return Response(204)

    run(plane, scope_of("POST"), *messages)
    return bodies[0]


def part(body: bytes, *, more: bool) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


def test_a_body_in_pieces_is_put_together() -> None:
    assert read(6, part(b"abc", more=True), part(b"", more=True), part(b"def", more=False)) == b"abcdef"


def test_a_message_without_members_is_an_empty_body() -> None:
    assert read(0, {"type": "http.request"}) == b""


def test_a_body_beyond_its_bound_is_refused_without_reading_on() -> None:
    """The second piece is too much; a third is never asked for."""
    with pytest.raises(Refused) as refused:
        read(5, part(b"abc", more=True), part(b"def", more=True))

    assert refused.value.refusal.problem is BODY_TOO_LARGE


@pytest.mark.parametrize("before", [[], [part(b"abc", more=True)]])
def test_half_a_body_is_never_taken_for_a_whole_one(before: list[Message]) -> None:
    """A client that goes away in the middle must not have half a document stored."""
    with pytest.raises(Refused) as refused:
        read(100, *before, {"type": "http.disconnect"})

    assert refused.value.refusal.problem is BODY_CUT_SHORT
