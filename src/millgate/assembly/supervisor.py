"""The supervisor: starts the workers, starts another for one that dies, and ends them all with itself.

Workers are forked, so they hold what it holds: the lock of the home stays taken until the last of them has
ended. It does nothing else: a process that answers no calls has little reason to die.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, NoReturn, TypeAlias

import structlog

from millgate.assembly.worker import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Work: TypeAlias = Callable[[Place, Callable[[], None]], None]
    """Answers calls until told to stop; calls its second argument once it would take a connection."""

SOUND_SECONDS: Final = 10.0
"""A worker that lived this long did not die of its start, and is followed by another at once."""
LONGEST_WAIT: Final = 10.0
GRACE_SECONDS: Final = 5.0
"""What workers get beyond their own deadline, to write what they have counted."""
_STOPS: Final = frozenset({signal.SIGINT, signal.SIGTERM})
_HEARD: Final = _STOPS | {signal.SIGCHLD}

_log = structlog.get_logger("millgate.assembly")


@dataclass(slots=True)
class _Worker:
    """One place for a worker, and the process that fills it.

    Attributes:
        number: from 1.
        pid: the process; 0 while there is none.
        since: when it was started.
        short_lives: how many in a row died young.
        due: when the next is to be started.
        listens: whether this or an earlier process of this place has taken connections.
    """

    number: int
    pid: int = 0
    since: float = 0.0
    short_lives: int = 0
    due: float = 0.0
    listens: bool = False


class Supervisor:
    """Looks after several workers, each a process that does the same work."""

    def __init__(
        self,
        work: Work,
        workers: int,
        *,
        listening: Callable[[], None],
        stop_seconds: float,
        grace_seconds: float = GRACE_SECONDS,
    ) -> None:
        self._work = work
        self._workers = [_Worker(number) for number in range(1, workers + 1)]
        self._listening = listening
        self._stop_seconds = stop_seconds + grace_seconds
        self._told = False
        self._kill_at: float | None = None
        self._failed = False
        self._lifeline, self._held_end = os.pipe()
        self._ready, self._ready_end = os.pipe()

    def run(self) -> None:
        """Keep the workers at work until told to stop, and return when all have ended.

        Raises:
            SystemExit: they could not be started, or did not end in order.
        """
        gc.collect()
        gc.freeze()  # what is there now is shared with the workers for as long as nobody touches it
        with _signals() as heard:
            while self._kill_at is None or any(worker.pid for worker in self._workers):
                self._start_due()
                self._wait(heard)
                self._reap()
                self._kill_late()
        for descriptor in (self._lifeline, self._held_end, self._ready, self._ready_end):
            os.close(descriptor)
        if self._failed:
            sys.exit(1)

    def _start_due(self) -> None:
        if self._kill_at is None:
            now = time.monotonic()
            for worker in self._workers:
                if not worker.pid and worker.due <= now:
                    self._start(worker)

    def _start(self, worker: _Worker) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        # A signal that came between the fork and the worker's own handlers would be lost.
        signal.pthread_sigmask(signal.SIG_BLOCK, _HEARD)
        worker.pid, worker.since = os.fork(), time.monotonic()
        if not worker.pid:
            self._be(worker)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HEARD)

    def _be(self, worker: _Worker) -> NoReturn:
        """Go on as a worker; never comes back."""
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            for number in _HEARD:
                signal.signal(number, signal.SIG_IGN if number == signal.SIGINT else signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _HEARD)
            os.close(self._held_end)
            self._work(Place(worker.number, self._lifeline), partial(self._say_listening, worker.number))
            code = 0
        except BaseException:  # noqa: BLE001 - the border of a process: the cause goes to the log
            _log.exception("worker_failed")
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def _say_listening(self, number: int) -> None:
        """What a worker does with its end of the pipe."""
        os.write(self._ready_end, number.to_bytes(1))

    def _wait(self, heard: socket.socket) -> None:
        """Until a signal comes, a worker says that it listens, or something is due."""
        watched = (heard.fileno(), self._ready)
        readable, _, _ = select.select(watched, (), (), self._seconds_left())
        if self._ready in readable:
            self._note_listening(os.read(self._ready, 64))
        if heard.fileno() in readable:
            for number in heard.recv(64):
                if number in _STOPS:
                    self._stop()

    def _seconds_left(self) -> float | None:
        if self._kill_at is not None:
            moments = [self._kill_at]
        else:
            moments = [worker.due for worker in self._workers if not worker.pid]
        return max(min(moments) - time.monotonic(), 0.0) if moments else None

    def _note_listening(self, numbers: bytes) -> None:
        for number in numbers:
            self._workers[number - 1].listens = True
        if not self._told and all(worker.listens for worker in self._workers):
            self._told = True
            self._listening()

    def _reap(self) -> None:
        for worker in self._workers:
            if not worker.pid:
                continue
            pid, status = os.waitpid(worker.pid, os.WNOHANG)
            if pid:
                worker.pid = 0
                self._note_end(worker, pid, os.waitstatus_to_exitcode(status))

    def _note_end(self, worker: _Worker, pid: int, code: int) -> None:
        """A negative code is the signal that ended it."""
        if self._kill_at is not None:
            self._failed = self._failed or code not in {0, -signal.SIGTERM}
            return
        if not self._told:
            _log.error("worker_not_started", worker=worker.number, pid=pid, code=code)
            self._failed = True
            self._stop()
            return
        now = time.monotonic()
        worker.short_lives = 0 if now - worker.since > SOUND_SECONDS else worker.short_lives + 1
        wait = min(0.5 * 2 ** (worker.short_lives - 2), LONGEST_WAIT) if worker.short_lives > 1 else 0.0
        worker.due = now + wait
        _log.error("worker_died", worker=worker.number, pid=pid, code=code, again_in=wait)

    def _stop(self) -> None:
        """Tell all to stop; told again, they hurry."""
        if self._kill_at is None:
            self._kill_at = time.monotonic() + self._stop_seconds
        self._send(signal.SIGTERM)

    def _kill_late(self) -> None:
        if self._kill_at is not None and time.monotonic() >= self._kill_at:
            _log.error("workers_killed", why="they did not end")
            self._send(signal.SIGKILL)
            self._kill_at += GRACE_SECONDS

    def _send(self, number: signal.Signals) -> None:
        for worker in self._workers:
            if worker.pid:
                with suppress(ProcessLookupError):
                    os.kill(worker.pid, number)


@contextmanager
def _signals() -> Iterator[socket.socket]:
    """Signals as bytes on a socket, one for each."""
    heard, told = socket.socketpair()
    with heard, told:
        told.setblocking(False)  # noqa: FBT003 - the standard library's form
        before = {number: signal.signal(number, lambda *_: None) for number in _HEARD}
        signal.set_wakeup_fd(told.fileno())
        try:
            yield heard
        finally:
            signal.set_wakeup_fd(-1)
            for number, handler in before.items():
                signal.signal(number, handler)
