"""Publishing beside clients that go on calling."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.console import Console
    from support.served import Served

PARTS = "/test/PartList/v1/Parts?limit=1"
CLIENTS = 3
PATIENCE_SECONDS = 20.0


@contextmanager
def loaded(server: Served) -> Iterator[list[int]]:
    """Clients that call again and again on connections that they keep; gives the statuses they get."""
    statuses: list[int] = []
    going = True

    def load() -> None:
        with server.client() as client:
            while going:
                statuses.append(client.get(PARTS).status_code)

    with ThreadPoolExecutor(CLIENTS) as pool:
        clients = [pool.submit(load) for _ in range(CLIENTS)]
        try:
            yield statuses
        finally:
            going = False
        for client in clients:
            client.result()


def published(server: Served, console: Console, *, enabled: bool) -> int:
    """Enable or disable an application that makes no calls, which makes a version; gives its number."""
    before = newest(server)
    page = console.row("/console/clients/clientapplication/", "Sample Integration (Test Only)")
    changes = {"enabled": "on" if enabled else None}
    console.send(page, changes, having="display_name").raise_for_status()
    eventually(lambda: newest(server) > before)
    return newest(server)


def newest(server: Served) -> int:
    """The highest version that the server said is in force."""
    return max(int(number) for number in re.findall(r"version_in_force\s+number=(\d+)", server.printed()))


def workers_at(server: Served, number: int) -> int:
    """How many of several workers said that a version is in force."""
    said = re.findall(rf"version_in_force\s+number={number} .*worker=(\d+)", server.printed())
    return len(set(said))


def eventually(true: Callable[[], bool]) -> None:
    """Return once it is true."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not true():
        assert time.monotonic() < until
        time.sleep(0.02)
