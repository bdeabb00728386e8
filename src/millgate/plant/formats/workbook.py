"""Rows as a workbook (Office Open XML), written to disk row by row and sent from there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import IO, Any, Final

from xlsxwriter import Workbook  # type: ignore[import-untyped] # it has no stubs
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped] # it has no stubs

from millgate.plant.formats.cells import WIDTHS, Cells, cell_text
from millgate.plant.formats.columns import Batches, Column, Row, closing

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
EXTENSION: Final = "xlsx"
MOST_ROWS: Final = 1_048_575
"""Rows that one sheet holds below its header."""
CHUNK: Final = 64 * 1024
_WIDEST_NAME: Final = 40


async def stream(columns: Sequence[Column], batches: Batches) -> AsyncGenerator[bytes, None]:
    """A workbook of all rows, in chunks of 64 KiB; nothing is sent before the last row has come.

    One batch is in memory at a time, the rest in temporary files, which are gone when the stream is,
    however it ends.
    """
    made = WorkbookFile(columns)
    try:
        async with closing(batches):
            async for rows in batches:
                await asyncio.to_thread(made.add, rows)
        await asyncio.to_thread(made.finish)
        while chunk := await asyncio.to_thread(made.read):
            yield chunk
    finally:
        await asyncio.to_thread(made.discard)


class WorkbookFile:
    """A workbook in a temporary directory of its own.

    A cancelled caller leaves its thread at work; the lock lets `discard` wait for that thread.

    Args:
        columns: of every sheet.
        rows_per_sheet: after that many rows a further sheet begins.
    """

    def __init__(self, columns: Sequence[Column], rows_per_sheet: int = MOST_ROWS) -> None:
        self._columns = columns
        self._rows_per_sheet = rows_per_sheet
        self._lock = Lock()
        self._directory = TemporaryDirectory(prefix="millgate-export-")
        self._path = Path(self._directory.name, "rows.xlsx")
        self._workbook = Workbook(
            self._path,
            {"constant_memory": True, "tmpdir": self._directory.name, "use_zip64": True},
        )
        self._cells = Cells(self._workbook)
        self._writers = [self._cells.writers[column.kind] for column in columns]
        self._sheets: list[Any] = []
        self._file: IO[bytes] | None = None
        self._begin_sheet()

    def _begin_sheet(self) -> None:
        number = len(self._sheets) + 1
        sheet = self._workbook.add_worksheet("Rows" if number == 1 else f"Rows {number}", _Sheet)
        self._sheets.append(sheet)
        self._filled = 0
        sheet.freeze_panes(1, 0)
        for place, column in enumerate(self._columns):
            width = max(WIDTHS[column.kind], min(len(column.name), _WIDEST_NAME) + 4)
            sheet.set_column(place, place, width, self._cells.formats[column.kind])
            sheet.write_string(0, place, cell_text(column.name), self._cells.header)

    def add(self, rows: list[Row]) -> None:
        """Write rows below those that are there."""
        with self._lock:
            for row in rows:
                if self._filled == self._rows_per_sheet:
                    self._begin_sheet()
                self._filled += 1
                self._add(row)

    def _add(self, row: Row) -> None:
        sheet, line = self._sheets[-1], self._filled
        for place, (write, value) in enumerate(zip(self._writers, row, strict=True)):
            if value is not None:
                write(sheet, line, place, value)

    def finish(self) -> None:
        """Put the file together; no row may follow."""
        with self._lock:
            if len(self._sheets) == 1:
                self._sheets[0].autofilter(0, 0, self._filled, len(self._columns) - 1)
            self._workbook.close()
            self._file = self._path.open("rb")

    def read(self) -> bytes:
        """The next chunk of the finished file; empty at its end."""
        with self._lock:
            return self._file.read(CHUNK) if self._file else b""

    def discard(self) -> None:
        """Remove everything from the disk, finished or not."""
        with self._lock:
            for sheet in self._sheets:
                sheet.give_up()
            if self._file:
                self._file.close()
            self._directory.cleanup()


class _Sheet(Worksheet):  # type: ignore[misc] # it has no stubs
    """A worksheet in which a text is always a text, and which can be left unfinished."""

    def _xml_rich_inline_string(self, string: str, attributes: list[tuple[str, object]]) -> None:
        # In constant memory the library takes any text in <r></r> for markup of its own.
        self._xml_inline_string(string, True, attributes)  # noqa: FBT003 - the library's signature

    def give_up(self) -> None:
        """Close the file that rows are gathered in; it may be closed already, and its disk may be full."""
        with suppress(OSError):
            self.row_data_fh.close()
