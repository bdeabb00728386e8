"""The console: what an administrator clicks takes effect, and what is refused says why."""

from __future__ import annotations

import html
import logging
import re
from typing import TYPE_CHECKING

import pytest
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.urls import reverse

from millgate.control.accounts.models import Company, Person, PersonState, Role
from millgate.control.accounts.services import company_create, person_create
from millgate.control.catalogue.models import Adapter, Api, Operation
from millgate.control.catalogue.selectors import catalogue_document
from millgate.control.clients.models import ClientApplication, ClientSecret, SigningKey, Subscription
from millgate.control.clients.services import subscription_create, subscription_keys_reveal
from millgate.control.console import decisions
from millgate.control.publish.models import Version
from millgate.control.publish.selectors import snapshot_current, version_newest
from millgate.control.usage.models import CallCount, Counter, Refusal
from millgate.snapshot.build import SnapshotFaulty
from millgate.snapshot.document import Document, decode
from millgate.stores.sealing import SealBroken
from support.console_pages import act, filled, page, publish, text
from support.sample import PASSWORD, Sample, sample_make

if TYPE_CHECKING:
    from django.db.models import Model

pytestmark = pytest.mark.usefixtures("rows")


@pytest.fixture
def sample(rows: None) -> Sample:  # noqa: ARG001 - it must stand on rows that are rolled back
    return sample_make()


@pytest.fixture
def ada(sample: Sample) -> Client:
    client = Client()
    client.force_login(sample.administrator)
    return client


def newest() -> Document:
    version = version_newest()
    assert version is not None
    return decode(version.document.encode())


# Entering


def test_only_active_administrators_enter(sample: Sample) -> None:
    client = Client()
    assert client.get("/console/").headers["Location"].startswith("/console/login/")
    client.force_login(sample.developer)
    assert client.get("/console/").status_code == 302
    client.force_login(sample.administrator)
    assert client.get("/console/").status_code == 200
    Person.objects.filter(pk=sample.administrator.pk).update(state=PersonState.BLOCKED)
    assert client.get("/console/").status_code == 302


def test_administrators_sign_in_with_their_email(sample: Sample) -> None:
    client = Client()
    answer = client.post(
        "/console/login/?next=/console/", {"username": "Ada@Example.com", "password": PASSWORD}
    )
    assert answer.headers["Location"] == "/console/"
    assert sample.administrator.is_staff


def test_every_page_opens(ada: Client, sample: Sample) -> None:
    rows: list[Model] = [
        sample.company,
        sample.developer,
        sample.account,
        sample.application,
        sample.subscription,
        Role.objects.get(key="operator"),
        Api.objects.get(),
        Adapter.objects.get(),
        SigningKey.objects.filter(signs=True).get(),
        Counter.objects.create(key="c:1", window=1, value=1),
        CallCount.objects.create(
            interval_start=0,
            tier="test",
            api="a",
            operation="o",
            subscription="s",
            application="c",
            status=200,
            calls=2,
            micros_total=3000,
            micros_max=2000,
            bytes_out=1,
        ),
        Refusal.objects.create(
            at=1.5,
            request_id="r",
            tier="test",
            api="a",
            operation="o",
            subscription="s",
            application="c",
            status=401,
            code="MG201",
            reason="no key",
        ),
    ]
    for row in rows:
        name = f"admin:{row._meta.app_label}_{row._meta.model_name}"
        for address in (reverse(f"{name}_changelist"), page(row)):
            assert ada.get(address).status_code == 200, address
        told = 404 if row._meta.app_label == "usage" else 200
        assert ada.get(page(row, "history"), follow=True).status_code == told
    for name in ("company", "role", "person"):
        assert ada.get(reverse(f"admin:accounts_{name}_add")).status_code == 200
    for name in ("clientapplication", "subscription"):
        assert ada.get(reverse(f"admin:clients_{name}_add")).status_code == 200
    for name in ("api", "adapter"):
        assert ada.get(reverse(f"admin:catalogue_{name}_add")).status_code == 200


def test_what_machines_write_is_only_looked_at(ada: Client) -> None:
    assert ada.get(reverse("admin:usage_counter_add")).status_code == 403
    assert ada.get(reverse("admin:clients_signingkey_add")).status_code == 403
    counter = Counter.objects.create(key="c:1", window=1, value=1)
    assert ada.post(page(counter, "delete"), {"post": "yes"}).status_code == 403


