"""Threads that each hold a connection of their own, and do what is put to them before a deadline."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from time import monotonic
from typing import Any, Final, Generic, TypeAlias, TypeVar

from millgate.stores.ports import ColumnFailed, ConnectTimedOut, QueryTimedOut, RowConflict, StoreUnreachable

_STEPS_BETWEEN_LOOKS: Final = 2000
_CLOSE_SECONDS: Final = 5.0
_NO_COLUMN: Final = "no such column: "

T = TypeVar("T")


class Session:
    """A connection, and what its user wants to remember as long as it lives.

    Attributes:
        connection: to one database file.
        remembered: gone with the connection.
    """

    def __init__(self, connection: sqlite3.Connection, over: Callable[[], bool]) -> None:
        self.connection = connection
        self.remembered: dict[Any, Any] = {}
        self._over = over

    def check(self) -> None:
        """Go on only while somebody waits for what is being done.

        Raises:
            QueryTimedOut: nobody does any more.
        """
        if self._over():
            raise QueryTimedOut("nobody waits for the outcome any more")


class Keeper:
    """Opens a session when it is first needed, and again after a failure or when the file was replaced.

    Args:
        path: the file. It need not exist yet.
        connect: opens it.
        over: asked every so many steps of a statement; True stops it.
        steps: how many.
    """

    def __init__(
        self,
        path: Path,
        connect: Callable[[Path], sqlite3.Connection],
        over: Callable[[], bool],
        steps: int = _STEPS_BETWEEN_LOOKS,
    ) -> None:
        self._path = path
        self._connect = connect
        self._over = over
        self._steps = steps
        self._session: Session | None = None
        self._file = (0, 0)

    def session(self) -> Session:
        """The session.

        Raises:
            OSError, sqlite3.Error: the file is not there, or cannot be opened.
        """
        # A file that was removed or replaced must not be read on through an old handle.
        stat = os.stat(self._path)  # noqa: PTH116 - half the time of Path.stat, on the hot path
        file = (stat.st_dev, stat.st_ino)
        if self._session is None or file != self._file:
            self.drop()
            self._session = Session(self._connect(self._path), self._over)
            self._session.connection.set_progress_handler(self._over, self._steps)
            self._file = file
        return self._session

    def drop(self) -> None:
        """Close the session; the next one is new."""
        if self._session is not None:
            self._session.connection.close()
            self._session = None


class _Job(Generic[T]):
    """One piece of work on its way: to a thread, and back to the loop that waits for it."""

    __slots__ = ("abandoned", "deadline", "do", "future", "loop")

    def __init__(self, do: Callable[[Session], T], seconds: float) -> None:
        self.do = do
        self.deadline = monotonic() + seconds
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[T] = self.loop.create_future()
        self.abandoned = False

    def over(self) -> bool:
        """Whether nobody waits for it any more."""
        return self.abandoned or monotonic() > self.deadline

    def expire(self) -> None:
        """Tell the waiting task that time is up, even while the thread is busy elsewhere."""
        self.abandoned = True
        self._settle(None, QueryTimedOut("the deadline has passed"))

    def settle(self, outcome: T | None, failed: Exception | None) -> None:
        """Hand the outcome over; called in a worker's thread."""
        if self.abandoned:
            return
        with suppress(RuntimeError):  # the loop is closed: nobody is there to be told
            self.loop.call_soon_threadsafe(self._settle, outcome, failed)

    def _settle(self, outcome: Any, failed: Exception | None) -> None:  # noqa: ANN401 - a T, where nothing failed
        if self.future.done():
            return
        if failed is not None:
            self.future.set_exception(failed)
        else:
            self.future.set_result(outcome)


_AnyJob: TypeAlias = _Job[Any]


