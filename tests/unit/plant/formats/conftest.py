"""What the tests of formats share: writing rows, and LibreOffice to open what was written."""

from __future__ import annotations

import asyncio
import csv
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import TypeAlias

import pytest

from millgate.plant.formats import FORMATS, Column
from millgate.plant.formats.columns import Row

Written: TypeAlias = Callable[[str, Sequence[Column], Sequence[Row]], bytes]
Opened: TypeAlias = Callable[[bytes], list[list[list[str]]]]

# Comma, double quote, UTF-8, from the first line, cells as they are shown, every sheet.
_AS_SHOWN = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,true,false,false,-1"


async def batches_of(rows: Sequence[Row], size: int = 1000) -> AsyncIterator[list[Row]]:
    for start in range(0, len(rows), size):
        yield list(rows[start : start + size])


@pytest.fixture(scope="session")
def written() -> Written:
    """Rows in the format of a media type."""

    async def gather(media_type: str, columns: Sequence[Column], rows: Sequence[Row]) -> bytes:
        return b"".join([part async for part in FORMATS[media_type].stream(columns, batches_of(rows))])

    return lambda media_type, columns, rows: asyncio.run(gather(media_type, columns, rows))


@pytest.fixture(scope="session")
def soffice() -> str:
    found = shutil.which("soffice")
    if found is None:
        reason = "there is no LibreOffice (soffice) on this machine, and the test is about what it shows"
        if os.environ.get("MILLGATE_REQUIRE_ALL"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest.fixture(scope="session")
def opened(soffice: str, tmp_path_factory: pytest.TempPathFactory) -> Opened:
    """The cells of each sheet of a workbook, as LibreOffice shows them."""
    home = tmp_path_factory.mktemp("libreoffice")

    def cells(workbook: bytes) -> list[list[list[str]]]:
        place = tmp_path_factory.mktemp("workbook")
        path = place / "rows.xlsx"
        path.write_bytes(workbook)
        subprocess.run(
            [
                soffice,
                f"-env:UserInstallation={home.as_uri()}",
                "--headless",
                "--convert-to",
                _AS_SHOWN,
                "--outdir",
                str(place),
                str(path),
            ],
            check=True,
            capture_output=True,
        )
        return [_read(made) for made in sorted(place.glob("*.csv"), key=_number_of)]

    return cells


def _number_of(made: Path) -> int:
    return int(made.stem.partition(" ")[2] or 1)


def _read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))
