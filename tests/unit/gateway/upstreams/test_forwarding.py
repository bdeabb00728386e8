"""What reaches an upstream is what was authorised: nothing forged, nothing removed, nothing made two of."""

from __future__ import annotations

import asyncio
import dataclasses
import re
from typing import Any
from urllib.parse import unquote

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from millgate.core.errors import HEAD_NOT_SANE, MANAGED_FAILURE, PATH_NOT_SANE, UPSTREAM_UNREACHABLE, Refused
from millgate.gateway.upstreams.attempt import Attempt, attempt_of, bodiless_attempt
from millgate.gateway.upstreams.forwarding import Forwarding, KeyNames
from millgate.gateway.upstreams.names import OUR_COOKIES, folded
from millgate.gateway.upstreams.targets import path_of, query_of
from millgate.snapshot.upstreams import UpstreamHeader, sealed_for
from millgate.wire.messages import Header, Memory
from support.exchange import seen
from support.fuzzing import bounded
from support.upstreams import OK, PRINCIPAL, SEALER, Heard, always, backend, call, standing

IDENTITY = {
    "x-millgate-application": "an-application",
    "x-millgate-subscription": "a-subscription",
    "x-millgate-account": "an-account",
    "x-millgate-pcn": "7",
}
OURS = IDENTITY | {
    "x-forwarded-for": "127.0.0.1",
    "x-forwarded-proto": "http",
    "x-forwarded-host": "mill.example",
    "x-request-id": "an-id",
    "via": "1.1 millgate",
}


def heard_of(
    sent: dict[str, str] | None = None, asked: dict[str, Any] | None = None, **published: Any
) -> Heard:
    """The request that reaches an upstream for one with these headers."""

    async def run() -> Heard:
        async with standing(always(OK)) as place, backend(place.url("/base"), **published) as ask:
            await ask(call(headers=sent, **(asked or {})))
            return place.heard[0]

    return asyncio.run(run())


def test_a_request_arrives_with_what_the_gateway_knows() -> None:
    heard = heard_of({"accept": "text/csv", "user-agent": "curl/8"}, {"traceparent": "00-a-b-01"})

    assert heard.target == "/base/items"
    told = dict(heard.headers)
    host = told.pop("host")
    assert re.fullmatch(r"127\.0\.0\.1:\d+", host)
    assert told == OURS | {"accept": "text/csv", "user-agent": "curl/8", "traceparent": "00-a-b-01"}


def test_identity_is_told_where_the_upstream_is_to_know_it() -> None:
    heard = heard_of({"x-millgate-pcn": "9"}, identity=False)

    assert not [name for name, _ in heard.headers if name.startswith("x-millgate")]


LOOK_ALIKES = [
    shape
    for name in ("x-millgate-pcn", "x-forwarded-for", "x-real-ip", "forwarded", "x-request-id", "traceparent")
    for shape in (
        name,
        name.replace("-", "_"),
        name.replace("-", "."),
        name.replace("-", "_", 1),
        name.title(),
    )
]


@pytest.mark.parametrize("name", sorted(set(LOOK_ALIKES)))
@pytest.mark.parametrize("connection", ["", "named"])
def test_nobody_can_speak_for_the_gateway(name: str, connection: str) -> None:
    """CVE-2025-64484: look-alikes go; CVE-2024-45410, CVE-2026-29054: naming one in Connection removes none."""
    headers = {name.lower(): "forged"}
    if connection:
        headers["connection"] = f"close, {name}, {', '.join(OURS)}"

    heard = heard_of(headers)

    assert "forged" not in dict(heard.headers).values()
    assert OURS.items() <= dict(heard.headers).items()
    assert len({folded(given) for given, _ in heard.headers}) == len(heard.headers)


