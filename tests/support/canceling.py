"""A plant with jobs beside the control database of these tests, and a desk that can be killed on its way."""

from __future__ import annotations

import atexit
import shutil
import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any, TypeVar

from django.conf import settings

from millgate.assembly.cancelation_desk import LiveCancelationDesk
from millgate.plant.writing.cancelation_desk import PlantUnanswered
from support.actions import actions_make, worker_make
from support.plant_database import HOME_PCN
from support.working import filled_plant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from millgate.control.accounts.models import Person
    from millgate.plant.writing.cancelation_desk import OnBehalf
    from millgate.plant.writing.cancelations import Cancelation, Decision, Stopped

_T = TypeVar("_T")
JOB = "101"
"""In production; 102 is completed, 103 on hold."""
FILES = ("plant.db", "plant_test.db")


class Killed(BaseException):
    """The process was killed here."""


class Desk:
    """The live desk, which can be killed, or find that the plant is away.

    Attributes:
        kill: `before` the plant has decided, or `after` it has and nobody knows; `unanswered` for a plant that
            is away by then; empty for none of it.
        away: whether the plant gives no answer.
    """

    def __init__(self) -> None:
        self._live = LiveCancelationDesk(settings.MILLGATE, settings.CLOCK)
        self.kill = ""
        self.away = False

    def look(self, behalf: OnBehalf, cancelation: Cancelation) -> Decision:
        """As the port."""
        if self.away:
            raise PlantUnanswered("away")
        return self._live.look(behalf, cancelation)

    def cancel(self, behalf: OnBehalf, cancelation: Cancelation) -> Decision:
        """As the port."""
        return self._done(lambda: self._live.cancel(behalf, cancelation))

    def reinstate(
        self, behalf: OnBehalf, cancelation: Cancelation, stopped: Iterable[Stopped]
    ) -> tuple[Stopped, ...]:
        """As the port."""
        return self._done(lambda: self._live.reinstate(behalf, cancelation, stopped))

    def _done(self, do: Callable[[], _T]) -> _T:
        if self.away or self.kill == "unanswered":
            raise PlantUnanswered("away")
        if self.kill == "before":
            raise Killed
        outcome = do()
        if self.kill == "after":
            raise Killed
        return outcome


@cache
def _filled() -> Path:
    path = filled_plant(Path(mkdtemp(prefix="millgate-plant-")) / "filled.db")
    atexit.register(shutil.rmtree, path.parent, ignore_errors=True)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE plant_job SET cancelation_id = NULL")
    return path


def plants_make() -> None:
    """The plant of both tiers as it is filled for tests of writing."""
    for name in FILES:
        home = settings.MILLGATE.home / name
        for file in (home, home.with_name(f"{name}-wal"), home.with_name(f"{name}-shm")):
            file.unlink(missing_ok=True)
        shutil.copyfile(_filled(), home)


def plant_rows(sql: str, tier: str = "production") -> list[dict[str, Any]]:
    """What a SELECT finds in a tier's plant."""
    with closing(_plant(tier)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(sql)]


def plant_change(sql: str) -> None:
    """Change the plant of production by hand."""
    with closing(_plant("production")) as connection, connection:
        connection.executescript(sql)


def _plant(tier: str) -> sqlite3.Connection:
    return sqlite3.connect(settings.MILLGATE.home / FILES[tier == "test"])


def job_status(key: str = JOB, tier: str = "production") -> tuple[str, int | None]:
    """Status and cancelation of a job."""
    (row,) = plant_rows(f"SELECT job_status, cancelation_id FROM plant_job WHERE job_key = {key}", tier)  # noqa: S608 - of these tests
    return row["job_status"], row["cancelation_id"]


def planner_make(email: str = "edna@example.com", **members: Any) -> Person:
    """Somebody of the plant's company whose roles open jobs for writing."""
    from millgate.control.accounts.models import Company, Role, RoleAssignment  # noqa: PLC0415 - Django must be ready
    from millgate.control.accounts.services import company_create, roles_ensure  # noqa: PLC0415 - as above

    roles_ensure()
    company = Company.objects.filter(pcn=HOME_PCN).first()
    company = company or company_create(pcn=HOME_PCN, code="ACME", name="Acme (Sample)")
    person = worker_make(email, company=company, **members)
    RoleAssignment.objects.create(person=person, role=Role.objects.get(key="production-planner"))
    return person


def canceling_make() -> Person:
    """All that it takes; returns the planner."""
    plants_make()
    actions_make()
    return planner_make()