def test_the_first_page_says_what_waits(ada: Client, sample: Sample) -> None:
    subscription_create(owner=sample.developer, adapter=sample.subscription.adapter)
    Api.objects.update(name="Jobs")
    shown = text(ada.get("/console/"))
    assert "1 subscription waits for approval" in shown
    assert "1 change waits to be published" in shown


def test_pages_carry_a_policy_that_allows_nothing_inline(ada: Client, sample: Sample) -> None:
    for address in (
        "/console/",
        page(sample.application),
        "/console/publishing/",
        "/console/clients/subscription/",
    ):
        answer = ada.get(address)
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        assert not re.search(r"<script(?![^>]*\bsrc=)", answer.content.decode()), address
        assert " style=" not in answer.content.decode(), address
        assert " onclick=" not in answer.content.decode(), address


# Directory


def test_disabling_an_application_makes_a_version_that_says_so(ada: Client, sample: Sample) -> None:
    data = filled(ada, page(sample.application))
    del data["enabled"]
    assert ada.post(page(sample.application), data).status_code == 302
    version = version_newest()
    assert version is not None
    assert (version.kind, version.made_by) == ("directory", "ada@example.com")
    assert newest().directory.applications[0].enabled is False


def test_a_form_that_is_wrong_makes_no_version(ada: Client, sample: Sample) -> None:
    before = version_newest()
    data = filled(ada, page(sample.application), display_name="", homepage_uri="javascript:alert(1)")
    answer = ada.post(page(sample.application), data)
    assert answer.status_code == 200
    assert "This field is required" in text(answer)
    assert "Enter a valid URL" in text(answer)
    assert version_newest() == before


def test_an_application_is_added_and_its_client_id_shown(ada: Client, sample: Sample) -> None:
    address = reverse("admin:clients_clientapplication_add")
    data = {
        "display_name": "Andon",
        "company": str(sample.company.pk),
        "client_type": "confidential",
        "account": str(sample.account.pk),
        "enabled": "on",
        "_save": "Save",
    }
    answer = ada.post(address, data, follow=True)
    made = ClientApplication.objects.get(display_name="Andon")
    assert f"The client ID is {made.client_id}" in text(answer)
    assert {item.name for item in newest().directory.applications} == {"Andon", "Job board"}


def test_an_account_of_another_company_is_refused_beside_its_field(ada: Client, sample: Sample) -> None:
    other = company_create(pcn=2, code="TWO", name="Two")
    answer = ada.post(page(sample.application), filled(ada, page(sample.application), company=str(other.pk)))
    assert "This account does not act in the chosen company" in text(answer)


