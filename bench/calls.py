"""Calls without sockets: what one costs the server's own code, from the bytes that came to the bytes that go.

    calls.py [--rounds N] [--json FILE]

A worker's planes and server stand in this process. Sixteen connections are handed one request each in a turn
of the event loop, as those of wrk, and an upstream's answers come from memory. On a connection all
header lines are the same, but for one kind of calls, of which every other has a line more. Rounds are short,
and kinds take turns; what counts is the least of each kind, because other work on the machine only adds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import Any, Final

import uvloop

from constant import Constant
from gateways.millgate import make_home
from gateways.work import AUDIENCE, IN_PROCESS, ISSUER_ORIGIN, KEY_HEADER, PROXIED, Work
from millgate.assembly.collecting import building_much
from millgate.assembly.machine import Machine, open_stores
from millgate.assembly.pages import Pages
from millgate.core.clock import Clock
from millgate.core.settings import load
from millgate.gateway.upstreams import connection as upstream
from millgate.gateway.upstreams.http import HttpBackend
from millgate.gateway.upstreams.pool import Pool
from millgate.wire.http1.connection import Connection
from millgate.wire.http1.service import Patience, Service
from millgate.wire.messages import Plane

TURNS: Final = 10
"""Of the event loop, in one round."""

_ORIGIN_PORT: Final = 9
_TRACE: Final = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
_BODY: Final = b"x" * 400
_ANSWER: Final = (
    b"HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: Mon, 30 Nov 2026 12:00:00 GMT\r\n"
    b"Content-Type: application/json\r\nContent-Length: 400\r\n"
    b"Last-Modified: Mon, 30 Nov 2026 11:00:00 GMT\r\nConnection: keep-alive\r\n"
    b'ETag: "6af0f0f0-190"\r\nAccept-Ranges: bytes\r\n\r\n' + _BODY
)


class Wire(asyncio.Transport):
    """A connection to nobody, which keeps what was written last."""

    def __init__(self, written: Callable[[], None] = lambda: None) -> None:
        super().__init__({"peername": ("127.0.0.1", 4711)})
        self.last = b""
        self._written = written

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Keep it."""
        self.last = bytes(data)
        self._written()

    def is_closing(self) -> bool:
        """Never."""
        return False

    def abort(self) -> None:
        """There is nothing to end."""


class Line:
    """Sixteen connections of one server, each with a request that is put again and again.

    Args:
        plane: answers.
        requests: of each connection one.
        asked: connections to the upstream that have been asked.
        others: what takes turns with the requests, if anything.
    """

    def __init__(
        self,
        plane: Plane,
        requests: list[bytes],
        asked: list[upstream.Connection],
        others: list[bytes] | None = None,
    ) -> None:
        self._service = Service(plane, (), "http", Patience())
        self._asked = asked
        self.wires = [Wire() for _ in requests]
        puts = []
        for wire in self.wires:
            connection = Connection(self._service)
            connection.connection_made(wire)
            puts.append(connection.data_received)
        self._turns = cycle([[*zip(puts, said, strict=True)] for said in (requests, others or requests)])

    async def turns(self, count: int) -> None:
        """Put every request so many times."""
        for _ in range(count):
            for put, request in next(self._turns):
                put(request)
            await asyncio.sleep(0)
            if self._asked:
                asked = self._asked.copy()
                self._asked.clear()
                for connection in asked:
                    connection.data_received(_ANSWER)
                await asyncio.sleep(0)

    async def micros(self) -> float:
        """CPU of one call in microseconds."""
        began = time.thread_time_ns()
        await self.turns(TURNS)
        return (time.thread_time_ns() - began) / 1000 / (TURNS * len(self.wires))


def _head(path: str, headers: dict[str, str]) -> bytes:
    lines = [
        f"GET {path} HTTP/1.1",
        "Host: 127.0.0.1:8080",
        *(f"{name}: {headers[name]}" for name in headers),
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def _no_pages() -> Any:  # noqa: ANN401 - as Django's handler
    raise NotImplementedError


def _machine() -> Machine:
    settings, clock = load(os.environ), Clock()
    with building_much():
        pages = Pages(_no_pages, threads=1, body_limit=settings.body_limit, origin_host="")
        return Machine(settings, clock, pages, open_stores(settings))


def _connected(pool: Pool, asked: list[upstream.Connection]) -> None:
    """Keep a connection in the pool that is told here of what it was asked."""
    connection = upstream.Connection(pool)
    connection.connection_made(Wire(lambda: asked.append(connection)))
    pool._busy.add(connection)  # noqa: SLF001 - as if a call had opened it
    pool.release(connection)


def _lines(machine: Machine, work: Work) -> dict[str, Line]:
    asked: list[upstream.Connection] = []
    backend: Any = machine._upstreams["http:origin"]  # noqa: SLF001 - nothing else leads to its pool
    if not isinstance(backend, HttpBackend):
        raise TypeError(backend)
    for _ in work.callers:
        _connected(backend._all()[0].pool, asked)  # noqa: SLF001 - as above
    wrong = {KEY_HEADER: "0" * len(work.callers[0].key)}
    good = [_head(IN_PROCESS, caller.headers) for caller in work.callers]
    others = [_head(IN_PROCESS, caller.headers | {"Traceparent": _TRACE}) for caller in work.callers]
    proxied = [_head(PROXIED, caller.headers) for caller in work.callers]
    guessed = [_head(IN_PROCESS, caller.headers | wrong) for caller in work.callers]
    limited = [_head(IN_PROCESS, work.limited.headers)] * len(work.callers)
    return {
        "constant answer": Line(Constant(), good, asked),
        "in process": Line(machine.plane, good, asked),
        "other lines": Line(machine.plane, good, asked, others),
        "proxied": Line(machine.plane, proxied, asked),
        "wrong key": Line(machine.plane, guessed, asked),
        "rate limit": Line(machine.plane, limited, asked),
    }


async def _measured(work: Work, rounds: int) -> dict[str, Any]:
    """The least CPU of each kind, and what it was answered with."""
    machine = _machine()
    lines = _lines(machine, work)
    for line in lines.values():
        await line.turns(TURNS * 10)
    taken: dict[str, list[float]] = {kind: [] for kind in lines}
    for _ in range(rounds):
        for kind, line in lines.items():
            taken[kind].append(await line.micros())
    await machine.flush()
    return {
        kind: {"status": int(line.wires[0].last[9:12]), "micros": min(taken[kind])}
        for kind, line in lines.items()
    }


@contextmanager
def _home() -> Iterator[Work]:
    with tempfile.TemporaryDirectory(prefix="millgate-bench-") as scratch:
        home = Path(scratch) / "home"
        os.environ |= {
            "MILLGATE_HOME": str(home),
            "MILLGATE_ORIGIN": ISSUER_ORIGIN,
            "MILLGATE_RESOURCE": AUDIENCE,
        }
        yield make_home(home, _ORIGIN_PORT)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=200, help="how often each kind is measured")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    arguments = parser.parse_args()
    with _home() as work:
        found = uvloop.run(_measured(work, arguments.rounds))
    for kind, told in found.items():
        print(f"{kind:16} {told['status']}  {told['micros']:6.2f} µs")
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