def test_what_concerns_one_connection_alone_ends_there() -> None:
    gone = {
        "connection": "keep-alive, X-Mine",
        "x-mine": "1",
        "keep-alive": "timeout=5",
        "proxy-connection": "keep-alive",
        "proxy-authorization": "Basic eDp5",
        "te": "trailers",
        "trailer": "X-T",
        "upgrade": "h2c",
        "http2-settings": "x",
        "expect": "100-continue",
    }

    heard = heard_of(gone | {"x-yours": "2"})

    assert not set(gone) & {name for name, _ in heard.headers}
    assert heard.header("x-yours") == "2"


def test_keys_and_tokens_end_at_the_gateway() -> None:
    credentials = {"ocp-apim-subscription-key": "1" * 32, "authorization": "Bearer x"}

    heard = heard_of(
        credentials, {"query": "a=1&subscription-key=2&Subscription-Key=3&b=%20&subscription%2Dkey=4"}
    )

    assert not {"ocp-apim-subscription-key", "authorization"} & {name for name, _ in heard.headers}
    assert heard.target == "/base/items?a=1&Subscription-Key=3&b=%20"


def test_a_token_goes_on_where_that_is_published() -> None:
    heard = heard_of({"authorization": "Bearer x"}, forward_authorization=True)

    assert heard.header("authorization") == "Bearer x"


def test_the_portals_cookies_stay_here_and_others_go_on() -> None:
    heard = heard_of({"cookie": f"a=1; {OUR_COOKIES}session=x; b=2;{OUR_COOKIES}csrf=y"})

    assert heard.header("cookie") == "a=1; b=2"
    assert heard_of({"cookie": f"{OUR_COOKIES}session=x"}).header("cookie") is None


def test_the_portals_cookies_are_named_so() -> None:
    from millgate.control.site import settings  # noqa: PLC0415 - Django's settings read the environment

    assert settings.SESSION_COOKIE_NAME.startswith(OUR_COOKIES)
    assert settings.CSRF_COOKIE_NAME.startswith(OUR_COOKIES)


def sealed(name: str, value: str, key: str = "u") -> UpstreamHeader:
    return UpstreamHeader(name, SEALER.seal(value.encode("latin-1"), sealed_for(key, name)).hex())


def test_the_upstreams_own_headers_are_sent_unsealed_and_no_callers_beside_them() -> None:
    heard = heard_of({"x_api_key": "theirs", "x-api-key": "theirs"}, headers=(sealed("X-Api-Key", "ours"),))

    assert [(name, value) for name, value in heard.headers if folded(name) == "x-api-key"] == [
        ("x-api-key", "ours")
    ]


@pytest.mark.parametrize(
    "header",
    [
        UpstreamHeader("X-Key", "00" * 40),
        UpstreamHeader("X-Key", "no hexadecimal"),
        sealed("X-Key", "x", key="another"),
        sealed("X-Key", "a\r\nX-Millgate-Pcn: 1"),
    ],
    ids=["not sealed", "not hexadecimal", "of another upstream", "two lines"],
)
def test_an_upstream_whose_secret_cannot_be_had_is_closed(header: UpstreamHeader) -> None:
    """CVE-2026-27586: better no answer than a call without what protects it."""

    async def run() -> None:
        async with standing(always(OK)) as place, backend(place.url(), headers=(header,)) as ask:
            with pytest.raises(Refused) as refused:
                await ask(call())
            assert refused.value.refusal.problem is MANAGED_FAILURE
            assert "X-Key" in refused.value.refusal.cause
            assert place.heard == []

    asyncio.run(run())


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"content-length": "2", "transfer-encoding": "chunked"}, "both"),
        ({"transfer-encoding": "gzip, chunked"}, "not chunked"),
        ({"content-length": "2, 2"}, "one number"),
        ({"content-length": "+2"}, "one number"),
        ({"content-length": "٢"}, "one number"),
        ({"content-length": "9" * 19}, "one number"),
        ({"host": "a.example, b.example"}, "one host"),
        ({"host": "a.example/x"}, "one host"),
        ({"x-a": "a\r\nx-millgate-pcn: 9"}, "control character"),
        ({"x-a": "a\nb"}, "control character"),
        ({"x-a": "a\0b"}, "control character"),
    ],
)
def test_a_request_that_can_be_read_in_two_ways_goes_nowhere(headers: dict[str, str], reason: str) -> None:
    """CVE-2025-69224 and its like: the server refuses most of these already."""

    async def run() -> None:
        async with standing(always(OK)) as place, backend(place.url()) as ask:
            with pytest.raises(Refused) as refused:
                await ask(call("POST", headers=headers))
            assert refused.value.refusal.problem is HEAD_NOT_SANE
            assert reason in refused.value.refusal.message
            assert place.heard == []

    asyncio.run(run())


