"""Put mixed calls to one server for a long time, and see whether its memory grows with them.

    soak.py [--minutes N] [--calls N] [--rounds N] [--home DIR] [--json FILE]

A round is `--calls` calls of every kind that a server sees: good ones, streams, each refusal, wrong
addresses, tokens, pages; then two changes are published. Rounds go on until the minutes or the number of
rounds are over. What counts is the ratio of memory between the last and the first quarter of them.
The home is that of a demo; one is made for the run unless it is given.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

import uvloop
from rich.console import Console

from load import memory_megabytes
from millgate.assembly.demo_env import read
from millgate.cli.token import fetch
from processes import free_port, millgate, run_python

CONNECTIONS: Final = 8
CALLS: Final = 20_000
LONGEST_MINUTES: Final = 24 * 60.0
LIST: Final = "/test/Workcenter/v1/Workcenters?limit=5"
PRODUCTION_LIST: Final = "/Workcenter/v1/Workcenters?limit=5"

PUBLISH: Final = """
from millgate.control.site import boot
boot.setup()
from millgate.control.clients.models import ClientApplication
from millgate.control.publish.services import directory_change
for name in ("Soaked", "Soaked again"):
    with directory_change(by="soak"):
        ClientApplication.objects.filter(test_only=True).update(display_name=name)
