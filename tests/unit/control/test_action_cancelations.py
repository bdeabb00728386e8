"""Canceling and reinstating through the action API: the record, the plant, and what cannot be had."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings

from millgate.control.accounts.services import service_account_create
from millgate.control.actions.applications import application_account_set, application_token_rotate
from millgate.control.actions.cancelation_models import Cancelation, ListItem
from millgate.control.actions.models import Application, Notification
from millgate.control.audit.models import Entry
from millgate.control.mail.models import Mail
from millgate.core.clock import StillClock
from millgate.core.secrets import Secret
from support.actions import call, signed_in, worker_make
from support.canceling import (
    JOB,
    Desk,
    canceling_make,
    job_status,
    planner_make,
    plant_change,
    plant_rows,
)

if TYPE_CHECKING:
    from millgate.control.accounts.models import Person

pytestmark = pytest.mark.usefixtures("rows")

NOW = "2027-01-15T08:00:00Z"
THING = {"cancelable_type": "Job", "cancelable_id": "J1"}


@pytest.fixture(autouse=True)
def desk(rows: None, monkeypatch: pytest.MonkeyPatch) -> Desk:
    del rows
    monkeypatch.setattr(settings, "CLOCK", StillClock(1_800_000_000.0))
    made = Desk()
    monkeypatch.setattr(settings, "CANCELATION_DESK", made)
    return made


@pytest.fixture
def planner(desk: Desk) -> Person:
    del desk
    return canceling_make()


@pytest.fixture
def token(planner: Person) -> str:
    return signed_in(planner.email, application="planoorder")


def canceled(token: str, **params: Any) -> dict[str, Any]:
    answer = call("cancelations/create", token, **THING | params)
    assert answer["status"] == "action-successful", answer
    data: dict[str, Any] = answer["data"]
    return data


def changed(token: str, number: int, **params: Any) -> dict[str, Any]:
    answer = call("cancelations/update", token, verb="PUT", id=number, **params)
    assert answer["status"] == "action-successful", answer
    data: dict[str, Any] = answer["data"]
    return data


def refused(token: str, path: str = "cancelations/create", **params: Any) -> str:
    verb = "PUT" if path.endswith(("update", "reinstate")) else "POST"
    answer = call(path, token, verb=verb, **params)
    assert answer["status"] == "invalid-param", answer
    return str(answer["message"])


# The life of a cancelation


def test_a_job_is_cancelled_and_reinstated_with_who_why_when_and_from_where(token: str) -> None:
    row = canceled(token, reason_slug="duplicate_order", reason_note="Same as J2")
    assert job_status() == ("Cancelled", row["id"])
    assert {name: row[name] for name in list(row)[1:16]} == {
        "cancelable_type": "Job",
        "cancelable_id": JOB,
        "active": True,
        "key": "job_cancelation_reason",
        "tier": "production",
        "reason_id": ListItem.objects.get(key="job_cancelation_reason", slug="duplicate_order").pk,
        "reason_slug": "duplicate_order",
        "reason_text": "Duplicate order",
        "reason_note": "Same as J2",
        "canceled_at": NOW,
        "canceled_by": "Dee Developer",
        "canceled_in": "planoorder",
        "reinstated_at": None,
        "reinstated_by": None,
        "reinstated_note": None,
    }
    settings.CLOCK.jump(60)
    over = call("cancelations/reinstate", token, verb="PUT", id=row["id"], reinstated_note="Wanted after all")
    assert job_status() == ("Production", None)
    assert over["data"] == row | {
        "reinstated_at": "2027-01-15T08:01:00Z",
        "reinstated_by": "Dee Developer",
        "reinstated_note": "Wanted after all",
        "active": False,
        "updated_at": "2027-01-15T08:01:00Z",
    }
    again = canceled(token)
    assert again["id"] > row["id"]
    assert again["reason_slug"] == "client_requested_cancelation"  # the default of the collection
    assert call("cancelations/read", token, id=row["id"])["data"] == over["data"]


def test_an_index_tells_who_did_what_to_a_thing(token: str) -> None:
    first = canceled(token, reason_slug="duplicate_order")
    first = changed(token, first["id"], active=False)
    second = canceled(token)
    canceled(token, cancelable_id="103")
    of_job = [
        {"attribute": "cancelable_type", "value": "Job"},
        {"attribute": "cancelable_id", "value": JOB},
    ]
    listed = call("cancelations/index", token, filters=of_job, count=True)
    assert (listed["count"], listed["data"]) == (2, [second, first])
    stand = call(
        "cancelations/index", token, view="minimal", filters=[{"attribute": "active", "value": True}]
    )
    assert stand["data"][1] == {
        "id": second["id"],
        "cancelable_type": "Job",
        "cancelable_id": JOB,
        "active": True,
    }
    reasons = call(
        "list_items/index",
        token,
        view="minimal",
        search={"term": "duplicate"},
        filters=[{"attribute": "key", "value": "job_cancelation_reason"}],
    )
    assert reasons["data"] == [
        {
            "id": first["reason_id"],
            "key": "job_cancelation_reason",
            "slug": "duplicate_order",
            "name": "Duplicate order",
        }
    ]


def test_the_audit_logs_of_both_sides_name_person_and_application(token: str, planner: Person) -> None:
    row = canceled(token)
    changed(token, row["id"], active=False)
    entries = Entry.objects.filter(kind="cancelation", key=str(row["id"])).order_by("pk")
    assert [entry.action for entry in entries] == ["canceled", "reinstated"]
    assert {(entry.who, entry.through, entry.address) for entry in entries} == {
        (planner.user_id, "action API planoorder", "127.0.0.1")
    }
    trail = plant_rows("SELECT DISTINCT account, application, source_address FROM plant_change")
    assert trail == [{"account": planner.user_id, "application": "planoorder", "source_address": "127.0.0.1"}]


def test_one_thing_is_cancelled_once_at_a_time(token: str) -> None:
    row = canceled(token)
    assert f"cancelled already by cancelation {row['id']}" in refused(token, **THING)
    # Also where the plant has lost it, the record stands until it is reinstated.
    plant_change("UPDATE plant_job SET job_status = 'Production', cancelation_id = NULL")
    assert f"Cancelation {row['id']} has cancelled it" in refused(token, **THING)
    changed(token, row["id"], active=False)
    assert job_status() == ("Production", None)


def test_the_other_tier_is_another_plant(token: str) -> None:
    row = canceled(token, tier="test")
    assert job_status(tier="test") == ("Cancelled", row["id"])
    assert job_status() == ("Production", None)
    canceled(token)


def test_an_operation_and_an_order_are_cancelled_and_come_back(token: str) -> None:
    plant_change("UPDATE plant_job SET external_job_code = 'PO-7' WHERE job_key IN (101, 103)")
    operation = plant_rows("SELECT job_op_key FROM plant_job_operation WHERE job_key = 101")[0]["job_op_key"]
    one = canceled(token, cancelable_type="JobOperation", cancelable_id=operation, reason_note="x")
    status = f"SELECT job_op_status FROM plant_job_operation WHERE job_op_key = {operation}"  # noqa: S608
    assert plant_rows(status) == [{"job_op_status": "Cancelled"}]
    order = canceled(token, cancelable_type="Order", cancelable_id="PO-7", reason_slug="credit_hold")
    assert [each["name"] for each in order["stopped"]] == ["job J1", "job J3"]
    assert job_status("103") == ("Cancelled", order["id"])
    changed(token, order["id"], active=False)
    changed(token, one["id"], active=False)
    assert (job_status(), job_status("103")) == (("Production", None), ("Hold", None))
    assert plant_rows(status) != [{"job_op_status": "Cancelled"}]


# What is corrected, and what stays


def test_a_cancelation_is_corrected_while_it_stands(token: str) -> None:
    number = canceled(token, reason_slug="duplicate_order")["id"]
    row = changed(token, number, reason_slug="other", reason_note="Moved to Mexico", canceled_by="Ann")
    assert (row["reason_text"], row["reason_note"], row["canceled_by"]) == ("Other", "Moved to Mexico", "Ann")
    row = changed(token, number, reason_text="Moved", canceled_at="2027-01-15T01:00:00-05:00")
    assert (row["reason_slug"], row["reason_text"], row["canceled_at"]) == (
        "other",
        "Moved",
        "2027-01-15T06:00:00Z",
    )
    row = changed(token, number, reinstated_at="2027-01-15T07:00:00Z", reinstated_by="Bob")
    assert (row["active"], row["reinstated_at"], row["reinstated_by"]) == (
        False,
        "2027-01-15T07:00:00Z",
        "Bob",
    )
    assert changed(token, number, active=False, reinstated_by="Bob") == row


def test_words_of_a_reason_are_those_of_its_day(token: str) -> None:
    row = canceled(token, reason_slug="duplicate_order")
    ListItem.objects.filter(pk=row["reason_id"]).update(name="Duplicate")
    assert changed(token, row["id"], reason_note="x")["reason_text"] == "Duplicate order"


@pytest.mark.parametrize(
    ("params", "why"),
    [
        ({"cancelable_id": "103"}, "cancelable_id is invalid. It stays 101"),
        ({"cancelable_type": "Order"}, "cancelable_type is invalid. It stays Job"),
        ({"key": "order_cancelation_reason"}, "key is invalid. It stays job_cancelation_reason"),
        ({"active": True}, "active is invalid. It was reinstated and stays so"),
        ({"reason_note": "else"}, "reason_note is invalid. The cancelation is over"),
        ({"reinstated_note": "else"}, "reinstated_note is invalid. The cancelation is over"),
        ({"reinstated_at": "2027-01-15T07:00:00Z"}, "reinstated_at is invalid. The cancelation is over"),
        ({"canceled_by": "Ann"}, "canceled_by is invalid. The cancelation is over"),
    ],
)
def test_history_is_not_rewritten(token: str, params: dict[str, Any], why: str) -> None:
    row = canceled(token, canceled_at="2027-01-15T06:00:00Z")
    over = changed(token, row["id"], active=False)
    assert why in refused(token, "cancelations/update", id=row["id"], **params)
    assert changed(token, row["id"], cancelable_id=JOB, active=False) == over


# What cannot be had


@pytest.mark.parametrize(
    ("params", "why"),
    [
        (
            {"cancelable_id": "J2"},
            "cancelable_id is invalid. The plant refuses: it names job J2, which is comp",
        ),
        ({"cancelable_id": "J9"}, "J9 is neither key nor number of a job of this company"),
        (
            {"cancelable_type": "AdapterSubscription"},
            "cancelable_id is invalid. A subscription's ID is a UUID",
        ),
        ({"key": "no_such_list"}, "key is invalid. No list item of this collection can be chosen; send job_"),
        (
            {"reason_slug": "no_such"},
            "reason_slug is invalid. The collection job_cancelation_reason has no such",
        ),
        (
            {"reason_id": 10**9},
            "reason_id is invalid. The collection job_cancelation_reason has no such item",
        ),
        (
            {"canceled_at": "2027-01-15T09:00:00"},
            "canceled_at is invalid. It has no time zone; send ISO 8601",
        ),
        ({"canceled_at": "2027-01-15"}, "canceled_at is invalid. It is a date without a time"),
        (
            {"canceled_at": "2027-01-15T08:00:01Z"},
            "canceled_at is invalid. It lies ahead of the server's time",
        ),
        (
            {"canceled_in": "elsewhere"},
            "canceled_in is invalid. There is no such application; those are planoa",
        ),
    ],
)
def test_what_is_wrong_is_named_and_changes_nothing(token: str, params: dict[str, Any], why: str) -> None:
    before = plant_rows("SELECT * FROM plant_change")
    assert why in refused(token, **THING | params)
    assert not Cancelation.objects.exists()
    assert plant_rows("SELECT * FROM plant_change") == before


def test_reasons_by_id_and_slug_must_agree_and_be_in_use(token: str) -> None:
    duplicate = ListItem.objects.get(key="job_cancelation_reason", slug="duplicate_order")
    assert "It names another reason than reason_id, which is duplicate_order" in refused(
        token, **THING, reason_id=duplicate.pk, reason_slug="created_by_mistake"
    )
    duplicate.active = False
    duplicate.save()
    assert "not in use any more" in refused(token, **THING, reason_id=duplicate.pk)
    answer = call("cancelations/create", token, **THING, reason_slug="other")
    assert (answer["status"], answer["code"]) == ("missing-param", 400)
    assert "reason_note" in answer["message"]
    ListItem.objects.filter(default=True).update(default=False)
    assert call("cancelations/create", token, **THING)["status"] == "missing-param"


def test_reinstating_has_its_own_rules(token: str) -> None:
    number = canceled(token, canceled_at="2027-01-15T07:00:00Z")["id"]
    for params, why in (
        ({"reinstated_at": "2027-01-15T06:59:59Z"}, "It lies before canceled_at"),
        ({"reinstated_at": "2027-01-15T08:00:01Z"}, "It lies ahead"),
        (
            {"reinstated_at": "2027-01-15T07:30:00Z", "active": True},
            "cannot be active and have reinstated_at",
        ),
        ({"reinstated_note": "x"}, "It is not being reinstated"),
    ):
        assert why in refused(token, "cancelations/update", id=number, **params)
    assert job_status() == ("Cancelled", number)


def test_who_may_not_write_jobs_cancels_none(token: str) -> None:
    number = canceled(token)["id"]
    company = Cancelation.objects.get().company
    worker_make("vic@example.com", company=company)
    viewer = signed_in("vic@example.com")
    answer = call("cancelations/create", viewer, **THING)
    assert (answer["status"], answer["code"]) == ("permission-denied", 403)
    assert "DcJobs" in answer["message"]
    assert "There is no such cancelation" in refused(viewer, "cancelations/read", id=number)
    assert "There is no such cancelation" in refused(viewer, "cancelations/reinstate", id=number)


def test_what_is_of_another_company_is_not_there(token: str) -> None:
    from millgate.control.accounts.services import company_create  # noqa: PLC0415 - Django must be ready

    number = canceled(token)["id"]
    planner_make("max@example.com")
    stranger = planner_make("sue@example.com")
    stranger.company = company_create(pcn=2, code="RIVAL", name="Rival (Sample)")
    stranger.save()
    other = signed_in("sue@example.com")
    assert "There is no such cancelation" in refused(other, "cancelations/read", id=number)
    assert "J99 is neither" in refused(other, cancelable_type="Job", cancelable_id="J99")
    assert call("cancelations/read", signed_in("max@example.com"), id=number)["data"]["id"] == number


# What is under way


def test_a_plant_that_gives_no_answer_is_told_and_the_cancelation_comes_about(token: str, desk: Desk) -> None:
    desk.away = True
    answer = call("cancelations/create", token, **THING)
    assert (answer["status"], answer["code"]) == ("application-crash", 500)
    assert "Nothing was done" in answer["message"]
    assert not Cancelation.objects.exists()
    desk.away = False

    desk.kill = "unanswered"
    answer = call("cancelations/create", token, **THING)
    assert "is carried out as soon as the plant answers" in answer["message"]
    number = Cancelation.objects.get().pk
    assert "waits for the plant" in refused(token, "cancelations/read", id=number)
    assert call("cancelations/index", token)["data"] == []
    desk.kill = ""
    assert call("cancelations/read", token, id=number)["data"]["active"] is True
    assert job_status() == ("Cancelled", number)


def test_a_process_without_a_desk_cancels_nothing(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "CANCELATION_DESK", None)
    assert call("cancelations/create", token, **THING)["status"] == "application-crash"


# Subscriptions


def test_a_subscription_is_cancelled_at_once_and_comes_back_as_it_was(token: str, planner: Person) -> None:
    from millgate.control.catalogue.models import Adapter  # noqa: PLC0415 - Django must be ready
    from millgate.control.clients.services import subscription_create  # noqa: PLC0415 - as above
    from millgate.control.publish.models import Version  # noqa: PLC0415 - as above
    from support.sample import sample_make  # noqa: PLC0415 - as above

    sample = sample_make()
    mine = subscription_create(owner=planner, adapter=Adapter.objects.get(), approved=True)
    versions = Version.objects.count()
    thing = {"cancelable_type": "AdapterSubscription", "cancelable_id": str(mine.pk)}
    row = canceled(token, **thing, reason_slug="no_longer_used")
    mine.refresh_from_db()
    assert (mine.state, mine.state_comment) == ("cancelled", "No longer used.")
    assert Version.objects.count() == versions + 1  # in force without anybody publishing it
    assert "cancelled; this cannot be done" in refused(token, **thing)
    changed(token, row["id"], active=False)
    mine.refresh_from_db()
    assert mine.state == "active"
    assert call("cancelations/read", token, id=row["id"])["data"]["active"] is False
    assert sample.subscription.owner != planner
    other = str(sample.subscription.pk)
    assert "There is no such subscription" in refused(token, **thing | {"cancelable_id": other})


# Lists


def test_a_list_has_one_default_and_each_slug_once(token: str, planner: Person) -> None:
    item = {"key": "job_cancelation_reason", "slug": "rework_instead", "name": "Rework instead"}
    assert call("list_items/create", token, **item)["status"] == "permission-denied"
    planner.is_superuser = True
    planner.save()
    boss = signed_in(planner.email)
    made = call("list_items/create", boss, **item, default=True)["data"]
    assert made["default"] is True
    assert ListItem.objects.get(key=item["key"], default=True).pk == made["id"]
    assert "has an item of this slug already" in refused(boss, "list_items/create", **item)
    assert "Use lower case" in refused(boss, "list_items/create", **item | {"slug": "A B"})
    assert "cannot be the default" in refused(boss, "list_items/update", id=made["id"], active=False)
    done = call("list_items/update", boss, verb="PUT", id=made["id"], active=False, default=False, notes="n")
    assert (done["data"]["active"], done["data"]["notes"]) == (False, "n")
    assert "There is no such list item" in refused(boss, "list_items/update", id=10**9, name="x")
    assert list(Entry.objects.filter(kind="list item", key__endswith="rework_instead").values_list("action"))


def test_seeds_are_left_as_somebody_made_them(token: str) -> None:
    del token
    from millgate.control.actions.list_seeds import list_items_ensure  # noqa: PLC0415 - Django must be ready

    ListItem.objects.filter(slug="duplicate_order").update(name="Twice")
    count = ListItem.objects.count()
    list_items_ensure()
    assert ListItem.objects.count() == count
    assert ListItem.objects.filter(name="Twice").count() == 3


def test_old_sessions_know_nothing_newer(token: str) -> None:
    settings.CLOCK.jump(timedelta(days=8).total_seconds())
    assert call("cancelations/create", token, **THING)["status"] == "session-expired"
    assert job_status() == ("Production", None)


# What is told of it


def test_whoever_cancels_and_reinstates_gets_a_mail_of_each(token: str, planner: Person) -> None:
    row = canceled(token, reason_slug="duplicate_order")
    call("cancelations/update", token, id=row["id"], reason_note="Twice in one minute")
    call("cancelations/reinstate", token, id=row["id"], reinstated_note="Wanted after all")
    mails = Mail.objects.order_by("pk")
    assert [(mail.kind, mail.address, mail.state) for mail in mails] == [
        ("cancelation-made", planner.email, "sent"),
        ("cancelation-reinstated", planner.email, "sent"),
    ]
    assert [mail.subject for mail in mails] == ["Job 101 is canceled", "Job 101 is reinstated"]


@pytest.mark.parametrize("path", ["cancelations/create", "cancelations/update", "cancelations/reinstate"])
def test_a_cancelation_whose_mail_is_not_taken_stands_and_is_told_so(
    path: str, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = {} if path == "cancelations/create" else canceled(token)
    failing = replace(settings.MILLGATE, mail_url=Secret("failing:http-500"))
    monkeypatch.setattr(settings, "MILLGATE", failing)
    params = {"id": row["id"], "reinstated_note": "Wanted"} if row else THING
    if path == "cancelations/update":
        params |= {"active": False}
    answer = call(path, token, **params)
    assert (answer["status"], answer["code"]) == ("mandrill-email-failed", 500)
    kept = Cancelation.objects.get(pk=answer["data"]["id"])
    assert kept.active == (path == "cancelations/create")
    assert job_status()[0] == ("Cancelled" if kept.active else "Production")
    told = Notification.objects.get()
    assert (told.kind, told.route, told.record_type, told.record_id) == (
        "mandrill-email-failed",
        path,
        "cancelation",
        str(kept.pk),
    )


def test_an_application_cancels_as_its_service_account_in_its_own_name(planner: Person) -> None:
    application = Application.objects.get(slug="planox2")
    assert planner.company is not None
    account = service_account_create(
        user_id="svc-orders",
        company=planner.company,
        first_name="Order",
        last_name="Robot",
        roles=["production-planner"],
    )
    application_account_set(application, account)
    row = canceled(application_token_rotate(application).reveal())
    assert (row["canceled_by"], row["canceled_in"]) == ("Order Robot", "planox2")
    assert job_status()[0] == "Cancelled"
    assert not Mail.objects.exists()
