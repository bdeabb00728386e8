from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime, time

from millgate.plant.formats import Column, ndjson

Written = Callable[[str, list[Column], list[tuple[object, ...]]], bytes]
NDJSON = "application/x-ndjson"


def test_each_line_is_the_object_of_the_list(written: Written) -> None:
    columns = [
        Column(name, kind)
        for name, kind in (
            ("key", "integer"),
            ("weight", "number"),
            ("no", "text"),
            ("active", "boolean"),
            ("at", "instant"),
            ("due", "date"),
            ("start", "time of day"),
            ("items", "rows"),
        )
    ]
    full = (
        2**60,
        0.5,
        '=0012-"é"\n',
        True,
        datetime(2026, 1, 31, 6, tzinfo=UTC),
        date(2024, 2, 29),
        time(6),
        '[{"a":1}]',
    )
    assert written(NDJSON, columns, [full, (1, *[None] * 7)]).decode() == (
        '{"key":1152921504606846976,"weight":0.5,"no":"=0012-\\"é\\"\\n","active":true,'
        '"at":"2026-01-31T06:00:00Z","due":"2024-02-29","start":"06:00","items":[{"a":1}]}\n'
        '{"key":1,"weight":null,"no":null,"active":null,"at":null,"due":null,"start":null,"items":null}\n'
    )


def test_there_is_a_line_for_each_row_over_all_batches(written: Written) -> None:
    body = written(NDJSON, [Column("n", "integer")], [(n,) for n in range(2500)])
    assert [json.loads(line)["n"] for line in body.splitlines()] == list(range(2500))


def test_without_rows_there_are_no_lines(written: Written) -> None:
    assert written(NDJSON, [Column("n", "integer")], []) == b""


def test_encoded_rows_are_passed_on_line_by_line() -> None:
    async def pages() -> AsyncIterator[bytes]:
        for text in ('{"a":"é"}\n{"a":2}', "", '{"a":3}'):
            yield text.encode()

    async def read() -> bytes:
        return b"".join([part async for part in ndjson.stream_lines(pages())])

    assert asyncio.run(read()).decode() == '{"a":"é"}\n{"a":2}\n{"a":3}\n'
