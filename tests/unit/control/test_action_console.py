"""What the console does with the action API: deploying, tokens, sessions, lists, trouble with mail."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

import pytest
from django.conf import settings

from millgate.control.accounts.services import company_create
from millgate.control.actions.cancelation_models import Cancelation, ListItem
from millgate.control.actions.models import Application, Notification, RouteRecord, ServiceRecord, Session
from millgate.control.audit.models import Entry
from millgate.control.mail.kinds import Kind
from millgate.control.mail.models import MailState
from millgate.control.mail.rendering import example_values
from millgate.control.mail.services import Address, mail_queue
from support.actions import actions_make, call, signed_in, worker_make
from support.console_pages import act, administrator, filled, helper, page, text

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.usefixtures("rows")


@pytest.fixture
def ada(rows: None) -> Client:  # noqa: ARG001 - it must stand on rows that are rolled back
    actions_make()
    return administrator()


def route(path: str) -> RouteRecord:
    return RouteRecord.objects.get(path=path)


# The registry


def test_a_route_is_retired_and_deployed_again(ada: Client) -> None:
    shown = text(ada.get(page(route("sessions/create"))))
    assert "programs that call it get route-not-found" in shown, "it asks before it does"

    told = text(act(ada, route("sessions/create"), "retire"))

    assert "Sessions/create: retired: it answers no more." in told
    assert call("sessions/create", email="x@example.com", password="x", application="planoauth")[
        "status"
    ] == ("route-not-found")
    entry = Entry.objects.latest("pk")
    assert (entry.key, entry.through) == ("sessions/create", "console")
    act(ada, route("sessions/create"), "deploy")
    assert call("sessions/create", email="x@example.com", password="x", application="planoauth")[
        "status"
    ] == ("email-not-found")


def test_several_routes_are_retired_at_once_after_a_question(ada: Client) -> None:
    chosen = [str(route(path).pk) for path in ("list_items/create", "list_items/update")]
    data = {"action": "retire", "_selected_action": chosen}

    asked = ada.post("/console/actions/routerecord/", data)
    assert "list_items/update" in text(asked)
    assert route("list_items/update").state == "deployed"
    ada.post("/console/actions/routerecord/", {**data, "confirmed": "1"})

    assert {route("list_items/create").state, route("list_items/update").state} == {"retired"}


def test_a_service_takes_its_routes_along(ada: Client) -> None:
    act(ada, ServiceRecord.objects.get(slug="sessions"), "retire")

    assert call("sessions/create", email="x@example.com", password="x", application="planoauth")[
        "status"
    ] == ("service-not-found")
    listed = ada.get("/console/actions/routerecord/?q=sessions/create").content.decode()
    assert "sessions/create" in listed
    assert 'class="boolean no"' in listed or "icon-no" in listed, "it does not answer"


def test_routes_are_found_by_state_service_and_words(ada: Client) -> None:
    act(ada, route("emails/index"), "retire")

    retired = text(ada.get("/console/actions/routerecord/?state__exact=retired"))
    assert "emails/index" in retired
    assert "sessions/create" not in retired
    assert "cancelations/update" in text(ada.get("/console/actions/routerecord/?q=cancelations"))


def test_every_act_has_its_entry_in_the_audit_log(ada: Client) -> None:
    worker_make()
    signed_in()
    application = Application.objects.get(slug="planoorder")
    at = settings.CLOCK.utc()
    acts = (
        (route("emails/index"), "retire"),
        (route("emails/index"), "deploy"),
        (ServiceRecord.objects.get(slug="lists"), "retire"),
        (ServiceRecord.objects.get(slug="lists"), "deploy"),
        (application, "token-rotate"),
        (application, "token-revoke"),
        (Session.objects.get(), "end"),
        (ListItem.objects.filter(key="job_cancelation_reason", default=False)[0], "default"),
        (Notification.objects.create(kind="k", route="r", first_seen=at, last_seen=at), "resolve"),
    )
    for row, name in acts:
        before = Entry.objects.count()
        act(ada, row, name)
        assert Entry.objects.count() > before, name
        entry = Entry.objects.latest("pk")
        assert entry.through == "console", name


# Applications and sessions


def test_the_token_of_an_application_is_shown_once(ada: Client) -> None:
    application = Application.objects.get(slug="planoorder")

    shown = act(ada, application, "token-rotate").content.decode()

    token = next(item for item in re.findall(r"[\w-]{43}", shown) if _works(item))
    assert token not in ada.get(page(application)).content.decode()
    assert not Entry.objects.filter(after__icontains=token).exists()
    act(ada, application, "token-revoke")
    assert not _works(token)


def test_the_order_of_roles_is_set(ada: Client) -> None:
    application = Application.objects.get(slug="planoorder")
    changed = filled(ada, page(application), first_role="employee", second_role="client", third_role="")

    ada.post(page(application), changed)

    application.refresh_from_db()
    assert application.roles == ["employee", "client"]
    twice = ada.post(page(application), filled(ada, page(application), second_role="employee"))
    assert "Name each role once at most." in text(twice)


def test_a_session_is_ended(ada: Client) -> None:
    worker_make()
    token = signed_in()
    session = Session.objects.get()
    assert token not in ada.get(page(session)).content.decode()
    assert "1 session" in text(ada.get("/console/actions/session/?q=edna&live=1"))

    act(ada, session, "end")

    assert call("sessions/read", token)["status"] == "invalid-token"
    assert "0 sessions" in text(ada.get("/console/actions/session/?q=edna&live=1"))


# Lists and cancelations


def test_an_item_is_added_changed_and_made_the_default(ada: Client) -> None:
    key = "job_cancelation_reason"
    new = {"key": key, "slug": "tool_broken", "name": "Tool broken", "active": "on"}
    ada.post("/console/actions/listitem/add/", new)
    item = ListItem.objects.get(slug="tool_broken")

    act(ada, item, "default")

    assert list(ListItem.objects.filter(key=key, default=True)) == [item]
    data = filled(ada, page(item))
    data.pop("active")
    assert "Choose another default first." in text(ada.post(page(item), data))
    ada.post(page(item), filled(ada, page(item), name="Tool is broken"))
    item.refresh_from_db()
    assert (item.name, item.slug) == ("Tool is broken", "tool_broken")


def test_cancelations_are_searched_and_only_looked_at(ada: Client) -> None:
    at = settings.CLOCK.utc()
    reason = ListItem.objects.filter(key="job_cancelation_reason")[0]
    job = Cancelation.objects.create(
        company=company_create(pcn=4711, code="OTHER", name="Other (Sample)", time_zone="UTC"),
        cancelable_type="Job",
        cancelable_id="J104512",
        key=reason.key,
        reason=reason,
        reason_text="Duplicate order",
        canceled_by="Edna",
        canceled_in="planoorder",
        canceled_at=at,
        created_at=at,
        updated_at=at,
    )

    assert "J104512" in text(ada.get("/console/actions/cancelation/?q=duplicate"))
    assert "J104512" not in text(ada.get("/console/actions/cancelation/?q=nothing"))
    shown = ada.get(page(job)).content.decode()
    assert "/portal/apis/job-tracking/operations/get-dc-job/" in shown
    assert ada.post(page(job), {}).status_code == 403


# Trouble with mail


def test_a_mail_that_failed_is_sent_again_and_the_notification_resolved(ada: Client) -> None:
    kind = Kind.REQUEST_REJECTED
    mail = mail_queue(kind=kind, to=Address("dee@example.com", "Dee"), values=example_values(kind))
    assert mail is not None
    mail.state = MailState.FAILED
    mail.save()
    at = settings.CLOCK.utc()
    notification = Notification.objects.create(
        kind="mandrill-email-failed", route="clients/register", mail_id=mail.pk, first_seen=at, last_seen=at
    )
    assert "1 failed action is not resolved" in text(ada.get("/console/"))
    assert f"/console/mail/mail/{mail.pk}/change/" in ada.get(page(notification)).content.decode()
    assert "Of machines" in text(ada.get("/console/actions/notification/"))
    assert "Of actions" in text(ada.get("/console/usage/notice/"))

    act(ada, notification, "resend")
    act(ada, notification, "resolve")

    mail.refresh_from_db()
    notification.refresh_from_db()
    assert mail.state == MailState.WAITING
    assert notification.seen_at is not None
    assert notification.resolved_by == "ada@example.com"
    assert "failed action" not in text(ada.get("/console/"))


def test_who_may_not_send_mail_does_not_send_it_by_a_notification() -> None:
    at = settings.CLOCK.utc()
    notification = Notification.objects.create(
        kind="mandrill-email-failed", route="clients/register", mail_id=1, first_seen=at, last_seen=at
    )
    client = helper("change_notification")

    assert "You may not send mail again." in html.unescape(
        act(client, notification, "resend").content.decode()
    )
    act(client, notification, "resolve")
    notification.refresh_from_db()
    assert notification.resolved_at is not None


def _works(token: str) -> bool:
    return bool(call("list_items/index", token)["status"] == "action-successful")