def test_a_secret_is_shown_once_and_rests_nowhere(
    ada: Client, sample: Sample, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        answer = act(ada, sample.application, "secret-add", description="line 2")
    shown = re.findall(r"<dd><code[^>]*>([^<]+)</code>", answer.content.decode())
    client_id, plain = (html.unescape(item) for item in shown)
    assert client_id == str(sample.application.client_id)
    assert "no-store" in answer.headers["Cache-Control"]
    row = ClientSecret.objects.get(description="line 2")
    assert plain.endswith(row.hint)
    assert newest().directory.applications[0].secrets[1].digest == row.digest
    for address in (page(sample.application), page(sample.application, "history"), "/console/", "/portal/"):
        assert plain not in html.unescape(ada.get(address).content.decode())
    assert plain not in caplog.text
    assert plain not in _everything_stored()


def _everything_stored() -> str:
    rows: list[str] = [str(session.get_decoded()) for session in Session.objects.all()]
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - names from the database itself
            rows.extend(str(row) for row in cursor.fetchall())
    return "\n".join(rows)


def test_a_secret_with_a_time_that_has_passed_is_refused(ada: Client, sample: Sample) -> None:
    answer = act(ada, sample.application, "secret-add", expires_at="2001-01-01T00:00")
    assert "This time has passed already" in text(answer)
    assert sample.application.secrets.count() == 1


def test_expiring_a_secret_takes_it_from_machines_at_once(ada: Client, sample: Sample) -> None:
    secret = sample.application.secrets.get()
    answer = act(ada, sample.application, "secret-expire", secret=str(secret.pk))
    assert "the secret has expired" in text(answer)
    assert newest().directory.applications[0].secrets == ()


def test_acts_are_posts_on_rows_that_are_there(ada: Client, sample: Sample) -> None:
    address = reverse("admin:clients_subscription_act", args=(sample.subscription.pk, "suspend"))
    assert ada.get(address).status_code == 405
    assert ada.post(address.replace("suspend", "explode")).status_code == 404
    assert ada.post(reverse("admin:clients_signingkey_rotate")).status_code == 302
    assert ada.get(reverse("admin:clients_signingkey_rotate")).status_code == 405


@pytest.mark.parametrize(
    ("name", "state", "active"),
    [("suspend", "suspended", False), ("cancel", "cancelled", False)],
)
def test_a_subscription_is_stopped_at_once(
    ada: Client, sample: Sample, name: str, state: str, active: bool
) -> None:
    act(ada, sample.subscription, name, comment="audit")
    sample.subscription.refresh_from_db()
    assert (sample.subscription.state, sample.subscription.state_comment) == (state, "audit")
    assert newest().directory.subscriptions[0].active is active


def test_requests_are_approved_one_by_one_or_several_at_once(ada: Client, sample: Sample) -> None:
    adapter = sample.subscription.adapter
    asked = [subscription_create(owner=sample.developer, adapter=adapter) for _ in range(3)]
    act(ada, asked[0], "reject", comment="no need")
    chosen = [str(item.pk) for item in asked]
    listing = reverse("admin:clients_subscription_changelist")
    answer = ada.post(listing, {"action": "approve", "_selected_action": chosen}, follow=True)
    assert "Approve: 2" in text(answer)
    assert "is rejected; this cannot be done to it" in text(answer)
    assert sum(item.active for item in newest().directory.subscriptions) == 3


def test_keys_are_shown_by_post_alone_and_replaced_one_at_a_time(ada: Client, sample: Sample) -> None:
    keys = subscription_keys_reveal(subscription=sample.subscription)
    answer = act(ada, sample.subscription, "reveal")
    assert keys.primary.reveal() in text(answer)
    assert "no-store" in answer.headers["Cache-Control"]
    assert keys.primary.reveal() not in text(ada.get(page(sample.subscription)))
    act(ada, sample.subscription, "regenerate-primary")
    sample.subscription.refresh_from_db()
    after = subscription_keys_reveal(subscription=sample.subscription)
    assert (after.primary != keys.primary, after.secondary == keys.secondary) == (True, True)
    assert newest().directory.subscriptions[0].digests[0] == sample.subscription.primary_digest


def test_keys_of_a_suspended_subscription_are_not_shown(ada: Client, sample: Sample) -> None:
    act(ada, sample.subscription, "suspend")
    answer = act(ada, sample.subscription, "reveal")
    assert "is suspended; this cannot be done to it" in text(answer)


def test_a_subscription_is_made_for_somebody(ada: Client, sample: Sample) -> None:
    address = reverse("admin:clients_subscription_add")
    data = {"owner": str(sample.developer.pk), "all_apis": "on", "approved": "on", "name": "Everything"}
    assert ada.post(address, data).status_code == 302
    made = Subscription.objects.get(name="Everything")
    assert made.state == "active"
    assert newest().directory.subscriptions[1].all_apis
    answer = ada.post(address, {"owner": str(sample.developer.pk), "approved": "on"})
    assert "Choose an adapter, or one API, or all APIs" in text(answer)


def test_what_a_subscription_opens_cannot_be_changed_afterwards(ada: Client, sample: Sample) -> None:
    data = {"name": "Renamed", "all_apis": "on", "adapter": "", "state": "active"}
    ada.post(page(sample.subscription), data)
    sample.subscription.refresh_from_db()
    assert (sample.subscription.name, sample.subscription.all_apis) == ("Renamed", False)


# People


def test_somebody_is_added_with_password_and_roles(ada: Client, sample: Sample) -> None:
    address = reverse("admin:accounts_person_add")
    data = filled(
        ada,
        address,
        first_name="Olga",
        last_name="Operator",
        email="Olga@Example.com",
        password="a long password",
        company=str(sample.company.pcn),
    ) | {"security_roles-operator-member": "on"}
    assert ada.post(address, data).status_code == 302
    olga = Person.objects.get(email="olga@example.com")
    assert olga.check_password("a long password")
    account = next(item for item in newest().directory.accounts if item.key == olga.user_id)
    assert (account.active, account.pcns) == (True, (79870,))
    assert "WorkcenterProductionLogs" in account.writes


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ({"email": "new@example.com"}, "needs a password"),
        ({"email": "new@example.com", "password": "12345678"}, "at least 10 characters"),
        ({"email": "DEV@example.com", "password": "a long password"}, "Another account has this e-mail"),
    ],
)
def test_somebody_who_cannot_be_added_is_told_why(ada: Client, data: dict[str, str], why: str) -> None:
    address = reverse("admin:accounts_person_add")
    answer = ada.post(address, filled(ada, address) | data)
    assert answer.status_code == 200
    assert why in text(answer)


