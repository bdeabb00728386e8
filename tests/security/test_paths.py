"""What is routed is what was authorised, what the backend sees, what is recorded and what an upstream hears.

The address of a request is read here a second time, as simply as RFC 3986 and the address scheme allow, and
not by the product's code. Wherever the two readings part, somebody was let in by one and served by the other
(CVE-2021-43557, CVE-2026-33494, CVE-2026-40912).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from millgate.describe.model import Operation
from millgate.wire.asgi import AsgiFace
from support.fuzzing import bounded
from support.serving import FaceName, served
from support.tokens import signed
from support.upstreams import OK, Place, always, backends_of, proxied, standing, upstream
from support.world import ALL_KEY, FREE, PARTS, World

if TYPE_CHECKING:
    from millgate.wire.asgi import Message

HEXADECIMAL: Final = frozenset(b"0123456789abcdefABCDEF")
FORBIDDEN: Final = frozenset([*range(0x20), *b"/\\", 0x7F])


# The second reading


def read(path: bytes) -> list[str] | None:
    """The decoded segments of a path; None when it has more than one reading, or none."""
    if not path.startswith(b"/") or len(path) > 8192:
        return None
    segments = [_segment(raw) for raw in path[1:].split(b"/")]
    if None in segments or "" in segments[:-1]:
        return None
    return [segment for segment in segments if segment is not None]


def _segment(raw: bytes) -> str | None:
    """One segment, byte by byte."""
    decoded = bytearray()
    rest = list(raw)
    while rest:
        byte = rest.pop(0)
        if byte == ord("%"):
            digits = bytes(rest[:2])
            if len(digits) < 2 or not set(digits) <= HEXADECIMAL:
                return None
            byte, rest = int(digits, 16), rest[2:]
            if byte == ord("."):
                return None
        elif byte == ord("#"):
            return None
        if byte in FORBIDDEN:
            return None
        decoded.append(byte)
    try:
        text = decoded.decode()
    except UnicodeDecodeError:
        return None
    dots = text.partition(";")[0] in {".", ".."}
    return None if dots or any(0x80 <= ord(letter) < 0xA0 for letter in text) else text


@dataclass(frozen=True)
class Meaning:
    """Which operation an address means, and with which parameters."""

    tier: str
    api: str
    revision: int
    operation: str
    parameters: tuple[tuple[str, str], ...] = ()


def mean(segments: list[str]) -> Meaning | None:
    """What the segments of an address mean in the world below; None when nothing is there."""
    tier, rest = ("test", segments[1:]) if segments[0] == "test" else ("production", segments)
    revisions = {"v1": 1, "v1;rev=1": 1, "v1;rev=2": 2}
    if len(rest) < 3 or rest[1] not in revisions:
        return None
    revision = revisions[rest[1]]
    if rest[0] == "PartList" and rest[2] == "Parts" and len(rest) == 3:
        return Meaning(tier, "parts", revision, "list-parts")
    if rest[0] == "PartList" and rest[2] == "Parts" and len(rest) == 4 and rest[3]:
        return Meaning(tier, "parts", revision, "get-part", (("PartKey", rest[3]),))
    if rest[0] == "Free" and rest[2:] == ["Ping"] and revision == 1:
        return Meaning(tier, "free", 1, "ping")
    return None


def as_ascii(path: bytes) -> str:
    """A path as it is handed on and recorded: what is no visible ASCII is percent-encoded."""
    return "".join(chr(byte) if 0x20 < byte < 0x7F else f"%{byte:02X}" for byte in path)


# The worlds: one answers in process, the other forwards


def revised(world: World) -> World:
    """With a revision 2 of the parts, and an offline one that is never to be reached."""
    catalogue = world.holder.current.document.catalogue
    (parts,) = [api for api in catalogue.apis if api.key == PARTS.key]
    second, third = (
        msgspec.structs.replace(parts, revision=number, current=False, online=online)
        for number, online in ((2, True), (3, False))
    )
    apis = (parts, second, third, FREE)
    document = msgspec.structs.replace(
        world.holder.current.document, catalogue=msgspec.structs.replace(catalogue, apis=apis)
    )
    world.publish(document)
    return world


FORWARDED: Final = (
    Operation("list-parts", "GET", "/Parts", "List parts", "/items"),
    Operation("get-part", "GET", "/Parts/{PartKey}", "One part", "/items/{PartKey}"),
)


@dataclass(repr=False)
class Both:
    """The two worlds, and the upstream of the second."""

    near: World
    far: World
    place: Place

    def forget(self) -> None:
        """Forget all calls so far."""
        for calls in (self.near.calls, self.near.usage.calls, self.far.usage.calls, self.place.heard):
            calls.clear()


@asynccontextmanager
async def both() -> AsyncIterator[Both]:
    async with standing(always(OK)) as place:
        far = revised(proxied(upstream(place.url()), *FORWARDED))
        yield Both(revised(World()), far, place)
        backends_of(far).close()


Talk = Callable[[World, bytes], Awaitable[int]]


async def compare(worlds: Both, talk: Talk, target: bytes, path: bytes) -> int:
    """Put one target to both worlds and hold what became of it against the second reading of its path.

    Gives the status. A server in front may refuse what it cannot parse; then nothing was asked of anybody.
    """
    worlds.forget()
    status = await talk(worlds.near, target)
    also = await talk(worlds.far, target)
    segments = read(path)
    meaning = mean(segments) if segments else None
    if status == 400:
        assert also == 400
        assert [*worlds.near.calls, *worlds.near.usage.calls, *worlds.place.heard] == []
        return status
    assert segments is not None, "a path with more than one reading was taken for one"
    assert (status == 200) == (meaning is not None), (status, meaning)
    assert also == status
    if meaning is None:
        assert status == 404
        assert not worlds.near.calls
        assert not worlds.place.heard
        return status
    _agree(worlds, meaning, path)
    return status


def _agree(worlds: Both, meaning: Meaning, path: bytes) -> None:
    (call,), (record,) = worlds.near.calls, worlds.near.usage.calls
    assert call.operation.key == record.operation == meaning.operation
    assert (call.tier, call.api) == (record.tier, record.api) == (meaning.tier, meaning.api)
    assert tuple(call.parameters.items()) == meaning.parameters
    assert call.managed_path == call.request.raw_path == record.path == as_ascii(path)
    if meaning.api != "parts":
        return
    (heard,) = worlds.place.heard
    (forwarded,) = [record for record in worlds.far.usage.calls if record.api == "parts"]
    assert forwarded.path == as_ascii(path)
    assert read(heard.target.partition("?")[0].encode()) == [
        "items",
        *(value for _, value in meaning.parameters),
    ]


# In process: many paths


async def put(world: World, path: bytes) -> int:
    """The status of a GET by a caller to whom everything is open, its raw path put to the face."""
    sent: list[Message] = []
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "GET",
        "raw_path": path,
        "path": "/",
        "query_string": b"",
        "headers": [(b"host", b"mill.example"), *CREDENTIALS()],
        "scheme": "http",
        "client": ("192.0.2.1", 1),
    }

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    async def send(message: Message) -> None:
        sent.append(message)

    await AsgiFace(world.managed)(scope, receive, send)
    return int(sent[0]["status"])


_token: list[bytes] = []


def CREDENTIALS() -> list[tuple[bytes, bytes]]:  # noqa: N802 - a constant that is made late
    if not _token:
        _token.append(signed().encode())
    return [(b"ocp-apim-subscription-key", ALL_KEY.encode()), (b"authorization", b"Bearer " + _token[0])]


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as made:
        yield made


@pytest.fixture(scope="module")
def worlds(runner: asyncio.Runner) -> Iterator[Both]:
    context = both()
    yield runner.run(context.__aenter__())
    runner.run(context.__aexit__(None, None, None))


def encoded(text: bytes, which: int) -> bytes:
    """With the byte at some place percent-encoded."""
    if not text:
        return text
    at = which % len(text)
    return text[:at] + b"%%%02x" % text[at] + text[at + 1 :]


def inserted(text: bytes, which: int, piece: bytes) -> bytes:
    at = which % (len(text) + 1)
    return text[:at] + piece + text[at:]


KEYS: Final = st.one_of(
    st.sampled_from(
        [b"12", b"a.b", b"...", b"a;b=c", b"v1;rev=2", b"%25", b"%252e%252e", b"%3F%23%26", b"a+b"]
    ),
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=5).map(
        lambda text: b"".join(b"%%%02X" % byte for byte in text.encode())
    ),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=4).map(
        lambda text: text.encode()
    ),
    st.binary(max_size=5),
)
GOOD: Final = st.builds(
    lambda tier, version, tail: b"/" + b"/".join([*tier, b"PartList", version, b"Parts", *tail]),
    st.sampled_from([[], [b"test"]]),
    st.sampled_from(
        [b"v1", b"v1;rev=1", b"v1;rev=2", b"v1;rev=3", b"v1;rev=02", b"v1;REV=2", b"v1;rev=2;rev=1"]
    ),
    st.one_of(st.just([]), KEYS.map(lambda key: [key])),
)
DOTS: Final = (
    b"/",
    b"//",
    b"/.",
    b"/..",
    b"..;/",
    b"%2e",
    b"%2E%2e",
    b"%2f",
    b"%2F",
    b"%5c",
    b"\\",
    b"/test",
)
CUTS: Final = (
    b";",
    b";rev=2",
    b"%3Brev=2",
    b"#",
    b"%23",
    b"?",
    b"%3f",
    b"%",
    b"%u002f",
    b"@evil.example",
    b"A",
)
BYTES: Final = (b"%00", b"\x00", b"%0d%0a", b"\r\n", b" ", b"%20", b"%c0%af", b"%c0%ae", b"\xc0\xaf", b"\xff")
MARKS: Final = ("\u2028".encode(), b"%EF%BB%BF")
PIECES: Final = st.sampled_from([*DOTS, *CUTS, *BYTES, *MARKS])
PATHS: Final = st.one_of(
    GOOD,
    st.builds(encoded, GOOD, st.integers(0, 99)),
    st.builds(inserted, GOOD, st.integers(0, 99), PIECES),
    st.builds(
        lambda path, at: path[: at % len(path)] + path[at % len(path) :].swapcase(), GOOD, st.integers(0, 99)
    ),
    st.builds(
        lambda path, one, two, piece: encoded(inserted(path, one, piece), two),
        GOOD,
        st.integers(0, 99),
        st.integers(0, 99),
        PIECES,
    ),
    st.sampled_from([b"/Free/v1/Ping", b"/Free/v1;rev=1/Ping", b"/test/Free/v1/Ping/", b"*", b"/", b"//"]),
    st.binary(max_size=20).map(lambda rest: b"/" + rest),
)


@bounded(1000)
@given(path=PATHS)
@example(path=b"/PartList/v1/Parts/%2e%2e")
@example(path=b"/test/PartList/v1;rev=2/Parts/a%3Bb")
def test_a_path_is_routed_recorded_and_forwarded_as_it_reads(
    runner: asyncio.Runner, worlds: Both, path: bytes
) -> None:
    status = runner.run(compare(worlds, put, path, path))

    segments = read(path)
    assert (status == 400) == (segments is None)


def test_the_second_reading_knows_good_addresses_from_bad() -> None:
    """Else the comparison would pass because nothing was ever reached."""
    assert mean(read(b"/test/PartList/v1;rev=2/Parts/a%20b") or []) == Meaning(
        "test", "parts", 2, "get-part", (("PartKey", "a b"),)
    )
    assert mean(read(b"/%50artList/v1/Parts") or []) == Meaning("production", "parts", 1, "list-parts")
    assert mean(["PartList", "v1;rev=3", "Parts"]) is None
    for bad in (
        b"/a//b",
        b"/..;x/a",
        b"/a%2fb",
        b"/%2e",
        b"/%zz",
        b"/\xff",
        b"a",
        b"/a#",
        b"/a\\b",
        b"/%c2%85",
    ):
        assert read(bad) is None


# Through the real server: fewer, in every form that a request target can have


TAILS: Final = (
    *(b"", b"/", b"/12", b"//12", b"/.", b"/..", b"/%2e%2e", b"/%2f", b"/a%5cb", b"/a\\b", b"/..;/12"),
    *(b"/%00", b"/%ff", b"/\xc3\xa9", b"/%C3%A9", b"/%c0%af", b"/%", b"/%zz", b"/%2", b"/a%0d%0ab"),
    *(b";x", b"/;", b"/a;b", b"/%3B", b"/%3F", b"/%23", b"/a b", b"/{PartKey}", b"/:80", b"/a\x00b"),
)


def forms() -> list[tuple[bytes, bytes]]:
    """Request targets, and the path that each names; one that names none has an empty one."""
    base = b"/PartList/v1/Parts"
    revisions = (b"1", b"2", b"3", b"02", b"2;rev=1", b"", b"%32", b"2 ")
    paths = [
        *(base + tail for tail in TAILS),
        *(b"/PartList/v1;rev=%b/Parts" % number for number in revisions),
        *(b"/test" + path for path in (base, b"/PartList/v1;rev=2/Parts/1", b"/test" + base, b"/" + base)),
        *(base[:at] + b"%%%02x" % base[at] + base[at + 1 :] for at in range(1, len(base))),
        *(base[:at] + base[at : at + 1].swapcase() + base[at + 1 :] for at in range(1, len(base))),
        *(base + b"/" + bytes([byte]) for byte in range(1, 0x100) if byte not in b" ?#"),
    ]
    plain = [(path, path.partition(b"?")[0]) for path in paths]
    absolute = [
        (prefix + path, path)
        for prefix in (
            b"http://mill.example",
            b"http://evil.example:99",
            b"https://a:b@evil.example",
            b"HTTP://[::1]",
        )
        for path in (base, base + b"/%2e%2e", b"//" + base[1:], b"/Free/v1/Ping")
    ]
    queried = [
        (base + query, base) for query in (b"?", b"?x=/../", b"?a?b", b"?%00", b"?subscription-key=wrong")
    ]
    # The server's parser cuts a fragment off, and with it whatever anybody could read into it.
    fragments = [
        (base + b"#/../x", base),
        (b"/Free/v1/Ping#" + base, b"/Free/v1/Ping"),
        (base + b"?a=1#b", base),
    ]
    neither = [
        (b"*", b""),
        (b"mill.example:80", b""),
        (b"PartList/v1/Parts", b""),
        (b"?" + base, b""),
        (b"", b""),
    ]
    return [*plain, *absolute, *queried, *fragments, *neither]


@pytest.mark.parametrize("face", ["direct", "asgi"])
def test_whatever_the_server_makes_of_a_target_is_what_it_reads(face: FaceName) -> None:
    """CVE-2026-33494 (Oathkeeper), CVE-2023-47106 (Traefik), through the server and on to an upstream over HTTP."""

    async def main() -> dict[int, int]:
        seen: dict[int, int] = {}
        async with (
            both() as worlds,
            served(worlds.near.managed, face) as near,
            served(worlds.far.managed, face) as far,
        ):
            ports = {id(worlds.near): near, id(worlds.far): far}

            async def talk(world: World, target: bytes) -> int:
                return await said(ports[id(world)], target)

            for target, path in forms():
                status = await compare(worlds, talk, target, path)
                seen[status] = seen.get(status, 0) + 1
        return seen

    seen = asyncio.run(main())
    assert set(seen) == {200, 400, 404}
    assert seen[200] > 50


async def said(port: int, target: bytes) -> int:
    """The status of one GET with this very target."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = [b"GET " + target + b" HTTP/1.1", b"Host: mill.example", b"Connection: close"]
    lines += [name + b": " + value for name, value in CREDENTIALS()]
    try:
        writer.write(b"\r\n".join(lines) + b"\r\n\r\n")
        async with asyncio.timeout(10):
            return int((await reader.read(-1)).split()[1])
    finally:
        writer.close()
