"""One long list: pages far into it, and all of it as a file."""

from __future__ import annotations

import json
import time
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection
from typing import Final
from urllib.parse import parse_qs, urlsplit

from load import Load, memory_megabytes, one_by_one
from questions import PAGE
from servers import Server, logs_path

_PAGES: Final = 300
_PAGES_BY_OFFSET: Final = 10
_READ_BYTES: Final = 1 << 20
_PATIENCE_SECONDS: Final = 600.0


@dataclass(frozen=True)
class Export:
    """What an export cost.

    Attributes:
        rows: lines without the head.
        bytes: of the body.
        seconds: from the request to the last byte.
        idle_megabytes: resident memory of the server before.
        peak_megabytes: the most that was resident until the end.
    """

    rows: int
    bytes: int
    seconds: float
    idle_megabytes: float
    peak_megabytes: float


def deep_pages(server: Server, offset: int) -> dict[str, Load]:
    """The first page of a list, and pages from an offset on, by the place in `next` and by offset alone."""
    first = [_path(0)] * _PAGES
    by_offset = [_path(offset + number * PAGE) for number in range(_PAGES_BY_OFFSET)]
    by_place = _walk(server, offset)
    return {
        name: one_by_one(pid=server.pid, port=server.port, paths=paths, headers=server.headers)
        for name, paths in (("first page", first), ("by place", by_place), ("by offset", by_offset))
    }


def export(server: Server, rows: int) -> Export:
    """All rows of the list as CSV.

    Raises:
        SystemExit: it is not whole.
    """
    idle, began, lines, size = memory_megabytes(server.pid), time.perf_counter(), 0, 0
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=_PATIENCE_SECONDS)) as connection:
        connection.request("GET", logs_path(), headers=server.headers | {"Accept": "text/csv"})
        answer = connection.getresponse()
        while part := answer.read(_READ_BYTES):
            lines += part.count(b"\n")
            size += len(part)
    seconds, peak = time.perf_counter() - began, memory_megabytes(server.pid, "VmHWM")
    if answer.status != HTTPStatus.OK or lines != rows + 1:
        raise SystemExit(f"The export answered {answer.status} with {lines} lines.")
    return Export(rows, size, seconds, idle, peak)


def _path(offset: int, after: str = "") -> str:
    place = f"&after={after}" if after else ""
    return f"{logs_path()}?offset={offset}&limit={PAGE}{place}"


def _walk(server: Server, offset: int) -> list[str]:
    """The addresses of pages from an offset on, each as the page before it links to it."""
    paths, path = list[str](), _path(offset - PAGE)
    with closing(HTTPConnection("127.0.0.1", server.port, timeout=_PATIENCE_SECONDS)) as connection:
        while len(paths) < _PAGES:
            connection.request("GET", path, headers=server.headers)
            answer = connection.getresponse()
            links = {link["rel"]: link["href"] for link in json.load(answer)["links"]}
            if "next" not in links:
                break
            query = parse_qs(urlsplit(links["next"]).query)
            path = _path(int(query["offset"][0]), query["after"][0])
            paths.append(path)
    return paths