def test_a_service_account_is_added_without_a_password(ada: Client, sample: Sample) -> None:
    address = reverse("admin:accounts_person_add") + "?kind=service-account"
    data = filled(ada, address, user_id="svc.two", company=str(sample.company.pcn))
    assert ada.post(address, data).status_code == 302
    made = Person.objects.get(user_id="svc.two")
    assert not made.has_usable_password()
    assert (made.is_service_account, made.company) == (True, sample.company)
    assert "A service account has none" in text(ada.get(page(made)))


def test_blocking_somebody_closes_their_subscriptions_at_once(ada: Client, sample: Sample) -> None:
    act(ada, sample.developer, "block")
    assert not newest().directory.subscriptions[0].active
    act(ada, sample.developer, "activate")
    assert newest().directory.subscriptions[0].active
    act(ada, sample.developer, "close")
    assert not newest().directory.subscriptions[0].active


def test_the_last_administrator_is_not_blocked(ada: Client, sample: Sample) -> None:
    answer = act(ada, sample.administrator, "block")
    assert "The last administrator cannot be shut out" in text(answer)
    sample.administrator.refresh_from_db()
    assert sample.administrator.state == PersonState.ACTIVE


def test_people_are_not_deleted(ada: Client, sample: Sample) -> None:
    assert ada.post(page(sample.developer, "delete"), {"post": "yes"}).status_code == 403


def test_an_administrator_in_part_does_not_make_or_change_full_ones(sample: Sample) -> None:
    from django.contrib.auth.models import Permission  # noqa: PLC0415 - only here

    helper = person_create(email="help@example.com", is_staff=True)
    helper.user_permissions.set(Permission.objects.filter(codename__in=("change_person", "view_person")))
    client = Client()
    client.force_login(helper)
    data = filled(client, page(sample.developer), is_superuser="on", is_staff="on")
    client.post(page(sample.developer), data)
    sample.developer.refresh_from_db()
    assert not sample.developer.is_superuser
    assert not sample.developer.is_staff
    password = reverse("admin:auth_user_password_change", args=(sample.administrator.pk,))
    assert client.post(password, {"password1": PASSWORD, "password2": PASSWORD}).status_code == 403
    assert client.get(password.replace("password", "change")).status_code == 200


def test_a_role_changed_in_the_console_is_in_force_at_once(ada: Client, sample: Sample) -> None:
    role = Role.objects.get(key="production-viewer")
    extra = role.grants.count()
    data = filled(ada, page(role)) | {f"grants-{extra}-controller": "Secrets", f"grants-{extra}-read": "on"}
    assert ada.post(page(role), data).status_code == 302
    account = next(item for item in newest().directory.accounts if item.key == sample.account.user_id)
    assert "Secrets" in account.reads


# Deleting


def test_what_is_referenced_is_not_deleted_and_the_page_says_by_what(ada: Client, sample: Sample) -> None:
    for row, user in ((sample.company, "Job board"), (Api.objects.get(), "Production Management")):
        address = page(row, "delete")
        shown = text(ada.get(address))
        assert user in shown
        ada.post(address, {"post": "yes"})
        assert type(row)._default_manager.filter(pk=row.pk).exists()
    everyone = Role.objects.get(key="everyone")
    assert ada.post(page(everyone, "delete"), {"post": "yes"}).status_code == 403


def test_deleting_an_application_takes_it_from_machines(ada: Client, sample: Sample) -> None:
    ada.post(page(sample.application, "delete"), {"post": "yes"})
    assert newest().directory.applications == ()


@pytest.mark.parametrize(
    ("refused", "why"),
    [
        (ValidationError("this and no other reason"), "this and no other reason"),
        (SnapshotFaulty({"application x": ["it stands twice"]}), "application x: it stands twice"),
        (SealBroken("row"), "another master key"),
    ],
)
def test_a_refusal_becomes_messages_and_leaves_no_word_of_success(
    ada: Client, sample: Sample, monkeypatch: pytest.MonkeyPatch, refused: Exception, why: str
) -> None:
    def refuse(*_arguments: object, **_named: object) -> None:
        raise refused

    monkeypatch.setattr(decisions.ModelAdmin, "response_change", refuse)
    data = filled(ada, page(sample.application), display_name="Other")
    answer = ada.post(page(sample.application), data, follow=True)
    assert [str(item) for item in answer.context["messages"]] == [why] or why in text(answer)
    assert "successfully" not in text(answer)
    sample.application.refresh_from_db()
    assert sample.application.display_name == "Job board"


