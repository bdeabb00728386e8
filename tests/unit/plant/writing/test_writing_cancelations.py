"""What a plant makes of cancelations that are recorded elsewhere: decided once, and taken back whole."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from millgate.assembly.cancelation_desk import LiveCancelationDesk
from millgate.core.clock import StillClock
from millgate.core.secrets import Secret
from millgate.core.settings import load
from millgate.plant.writing import cancelations
from millgate.plant.writing.cancelation_desk import OnBehalf, PlantUnanswered
from millgate.plant.writing.cancelations import Cancelation, Decision, Stopped, Thing
from support.postgres import drop, fresh_database
from support.working import HOME_PCN, OTHER_PCN, Bench, at

if TYPE_CHECKING:
    from pathlib import Path

JOB, DONE, HELD, PACKED = "101", "102", "103", "111"


def cancelation(name: str, thing: Thing = Thing.JOB, *, number: int = 7, reference: str = "a") -> Cancelation:
    about = {"reason": "Duplicate order", "by": "Dee"}
    return Cancelation(number=number, reference=reference, thing=thing, name=name, about=about)


def cancel(bench: Bench, wanted: Cancelation, **context: Any) -> Decision:
    work = partial(cancelations.cancel, cancelation=wanted)
    return bench.done(work, bench.context("Cancelations", **context))


def reinstate(bench: Bench, wanted: Cancelation, stopped: tuple[Stopped, ...]) -> tuple[Stopped, ...]:
    work = partial(cancelations.reinstate, cancelation=wanted, stopped=stopped)
    return bench.done(work, bench.context("Cancelations"))


def job(bench: Bench, key: str = JOB) -> tuple[str, int | None]:
    row = bench.row(f"SELECT job_status, cancelation_id FROM plant_job WHERE job_key = {key}")  # noqa: S608
    return row["job_status"], row["cancelation_id"]


def trail(bench: Bench) -> list[dict[str, Any]]:
    return bench.rows("SELECT * FROM plant_change ORDER BY change_key")


def test_a_job_is_cancelled_once_and_is_again_what_it_was(bench: Bench) -> None:
    decision = cancel(bench, cancelation("J1"))
    assert decision == Decision((Stopped("DcJobs", 101, "job J1", "Production"),))
    assert job(bench) == ("Cancelled", 7)
    before = bench.everything()
    assert cancel(bench, cancelation("J1")) == decision
    assert bench.everything() == before

    assert reinstate(bench, cancelation(JOB), decision.stopped) == decision.stopped
    assert job(bench) == ("Production", None)
    before = bench.everything()
    assert reinstate(bench, cancelation(JOB), decision.stopped) == ()
    assert cancel(bench, cancelation("J1")) == decision  # whoever asks late hears what was decided
    assert bench.everything() == before


def test_the_trail_says_who_why_and_from_where(on_sqlite: Bench) -> None:
    decision = cancel(on_sqlite, cancelation(JOB))
    reinstate(on_sqlite, cancelation(JOB), decision.stopped)
    rows = trail(on_sqlite)
    assert [(row["resource"], row["row_key"], row["action"]) for row in rows] == [
        ("DcJobs", JOB, "update"),
        ("Cancelations", "7", "create"),
        ("DcJobs", JOB, "update"),
        ("Cancelations", "7", "update"),
    ]
    assert {(row["account"], row["application"], row["source_address"]) for row in rows} == {
        ("account", "app", "192.0.2.1")
    }
    assert json.loads(rows[1]["after"]) == {
        "reference": "a",
        "cancelable_type": "Job",
        "cancelable_id": JOB,
        "reason": "Duplicate order",
        "by": "Dee",
        "stopped": [{"resource": "DcJobs", "key": 101, "name": "job J1", "status": "Production"}],
    }


def test_a_refusal_is_decided_for_good(bench: Bench) -> None:
    refused = Decision(refused="names job J2, which is completed")
    assert cancel(bench, cancelation(DONE)) == refused
    bench.execute("UPDATE plant_job SET job_status = 'Production' WHERE job_key = 102")
    assert cancel(bench, cancelation(DONE)) == refused
    assert job(bench, DONE) == ("Production", None)
    # The same number under another reference is another cancelation: whoever gave it had lost its records.
    assert cancel(bench, cancelation(DONE, reference="b")).stopped


@pytest.mark.parametrize(
    ("thing", "name", "why"),
    [
        (Thing.JOB, "J99", "J99 is neither key nor number of a job of this company"),
        (Thing.JOB, "901", "901 is neither key nor number of a job of this company"),
        (Thing.JOB, "9" * 40, f"{'9' * 40} is neither key nor number of a job of this company"),
        (Thing.JOB, DONE, "names job J2, which is completed"),
        (Thing.JOB_OPERATION, "J1", "J1 is no key of a job operation of this company"),
        (Thing.ORDER, "X1", "X1 is the externalJobCode of no job of this company"),
        (Thing.ORDER, "", " is the externalJobCode of no job of this company"),
    ],
)
def test_what_cannot_be_cancelled_is_said_before_anything_is_written(
    on_sqlite: Bench, thing: Thing, name: str, why: str
) -> None:
    before = on_sqlite.everything()
    look = partial(cancelations.look, cancelation=cancelation(name, thing))
    assert on_sqlite.done(look, on_sqlite.context("Cancelations")) == Decision(refused=why)
    assert on_sqlite.everything() == before


def test_what_is_cancelled_says_by_which_cancelation(on_sqlite: Bench) -> None:
    cancel(on_sqlite, cancelation(JOB))
    again = cancel(on_sqlite, cancelation(JOB, number=8, reference="b"))
    assert again.refused == "names job J1, which is cancelled already by cancelation 7"


def test_an_order_is_its_jobs_and_those_it_stopped_come_back(bench: Bench) -> None:
    bench.execute("UPDATE plant_job SET external_job_code = 'PO-7' WHERE job_key IN (101, 102, 103, 901)")
    order = cancelation("PO-7", Thing.ORDER)
    decision = cancel(bench, order)
    assert [each.key for each in decision.stopped] == [101, 103]
    assert (job(bench, HELD), job(bench, DONE), job(bench, "901")) == (
        ("Cancelled", 7),
        ("Completed", None),
        ("Production", None),
    )
    late = cancel(bench, cancelation("PO-7", Thing.ORDER, number=8, reference="b"))
    assert late.refused == "PO-7 has no job that could be cancelled; all are completed or cancelled"
    bench.execute("UPDATE plant_job SET job_status = 'Scheduled', cancelation_id = NULL WHERE job_key = 103")
    assert [each.key for each in reinstate(bench, order, decision.stopped)] == [101]
    assert (job(bench), job(bench, HELD)) == (("Production", None), ("Scheduled", None))


def test_a_cancelled_operation_takes_neither_production_nor_scrap(bench: Bench) -> None:
    operations = bench.rows("SELECT job_op_key FROM plant_job_operation WHERE job_key = 101")
    key = str(operations[0]["job_op_key"])
    wanted = cancelation(key, Thing.JOB_OPERATION)
    decision = cancel(bench, wanted)
    assert decision.stopped[0].name == "operation 10 of job J1"

    log = {"quantity": 5, "logDate": at(1), "jobNo": "J1", "operationNo": 10}
    assert bench.faults("WorkcenterProductionLogs.create", log, path_key=JOB) == [
        ("jobNo", "counts for operation 10 of J1: cancelled")
    ]
    assert bench.faults("WorkcenterScrapLogs.create", log | {"scrapReason": "Dent"}, path_key=JOB) == [
        ("jobNo", "counts for operation 10, which is cancelled and takes no scrap")
    ]
    reinstate(bench, wanted, decision.stopped)
    assert bench.made("WorkcenterProductionLogs.create", log, path_key=JOB)["quantity"] == 5


def test_a_program_reinstates_no_job_whose_cancelation_is_recorded(on_sqlite: Bench) -> None:
    cancel(on_sqlite, cancelation(JOB))
    assert on_sqlite.faults("DcJobs.update", {"jobStatus": "Production"}, path_key=JOB) == [
        ("jobStatus", "cannot become Production: reinstate cancelation 7, which ended it")
    ]


def test_numbers_of_the_plant_are_none_of_recorded_cancelations(on_sqlite: Bench) -> None:
    cancel(on_sqlite, cancelation(JOB))
    own = on_sqlite.made("DcJobs.update", {"jobStatus": "Cancelled"}, path_key=HELD)["cancelationId"]
    assert own == 5_000_000_000
    assert on_sqlite.made("DcJobs.update", {"jobStatus": "Hold"}, path_key=HELD)["cancelationId"] is None


def test_what_is_of_another_company_is_not_there(on_sqlite: Bench) -> None:
    assert cancel(on_sqlite, cancelation(JOB), pcn=OTHER_PCN).refused
    assert job(on_sqlite) == ("Production", None)


def test_numbers_that_a_plant_gave_before_make_room(on_sqlite: Bench) -> None:
    moving = import_module("millgate.control.plantdata.migrations.0004_cancelations")
    assert job(on_sqlite, HELD) == ("Hold", 4)
    on_sqlite.execute(moving._MOVE)
    on_sqlite.execute(moving._MOVE)
    assert (job(on_sqlite, HELD), job(on_sqlite)) == (("Hold", 5_000_000_003), ("Production", None))


def test_pages_cancel_in_a_plant_on_postgresql_and_hear_when_it_is_away(
    filled_on_postgres: str, tmp_path: Path
) -> None:
    url = fresh_database(filled_on_postgres)
    settings = replace(load({"MILLGATE_HOME": str(tmp_path)}), plant_url=Secret(url), connect_seconds=20.0)
    desk = LiveCancelationDesk(settings, StillClock(1_800_000_000.0))
    behalf = OnBehalf(
        tier="production",
        pcn=HOME_PCN,
        application="planoorder",
        account="dee",
        source_address="192.0.2.1",
        request_id="request",
    )
    found = desk.look(behalf, cancelation("J1"))
    assert desk.cancel(behalf, cancelation(JOB)) == found
    assert desk.reinstate(behalf, cancelation(JOB), found.stopped) == found.stopped
    drop(url)
    with pytest.raises(PlantUnanswered):
        desk.cancel(behalf, cancelation(JOB, number=8, reference="b"))
