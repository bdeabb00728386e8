"""A small load generator: keep-alive connections that each have one request under way.

It goes to loopback only, and ends by itself after the time it is given.
"""

from __future__ import annotations

import asyncio
import os
import statistics
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection
from itertools import cycle
from pathlib import Path
from time import perf_counter
from typing import cast

import uvloop

LONGEST_SECONDS = 60.0
_LAST_CHUNK = b"\r\n0\r\n\r\n"


@dataclass(frozen=True)
class Load:
    """What one run saw.

    Attributes:
        requests: answered with 200.
        others: answered otherwise.
        seconds: how long it ran.
        cpu_seconds: what the server's process used meanwhile.
        p50_millis: half of the answers were complete after this time.
        worst_millis: all were.
    """

    requests: int
    others: int
    seconds: float
    cpu_seconds: float
    p50_millis: float = 0.0
    worst_millis: float = 0.0

    @property
    def per_second(self) -> float:
        """Requests answered with 200 each second."""
        return self.requests / self.seconds

    @property
    def cpu_micros(self) -> float:
        """The server's CPU for a request, in microseconds."""
        return self.cpu_seconds / max(self.requests + self.others, 1) * 1e6


class _Connection(asyncio.Protocol):
    """Sends the next request as soon as the answer to the last is complete."""

    def __init__(self, requests: Iterator[bytes]) -> None:
        self._requests = requests
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self._sent = 0.0
        self.took: list[float] = []
        self.bad = 0
        self.stopped = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not _complete(self._buffer):
            return
        if self._buffer.startswith(b"HTTP/1.1 200"):
            self.took.append(perf_counter() - self._sent)
        else:
            self.bad += 1
        self._buffer.clear()
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - a protocol's signature
        self.bad += not self.stopped

    def _send(self) -> None:
        if not self.stopped and self._transport is not None:
            self._sent = perf_counter()
            self._transport.write(next(self._requests))


def _complete(answer: bytearray) -> bool:
    """Whether an answer is whole. Of chunked bodies it takes only texts without a bare line of `0`."""
    end = answer.find(b"\r\n\r\n")
    if end < 0:
        return False
    head = bytes(answer[:end]).lower()
    at = head.find(b"\r\ncontent-length:")
    if at < 0:
        return answer.endswith(_LAST_CHUNK)
    length = int(head[at + 17 :].partition(b"\r\n")[0])
    return len(answer) >= end + 4 + length


def load(
    *,
    pid: int,
    port: int,
    paths: Sequence[str],
    headers: dict[str, str],
    seconds: float,
    connections: int = 16,
) -> Load:
    """Ask for these addresses in turn, again and again, and look at what it costs the server."""
    requests = [_request(port, path, headers) for path in paths]
    return load_requests(pid=pid, port=port, requests=requests, seconds=seconds, connections=connections)


def load_requests(
    *, pid: int, port: int, requests: Sequence[bytes], seconds: float, connections: int = 16
) -> Load:
    """Send these requests as they stand, in turn, again and again, and look at what it costs the server."""
    return uvloop.run(_run(pid, port, cycle(requests), min(seconds, LONGEST_SECONDS), connections))


def _request(port: int, path: str, headers: dict[str, str]) -> bytes:
    lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", *(f"{k}: {v}" for k, v in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()


async def _run(pid: int, port: int, requests: Iterator[bytes], seconds: float, connections: int) -> Load:
    loop = asyncio.get_running_loop()
    before, started = cpu_seconds(pid), loop.time()
    made = [
        await loop.create_connection(lambda: _Connection(requests), "127.0.0.1", port)
        for _ in range(connections)
    ]
    await asyncio.sleep(seconds)
    for _, protocol in made:
        protocol.stopped = True
    ran, used = loop.time() - started, cpu_seconds(pid) - before
    took = [item for _, protocol in made for item in protocol.took] or [0.0]
    bad = sum(protocol.bad for _, protocol in made)
    good = sum(len(protocol.took) for _, protocol in made)
    for transport, _ in made:
        transport.close()
    return Load(good, bad, ran, used, statistics.median(took) * 1000, max(took) * 1000)


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def family_cpu_seconds(pid: int) -> float:
    """User and system time so far of a process and of all that it started and that still run."""
    children: list[str] = []
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with suppress(OSError):  # a thread that has ended since it was listed
            children += (thread / "children").read_text().split()
    return cpu_seconds(pid) + sum(family_cpu_seconds(int(child)) for child in children)


def memory_megabytes(pid: int, line: str = "VmRSS") -> float:
    """The resident memory of a process: now, or with `VmHWM` the most that it ever was."""
    for found in Path(f"/proc/{pid}/status").read_text().splitlines():
        if found.startswith(f"{line}:"):
            return int(found.split()[1]) / 1024
    raise LookupError(pid)


def one_by_one(*, pid: int, port: int, paths: Sequence[str], headers: dict[str, str]) -> Load:
    """Ask once for each of these addresses, on one connection, however long it takes."""
    before, took, bad = cpu_seconds(pid), list[float](), 0
    with closing(HTTPConnection("127.0.0.1", port, timeout=LONGEST_SECONDS)) as connection:
        for path in paths:
            began = perf_counter()
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            answer.read()
            took.append(perf_counter() - began)
            bad += answer.status != HTTPStatus.OK
    used = cpu_seconds(pid) - before
    return Load(len(took) - bad, bad, sum(took), used, statistics.median(took) * 1000, max(took) * 1000)
