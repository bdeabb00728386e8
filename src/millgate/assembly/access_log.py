"""The access log: one line of JSON for each managed call, written by a thread of its own.

A line holds no query and no header, in which keys and tokens travel. Whatever a client sends is a JSON
string in ASCII, so nothing it sends can begin a line of its own.
"""

from __future__ import annotations

import json
import os
import re
from collections import deque
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Final

import msgspec
import structlog

from millgate.core.outcomes import status_class
from millgate.stores.tally import LONGEST_PATH

if TYPE_CHECKING:
    from millgate.stores.ports import CallRecord

MOST_WAITING: Final = 20_000
"""How many calls may wait to be written. Those beyond are not logged, and counted."""

WRITE_SECONDS: Final = 0.25
END_SECONDS: Final = 2.0
STANDARD_OUTPUT: Final = "-"
_LINES_AT_ONCE: Final = 1_000
_STDOUT: Final = 1
_LONGEST_METHOD: Final = 40
_TRACEPARENT: Final = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")

_log = structlog.get_logger("millgate.assembly")


class Line(msgspec.Struct, rename={"status_class": "class"}):
    """One line. Times are in microseconds, sizes in bytes; what is not known is an empty text."""

    time: str
    request_id: str
    trace_id: str
    traceparent: str
    client: str
    method: str
    path: str
    status: int
    status_class: str
    code: str
    micros: int
    upstream_micros: int
    bytes_in: int
    bytes_out: int
    tier: str
    api: str
    operation: str
    subscription: str
    application: str


class AccessLog:
    """Takes calls on the event loop's thread, and writes them on its own.

    A file that was renamed or deleted is opened anew under its name, so rotating it needs no signal. Several
    processes may write one file.
    """

    def __init__(self, target: str) -> None:
        self._target = target
        self._waiting: deque[CallRecord] = deque()
        self._dropped = 0
        self._failed = 0
        self._file: int | None = None
        self._torn = False
        self._failing = False
        self._ending = Event()
        self._thread = Thread(target=self._run, name="access-log", daemon=True)
        self._thread.start()

    @property
    def dropped(self) -> int:
        """How many calls were not logged."""
        return self._dropped + self._failed

    def record(self, call: CallRecord) -> None:
        """Log one call, soon."""
        if len(self._waiting) < MOST_WAITING:
            self._waiting.append(call)
        else:
            self._dropped += 1

    def close(self) -> None:
        """Write what waits and end. A reader that takes nothing is not waited for long."""
        self._ending.set()
        self._thread.join(END_SECONDS)

    def _run(self) -> None:
        told = 0
        while not self._ending.wait(WRITE_SECONDS):
            self._write_waiting()
            if self.dropped > 2 * told:  # each time as many again: an outage is told, and never in each turn
                told = self.dropped
                _log.warning("access_log_dropped", target=self._target, calls=told)
        self._write_waiting()
        if self._file is not None:
            os.close(self._file)

    def _write_waiting(self) -> None:
        while self._waiting:
            some = [self._waiting.popleft() for _ in range(min(_LINES_AT_ONCE, len(self._waiting)))]
            try:
                self._write(b"".join(map(encoded, some)))
            except OSError as wrong:
                self._tell_failed(wrong)
                self._failed += len(some)
            else:
                self._failing = False

    def _tell_failed(self, wrong: OSError) -> None:
        if not self._failing:
            self._failing = True
            _log.error("access_log_failed", target=self._target, why=str(wrong))

    def _write(self, lines: bytes) -> None:
        file = self._opened()
        # A disk that was full for a moment leaves half a line, which must not take the next one with it.
        rest = memoryview(b"\n" + lines if self._torn else lines)
        while rest:
            self._torn = True
            rest = rest[os.write(file, rest) :]
        self._torn = False

    def _opened(self) -> int:
        if self._target == STANDARD_OUTPUT:
            return _STDOUT
        path = Path(self._target).expanduser()
        if self._file is not None and not _same_file(path, self._file):
            os.close(self._file)
            self._file = None
        if self._file is None:
            self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)
            self._torn = False
        return self._file


def encoded(call: CallRecord) -> bytes:
    """The line of a call, with its end."""
    line = _line(call)
    try:
        text = msgspec.json.encode(line)
    except UnicodeEncodeError:
        text = b"\xff"
    if not text.isascii():
        text = json.dumps(msgspec.to_builtins(line)).encode()
    return text + b"\n"


def _line(call: CallRecord) -> Line:
    trace = _TRACEPARENT.fullmatch(call.traceparent)
    return Line(
        time=_instant(call.at),
        request_id=call.request_id,
        trace_id=trace[1] if trace else "",
        traceparent=call.traceparent if trace else "",
        client=call.client,
        method=call.method[:_LONGEST_METHOD],
        path=call.path[:LONGEST_PATH],
        status=call.status,
        status_class=status_class(call.status),
        code=call.code,
        micros=call.micros,
        upstream_micros=call.upstream_micros,
        bytes_in=call.bytes_in,
        bytes_out=call.bytes_out,
        tier=call.tier,
        api=call.api,
        operation=call.operation,
        subscription=call.subscription,
        application=call.application,
    )


def _instant(epoch: float) -> str:
    """An instant as RFC 3339 text in whole milliseconds, ending in Z."""
    return datetime.fromtimestamp(epoch, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def _same_file(path: Path, file: int) -> bool:
    try:
        named, opened = path.stat(), os.fstat(file)
    except FileNotFoundError:
        return False
    return (named.st_dev, named.st_ino) == (opened.st_dev, opened.st_ino)
