"""What holds of every stream: bounded memory, and nothing left behind."""

from __future__ import annotations

import asyncio
import tempfile
import tracemalloc
import zipfile
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest

from millgate.plant.formats import FORMATS, Column, content_disposition
from millgate.plant.formats.columns import Row
from millgate.plant.formats.workbook import CHUNK, MEDIA_TYPE

COLUMNS = [Column("n", "integer"), Column("serialNo", "text"), Column("at", "instant")]
START = datetime(2026, 1, 31, 6, tzinfo=UTC)
MEGABYTES = 2**20
ROWS = 150_000
TRACED = 50_000


class Source:
    """Batches of rows, and whether they were closed."""

    def __init__(self, rows: int, fails_after: int | None = None) -> None:
        self.rows = rows
        self.fails_after = fails_after
        self.closed = False

    async def batches(self) -> AsyncGenerator[list[Row], None]:
        try:
            for start in range(0, self.rows, 1000):
                if self.fails_after is not None and start >= self.fails_after:
                    raise ConnectionError
                yield [(n, f"SN{n:010}", START + timedelta(seconds=n)) for n in range(start, start + 1000)]
        finally:
            self.closed = True


def names_in(directory: Path) -> list[str]:
    return [path.name for path in directory.iterdir()]


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory for temporary files, empty."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.mark.usefixtures("temporary")
@pytest.mark.parametrize(
    ("media_type", "bound"),
    [("text/csv", 2 * MEGABYTES), ("application/x-ndjson", 2 * MEGABYTES), (MEDIA_TYPE, 3 * MEGABYTES)],
)
@pytest.mark.timeout(600)
def test_memory_does_not_grow_with_the_rows(media_type: str, bound: int) -> None:
    """Of 150,000 rows the last 50,000 are traced, for tracing is slow: kept, they would be nearly 10 MB."""

    async def batches() -> AsyncGenerator[list[Row], None]:
        async for rows in Source(ROWS).batches():
            if rows[0][0] == ROWS - TRACED:
                tracemalloc.start()
            yield rows

    async def consume() -> int:
        return sum([len(part) async for part in FORMATS[media_type].stream(COLUMNS, batches())])

    try:
        sent = asyncio.run(consume())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sent > 3 * MEGABYTES
    assert 0 < peak < bound


def test_a_workbook_comes_in_chunks_and_leaves_no_file(temporary: Path) -> None:
    async def read() -> list[bytes]:
        return [part async for part in FORMATS[MEDIA_TYPE].stream(COLUMNS, Source(20_000).batches())]

    parts = asyncio.run(read())
    assert len(parts) > 1
    assert {len(part) for part in parts[:-1]} == {CHUNK}
    assert zipfile.ZipFile(BytesIO(b"".join(parts))).testzip() is None
    assert names_in(temporary) == []


@pytest.mark.parametrize("media_type", list(FORMATS))
def test_a_stream_that_is_closed_early_ends_its_source_and_leaves_no_file(
    temporary: Path, media_type: str
) -> None:
    source = Source(20_000)

    async def read_two() -> None:
        batches = source.batches()  # kept, so that nobody but the stream closes it
        stream = FORMATS[media_type].stream(COLUMNS, batches)
        assert await anext(stream)
        assert await anext(stream)
        await stream.aclose()
        assert source.closed

    asyncio.run(read_two())
    assert names_in(temporary) == []


@pytest.mark.parametrize("media_type", list(FORMATS))
def test_a_source_that_fails_fails_the_stream_and_leaves_no_file(temporary: Path, media_type: str) -> None:
    source = Source(20_000, fails_after=3000)

    async def read() -> None:
        async for _ in FORMATS[media_type].stream(COLUMNS, source.batches()):
            pass

    with pytest.raises(ConnectionError):
        asyncio.run(read())
    assert names_in(temporary) == []


def test_a_cancelled_workbook_leaves_no_file(temporary: Path) -> None:
    source = Source(10**7)
    begun = asyncio.Event()

    async def batches() -> AsyncGenerator[list[Row], None]:
        async for rows in source.batches():
            yield rows
            begun.set()

    async def read() -> None:
        async for _ in FORMATS[MEDIA_TYPE].stream(COLUMNS, batches()):
            pass

    async def cancel() -> None:
        task = asyncio.create_task(read())
        await begun.wait()
        assert names_in(temporary) != []
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert names_in(temporary) == []

    asyncio.run(cancel())


def test_a_value_that_does_not_fit_leaves_no_file(temporary: Path) -> None:
    async def batches() -> AsyncGenerator[list[Row], None]:
        yield [("not a number", "x", START)]

    async def read() -> None:
        async for _ in FORMATS[MEDIA_TYPE].stream(COLUMNS, batches()):
            pass

    with pytest.raises(TypeError):
        asyncio.run(read())
    assert names_in(temporary) == []


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("Parts", 'attachment; filename="Parts.csv"'),
        ("Scrap log", "attachment; filename=\"Scrap-log.csv\"; filename*=UTF-8''Scrap%20log.csv"),
        ("Öl", "attachment; filename=\"l.csv\"; filename*=UTF-8''%C3%96l.csv"),
        ("数量", "attachment; filename=\"rows.csv\"; filename*=UTF-8''%E6%95%B0%E9%87%8F.csv"),
        ('a"\r\nb: c', "attachment; filename=\"a-b-c.csv\"; filename*=UTF-8''a%22%0D%0Ab%3A%20c.csv"),
        ("../x", "attachment; filename=\"x.csv\"; filename*=UTF-8''..%2Fx.csv"),
    ],
)
def test_a_file_is_offered_under_its_name(name: str, header: str) -> None:
    assert content_disposition(name, "csv") == header


def test_formats_are_found_by_media_type() -> None:
    assert {name: made.extension for name, made in FORMATS.items()} == {
        "text/csv": "csv",
        "application/x-ndjson": "ndjson",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    }