"""

console = Console(stderr=True)


@dataclass
class Soaked:
    """What a run saw.

    Attributes:
        memory: of the server's process after each round, in megabytes.
        answers: how often each status was answered.
        calls: how many were made.
    """

    memory: list[float] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)
    calls: int = 0

    @property
    def growth(self) -> float:
        """Memory in the last quarter of the rounds, as a ratio to the first; one round is for warming up."""
        settled = self.memory[1:] or self.memory
        quarter = max(len(settled) // 4, 1)
        return statistics.mean(settled[-quarter:]) / statistics.mean(settled[:quarter])


class Calls:
    """The requests of a demo's callers, of every kind in turn, endlessly.

    What callers may choose freely (keys, tokens, addresses, queries) is different each time, so that whatever
    remembers it shows.
    """

    def __init__(self, port: int, env: dict[str, str]) -> None:
        self._port = port
        self._env = env
        self._number = itertools.count()
        self._token = self._fetch("CLIENT_ID", "CLIENT_SECRET")
        self._test_only = self._fetch("TEST_ONLY_CLIENT_ID", "TEST_ONLY_CLIENT_SECRET")

    def __iter__(self) -> Iterator[bytes]:
        while True:
            yield from self._round(next(self._number))

    def _round(self, number: int) -> Iterator[bytes]:
        key, limited = self._env["MILLGATE_SUBSCRIPTION_KEY"], self._env["MILLGATE_LIMITED_SUBSCRIPTION_KEY"]
        for _ in range(4):
            yield self._get(LIST, key)
        yield self._get(f"/test/Workcenter/v1/Workcenters?offset={number % 40}", key)
        yield self._get("/test/Workcenter/v1/Workcenters", key, accept="text/csv")
        yield self._get("/test/PartList/v1/Parts", key, accept="application/x-ndjson")
        yield self._get(LIST, "")
        yield self._get(LIST, f"{number:032x}")
        yield self._get(LIST, key, token="")
        yield self._get(LIST, key, token=f"{number:x}.wrong.token")
        yield self._get(f"/test/Nowhere{number}/v1/Things", key)
        yield self._get(f"/test/Workcenter/v1/Workcenterz{number}", key)
        yield self._get("/test/Workcenter%2fv1/Workcenters", key)
        yield self._get(f"/test/Workcenter/v1/Workcenters?Unknown{number}=1", key)
        yield self._get(f"/test/Workcenter/v1/Workcenters/{number + 10**9}", key)
        yield self._get(PRODUCTION_LIST, key, token=self._test_only)
        yield self._get(LIST, limited)
        yield self._ask_token(self._env["MILLGATE_CLIENT_SECRET"])
        yield self._ask_token(f"wrong {number}")
        yield self._get("/-/ready", "", token="")
        yield self._get(f"/portal/?visit={number}", "", token="")

    def _get(
        self, target: str, key: str, *, token: str | None = None, accept: str = "application/json"
    ) -> bytes:
        bearer = self._token if token is None else token
        lines = [f"GET {target} HTTP/1.1", f"Host: 127.0.0.1:{self._port}", f"Accept: {accept}"]
        if key:
            lines.append(f"Ocp-Apim-Subscription-Key: {key}")
        if bearer:
            lines.append(f"Authorization: Bearer {bearer}")
        return "\r\n".join([*lines, "", ""]).encode()

    def _ask_token(self, secret: str) -> bytes:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._env["MILLGATE_CLIENT_ID"],
            "client_secret": secret,
            "resource": self._env["MILLGATE_RESOURCE"],
        }
        body = urlencode(form)
        head = [
            "POST /oauth2/v1/token HTTP/1.1",
            f"Host: 127.0.0.1:{self._port}",
            "Content-Type: application/x-www-form-urlencoded",
            f"Content-Length: {len(body)}",
        ]
        return "\r\n".join([*head, "", body]).encode()

    def _fetch(self, name: str, secret: str) -> str:
        origin = f"http://127.0.0.1:{self._port}"
        client = (self._env[f"MILLGATE_{name}"], self._env[f"MILLGATE_{secret}"])
        return fetch(origin, *client, self._env["MILLGATE_RESOURCE"])


async def _call(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> int:
    """One request and its whole answer; gives the status."""
    writer.write(request)
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    at = head.find(b"\r\ncontent-length:")
    if at >= 0:
        await reader.readexactly(int(head[at + 17 :].partition(b"\r\n")[0]))
    elif b"transfer-encoding: chunked" in head:
        while size := int(await reader.readline(), 16):
            await reader.readexactly(size + 2)
        await reader.readline()
    return int(head[9:12])


async def _talk(port: int, requests: Iterator[bytes], calls: int) -> Counter[int]:
    """One connection, which stays open, and its calls; gives the answers by status."""
    answers: Counter[int] = Counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in itertools.islice(requests, calls):
        answers[await _call(reader, writer, request)] += 1
    writer.close()
    await writer.wait_closed()
    return answers


async def _spread(port: int, requests: Iterator[bytes], calls: int) -> Counter[int]:
    talks = [_talk(port, requests, calls // CONNECTIONS) for _ in range(CONNECTIONS)]
    answers: Counter[int] = Counter()
    for counted in await asyncio.gather(*talks):
        answers += counted
    return answers


def soak(pid: int, port: int, home: Path, *, until: float, rounds: int, calls: int) -> Soaked:
    """Round after round, until the time or their number is over."""
    soaked, requests = Soaked(), iter(Calls(port, read(home / "demo.env")))
    for _ in range(rounds):
        answers = uvloop.run(_spread(port, requests, calls))
        run_python(PUBLISH, MILLGATE_HOME=str(home))
        soaked.answers += answers
        soaked.calls += answers.total()
        soaked.memory.append(memory_megabytes(pid))
        console.print(f"{soaked.calls} calls, {soaked.memory[-1]:.1f} MB")
        if time.monotonic() > until:
            break
    return soaked


def main() -> None:
    """Read the arguments, serve, soak and tell."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--calls", type=int, default=CALLS, help="in a round")
    parser.add_argument("--rounds", type=int, default=sys.maxsize)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    until = time.monotonic() + min(given.minutes, LONGEST_MINUTES) * 60
    with tempfile.TemporaryDirectory(prefix="millgate-soak-") as scratch:
        home, port = given.home or Path(scratch) / "home", free_port()
        with millgate("demo", home, port) as pid:
            soaked = soak(pid, port, home, until=until, rounds=given.rounds, calls=given.calls)
    console.print(f"answers: {dict(sorted(soaked.answers.items()))}")
    console.print(f"memory, last quarter to first: {soaked.growth:.3f}")
    if given.json is not None:
        numbers = {"memory": soaked.memory, "calls": soaked.calls, "growth": soaked.growth}
        given.json.write_text(json.dumps(numbers | {"answers": soaked.answers}))


if __name__ == "__main__":
    main()