# Publishing


def test_saving_an_api_waits_until_it_is_published(ada: Client, sample: Sample) -> None:
    api = Api.objects.get()
    answer = ada.post(page(api), filled(ada, page(api), name="Jobs"), follow=True)
    assert "takes effect when you publish it" in text(answer)
    assert newest().catalogue.apis[0].name == "Job Tracking"
    shown = text(ada.get("/console/publishing/"))
    assert re.search(r"Changed\s+API\s+Jobs\s+job-tracking", shown)
    answer = publish(ada, note="New name")
    assert "is in force" in text(answer)
    version = version_newest()
    assert version is not None
    assert (version.note, version.made_by) == ("New name", "ada@example.com")
    assert snapshot_current().document.catalogue.apis[0].name == "Jobs"
    assert sample.company.pk


def test_a_faulty_catalogue_is_refused_with_every_fault_by_place(ada: Client) -> None:
    before = version_newest()
    Operation.objects.filter(key="get-job").update(target="jobs.none")
    Adapter.objects.create(key="empty", name="Empty")
    shown = text(publish(ada, note=""))
    assert "Nothing was published" in shown
    assert "api job-tracking, operation get-job" in shown
    assert "the upstream 'plant' has no operation 'jobs.none'" in shown
    assert "adapter empty" in shown
    assert version_newest() == before


def test_an_old_version_is_restored(ada: Client) -> None:
    old = version_newest()
    assert old is not None
    Api.objects.update(name="Jobs")
    publish(ada)
    assert newest().catalogue.apis[0].name == "Jobs"
    seen = {"seen": ada.get(reverse("console-version", args=(old.number,))).context["seen"]}
    answer = ada.post(reverse("console-version-restore", args=(old.number,)), seen, follow=True)
    assert f"The catalogue of version {old.number} is in force again" in text(answer)
    assert newest().catalogue.apis[0].name == "Job Tracking"
    answer = ada.post(reverse("console-version-restore", args=(9999,)), follow=True)
    assert "There is no version 9999" in text(answer)


def test_only_who_may_publish_publishes(sample: Sample) -> None:
    helper = person_create(email="help@example.com", is_staff=True)
    client = Client()
    client.force_login(helper)
    count = Version.objects.count()
    assert client.post("/console/publishing/", {}).status_code == 403
    assert client.post(reverse("console-version-restore", args=(1,))).status_code == 403
    assert client.post(reverse("admin:clients_signingkey_rotate")).status_code == 403
    assert (
        client.post(
            reverse("admin:clients_subscription_act", args=(sample.subscription.pk, "suspend"))
        ).status_code
        == 403
    )
    assert Version.objects.count() == count


def test_wrong_parameters_of_an_operation_are_told_beside_the_field(ada: Client) -> None:
    api = Api.objects.get()
    data = filled(ada, page(api)) | {"operations-0-parameters": '[{"name": "X", "place": "nowhere"}]'}
    answer = ada.post(page(api), data)
    assert "Not a list of parameters" in text(answer)


def test_an_adapter_says_in_which_headers_answers_tell_of_limits(ada: Client) -> None:
    adapter = Adapter.objects.get()
    data = filled(ada, page(adapter)) | {
        "ratelimit_fields": "on",
        "limits-0-remaining_header": "X-Remaining",
        "limits-0-total_header": "X-Total",
    }
    ada.post(page(adapter), data)

    (drafted,) = catalogue_document().adapters
    assert drafted.ratelimit_fields
    told = [(limit.remaining_header, limit.total_header) for limit in drafted.limits]
    assert told == [("X-Remaining", "X-Total"), ("", "")]


def test_a_key_in_force_is_not_renamed(ada: Client) -> None:
    api = Api.objects.get()
    ada.post(page(api), filled(ada, page(api), key="other", name="Jobs"))
    api.refresh_from_db()
    assert (api.key, api.name) == ("job-tracking", "Jobs")


def test_a_company_is_added_in_the_console(ada: Client) -> None:
    address = reverse("admin:accounts_company_add")
    data = {"pcn": "5", "code": "FIVE", "name": "Five", "time_zone": "Europe/Berlin", "active": "on"}
    assert ada.post(address, data).status_code == 302
    assert newest().directory.companies[0].pcn == 5
    answer = ada.post(address, data)
    assert "already exists" in text(answer)
    assert Company.objects.count() == 2
