"""Cancelations in parallel sessions and through kills: one at a time, history as it was, both sides agreed.

A kill is an exception that nothing catches, raised where the process would end: before the plant has decided,
or after it has while the record does not know. What is left is what was committed, as after a real kill.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import hypothesis.strategies as st
import pytest
from django.conf import settings
from django.db import IntegrityError, connections
from hypothesis import HealthCheck, Phase
from hypothesis import settings as bounds
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from millgate.control.actions.cancelation_models import Cancelation, Stage
from millgate.control.actions.cancelations.finishing import left_behind_finish
from millgate.core.clock import StillClock
from support.actions import call, signed_in
from support.canceling import Desk, Killed, canceling_make, job_status, plant_change, plant_rows, plants_make

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("committed")

JOBS = {"101": "Production", "103": "Hold"}
THING = {"cancelable_type": "Job", "cancelable_id": "101"}


@pytest.fixture(autouse=True)
def desk(committed: None, monkeypatch: pytest.MonkeyPatch) -> Desk:
    del committed
    monkeypatch.setattr(settings, "CLOCK", StillClock(1_800_000_000.0))
    made = Desk()
    monkeypatch.setattr(settings, "CANCELATION_DESK", made)
    return made


@pytest.fixture
def token(desk: Desk) -> str:
    del desk
    return signed_in(canceling_make().email)


def killed(desk: Desk, where: str, do: Callable[[], object]) -> None:
    desk.kill = where
    with pytest.raises(Killed):
        do()
    desk.kill = ""


def parallel(do: Callable[[], dict[str, Any]], times: int = 2) -> list[dict[str, Any]]:
    """What so many threads are answered at the same time."""

    def once(_number: int) -> dict[str, Any]:
        try:
            return do()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(times) as threads:
        return list(threads.map(once, range(times)))


@pytest.mark.parametrize("where", ["before", "after"])
def test_a_killed_cancelation_is_finished_and_told_once(token: str, desk: Desk, where: str) -> None:
    killed(desk, where, lambda: call("cancelations/create", token, **THING))
    row = Cancelation.objects.get()
    assert row.stage == Stage.CANCELING
    assert left_behind_finish() == 1
    assert left_behind_finish() == 0
    row.refresh_from_db()
    assert (row.stage, row.active, row.stopped[0]["status"]) == (Stage.SETTLED, True, "Production")
    assert job_status() == ("Cancelled", row.pk)
    trail = plant_rows("SELECT action FROM plant_change WHERE resource = 'Cancelations'")
    assert trail == [{"action": "create"}]


@pytest.mark.parametrize("where", ["before", "after"])
def test_a_killed_reinstating_is_finished_when_it_is_read(token: str, desk: Desk, where: str) -> None:
    number = call("cancelations/create", token, **THING)["data"]["id"]
    killed(desk, where, lambda: call("cancelations/reinstate", token, verb="PUT", id=number))
    assert Cancelation.objects.get().active is True
    read = call("cancelations/read", token, id=number)["data"]
    assert (read["active"], read["reinstated_by"]) == (False, "Dee Developer")
    assert job_status() == ("Production", None)


def test_what_the_plant_refuses_after_a_kill_has_never_been(token: str, desk: Desk) -> None:
    killed(desk, "before", lambda: call("cancelations/create", token, **THING))
    plant_change("UPDATE plant_job SET job_status = 'Completed' WHERE job_key = 101")
    assert left_behind_finish() == 1
    assert not Cancelation.objects.exists()
    # Whoever comes late with the same cancelation is refused as well, whatever the job is by then.
    assert "which is completed" in call("cancelations/create", token, **THING)["message"]
    assert job_status() == ("Completed", None)


def test_a_silent_plant_keeps_what_was_left_behind(token: str, desk: Desk) -> None:
    killed(desk, "after", lambda: call("cancelations/create", token, **THING))
    desk.away = True
    assert left_behind_finish() == 1
    assert Cancelation.objects.get().stage == Stage.CANCELING
    desk.away = False
    answer = call("cancelations/create", token, **THING)
    assert "cancelled already by cancelation" in answer["message"]


def test_of_two_at_the_same_time_one_cancels_and_one_reinstates(token: str) -> None:
    answers = parallel(lambda: call("cancelations/create", token, **THING), 3)
    made = [answer["data"]["id"] for answer in answers if answer["status"] == "action-successful"]
    assert len(made) == 1
    assert job_status() == ("Cancelled", made[0])
    ended = parallel(lambda: call("cancelations/reinstate", token, verb="PUT", id=made[0]))
    assert "action-successful" in {answer["status"] for answer in ended}
    assert job_status() == ("Production", None)
    entries = [
        row["action"] for row in plant_rows("SELECT action FROM plant_change WHERE resource = 'DcJobs'")
    ]
    assert entries == ["update", "update"]


def test_the_database_itself_keeps_two_from_standing(token: str) -> None:
    number = call("cancelations/create", token, **THING)["data"]["id"]
    row = Cancelation.objects.get(pk=number)
    row.pk, row.reference = None, "00000000-0000-0000-0000-000000000001"
    with pytest.raises(IntegrityError):
        row.save(force_insert=True)


class Desks(RuleBasedStateMachine):
    """What order desks do to two jobs in two sessions, with kills in between."""

    desk: Desk
    tokens: tuple[str, str]

    @initialize()
    def begin(self) -> None:
        """Nothing is cancelled."""
        Cancelation.objects.all().delete()
        plants_make()
        self.over: dict[int, dict[str, Any]] = {}
        self.otherwise = dict(JOBS)

    def _call(self, path: str, session: int, kill: str, **params: Any) -> None:
        verb = "POST" if path == "create" else "PUT"
        self.desk.kill = kill
        with suppress(Killed):
            answer = call(f"cancelations/{path}", self.tokens[session], verb=verb, **params)
            assert answer["status"] in {"action-successful", "invalid-param"}, answer
        self.desk.kill = ""
        settings.CLOCK.jump(1)

    kills = st.sampled_from(["", "", "before", "after"])
    firsts = st.sampled_from([0, 1])
    jobs = st.sampled_from(sorted(JOBS))
    changes = st.sampled_from(
        [{"active": False}, {"reason_note": "x"}, {"active": False, "reinstated_note": "y"}, {"active": True}]
    )

    @rule(job=jobs, first=firsts, kill=kills)
    def cancel(self, job: str, first: int, kill: str) -> None:
        """Both cancel a job, which may be cancelled already."""
        for session, name in ((first, job), (1 - first, "J" + job[-1])):
            self._call("create", session, kill, cancelable_type="Job", cancelable_id=name)
            kill = ""

    @rule(back=st.integers(1, 2), first=firsts, kill=kills, one=changes, other=changes)
    def update(self, back: int, first: int, kill: str, one: dict[str, Any], other: dict[str, Any]) -> None:
        """Both correct or reinstate one of the last cancelations, which may be over."""
        last = list(Cancelation.objects.order_by("-pk").values_list("pk", flat=True)[:back])
        for session, params in ((first, one), (1 - first, other)) if last else ():
            self._call("update", session, kill, id=last[-1], **params)
            kill = ""

    @rule(job=jobs, first=firsts, kill=st.sampled_from(["before", "after"]), done=st.booleans())
    def overtaken(self, job: str, first: int, kill: str, *, done: bool) -> None:
        """A cancelation is killed, and somebody else is at the job before it goes on."""
        self._call("create", first, kill, cancelable_type="Job", cancelable_id=job)
        self.moved(job, done=done)
        self.recover()

    @rule(job=jobs, done=st.booleans())
    def moved(self, job: str, *, done: bool) -> None:
        """Somebody else completes a job that is not cancelled, or opens it again."""
        if job_status(job)[0] != "Cancelled":
            self.otherwise[job] = "Completed" if done else JOBS[job]
            plant_change(f"UPDATE plant_job SET job_status = '{self.otherwise[job]}' WHERE job_key = {job}")  # noqa: S608

    @rule()
    def recover(self) -> None:
        """The server starts again."""
        left_behind_finish()
        self._agree()

    @invariant()
    def one_stands(self) -> None:
        """Never two for one thing and kind."""
        standing = list(Cancelation.objects.filter(active=True).values_list("cancelable_id", flat=True))
        assert len(standing) == len(set(standing))

    @invariant()
    def history_stays(self) -> None:
        """What is over reads as it read before."""
        rows = {row["id"]: dict(row) for row in Cancelation.objects.filter(active=False).values()}
        assert self.over.items() <= rows.items()
        self.over = rows

    def _agree(self) -> None:
        for job, status in self.otherwise.items():
            row = Cancelation.objects.filter(cancelable_id=job, active=True).first()
            assert job_status(job) == (("Cancelled", row.pk) if row else (status, None))
        trail = plant_rows("SELECT row_key, after FROM plant_change WHERE resource = 'Cancelations'")
        ended = [int(row["row_key"]) for row in trail if "restored" in row["after"]]
        assert sorted(ended) == sorted(Cancelation.objects.filter(active=False).values_list("pk", flat=True))

    def teardown(self) -> None:
        """Whatever was left behind: after a start both sides agree."""
        left_behind_finish()
        if hasattr(self, "over"):
            self._agree()


def test_record_and_plant_agree_whatever_happens(token: str, desk: Desk) -> None:
    Desks.desk, Desks.tokens = desk, (token, signed_in("edna@example.com", application="planoorder"))
    run_state_machine_as_test(
        Desks,
        settings=bounds(
            max_examples=12,
            stateful_step_count=8,
            deadline=None,
            phases=[Phase.generate],  # to shrink what fails would take many minutes
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
