"""Who may see and do what: every address of console and portal, as each role."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.db import transaction
from django.test import Client
from django.urls import Resolver404, resolve
from msgspec.structs import replace

from millgate.control.accounts.models import Person, Role
from millgate.control.accounts.services import company_create, person_create
from millgate.control.actions.cancelation_models import Cancelation, ListItem
from millgate.control.actions.deployment import actions_ensure
from millgate.control.actions.models import Application, Notification, RouteRecord, ServiceRecord
from millgate.control.actions.sessions import session_begin
from millgate.control.audit.models import Entry
from millgate.control.catalogue.models import (
    Adapter,
    Api,
    Connector,
    DataSource,
    Operation,
    Post,
    Upstream,
)
from millgate.control.catalogue.services import revision_add
from millgate.control.clients.models import ProtectedResource, SigningKey
from millgate.control.mail.kinds import Kind
from millgate.control.mail.models import MailState
from millgate.control.mail.rendering import example_values
from millgate.control.mail.services import Address, mail_queue
from millgate.control.publish.models import Version
from millgate.control.publish.services import directory_change
from millgate.control.sandbox.services import fault_rule_put
from millgate.control.usage.models import CallCount, Counter, Notice, Refusal
from millgate.plant.sources.reading import TOML, read_source
from support.console_addresses import (
    ANYBODY,
    NAMED,
    NOBODY,
    PERSON,
    ROWS,
    STAFF,
    THE_PANE,
    Use,
    address,
    named_addresses,
    uses,
)
from support.console_pages import signed_in
from support.own_database import ORDERS
from support.people import request_asked
from support.sample import JOBS, Sample, sample_make

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

pytestmark = pytest.mark.usefixtures("rows")

ENTRANCE = "/console/login/"
LEAVE = "/console/logout/"
PART = "part@example.com"


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """What is refused is logged as a warning; there is a lot of it here."""
    logger = logging.getLogger("django.request")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    yield
    logger.setLevel(before)


@pytest.fixture
def sample(rows: None, monkeypatch: pytest.MonkeyPatch) -> Sample:  # noqa: ARG001 - it must stand on rows that are rolled back
    described = replace(JOBS, definitions={"Job": {"type": "object"}})
    monkeypatch.setattr("support.sample.JOBS", described)
    return sample_make()


@pytest.fixture
def things(sample: Sample) -> dict[str, object]:
    """A row of each model, and the other arguments of addresses."""
    with directory_change(by="test"):
        return things_made(sample)


def things_made(sample: Sample) -> dict[str, object]:
    api = Api.objects.get()
    kind = Kind.REQUEST_REJECTED
    mail = mail_queue(kind=kind, to=Address("dee@example.com", "Dee"), values=example_values(kind))
    assert mail is not None
    mail.state = MailState.FAILED
    mail.save()
    counted = {"tier": "test", "api": "a", "operation": "o", "subscription": "s", "application": "c"}
    found = {
        "accounts.company": sample.company,
        "accounts.person": sample.developer,
        "accounts.role": Role.objects.get(key="operator"),
        "accounts.servicerequest": request_asked(sample.company),
        "audit.entry": Entry.objects.order_by("pk")[0],
        "catalogue.adapter": Adapter.objects.get(),
        "catalogue.api": api,
        "catalogue.connector": Connector.objects.create(key="workbook", name="Workbook", summary="Jobs."),
        "catalogue.datasource": DataSource.objects.create(
            key="orders", name="Orders", declaration=ORDERS, enabled=False
        ),
        "catalogue.operation": Operation.objects.order_by("pk")[0],
        "catalogue.post": Post.objects.create(
            key="news", title="News", body="None.", draft=False, published_at=settings.CLOCK.utc()
        ),
        "catalogue.revision": revision_add(api=api),
        "catalogue.upstream": Upstream.objects.create(key="backend", name="Backend"),
        "clients.clientapplication": sample.application,
        "clients.protectedresource": ProtectedResource.objects.create(identifier="https://x.test/", name="X"),
        "clients.signingkey": SigningKey.objects.get(signs=True),
        "clients.subscription": sample.subscription,
        "mail.mail": mail,
        "usage.callcount": CallCount.objects.create(
            interval_start=0, status=200, calls=2, micros_total=3, micros_max=2, bytes_out=1, **counted
        ),
        "usage.counter": Counter.objects.create(key="c:1", window=1, value=1),
        "usage.notice": Notice.objects.create(
            kind="database", subject="erp", text="gone", first_seen=1, last_seen=2, count=1
        ),
        "usage.refusal": Refusal.objects.create(
            at=1.5, request_id="r", status=401, code="MG201", reason="no key", **counted
        ),
    }
    keys: dict[str, object] = {model: row.pk for model, row in found.items()} | actions_made(sample)
    return keys | {
        "list_key": "job_cancelation_reason",
        "collection": "cancelations",
        "action": "update",
        "api_key": api.key,
        "role_key": "operator",
        "adapter_key": "production-management",
        "operation_key": "list-jobs",
        "schema_name": "Job",
        "error_code": "MG401",
        "language": "de",
        "icon_size": 32,
        "connector_key": "workbook",
        "post_key": "news",
        "fault_rule": fault_rule_put(name="late", effect="delay", delay_to=10).name,
        "source_resource": read_source(ORDERS, TOML).resources[0].name,
        "client_id": sample.application.client_id,
        "tenant": "common",
        "one": "1",
        "app": "clients",
        "version": Version.objects.latest("number").number,
        "table": "calls",
        "mail_kind": kind,
    }


def actions_made(sample: Sample) -> dict[str, object]:
    """A row of each model of the action API."""
    actions_ensure()
    at = settings.CLOCK.utc()
    application = Application.objects.get(slug="planoauth")
    session, _token = session_begin(person=sample.developer, application=application, role="")
    reason = ListItem.objects.filter(key="job_cancelation_reason")[0]
    rows = {
        "actions.application": application,
        "actions.cancelation": Cancelation.objects.create(
            company=sample.company,
            cancelable_type="AdapterSubscription",
            cancelable_id=str(sample.subscription.pk),
            key="job_cancelation_reason",
            reason=reason,
            canceled_at=at,
            stopped=[{"id": str(sample.subscription.pk), "state": "active"}],
            created_at=at,
            updated_at=at,
        ),
        "actions.listitem": reason,
        "actions.notification": Notification.objects.create(
            kind="mandrill-email-failed", route="clients/register", first_seen=at, last_seen=at
        ),
        "actions.routerecord": RouteRecord.objects.get(path="cancelations/update"),
        "actions.servicerecord": ServiceRecord.objects.get(slug="lists"),
        "actions.session": session,
    }
    return {model: row.pk for model, row in rows.items()}


def administrator_with(*rights: str) -> Client:
    """Somebody who may enter, with these rights alone, given as `app.right`."""
    person = Person.objects.filter(email=PART).first()
    if person is None:
        with directory_change(by="test"):
            person = person_create(email=PART, is_staff=True)
    names = [right.split(".") for right in rights]
    person.user_permissions.set(
        [Permission.objects.get(content_type__app_label=app, codename=name) for app, name in names]
    )
    return signed_in(person)


def fulfilled(wanted: Iterable[str], rights: Iterable[str], model: str = "") -> bool:
    """Whether an administrator in part with some rights may."""
    rights = set(rights)
    if "history" in wanted:
        app, name = (ROWS[model].rights_of or model).split(".")
        return "audit.view_entry" in rights and bool({f"{app}.view_{name}", f"{app}.change_{name}"} & rights)
    return bool({ANYBODY, PERSON, STAFF} & set(wanted)) or bool(rights & set(wanted))


def model_of(use: Use) -> str:
    return next((arg for arg in use.args if arg in ROWS), "")


def state() -> tuple[Any, ...]:
    """By which it is seen whether something was decided."""
    return Version.objects.count(), Entry.objects.count(), Person.objects.count()


def test_every_address_and_every_model_is_in_the_table() -> None:
    from millgate.control.console.site import console  # noqa: PLC0415 - it needs Django to be ready

    known = {name for name, _rest in uses()}
    assert named_addresses() - known == set(), "say in support/console_addresses.py who may use it"
    assert set(NAMED) - named_addresses() - {""} == set(), "it is there no more"
    registered = {f"{model._meta.app_label}.{model._meta.model_name}" for model in console._registry}
    assert registered == set(ROWS)


def test_every_act_is_in_the_table() -> None:
    from millgate.control.console.site import console  # noqa: PLC0415 - it needs Django to be ready

    for model, admin in console._registry.items():
        name = f"{model._meta.app_label}.{model._meta.model_name}"
        assert {act.name for act in getattr(admin, "acts", ())} == set(ROWS[name].acts), name


@pytest.mark.parametrize("who", ["nobody", "a developer"])
def test_who_is_no_administrator_sees_nothing_of_the_console(
    who: str, sample: Sample, things: dict[str, object]
) -> None:
    client = Client() if who == "nobody" else signed_in(sample.developer)
    before = state()
    for (name, _rest), use in uses().items():
        where = address(name, use, things)
        if not where.startswith("/console/") or ANYBODY in use.get:
            continue
        for answer in (client.get(where), client.post(where)):
            assert answer.status_code == 302, where
            sent_to = answer.headers["Location"]
            assert sent_to.startswith(ENTRANCE) or (where, sent_to) == (LEAVE, "/console/"), where
    assert state() == before


def test_the_portal_shows_nobody_what_is_anothers(sample: Sample, things: dict[str, object]) -> None:
    other = company_create(pcn=4711, code="OTHER", name="Other", time_zone="UTC")
    people = {
        "nobody": Client(),
        "the owner": signed_in(sample.developer),
        "a person of another company": signed_in(person_create(email="eve@example.com", company=other)),
        "an administrator": signed_in(sample.administrator),
    }
    for (name, _rest), use in uses().items():
        where = address(name, use, things)
        if where.startswith("/console/") or not use.get:
            continue
        for who, client in people.items():
            answer = client.get(where)
            dead = {404} if "one" in use.args else set()  # a link with a secret that nobody was sent
            if ANYBODY in use.get:
                assert answer.status_code in {200, 302, 400} | dead, f"{who}: {where}"
            elif THE_PANE in use.get:
                assert answer.status_code == 403, f"{who}: {where}"
            elif who == "nobody":
                assert answer.status_code == 302, where
                assert "/sign-in/" in answer.headers["Location"], where
            elif PERSON in use.get or ("its owner" in use.get and who == "the owner"):
                assert answer.status_code in (dead or {200}), f"{who}: {where}"
            else:
                assert answer.status_code == 404, f"{who}: {where}"
                assert str(sample.application.display_name) not in answer.content.decode()


def test_an_administrator_without_rights_sees_and_changes_nothing(
    sample: Sample, things: dict[str, object]
) -> None:
    client, before = administrator_with(), state()
    held(client, (), things)
    assert state() == before
    first = client.get("/console/").content.decode()
    assert sample.developer.email not in first
    assert [link for link in links_of(first) if link.startswith("/console/")] == ["/console/"]


@pytest.mark.parametrize("may", ["view", "add", "change", "delete"])
def test_a_single_right_opens_what_it_names_alone(may: str, things: dict[str, object]) -> None:
    """Each right of each model, at all pages of its own."""
    for model in ROWS:
        app, name = model.split(".")
        if not Permission.objects.filter(content_type__app_label=app, codename=f"{may}_{name}").exists():
            continue
        rights = (f"{app}.{may}_{name}",)
        held(administrator_with(*rights), rights, things, only=f"/console/{app}/{name}/")


@pytest.mark.parametrize(
    ("right", "pages"),
    [
        ("publish.view_version", "/console/publishing/"),
        ("publish.add_version", "/console/publishing/"),
        ("usage.view_callcount", "/console/analytics/"),
        *((f"sandbox.{may}_faultrule", "/console/faults/") for may in ("view", "add", "change", "delete")),
        ("sandbox.change_sandboxclock", "/console/faults/"),
        ("accounts.change_accountsettings", "/console/account-settings/"),
        ("accounts.view_person", "/console/people-offered/"),
        ("accounts.change_person", "/console/cloud-access/"),
        ("accounts.change_person", "/console/roles/"),
        ("clients.change_subscription", "/console/approvals/"),
    ],
)
def test_rights_of_pages_that_are_no_models(right: str, pages: str, things: dict[str, object]) -> None:
    held(administrator_with(right), (right,), things, only=pages)


def test_an_administrator_with_every_right_sees_every_page(sample: Sample, things: dict[str, object]) -> None:
    client = signed_in(sample.administrator)
    for (name, _rest), use in uses().items():
        where = address(name, use, things)
        if not where.startswith("/console/") or not use.get or NOBODY in use.get:
            continue
        answer = client.get(where)
        machine = {
            "audit.entry",
            "usage.counter",
            "usage.callcount",
            "usage.refusal",
            "mail.mail",
            "usage.notice",
            "actions.session",
            "actions.notification",
        }
        if "history" in use.get and model_of(use) in machine:
            assert answer.status_code == 404, f"{where}: what machines write has no history"
        else:
            assert answer.status_code in {200, 302}, where


def held(
    client: Client, rights: tuple[str, ...], things: dict[str, object], *, only: str = "/console/"
) -> None:
    """Every address answers as the rights say, and no page shows what its reader may not do."""
    for (name, _rest), use in uses().items():
        where = address(name, use, things)
        if not where.startswith(only):
            continue
        if NOBODY in use.get:
            assert client.get(where).status_code in {403, 404}, where
        elif use.get:
            answer = client.get(where)
            allowed = fulfilled(use.get, rights, model_of(use)) and set(use.besides) <= set(rights)
            hidden = {403} if "history" in use.get else {403, 404}
            assert (answer.status_code not in hidden) is allowed, f"GET {where} with {rights}"
            if answer.status_code == 200 and "text/html" in answer.headers["Content-Type"]:
                nothing_forbidden(answer.content.decode(), where, rights)
        if not fulfilled(use.post, rights) and name != "admin:logout":
            refused(client, where, use)


def refused(client: Client, where: str, use: Use) -> None:
    before = state()
    answer = client.post(where)
    if where.endswith("/history/") or not use.post:
        assert answer.status_code in {200, 302, 403, 404, 405}, where
    else:
        assert answer.status_code == 403, f"POST {where}"
    assert state() == before, f"POST {where}"


# What pages show


_LINK = re.compile(r'<a [^>]*href="([^"]+)"')
_FORM = re.compile(r'<form [^>]*action="([^"]+)"[^>]*>')


def links_of(page: str) -> list[str]:
    return [found for found in _LINK.findall(page) if not found.startswith("#")]


def nothing_forbidden(page: str, where: str, rights: tuple[str, ...]) -> None:
    """No link leads to, and no form is sent to, what the reader may not use."""
    table = uses()
    targets = [("get", link) for link in links_of(page)] + [("post", form) for form in _FORM.findall(page)]
    for method, target in targets:
        path = urlsplit(urljoin(where, target.replace("&amp;", "&"))).path
        if not path.startswith("/console/"):
            continue
        try:
            match = resolve(path)
        except Resolver404:
            pytest.fail(f"{where} leads to {path}, where nothing is")
        act = (match.kwargs["act"],) if "act" in match.kwargs else ()
        use = table[match.view_name, act]
        wanted = use.post if method == "post" and use.post else use.get
        if match.view_name not in {"admin:logout", "admin:index"}:
            allowed = fulfilled(wanted, rights, model_of(use)) and set(use.besides) <= set(rights)
            assert allowed, f"{where} has {method} {path}, with {rights}"


# What lists do to several


def test_what_may_not_be_done_to_one_is_not_done_to_several(sample: Sample) -> None:
    full = sample.administrator
    another = person_create(email="more@example.com", is_staff=True)
    another.user_permissions.set(Permission.objects.filter(codename__in=["change_person", "add_version"]))
    client = administrator_with("accounts.change_person")
    chosen = [str(person.pk) for person in (full, another, sample.developer)]
    answer = client.post(
        "/console/accounts/person/", {"action": "block", "_selected_action": chosen}, follow=True
    )
    states = {person.email: person.state for person in Person.objects.filter(pk__in=chosen)}
    assert states == {full.email: "active", another.email: "active", sample.developer.email: "blocked"}
    assert answer.content.decode().count("You may not change it") == 2


def test_nobody_sets_the_password_of_an_administrator_who_may_more() -> None:
    another = person_create(email="more@example.com", is_staff=True)
    another.user_permissions.set(Permission.objects.filter(codename__in=["change_person", "add_version"]))
    client = administrator_with("accounts.change_person")
    where = f"/console/accounts/person/{another.pk}/password/"
    password = {"password1": "eleven short looms", "password2": "eleven short looms"}
    assert client.post(where, password).status_code == 403
    client = administrator_with("accounts.change_person", "publish.add_version")
    assert client.post(where, password).status_code == 302, "who may as much may"


def test_lists_do_nothing_for_whoever_may_only_look(things: dict[str, object]) -> None:
    for model, rows in ROWS.items():
        app, name = model.split(".")
        client, before = administrator_with(f"{app}.view_{name}"), state()
        for action in ("delete_selected", *rows.acts):
            data = {
                "action": action,
                "_selected_action": [str(things[model])],
                "post": "yes",
                "confirmed": "1",
            }
            with transaction.atomic():
                client.post(f"/console/{app}/{name}/", data)
        assert state() == before, model


def test_what_cannot_be_undone_is_asked_before_it_is_done_to_several(sample: Sample) -> None:
    client = administrator_with("clients.change_subscription")
    listing = "/console/clients/subscription/"
    chosen = {"action": "suspend", "_selected_action": [str(sample.subscription.pk)]}
    asked = client.post(listing, chosen)
    sample.subscription.refresh_from_db()
    assert sample.subscription.state == "active"
    page = asked.content.decode()
    assert "Both keys are refused" in page
    assert str(sample.subscription) in page
    assert 'name="comment"' in page

    client.post(listing, chosen | {"confirmed": "1", "comment": "unpaid"})
    sample.subscription.refresh_from_db()
    assert (sample.subscription.state, sample.subscription.state_comment) == ("suspended", "unpaid")
