"""A small load generator: keep-alive connections that each have one request under way.

It goes to loopback only, and ends by itself after the time it is given.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import uvloop

LONGEST_SECONDS = 60.0


@dataclass(frozen=True)
class Load:
    """What one run saw.

    Attributes:
        requests: answered with 200.
        others: answered otherwise.
        seconds: how long it ran.
        cpu_seconds: what the server's process used meanwhile.
    """

    requests: int
    others: int
    seconds: float
    cpu_seconds: float

    @property
    def per_second(self) -> float:
        """Requests answered with 200 each second."""
        return self.requests / self.seconds

    @property
    def cpu_micros(self) -> float:
        """The server's CPU for a request, in microseconds."""
        return self.cpu_seconds / max(self.requests + self.others, 1) * 1e6


class _Connection(asyncio.Protocol):
    """Sends the same request again as soon as its answer is complete."""

    def __init__(self, request: bytes) -> None:
        self._request = request
        self._buffer = b""
        self._transport: asyncio.Transport | None = None
        self.good = 0
        self.bad = 0
        self.stopped = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        at = self._buffer.lower().find(b"content-length:", 0, end)
        length = int(self._buffer[at + 15 : self._buffer.find(b"\r\n", at)])
        if len(self._buffer) < end + 4 + length:
            return
        if self._buffer.startswith(b"HTTP/1.1 200"):
            self.good += 1
        else:
            self.bad += 1
        self._buffer = b""
        if not self.stopped and self._transport is not None:
            self._transport.write(self._request)


def load(
    *, pid: int, port: int, path: str, headers: dict[str, str], seconds: float, connections: int = 16
) -> Load:
    """Ask for one address again and again, and look at what it costs the server."""
    lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", *(f"{k}: {v}" for k, v in headers.items())]
    request = "\r\n".join([*lines, "", ""])
    return uvloop.run(_run(pid, port, request.encode(), min(seconds, LONGEST_SECONDS), connections))


async def _run(pid: int, port: int, request: bytes, seconds: float, connections: int) -> Load:
    loop = asyncio.get_running_loop()
    before, started = cpu_seconds(pid), loop.time()
    made = [
        await loop.create_connection(lambda: _Connection(request), "127.0.0.1", port)
        for _ in range(connections)
    ]
    await asyncio.sleep(seconds)
    for _, protocol in made:
        protocol.stopped = True
    took, used = loop.time() - started, cpu_seconds(pid) - before
    good, bad = sum(item.good for _, item in made), sum(item.bad for _, item in made)
    for transport, _ in made:
        transport.close()
    return Load(good, bad, took, used)


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_megabytes(pid: int) -> float:
    """The resident memory of a process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise LookupError(pid)
