"""Tokens without sockets beside the bare signature, in one process and in turn.

    token_process.py HOME SECONDS BODY

Asks everything that a token request meets behind the server: the front door, the token service, the stores of
a home. Prints how many of each there were, and what they cost, as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from http import HTTPStatus
from typing import Final

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from millgate.assembly.environment import settle
from millgate.assembly.machine import Machine, open_stores
from millgate.assembly.pages import Pages
from millgate.core.clock import Clock
from millgate.wire.messages import Request

IN_TURN: Final = 100
HEADERS: Final = (
    ("host", "127.0.0.1"),
    ("content-type", "application/x-www-form-urlencoded"),
    ("content-length", "0"),
)

Counted = dict[str, list[float]]


async def main() -> None:
    """Measure and print."""
    home, seconds, body = sys.argv[1], float(sys.argv[2]), sys.argv[3].encode()
    settings = settle({"home": home})
    pages = Pages(lambda: lambda _environ, _start: [], threads=1, body_limit=1024, origin_host="127.0.0.1")
    machine = Machine(settings, Clock(), pages, open_stores(settings))
    await machine.follower.follow()
    key, padded, hashed = rsa.generate_private_key(65537, 2048), padding.PKCS1v15(), SHA256()
    signed = await made(machine, body)

    async def signature() -> None:
        key.sign(signed, padded, hashed)

    async def token() -> None:
        await made(machine, body)

    found: Counted = {"signature": [0, 0.0], "token": [0, 0.0]}
    await counted({"signature": [0, 0.0], "token": [0, 0.0]}, signature, token, seconds=0.3)
    await counted(found, signature, token, seconds=seconds)
    print(json.dumps(found))
    await machine.close()


async def counted(found: Counted, *kinds: Callable[[], Awaitable[None]], seconds: float) -> None:
    """Do each kind in turn, many at a time, and add up how many and their CPU."""
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        for name, do in zip(found, kinds, strict=True):
            began = time.process_time()
            for _ in range(IN_TURN):
                await do()
            found[name][0] += IN_TURN
            found[name][1] += time.process_time() - began


async def made(machine: Machine, body: bytes) -> bytes:
    """What is signed of a token that was asked for.

    Raises:
        ValueError: there was none.
    """

    async def reader() -> AsyncIterator[bytes]:
        yield body

    request = Request(
        method="POST",
        raw_path="/oauth2/v1/token",
        segments=("oauth2", "v1", "token"),
        headers=HEADERS,
        client="127.0.0.1",
        reader=reader,
    )
    answer = await machine.plane(request)
    if answer.status != HTTPStatus.OK or not isinstance(answer.body, bytes):
        raise ValueError(f"no token: {answer.status}")
    return answer.body.partition(b'"access_token":"')[2].rpartition(b".")[0]


if __name__ == "__main__":
    asyncio.run(main())