def test_the_callers_host_is_kept_where_that_is_published() -> None:
    assert heard_of(preserve_host=True).header("host") == "mill.example"


def test_a_call_that_goes_in_a_circle_is_stopped() -> None:
    heard = heard_of({"via": "1.0 fred, 1.1 millgate"})
    assert heard.header("via") == "1.0 fred, 1.1 millgate, 1.1 millgate"

    async def run() -> None:
        async with standing(always(OK)) as place, backend(place.url()) as ask:
            with pytest.raises(Refused) as refused:
                await ask(call(headers={"via": ", ".join(["1.1 millgate"] * 5)}))
            assert refused.value.refusal.problem is UPSTREAM_UNREACHABLE
            assert place.heard == []

    asyncio.run(run())


def test_the_chain_of_proxies_is_the_faces_or_none() -> None:
    forged = call(headers={"x-forwarded-for": "192.0.2.1, 192.0.2.2"})

    def told(*, behind_proxies: bool) -> list[str]:
        forwarding = Forwarding(
            identity=False, forward_authorization=False, preserve_host=False, behind_proxies=behind_proxies
        )
        return forwarding.outgoing(forged, KeyNames()).lines.decode().split("\r\n")

    assert "x-forwarded-for: 127.0.0.1" in told(behind_proxies=False)
    assert "x-forwarded-for: 192.0.2.1, 192.0.2.2" in told(behind_proxies=True)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"application": "another"},
        {"subscription": "another"},
        {"principal": None},
        {"principal": dataclasses.replace(PRINCIPAL, pcn=8)},
        {"request_id": "another"},
    ],
)
def test_remembered_lines_tell_who_calls_now(changes: dict[str, Any]) -> None:
    forwarding = Forwarding(identity=True, forward_authorization=False, preserve_host=False)
    keys, lines = KeyNames(), {"traceparent": "x", "x": "1"}
    remembering = msgspec.structs.replace(call(headers=lines).request, memory=Memory())
    first = forwarding.outgoing(call(request=remembering), keys)

    assert first == forwarding.outgoing(call(headers=lines), keys)
    again = forwarding.outgoing(call(request=remembering, **changes), keys)
    assert again == forwarding.outgoing(call(headers=lines, **changes), keys)
    assert (again is first) == (not changes or "request_id" in changes)
    sent = bodiless_attempt(call(request=remembering, **changes), forwarding, keys).head("", "mill.example")
    assert f"x-request-id: {changes.get('request_id', 'an-id')}\r\n".encode() in sent


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"application": "another"},
        {"subscription": "another"},
        {"principal": None},
        {"request_id": "another"},
        {"parameters": {"id": "2"}},
        {"path": "/others/{id}"},
    ],
)
def test_a_request_that_comes_again_is_sent_as_it_is_now(changes: dict[str, Any]) -> None:
    forwarding = Forwarding(identity=True, forward_authorization=False, preserve_host=False)
    asked: dict[str, Any] = {"path": "/items/{id}", "parameters": {"id": "1"}}
    repeated = msgspec.structs.replace(call(query="a=1").request, again=Memory())

    def sent(asked: dict[str, Any], address: tuple[str, str]) -> bytes:
        return bodiless_attempt(call(**asked), forwarding, KeyNames()).head(*address)

    for address in (("/base", "one.example"), ("/base", "two.example"), ("", "two.example")):
        for now in (asked, asked | changes):
            fresh = msgspec.structs.replace(repeated, again=None)
            assert sent(now | {"request": repeated}, address) == sent(now | {"request": fresh}, address)


