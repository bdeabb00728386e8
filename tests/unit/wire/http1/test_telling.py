"""What no plane sees is told, once, with what is known of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from support.http1 import Echo, line, ran, standing

if TYPE_CHECKING:
    from millgate.core.errors import Refusal

HOST: Final = b"Host: mill.example\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (b"GET /a HTTP/1.1\r\n" + HOST, []),
        (b"GET /a//b?key=secret HTTP/1.1\r\n" + HOST, [("MG101", "GET", "/a//b", "127.0.0.1")]),
        (b"GET /a#b HTTP/1.1\r\n" + HOST, [("MG101", "GET", "/a#b", "127.0.0.1")]),
        (b"GET /a HTTP/1.1\r\nHost: a\r\n" + HOST, [("MG108", "GET", "/a", "127.0.0.1")]),
        (b"GET /a HTTP/1.1\nHost: a\n\n", [("MG108", "", "", "127.0.0.1")]),
    ],
)
def test_a_refusal_of_the_server_is_told_once(sent: bytes, told: list[tuple[str, str, str, str]]) -> None:
    heard: list[tuple[str, str, str, str]] = []

    def tell(refusal: Refusal, method: str, path: str, client: str) -> None:
        heard.append((refusal.problem.code, method, path, client))

    async def main() -> None:
        async with standing(Echo(), told=tell) as server, line(server) as talk:
            await talk.say(sent)
            await talk.reader.read()

    ran(main)
    assert heard == told
