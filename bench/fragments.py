"""Would remembered JSON of rows help? Three prototypes beside the way the product makes a page.

    fragments.py FILE DIRECTORY ROWS SECONDS

Prints, as JSON, the CPU for a page of each in microseconds, and which share of the rows a cache had.
What is stored stands in a copy of the file
in DIRECTORY; what is remembered, in a cache of this process:

- `made`: the database makes the JSON of each row, and each page is checked, as in the product;
- `made, unchecked`: the same without the check;
- `stored`: the JSON stands in a column of the row, and is read instead; nothing is checked at the read;
- `remembered`: SQL gives keys and dates of change, a bounded cache the JSON, SQL again what it has not.

Each is asked for the same few windows again and again, and for windows anywhere in the table.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import sys
from collections import OrderedDict
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

import msgspec

from bare import BASE, NOW, RESOURCE, Direct, at_once, call_of, cost, plan_of, product
from filling import TABLE, WORKCENTERS
from millgate.describe.calls import BackendCall
from millgate.plant.dialects import SQLITE
from millgate.plant.hal import envelope, links_of
from millgate.plant.place import write_place
from millgate.plant.plan import Plan
from millgate.plant.rows import RowCheck
from millgate.plant.sql import row_statement, select_of
from millgate.stores.ports import Page, Select
from questions import DIFFERENT, questions

CACHE_BYTES: Final = 64 * 1024 * 1024
_OVERHEAD: Final = 200
"""Bytes that the interpreter takes for an entry beside its texts."""
_DRAWS: Final = 10
"""Of how many times as many windows those that are asked for are drawn."""
_ROW: Final = "AS j FROM"
_VERSION: Final = "l.production_log_key || ' ' || l.modified_date"

_Make = Callable[[BackendCall], bytes]


class Fragments:
    """The JSON of rows by key and date of change, the least lately used forgotten first.

    Args:
        most_bytes: how much is kept.
        keep: by the row's key, whether it may be kept; a share of misses is made by keeping only some.
    """

    def __init__(self, most_bytes: int, keep: Callable[[int], bool]) -> None:
        self._left = most_bytes
        self._keep = keep
        self._kept: OrderedDict[bytes, bytes] = OrderedDict()
        self.asked = 0
        self.missed = 0

    def get(self, version: bytes) -> bytes | None:
        """The JSON of a row in this version."""
        self.asked += 1
        found = self._kept.get(version)
        if found is None:
            self.missed += 1
            return None
        self._kept.move_to_end(version)
        return found

    def put(self, version: bytes, made: bytes) -> None:
        """Keep it, and forget others for it."""
        if not self._keep(_key(version)):
            return
        self._kept[version] = made
        self._left -= len(version) + len(made) + _OVERHEAD
        while self._left < 0:
            gone, text = self._kept.popitem(last=False)
            self._left += len(gone) + len(text) + _OVERHEAD


def unchecked(store: Direct) -> _Make:
    """As the product, but for the check."""

    def make(call: BackendCall) -> bytes:
        planned = plan_of(call)
        page = at_once(store.select(select_of(planned, SQLITE, NOW), 60))
        return _answer(planned, page)

    return make


def stored(store: Direct) -> _Make:
    """Reads the column `shown`."""

    def make(call: BackendCall) -> bytes:
        planned = plan_of(call)
        select = _showing(select_of(planned, SQLITE, NOW), "l.shown")
        return _answer(planned, at_once(store.select(select, 60)))

    return make


def remembered(store: Direct, fragments: Fragments) -> _Make:
    """Asks the cache for what SQL names."""
    missing = row_statement(RESOURCE, SQLITE).replace(
        "l.production_log_key = :key", "l.production_log_key IN (SELECT value FROM json_each(:keys))"
    )
    many = f"SELECT CAST(group_concat(j, char(10)) AS BLOB) FROM ({missing} ORDER BY l.production_log_key)"  # noqa: S608 - ours

    def fetch(pcn: int, versions: list[bytes]) -> dict[bytes, bytes]:
        by_key = sorted(versions, key=_key)
        keys = json.dumps([_key(version) for version in by_key])
        (text,) = store.session.connection.execute(many, {"pcn": pcn, "keys": keys}).fetchone()
        return dict(zip(by_key, text.split(b"\n"), strict=True))

    def make(call: BackendCall) -> bytes:
        planned = plan_of(call)
        page = at_once(store.select(_showing(select_of(planned, SQLITE, NOW), _VERSION), 60))
        versions = page.text.split(b"\n")
        found = {version: fragments.get(version) for version in versions}
        lost = [version for version, made in found.items() if made is None]
        if lost:
            fetched = fetch(planned.pcn, lost)
            found |= fetched
            for version, made in fetched.items():
                fragments.put(version, made)
        text = b"\n".join([made for made in found.values() if made is not None])
        return _answer(planned, Page(text, page.total))

    return make


def _showing(select: Select, expression: str) -> Select:
    """The same rows in the same order, with something else of each."""
    inner = select.page.index("FROM (SELECT ") + len("FROM (SELECT ")
    text = select.page[:inner] + f"{expression} " + select.page[select.page.index(_ROW, inner) :]
    return msgspec.structs.replace(select, page=text)


_LAST: Final = RowCheck(RESOURCE.name, RESOURCE.fields)


def _answer(planned: Plan, page: Page) -> bytes:
    """The envelope. Only the last row is read, for the place behind it."""
    text, count, behind = page.text, page.text.count(b"\n") + 1, None
    if count > planned.limit:
        text, count = text[: text.rindex(b"\n")], planned.limit
        (last,) = _LAST.rows(text[text.rindex(b"\n") + 1 :])
        behind = write_place(RESOURCE, last)
    return envelope(links_of(planned, page.total, BASE, behind), text, page.total, count)


def _key(version: bytes) -> int:
    return int(version.partition(b" ")[0])


def store_json(file: Path, directory: Path) -> Path:
    """A copy of the file in which each row has its JSON beside it."""
    copy = directory / "stored.db"
    shutil.copyfile(file, copy)
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute(f"ALTER TABLE {TABLE} ADD COLUMN shown TEXT NOT NULL DEFAULT ''")
        made = (
            row_statement(RESOURCE, SQLITE).replace(":pcn", "o.pcn").replace(":key", "o.production_log_key")
        )
        connection.execute(f"UPDATE {TABLE} AS o SET shown = ({made})")  # noqa: S608 - ours
        connection.commit()
        connection.execute("VACUUM")
        connection.execute("ANALYZE")
        connection.commit()
    return copy


@dataclass(frozen=True)
class Windows:
    """What is asked for.

    Attributes:
        warming: fills the caches before.
        asked: is measured.
        caches: by what they keep.
    """

    warming: list[BackendCall]
    asked: list[BackendCall]
    caches: dict[str, Fragments]

    def measure(self, plain: Direct, beside: Direct, seconds: float) -> dict[str, dict[str, float]]:
        """The cost of each way."""
        caching = {f"remembered, {name}": remembered(plain, kept) for name, kept in self.caches.items()}
        for make in caching.values():
            for call in self.warming:
                make(call)
        ways = {
            "made": product(plain),
            "made, unchecked": unchecked(plain),
            "stored": stored(beside),
        } | caching
        _agree(ways.values(), self.asked[0])
        for kept in self.caches.values():
            kept.asked = kept.missed = 0
        taken = {name: {"cpu_micros": cost(make, self.asked, seconds)} for name, make in ways.items()}
        for name, kept in self.caches.items():
            taken[f"remembered, {name}"]["found"] = 1 - kept.missed / kept.asked
        return taken


def main(file: str, directory: str, rows: str, seconds: str) -> None:
    """Measure and print."""
    plain, beside = Direct(Path(file)), Direct(store_json(Path(file), Path(directory)))
    windows = {"the same windows": _same(int(rows)), "windows anywhere": _anywhere(int(rows))}
    print(json.dumps({name: item.measure(plain, beside, float(seconds)) for name, item in windows.items()}))


def _same(rows: int) -> Windows:
    calls = [call_of(question) for question in questions(rows, WORKCENTERS)]
    half = Fragments(CACHE_BYTES, lambda key: key // WORKCENTERS % 2 == 0)
    return Windows(calls, calls, {"all kept": Fragments(CACHE_BYTES, lambda _: True), "half kept": half})


def _anywhere(rows: int) -> Windows:
    """Two draws of different windows: one to fill a cache, one to ask it."""
    asked = questions(rows, DIFFERENT * _DRAWS)
    drawn = [call_of(question) for question in Random(7).sample(asked, DIFFERENT * 2)]  # noqa: S311 - no secret
    kept = Fragments(CACHE_BYTES, lambda _: True)
    return Windows(drawn[:DIFFERENT], drawn[DIFFERENT:], {f"{CACHE_BYTES >> 20} MB": kept})


def _agree(ways: Iterable[_Make], call: BackendCall) -> None:
    if len({way(call) for way in ways}) != 1:
        raise AssertionError("the ways do not make the same page")


if __name__ == "__main__":
    main(*sys.argv[1:])
