"""The servers that are compared: how each is started on a plant database, and how it is asked for a page."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import processes
from filling import FIRST_WORKCENTER, PCN, TABLE
from questions import PAGE, Question

BENCH: Final = Path(__file__).parent
_COLUMNS_OF_DATASETTE: Final = (
    "l.production_log_key, l.workcenter_key, l.workcenter_code, l.record_date, l.report_date, l.shift,"
    " l.quantity, l.unit, l.rejected, l.scrap_quantity, l.job_no, l.job_key, l.job_op_key, l.part_no,"
    " l.revision, l.part_no || CASE WHEN l.revision = '' THEN '' ELSE c.part_rev_separator || l.revision END"
    " AS part_no_revision, l.part_key, l.operation_no, l.operation_code, l.part_operation_key, l.serial_no,"
    " l.lot_no, l.heat_no, l.tracking_no, l.employee_key, l.employee_name, l.cycle_seconds_actual"
)
_WANTED: Final = (
    "l.pcn = :pcn AND l.workcenter_key = :workcenter AND l.record_date >= :start AND l.record_date < :end"
)
_QUERY_OF_DATASETTE: Final = (
    f"SELECT {_COLUMNS_OF_DATASETTE}, (SELECT COUNT(*) FROM {TABLE} l WHERE {_WANTED}) AS total"  # noqa: S608 - ours
    f" FROM {TABLE} l LEFT JOIN plant_pcn c ON c.pcn_key = l.pcn WHERE {_WANTED}"
    f" ORDER BY l.record_date, l.production_log_key LIMIT {PAGE}"
)


@dataclass(frozen=True)
class Seen:
    """What a page says, whatever its form: two servers that agree on it answer the same question."""

    rows: int
    total: int
    first: int
    last: int


@dataclass(frozen=True)
class Server:
    """A server that runs.

    Attributes:
        name: as the report calls it.
        pid: its process.
        port: on loopback.
        headers: sent with each request.
        path: the address of a page.
        read: what a page, read as JSON, says.
    """

    name: str
    pid: int
    port: int
    headers: dict[str, str]
    path: Callable[[Question], str]
    read: Callable[[Any], Seen]

    def page(self, question: Question) -> Seen:
        """Ask once."""
        asked = Request(f"http://127.0.0.1:{self.port}{self.path(question)}", headers=self.headers)
        with urlopen(asked, timeout=30) as answer:  # noqa: S310 - loopback
            return self.read(json.load(answer))


# Millgate


def make_home(home: Path) -> None:
    """A demo's people, programs and credentials, with a rate limit that no load of ours reaches."""
    with processes.millgate("demo", home, processes.free_port()):
        pass
    processes.run_python(_RAISE_LIMIT, MILLGATE_HOME=str(home))


_RAISE_LIMIT: Final = """
from millgate.control.site import boot
boot.setup()
from millgate.control.catalogue.models import Limit
from millgate.control.publish.services import publication_make
Limit.objects.filter(kind="rate").update(amount=100_000)
publication_make(by="bench")
"""


@contextmanager
def millgate(name: str, home: Path, plant: Path, url: str = "") -> Iterator[Server]:
    """Millgate on a plant file, or with its test tier on a PostgreSQL database.

    Args:
        name: as the report calls it.
        home: of `make_home`; a copy of it is served.
        plant: the file.
        url: the database.
    """
    copy, port = home.with_name(f"home-{processes.free_port()}"), processes.free_port()
    shutil.copytree(home, copy, ignore=shutil.ignore_patterns("plant*"))
    (copy / "plant.db").symlink_to(plant)
    (copy / "plant_test.db").symlink_to(plant)
    variables = {"MILLGATE_PLANT_TEST_URL": url} if url else {}
    with processes.millgate("serve", copy, port, **variables) as pid:
        headers = processes.credentials(copy, port)
        yield Server(name, pid, port, headers, _path_of_millgate, _page_of_rows)


def logs_path(workcenter: int = FIRST_WORKCENTER) -> str:
    """The managed address of a workcenter's logs."""
    return f"/test/Production/v1/WorkcenterProductionLogs/{workcenter}"