class _Worker(Thread):
    """A thread with a session of its own."""

    def __init__(
        self, path: Path, connect: Callable[[Path], sqlite3.Connection], jobs: SimpleQueue[_AnyJob | None]
    ) -> None:
        super().__init__(name=f"rows-{path.stem}", daemon=True)
        self._jobs = jobs
        self._keeper = Keeper(path, connect, self._over)
        self.job: _AnyJob | None = None

    def run(self) -> None:
        """Do jobs until told to end."""
        while (job := self._jobs.get()) is not None:
            self.job = job
            self._do(job)
            self.job = None
        self._keeper.drop()

    def _do(self, job: _AnyJob) -> None:
        if job.over():
            job.settle(None, QueryTimedOut("the deadline passed before a thread was free"))
            return
        try:
            job.settle(job.do(self._keeper.session()), None)
        except sqlite3.Error as failed:
            job.settle(None, self._failure(failed))
        except OSError as failed:
            job.settle(None, StoreUnreachable(str(failed)))
        except Exception as failed:  # noqa: BLE001 - the thread must live, and the waiting task must be told
            job.settle(None, failed)

    def _failure(self, failed: sqlite3.Error) -> Exception:
        code = code_of(failed)
        if code == sqlite3.SQLITE_INTERRUPT:
            return QueryTimedOut("the query was stopped at its deadline")
        if isinstance(failed, sqlite3.IntegrityError):
            return RowConflict(str(failed))
        if code == sqlite3.SQLITE_BUSY:
            return ConnectTimedOut(str(failed))
        _, found, column = str(failed).partition(_NO_COLUMN)
        if found:
            return ColumnFailed(column.rpartition(".")[2])
        self._keeper.drop()
        return StoreUnreachable(str(failed))

    def _over(self) -> bool:
        return self.job is not None and self.job.over()


class Threads:
    """Does work on one database file.

    Args:
        path: the file. It need not exist yet.
        connect: opens it.
        count: how many pieces of work may run at once.
    """

    def __init__(self, path: Path, connect: Callable[[Path], sqlite3.Connection], count: int) -> None:
        self._path = path
        self._connect = connect
        self._count = count
        self._jobs: SimpleQueue[_AnyJob | None] = SimpleQueue()
        self._workers: list[_Worker] = []
        self._starting = Lock()
        self._closed = False

    async def run(self, do: Callable[[Session], T], seconds: float) -> T:
        """Do something in a thread with a connection. A task that is cancelled while it waits stops it.

        Raises:
            QueryTimedOut: it took longer than `seconds`, the wait for a free thread included.
            ConnectTimedOut: the file stayed locked by another writer.
            StoreUnreachable: the file cannot be opened or used.
            ColumnFailed: a column is not there.
            RowConflict: a constraint was contradicted.
        """
        if self._closed:
            raise StoreUnreachable("the database is closed")
        if not self._workers:
            self._start()
        job = _Job(do, seconds)
        timer = job.loop.call_later(seconds, job.expire)
        self._jobs.put(job)
        try:
            return await job.future
        finally:
            job.abandoned = True
            timer.cancel()

    def close(self) -> None:
        """End the threads; work that still runs is stopped."""
        self._closed = True
        with suppress(Empty):
            while (waiting := self._jobs.get_nowait()) is not None:
                waiting.settle(None, StoreUnreachable("the database is closed"))
        for _ in self._workers:
            self._jobs.put(None)
        for worker in self._workers:
            if (job := worker.job) is not None:
                job.deadline = 0.0
            worker.join(_CLOSE_SECONDS)
        self._workers.clear()

    def _start(self) -> None:
        # Not in the constructor: a server may fork between building its parts and serving.
        with self._starting:
            if not self._workers:
                workers = [_Worker(self._path, self._connect, self._jobs) for _ in range(self._count)]
                for worker in workers:
                    worker.start()
                self._workers = workers


def code_of(failed: sqlite3.Error) -> int:
    """SQLite's primary result code; errors of the Python side carry none."""
    return int(getattr(failed, "sqlite_errorcode", sqlite3.SQLITE_ERROR)) & 0xFF