def test_a_request_that_comes_again_loses_a_key_that_is_sent_elsewhere_now() -> None:
    forwarding = Forwarding(identity=False, forward_authorization=False, preserve_host=False)
    repeated = msgspec.structs.replace(call(query="token=secret").request, again=Memory())
    before, now = (
        bodiless_attempt(call(request=repeated), forwarding, keys).head("", "")
        for keys in (KeyNames(), KeyNames(query=frozenset({"token"})))
    )

    assert (b"secret" in before, b"secret" in now) == (True, False)


def test_remembered_lines_lose_a_key_that_is_sent_elsewhere_now() -> None:
    forwarding = Forwarding(identity=False, forward_authorization=False, preserve_host=False)
    remembering = msgspec.structs.replace(call(headers={"x-key": "secret"}).request, memory=Memory())
    before = forwarding.outgoing(call(request=remembering), KeyNames())
    now = forwarding.outgoing(call(request=remembering), KeyNames(headers=frozenset({"x-key"})))

    assert (b"secret" in before.lines, b"secret" in now.lines) == (True, False)


def test_an_answer_loses_what_is_not_its_to_say_and_keeps_the_rest() -> None:
    answer = (
        b"HTTP/1.1 401 Unauthorized\r\nServer: nginx/1.2\r\nDate: Sun, 22 Nov 2026 11:12:13 GMT\r\n"
        b'WWW-Authenticate: Basic realm="theirs"\r\nConnection: X-Hop, keep-alive\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\n'
        b"Set-Cookie: a=1\r\nSet-Cookie: millgate_session=forged\r\nX-Millgate-Hint: x\r\nX-Request-Id: theirs\r\n"
        b'Strict-Transport-Security: max-age=1\r\nAlt-Svc: clear\r\nClear-Site-Data: "*"\r\nContent-Length: 2\r\n\r\nno'
    )  # fmt: skip

    async def run() -> None:
        async with standing(always(answer)) as place, backend(place.url()) as ask:
            answered = await ask(call())
            assert answered.refusal is None
            assert (answered.status, answered.body) == (401, b"no")
            assert answered.headers == (
                ("date", "Sun, 22 Nov 2026 11:12:13 GMT"),
                ("www-authenticate", 'Basic realm="theirs"'),
                ("set-cookie", "a=1"),
            )

    asyncio.run(run())


def test_headers_that_any_connection_line_names_end_at_the_gateway() -> None:
    """RFC 9110 section 7.6.1, and 5.3: several lines are one list."""
    answer = (
        b"HTTP/1.1 200 OK\r\nConnection: X-Hop\r\nConnection: keep-alive\r\nX-Hop: 1\r\nX-Kept: 1\r\n"
        b"Content-Length: 0\r\n\r\n"
    )

    async def run() -> None:
        async with standing(always(answer)) as place, backend(place.url()) as ask:
            assert (await ask(call())).headers == (("x-kept", "1"),)

    asyncio.run(run())


# Targets


@pytest.mark.parametrize(
    ("template", "value", "path"),
    [
        ("/items/{K}", "1001", "/items/1001"),
        ("items/{K}", "a b", "/items/a%20b"),
        ("/items/{K}/parts", "a?b#c&d=e", "/items/a%3Fb%23c%26d%3De/parts"),
        ("/items/{K}", "é%2F", "/items/%C3%A9%252F"),
        ("/items/{K};v=1", "a;b", "/items/a%3Bb;v=1"),
        ("/it ems?x/{K}", "1", "/it%20ems%3Fx/1"),
        ("/v{K}.json", "...", "/v....json"),
    ],
)
def test_a_parameter_stays_within_its_segment(template: str, value: str, path: str) -> None:
    assert path_of(template, {"K": value}) == path


@pytest.mark.parametrize("value", ["", ".", "..", "a/b", "../admin", "a\\b", "/", "..;x"])
def test_a_parameter_that_would_leave_it_is_refused(value: str) -> None:
    with pytest.raises(Refused) as refused:
        path_of("/items/{K}", {"K": value})
    assert refused.value.refusal.problem is PATH_NOT_SANE