def _path_of_millgate(question: Question) -> str:
    query = {"StartDate": question.start_text, "EndDate": question.end_text, "limit": PAGE}
    return f"{logs_path(question.workcenter)}?{urlencode(query)}"


def _page_of_rows(page: Any) -> Seen:  # noqa: ANN401 - JSON
    rows = page["embedded"]
    return Seen(page["count"], page["total"], rows[0]["productionLogKey"], rows[-1]["productionLogKey"])


# Datasette


@contextmanager
def datasette(plant: Path, directory: Path) -> Iterator[list[Server]]:
    """Datasette on a plant file, asked in both of its ways: the table's own list, and a named query."""
    metadata, port = directory / "metadata.json", processes.free_port()
    queries = {"logs": {"sql": _QUERY_OF_DATASETTE}}
    metadata.write_text(json.dumps({"databases": {"plant": {"queries": queries}}}))
    file = directory / "plant.db"
    file.symlink_to(plant)
    program = Path(sys.executable).with_name("datasette")
    command = [str(program), "serve", str(file), "--port", str(port), "--metadata", str(metadata)]
    with processes.process(command) as pid:
        processes.wait_for_200(f"http://127.0.0.1:{port}/-/versions.json", {})
        yield [
            Server("Datasette, named query", pid, port, {}, _path_of_query, _page_of_query),
            Server("Datasette, table", pid, port, {}, _path_of_table, _page_of_table),
        ]


def _path_of_query(question: Question) -> str:
    query = {"pcn": PCN, "workcenter": question.workcenter, "start": _stored(question.start_text)}
    return f"/plant/logs.json?{urlencode(query | {'end': _stored(question.end_text), '_shape': 'objects'})}"


def _path_of_table(question: Question) -> str:
    # The table's list without what it does for people: facets, and proposals for more of them.
    query = {
        "pcn__exact": PCN,
        "workcenter_key__exact": question.workcenter,
        "record_date__gte": _stored(question.start_text),
        "record_date__lt": _stored(question.end_text),
        "_sort": "record_date",
        "_size": PAGE,
        "_shape": "objects",
        "_nofacet": 1,
        "_nosuggest": 1,
    }
    return f"/plant/{TABLE}.json?{urlencode(query)}"


def _stored(text: str) -> str:
    return text.replace("T", " ").removesuffix("Z")


def _page_of_query(page: Any) -> Seen:  # noqa: ANN401 - JSON
    rows = page["rows"]
    return _seen(rows, rows[0]["total"])


def _page_of_table(page: Any) -> Seen:  # noqa: ANN401 - JSON
    return _seen(page["rows"], page["filtered_table_rows_count"])


def _seen(rows: list[dict[str, int]], total: int) -> Seen:
    return Seen(len(rows), total, rows[0]["production_log_key"], rows[-1]["production_log_key"])


# The service by hand


@contextmanager
def by_hand(engine: str, url: str) -> Iterator[list[Server]]:
    """FastAPI and SQLAlchemy under uvicorn, one worker, asked in both of its ways."""
    port = processes.free_port()
    program = [sys.executable, "-m", "uvicorn", "fastapi_service:app", "--app-dir", str(BENCH / "rivals")]
    command = [*program, "--port", str(port), "--no-access-log", "--log-level", "warning"]
    with processes.process(command, PLANT_URL=url) as pid:
        processes.wait_for_200(f"http://127.0.0.1:{port}/openapi.json", {})
        yield [
            Server(f"FastAPI + SQLAlchemy ORM, {engine}", pid, port, {}, _path_of_objects, _page_of_rows),
            Server(f"FastAPI + SQLAlchemy Core, {engine}", pid, port, {}, _path_of_plain_rows, _page_of_rows),
        ]


def _path_of_objects(question: Question) -> str:
    query = {"pcn": PCN, "StartDate": question.start_text, "EndDate": question.end_text, "limit": PAGE}
    return f"/orm/WorkcenterProductionLogs/{question.workcenter}?{urlencode(query)}"


def _path_of_plain_rows(question: Question) -> str:
    return _path_of_objects(question).replace("/orm/", "/core/", 1)
