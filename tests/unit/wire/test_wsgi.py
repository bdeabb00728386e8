"""A WSGI application as a plane (PEP 3333)."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from millgate.core.errors import BODY_TOO_LARGE, Refused
from millgate.wire.messages import Request, Response
from millgate.wire.wsgi import Environ, StartResponse, WsgiApplication, WsgiPlane
from support.exchange import request_of


@contextmanager
def plane_of(application: WsgiApplication, **changes: Any) -> Iterator[WsgiPlane]:
    given: dict[str, Any] = {"threads": 2, "body_limit": 1000, "origin_host": "mill.example:8443"} | changes
    plane = WsgiPlane(application, **given)
    try:
        yield plane
    finally:
        plane.close()


def run(application: WsgiApplication, request: Request, **changes: Any) -> Response:
    with plane_of(application, **changes) as plane:
        return asyncio.run(plane(request))


def environ_of(request: Request, **changes: Any) -> Environ:
    """The environment that an application is given."""
    kept: list[Environ] = []

    def application(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        kept.append(environ)
        environ["test.body"] = environ["wsgi.input"].read()
        start_response("204 No Content", [])
        return []

    run(application, request, **changes)
    return kept[0]


def request_with(*headers: tuple[str, str]) -> Request:
    return Request(method="GET", raw_path="/", segments=("",), headers=headers)


def hello(_: Environ, start_response: StartResponse) -> Iterable[bytes]:
    start_response(
        "200 OK", [("Content-Type", "text/plain"), ("X-A", "1"), ("X-A", "2"), ("Content-Length", "9")]
    )
    return [b"hel", b"lo"]


def test_an_answer_is_collected_and_its_length_left_to_the_server() -> None:
    assert run(hello, request_of("GET", "/")) == Response(
        200, (("content-type", "text/plain"), ("x-a", "1"), ("x-a", "2")), b"hello"
    )


def test_the_answer_to_head_keeps_the_length_of_the_body_that_it_leaves_out() -> None:
    def application(_: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Length", "1234")])
        return []

    assert run(application, request_of("HEAD", "/")).headers == (("content-length", "1234"),)


@pytest.mark.parametrize("name", ["Connection", "Keep-Alive", "Transfer-Encoding"])
def test_headers_of_the_connection_are_the_servers(name: str) -> None:
    def application(_: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [(name, "x")])
        return []

    assert run(application, request_of("GET", "/")).headers == ()


def test_the_environment_says_what_the_request_said() -> None:
    request = request_of(
        "POST",
        "/portal/%C3%A9%20x?a=%20b",
        headers={"Content-Type": "text/plain", "X-One": "1"},
        body=b"body",
    )
    environ = environ_of(request)

    assert environ["REQUEST_METHOD"] == "POST"
    assert environ["SCRIPT_NAME"] == ""
    assert environ["PATH_INFO"].encode("latin-1").decode() == "/portal/é x"
    assert environ["QUERY_STRING"] == "a=%20b"
    assert (environ["CONTENT_TYPE"], environ["CONTENT_LENGTH"]) == ("text/plain", "4")
    assert environ["HTTP_X_ONE"] == "1"
    assert environ["REMOTE_ADDR"] == "127.0.0.1"
    assert environ["wsgi.url_scheme"] == "http"
    assert environ["test.body"] == b"body"
    assert "HTTP_CONTENT_TYPE" not in environ
    assert "HTTP_CONTENT_LENGTH" not in environ


@pytest.mark.parametrize(
    ("origin_host", "scheme", "name", "port"),
    [
        ("mill.example:8443", "https", "mill.example", "8443"),
        ("mill.example", "https", "mill.example", "443"),
        ("mill.example", "http", "mill.example", "80"),
        ("[::1]:8080", "http", "::1", "8080"),
        ("[::1]", "http", "::1", "80"),
    ],
)
def test_the_servers_name_is_the_installations_and_not_the_hosts(
    origin_host: str, scheme: str, name: str, port: str
) -> None:
    request = Request(
        method="GET", raw_path="/", segments=("",), headers=(("host", "evil.example"),), scheme=scheme
    )
    environ = environ_of(request, origin_host=origin_host)

    assert (environ["SERVER_NAME"], environ["SERVER_PORT"]) == (name, port)


@pytest.mark.parametrize(
    "name", ["x_forwarded_user", "x-forwarded_user", "content_length", "_", "content_type"]
)
def test_a_header_with_an_underscore_is_dropped(name: str) -> None:
    """CVE-2025-64484: as `HTTP_…` it could not be told from the one with a dash."""
    environ = environ_of(request_with((name, "smuggled"), ("x-forwarded-user", "said")))

    assert "smuggled" not in [value for value in environ.values() if isinstance(value, str)]
    assert environ["HTTP_X_FORWARDED_USER"] == "said"
    assert environ["CONTENT_LENGTH"] == "0"


@pytest.mark.parametrize("name", ["content-length", "transfer-encoding"])
def test_what_a_request_says_of_its_length_is_not_handed_on(name: str) -> None:
    environ = environ_of(request_with((name, "4711")))

    assert environ["CONTENT_LENGTH"] == "0"
    assert "4711" not in [value for value in environ.values() if isinstance(value, str)]


def test_headers_of_one_name_are_joined_and_cookies_as_cookies_are() -> None:
    environ = environ_of(request_with(("x-a", "1"), ("cookie", "a=1"), ("x-a", "2"), ("cookie", "b=2")))

    assert environ["HTTP_X_A"] == "1,2"
    assert environ["HTTP_COOKIE"] == "a=1; b=2"


def test_a_body_beyond_the_bound_is_refused_before_the_application_runs() -> None:
    def application(_: Environ, __: StartResponse) -> Iterable[bytes]:
        raise AssertionError("the application must not run")

    with pytest.raises(Refused) as refused:
        run(application, request_of("POST", "/", body=b"x" * 1001))

    assert refused.value.refusal.problem is BODY_TOO_LARGE


class Chunks:
    """An iterable that notes when it is closed."""

    def __init__(self, *, fails: bool = False) -> None:
        self.closed = 0
        self._fails = fails

    def __iter__(self) -> Iterator[bytes]:
        yield b"one"
        if self._fails:
            raise RuntimeError("in the middle")

    def close(self) -> None:
        self.closed += 1


@pytest.mark.parametrize("fails", [False, True])
def test_the_answer_is_closed_once_whatever_happens(fails: bool) -> None:
    chunks = Chunks(fails=fails)

    def application(_: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [])
        return chunks

    if fails:
        with pytest.raises(RuntimeError, match="in the middle"):
            run(application, request_of("GET", "/"))
    else:
        assert run(application, request_of("GET", "/")).body == b"one"
    assert chunks.closed == 1


def test_an_exception_of_the_application_comes_through() -> None:
    def application(_: Environ, __: StartResponse) -> Iterable[bytes]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(application, request_of("GET", "/"))


def test_a_generator_may_start_the_response_late_and_write_by_hand() -> None:
    def late(_: Environ, start_response: StartResponse) -> Iterable[bytes]:
        write = start_response("418 I'm a teapot", [("X-A", "1")])
        write(b"short ")
        yield b"and "
        yield b"stout"

    assert run(late, request_of("GET", "/")) == Response(418, (("x-a", "1"),), b"short and stout")


def test_an_error_after_the_start_replaces_the_first_answer() -> None:
    def application(_: Environ, start_response: StartResponse) -> Iterable[bytes]:
        start_response("200 OK", [])
        start_response("500 Internal Server Error", [], (None, None, None))
        return [b"sorry"]

    assert run(application, request_of("GET", "/")).status == 500


def test_so_many_requests_run_at_once_as_there_are_threads() -> None:
    together = threading.Barrier(2, timeout=10)
    names: set[str] = set()

    def application(_: Environ, start_response: StartResponse) -> Iterable[bytes]:
        together.wait()
        names.add(threading.current_thread().name)
        start_response("200 OK", [])
        return []

    async def two(plane: WsgiPlane) -> None:
        await asyncio.gather(plane(request_of("GET", "/")), plane(request_of("GET", "/")))

    with plane_of(application) as plane:
        asyncio.run(two(plane))

    assert len(names) == 2
    assert all(name.startswith("pages") for name in names)
