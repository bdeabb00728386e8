"""The access log: one line a call, whatever a client sends, and through whatever befalls its file."""

from __future__ import annotations

import json
import os
import re
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from millgate.assembly import access_log as module
from millgate.assembly.access_log import AccessLog, encoded
from millgate.stores.ports import CallRecord
from support.fuzzing import bounded

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def call(**changes: Any) -> CallRecord:
    values: dict[str, Any] = {
        "at": 1_700_000_000.25,
        "request_id": "r1",
        "method": "GET",
        "path": "/test/parts/v1/Parts",
        "client": "10.0.0.7",
        "traceparent": TRACEPARENT,
        "tier": "test",
        "api": "parts",
        "operation": "list-parts",
        "subscription": "sub",
        "application": "app",
        "status": 429,
        "code": "MG401",
        "reason": "what only its owner may see",
        "micros": 321,
        "upstream_micros": 210,
        "bytes_in": 5,
        "bytes_out": 83,
    }
    return CallRecord(**(values | changes))


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().split("\n")[:-1]]


def until(true: Callable[[], bool]) -> None:
    for _ in range(1000):
        if true():
            return
        time.sleep(0.01)
    raise TimeoutError


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WRITE_SECONDS", 0.01)


def test_a_call_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    with closing(AccessLog(str(path))) as log:
        log.record(call())
        log.record(call(api="", tier="", operation="", status=404, traceparent="", code="MG103"))

    matched, unmatched = lines(path)
    assert matched == {
        "time": "2023-11-14T22:13:20.250Z",
        "request_id": "r1",
        "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
        "traceparent": TRACEPARENT,
        "client": "10.0.0.7",
        "method": "GET",
        "path": "/test/parts/v1/Parts",
        "status": 429,
        "class": "blocked",
        "code": "MG401",
        "micros": 321,
        "upstream_micros": 210,
        "bytes_in": 5,
        "bytes_out": 83,
        "tier": "test",
        "api": "parts",
        "operation": "list-parts",
        "subscription": "sub",
        "application": "app",
    }
    assert (unmatched["status"], unmatched["class"], unmatched["api"]) == (404, "other", "")


@bounded(100)
@given(st.text(), st.text(), st.text())
def test_nothing_that_a_client_sends_can_forge_a_line(method: str, path: str, traceparent: str) -> None:
    """GHSA-3278-c88v-xrh4 and its like: what is logged is data, in one line, for every reader of lines."""
    line = encoded(call(method=method, path=path, traceparent=traceparent))

    assert line.isascii()
    assert not re.search(rb"[\x00-\x1f]", line[:-1])
    assert len(line.decode().splitlines()) == 1
    read = json.loads(line)
    assert (read["request_id"], read["status"]) == ("r1", 429)
    assert path.startswith(read["path"])


def test_half_characters_are_written_as_what_they_are() -> None:
    assert json.loads(encoded(call(path="/\udcff\u2028x")))["path"] == "/\udcff\u2028x"


@pytest.mark.parametrize("given_", ["", "x", TRACEPARENT + "\n", TRACEPARENT.upper(), TRACEPARENT + "-more"])
def test_a_traceparent_that_is_none_is_left_out(given_: str) -> None:
    line = json.loads(encoded(call(traceparent=given_)))

    assert (line["trace_id"], line["traceparent"]) == ("", "")


def test_a_long_path_is_cut() -> None:
    assert len(encoded(call(path="/" + "a" * 60_000))) < 3_000


def test_a_rotated_file_is_opened_anew_under_its_name(tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    with closing(AccessLog(str(path))) as log:
        log.record(call(request_id="before"))
        until(lambda: path.exists() and len(lines(path)) == 1)
        path.rename(tmp_path / "access.log.1")
        log.record(call(request_id="after"))
        until(lambda: path.exists() and len(lines(path)) == 1)

    assert [line["request_id"] for line in lines(tmp_path / "access.log.1")] == ["before"]
    assert [line["request_id"] for line in lines(path)] == ["after"]


def test_several_processes_write_whole_lines_to_one_file(tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    with closing(AccessLog(str(path))) as one, closing(AccessLog(str(path))) as two:
        for number in range(2_000):
            (one if number % 2 else two).record(call(request_id=str(number)))

    assert sorted(int(line["request_id"]) for line in lines(path)) == list(range(2_000))


def test_what_cannot_be_written_is_counted_and_told_once(tmp_path: Path) -> None:
    place = tmp_path / "later"
    with capture_logs() as logged, closing(AccessLog(str(place / "access.log"))) as log:
        for _ in range(3):
            before = log.dropped
            log.record(call())
            until(lambda before=before: log.dropped == before + 1)  # type: ignore[misc]
        place.mkdir()
        log.record(call())
        until((place / "access.log").exists)

    assert log.dropped == 3
    assert len(lines(place / "access.log")) == 1
    assert [line["event"] for line in logged].count("access_log_failed") == 1


def test_a_reader_that_takes_nothing_never_holds_up_a_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", 1_000)
    monkeypatch.setattr(module, "END_SECONDS", 0.05)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    log = AccessLog(str(pipe))
    for _ in range(20_000):  # more than a pipe and what may wait can hold
        log.record(call())
    assert log.dropped > 0
    log.close()

    os.set_blocking(reading, True)
    threading.Thread(target=_drain, args=(reading,), daemon=True).start()
    log._thread.join(10)
    assert not log._thread.is_alive()


def _drain(reading: int) -> None:
    while os.read(reading, 65_536):
        pass
    os.close(reading)