@given(st.text(max_size=30), st.text(max_size=30))
@bounded(300)
def test_what_is_filled_in_reads_back_as_it_was(first: str, second: str) -> None:
    try:
        path = path_of("/a/{X}/b/{Y}", {"X": first, "Y": second})
    except (Refused, UnicodeEncodeError):
        return

    assert re.fullmatch(r"[\x21-\x7e]+", path)
    assert [unquote(segment) for segment in path.split("/")] == ["", "a", first, "b", second]


@given(st.text(st.characters(max_codepoint=255), max_size=60))
@bounded(300)
def test_a_query_is_sent_on_in_one_line_and_reads_the_same(query: str) -> None:
    sent = query_of(query, frozenset({"subscription-key"}))

    assert re.fullmatch(r"(\?[\x21\x22\x24-\x7e]+)?", sent)
    if re.fullmatch(r"[\x21\x22\x24-\x7e]+", query) and "subscription" not in unquote(query):
        assert sent == "?" + query


# All of it


NAMES = st.one_of(
    st.sampled_from(
        [*OURS, *(name.upper().replace("-", "_") for name in OURS), "connection", "cookie", "te"]
    ),
    st.from_regex(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,20}", fullmatch=True),
)
VALUES = st.one_of(
    st.sampled_from(
        ["close", "x-millgate-pcn", "via, x-request-id", "millgate_session=1", "millgate_x; a=1"]
    ),
    st.text(st.characters(max_codepoint=255), max_size=20),
)


@given(
    st.lists(st.tuples(NAMES.map(str.lower), VALUES), max_size=8),
    st.text(st.characters(max_codepoint=255), max_size=20),
)
@bounded(150)
def test_whatever_is_sent_the_gateways_word_stands_alone(headers: list[Header], query: str) -> None:
    sent = [
        (name, value)
        for name, value in headers
        if name not in {"host", "content-length", "transfer-encoding"}
    ]
    try:
        attempt = _attempt(tuple(sent), query)
    except Refused:
        return

    head = attempt.head("/base", "up.example").decode("latin-1")
    first, *lines = head.removesuffix("\r\n\r\n").split("\r\n")
    assert re.fullmatch(r"GET /base/items(\?[\x21-\x7e]*)? HTTP/1\.1", first)
    told = [(name, value) for name, _, value in (line.partition(": ") for line in lines)]
    for name, value in OURS.items():
        if name in {"via", "x-forwarded-host"}:
            continue
        assert [found for given_, found in told if folded(given_) == name] == [value]
    assert [value for name, value in told if name == "host"] == ["up.example"]
    assert not [name for name, _ in told if name in {"transfer-encoding", "connection", "te"}]
    assert OUR_COOKIES not in dict(told).get("cookie", "")
    authorised = {(name, value) for name, value in sent}
    ours = {*OURS, "host", "cookie"}
    assert {(name, value) for name, value in told if name not in ours} <= authorised


def _attempt(headers: tuple[Header, ...], query: str) -> Attempt:
    asked = call(query=query)
    request = msgspec.structs.replace(asked.request, headers=headers)
    forwarding = Forwarding(identity=True, forward_authorization=False, preserve_host=False)
    coroutine = attempt_of(msgspec.structs.replace(asked, request=request), forwarding, KeyNames(), 1000)
    try:
        coroutine.send(None)
    except StopIteration as done:
        made: Attempt = done.value
        return made
    raise AssertionError("a GET without a body waits for nothing")


def test_a_cookie_of_ours_from_an_upstream_never_reaches_the_browser() -> None:
    async def run() -> None:
        answer = OK.replace(b"\r\n\r\n", b"\r\nSet-Cookie:  millgate_csrf=x; Path=/\r\n\r\n")
        async with standing(always(answer)) as place, backend(place.url()) as ask:
            assert (await seen(await ask(call()))).headers == {}

    asyncio.run(run())
