"""TLS: who does not shake hands is given up and counted like everybody else, and plain HTTP is told so."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from typing import TYPE_CHECKING, Final

import pytest

from millgate.core.errors import TLS_NEEDED
from millgate.wire.http1.server import HttpServer, Patience
from support.http1 import Echo, get, line, parted, ran, standing
from support.upstream_tls import authority, server_context

if TYPE_CHECKING:
    from pathlib import Path

    from support.http1 import Heard, Loop

LOOPS: Final = pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
LONG: Final = 1_000.0
LINGER: Final = 0.05


class Side:
    """A server's context, and one that trusts it."""

    def __init__(self, place: Path) -> None:
        by = authority()
        self.server = server_context(by, place)
        self.trusting = ssl.create_default_context(cadata=by.pem)

    def patience(self, head: float = LONG) -> Patience:
        return Patience(idle=LONG, head=head, write=LONG, linger=LINGER)


@pytest.fixture
def side(tmp_path: Path) -> Side:
    return Side(tmp_path)


def once(heard: bytes) -> Heard:
    (one,) = parted(heard)
    return one


@LOOPS
def test_requests_over_tls_are_answered(side: Side, loop: Loop) -> None:
    async def main() -> tuple[list[Heard], str]:
        async with (
            standing(Echo(), side.patience(), tls=side.server) as server,
            line(server, ssl=side.trusting) as client,
        ):
            await client.say(get(b"/a"), get(b"/b", b"Connection: close"))
            version = client.writer.get_extra_info("ssl_object").version()
            return await client.answers(), version

    heard, version = ran(main, loop)
    assert [one.json[1] for one in heard] == ["/a", "/b"]
    assert version == "TLSv1.3"


@LOOPS
@pytest.mark.parametrize("said", [b"", b"\x16\x03\x01\x02\x00\x01"], ids=["silent", "half a hello"])
def test_a_handshake_that_does_not_end_is_given_up(side: Side, loop: Loop, said: bytes) -> None:
    async def main() -> bytes:
        async with (
            standing(Echo(), side.patience(head=0.05), tls=side.server) as server,
            line(server) as client,
        ):
            await client.say(said)
            return await client.rest()

    assert nothing_but_an_alert(ran(main, loop))


def nothing_but_an_alert(heard: bytes) -> bool:
    """Whether nothing came, or a TLS alert alone."""
    return heard == b"" or heard[:1] == b"\x15"


@LOOPS
def test_plain_http_on_the_tls_port_is_told_in_plain_http(side: Side, loop: Loop) -> None:
    async def main() -> bytes:
        async with standing(Echo(), side.patience(), tls=side.server) as server, line(server) as client:
            await client.say(get(b"/portal/"))
            return await client.rest()

    heard = once(ran(main, loop))
    assert (heard.status, heard.json["message"]) == (400, TLS_NEEDED.message)
    assert heard.values("connection") == ["close"]


@LOOPS
def test_nonsense_on_the_tls_port_ends_its_connection(side: Side, loop: Loop) -> None:
    async def main() -> bytes:
        async with standing(Echo(), side.patience(), tls=side.server) as server, line(server) as client:
            await client.say(b"\x00" * 300)
            return await client.rest()

    assert nothing_but_an_alert(ran(main, loop))


@LOOPS
def test_a_client_that_does_not_trust_the_certificate_disturbs_nobody(side: Side, loop: Loop) -> None:
    async def main() -> list[Heard]:
        async with standing(Echo(), side.patience(), tls=side.server) as server:
            with pytest.raises(ssl.SSLCertVerificationError):
                await asyncio.open_connection("127.0.0.1", server.port, ssl=ssl.create_default_context())
            async with line(server, ssl=side.trusting) as client:
                await client.say(get(b"/a", b"Connection: close"))
                return await client.answers()

    assert [one.status for one in ran(main, loop)] == [200]


@LOOPS
def test_those_who_shake_hands_count_as_connections(side: Side, loop: Loop) -> None:
    async def answered(server: HttpServer) -> list[Heard]:
        while True:
            try:
                async with line(server, ssl=side.trusting) as client:
                    await client.say(get(b"/a", b"Connection: close"))
                    return await client.answers()
            except ConnectionError:
                await asyncio.sleep(0)  # the server has not yet heard that the others have gone

    async def main() -> tuple[bytes, list[Heard]]:
        async with standing(Echo(), side.patience(), tls=side.server, most=2) as server:
            async with line(server), line(server), line(server) as third:
                refused = await third.rest()
            return refused, await answered(server)

    refused, after = ran(main, loop)
    assert refused == b""
    assert [one.status for one in after] == [200]


@LOOPS
def test_a_stop_does_not_wait_for_handshakes(side: Side, loop: Loop) -> None:
    async def main() -> bytes:
        async with standing(Echo(), side.patience(), tls=side.server) as server, line(server) as client:
            await client.say(b"\x16\x03\x01")
            server.stop()
            return await client.rest()

    assert nothing_but_an_alert(ran(main, loop))


@LOOPS
def test_without_room_for_a_connection_the_next_waits_and_is_answered(
    side: Side, loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system may have no file for a connection; the server looks again a little later."""
    monkeypatch.setattr("millgate.wire.http1.handshakes.PAUSE_SECONDS", 0.02)
    refused = [OSError(errno.EMFILE, "Too many open files")] * 2
    taken = socket.socket.accept

    def accept(listening: socket.socket) -> tuple[socket.socket, object]:
        if refused:
            raise refused.pop()
        return taken(listening)

    async def main() -> list[Heard]:
        async with standing(Echo(), side.patience(), tls=side.server) as server:
            monkeypatch.setattr(socket.socket, "accept", accept)
            async with line(server, ssl=side.trusting) as client:
                await client.say(get(b"/a", b"Connection: close"))
                return await client.answers()

    assert [one.status for one in ran(main, loop)] == [200]
    assert not refused
