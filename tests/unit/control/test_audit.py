"""The audit log: whatever is changed has its entry, what is undone has none, and no secret is in one."""

from __future__ import annotations

import json
import re
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

import millgate.control
from millgate.control.accounts.models import Company, Person, Role, RoleGrant
from millgate.control.accounts.services import company_create, person_create, role_put
from millgate.control.audit.acting import Actor, Origin, acting, operator
from millgate.control.audit.collecting import recorded
from millgate.control.audit.described import BY_MODEL
from millgate.control.audit.models import Entry
from millgate.control.audit.rows import Audited
from millgate.control.audit.selectors import ACTIONS, KINDS, Place, Wanted, entries, entry_page
from millgate.control.audit.services import entries_drop
from millgate.control.authorize.services import consent_give
from millgate.control.catalogue.models import Adapter, Api, Operation
from millgate.control.catalogue.services import adapter_put, api_put
from millgate.control.clients.models import ClientApplication, ClientSecret, Consent, SigningKey, Subscription
from millgate.control.clients.services import subscription_keys_reveal, subscription_suspend
from millgate.control.console.admin.audit import side_by_side
from millgate.control.console.site import console
from millgate.control.publish import signing
from millgate.control.publish.exporting.files import files_of
from millgate.control.publish.exporting.reading import read
from millgate.control.publish.exporting.selectors import decisions_of_rows
from millgate.control.publish.exporting.services import decisions_apply
from millgate.control.publish.services import directory_change, publication_make
from millgate.core.clock import Clock
from support.console_pages import act, filled, helper, page, text
from support.decided import a_certificate
from support.sample import JOBS, PASSWORD, PRODUCTION, Sample, sample_make

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager


pytestmark = pytest.mark.usefixtures("rows")

NO_DECISIONS = {
    "mail": "it is told of what was decided, and sent again; its outbox is its own record",
    "audit": "the log itself",
    "authorize": "no tables",
    "console": "no tables",
    "plantdata": "the plant's, which has its own record of changes",
    "portal": "no tables",
    "accounts.SignUp": "no account yet; the account has its entry once the address is confirmed",
    "accounts.AccountLink": "asking for it has its entry, and so has what it does",
    "accounts.PersonSession": "signing in has its entry",
    "accounts.SignInTries": "a failed sign-in has its entry, and so has a lock-out",
    "accounts.SecondFactor": "turning it on and off has its entry",
    "accounts.RecoveryCode": "making them and using one has its entry",
    "actions.Session": "its beginning and its end have entries, and nobody decides its use",
    "actions.Notification": "what the action API found; that it was resolved has an entry",
    "site": "no tables",
    "tokens": "what machines keep of grants",
    "usage": "what machines count, and which notices were read",
    "admin": "Django's own log, which is not written",
    "auth": "rights as Django makes them",
    "contenttypes": "Django's",
    "sessions": "Django's; signing in has its entry",
    "messages": "no tables",
    "staticfiles": "no tables",
}


@pytest.fixture
def sample(rows: None) -> Sample:  # noqa: ARG001 - it must stand on rows that are rolled back
    made = sample_make()
    Entry.objects.all().delete()
    return made


@pytest.fixture
def ada(sample: Sample) -> Client:
    client = Client(headers={"User-Agent": "A browser"}, REMOTE_ADDR="192.0.2.7")
    client.force_login(sample.administrator)
    Entry.objects.all().delete()
    return client


def told(**by: object) -> list[tuple[str, str, str]]:
    found = Entry.objects.filter(**by).order_by("id")
    return list(found.values_list("action", "kind", "name"))


def only(**by: object) -> Entry:
    return Entry.objects.get(**by)


# Everything is described


def test_every_model_of_decisions_is_described_and_every_other_one_has_a_reason() -> None:
    models = [
        model
        for model in apps.get_models()
        if not {model._meta.app_label, model._meta.label} & NO_DECISIONS.keys()
    ]
    assert {model._meta.label for model in models} == set(BY_MODEL)
    for model in models:
        assert issubclass(model, Audited), model
        assert type(model.objects.all()).__name__ == "AuditedQuerySet", model


@pytest.mark.parametrize("label", sorted(BY_MODEL))
def test_every_field_is_told_or_has_a_reason(label: str) -> None:
    rows = BY_MODEL[label]
    ways = {way.partition("__")[0] for way in (*rows.members.values(), *rows.secret.values())}
    fields = {field.name for field in (*apps.get_model(label)._meta.concrete_fields,)}
    lists = {field.name for field in apps.get_model(label)._meta.many_to_many if field.name != "roles"}

    assert (fields | lists) - ways - rows.lists.keys() - rows.untold.keys() == set()
    assert not ways & rows.untold.keys()


# What the console does


def _certificate() -> str:
    body = textwrap.fill(a_certificate(), 64)
    return f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n"


def _secret_id() -> str:
    return str(ClientSecret.objects.values_list("pk", flat=True)[0])


def _revision_offline(ada: Client, _sample: Sample) -> None:
    act(ada, Api.objects.get(), "revision-offline", revision="1")


ACTS: dict[str, tuple[Callable[[Client, Sample], object], str, str]] = {
    "company added": (
        lambda ada, _s: ada.post(
            "/console/accounts/company/add/",
            {"pcn": 7, "code": "NEW", "name": "New Mill", "time_zone": "UTC", "active": "on"},
        ),
        "added",
        "company",
    ),
    "company changed": (
        lambda ada, s: ada.post(page(s.company), filled(ada, page(s.company), name="Renamed")),
        "changed",
        "company",
    ),
    "person blocked": (lambda ada, s: act(ada, s.developer, "block"), "blocked", "person"),
    "person closed": (lambda ada, s: act(ada, s.developer, "close"), "closed", "person"),
    "password set": (
        lambda ada, s: ada.post(
            reverse("admin:auth_user_password_change", args=(s.developer.pk,)),
            {"password1": "ten tall mills", "password2": "ten tall mills"},
        ),
        "password set",
        "person",
    ),
    "secret added": (lambda ada, s: act(ada, s.application, "secret-add"), "secret added", "application"),
    "secret expired": (
        lambda ada, s: act(ada, s.application, "secret-expire", secret=_secret_id()),
        "secret expired",
        "application",
    ),
    "secret end set": (
        lambda ada, s: act(
            ada, s.application, "secret-end", secret=_secret_id(), end="date", expires_at="2090-01-01 00:00"
        ),
        "secret end set",
        "application",
    ),
    "certificate added": (
        lambda ada, s: act(ada, s.application, "certificate-add", certificate=_certificate()),
        "certificate added",
        "application",
    ),
    "revision taken offline": (_revision_offline, "changed", "api"),
    "application disabled": (
        lambda ada, s: ada.post(
            page(s.application),
            {k: v for k, v in filled(ada, page(s.application)).items() if k != "enabled"},
        ),
        "changed",
        "application",
    ),
    "suspended": (
        lambda ada, s: act(ada, s.subscription, "suspend", comment="Too loud"),
        "suspended",
        "subscription",
    ),
    "cancelled": (lambda ada, s: act(ada, s.subscription, "cancel"), "cancelled", "subscription"),
    "keys shown": (lambda ada, s: act(ada, s.subscription, "reveal"), "keys shown", "subscription"),
    "keys regenerated": (
        lambda ada, s: act(ada, s.subscription, "regenerate-primary"),
        "keys regenerated",
        "subscription",
    ),
    "revision added": (
        lambda ada, _s: act(ada, Api.objects.get(), "revision-add", note="Two"),
        "changed",
        "api",
    ),
    "published": (
        lambda ada, _s: (
            Api.objects.update(description="Another"),
            ada.post(
                "/console/publishing/",
                {"note": "Why", "seen": ada.get("/console/publishing/").context["seen"]},
            ),
        ),
        "published",
        "version",
    ),
    "application removed": (
        lambda ada, s: ada.post(page(s.application, "delete"), {"post": "yes"}),
        "removed",
        "application",
    ),
}


@pytest.mark.parametrize("name", ACTS)
def test_what_the_console_does_has_its_entry(name: str, ada: Client, sample: Sample) -> None:
    do, action, kind = ACTS[name]

    do(ada, sample)

    entry = Entry.objects.exclude(kind="api" if name == "published" else "").get()
    assert (entry.action, entry.kind) == (action, kind)
    assert (entry.who, entry.email) == (sample.administrator.user_id, "ada@example.com")
    assert (entry.through, entry.address, entry.user_agent) == ("console", "192.0.2.7", "A browser")
    assert entry.page.startswith("/console/")
    assert len(entry.request_id) == 36


ELSEWHERE = {
    "counter-reset": "test_console_counters",
    "counters-reset": "test_console_counters",
    "resend": "a mail is no decision; its outbox has its tries",
    "read": "a notice is no decision, and lives in another database",
    "revision-current": "test_console_revisions",
    **dict.fromkeys(("publish", "withdraw", "show", "hide"), "test_content"),
    **dict.fromkeys(
        ("deploy", "retire", "token-rotate", "token-revoke", "end", "default", "resolve"),
        "test_action_console",
    ),
    "take": "test_service_requests",
    "decline": "test_service_requests",
    "unlock": "test_signing_in",
    "reset-second-factor": "test_signing_in",
}
"""Acts whose entries other tests look at, or that have none."""


def test_every_act_of_the_console_is_looked_at() -> None:
    names = {name for admin in console._registry.values() for name in _acts(admin)}
    source = Path(__file__).read_text()
    assert {name for name in names - ELSEWHERE.keys() if f'"{name}"' not in source} == set()


def _acts(admin: Any) -> list[str]:
    return [item.name for item in getattr(admin, "acts", ())]


def test_acts_that_undo_others_have_their_words(ada: Client, sample: Sample) -> None:
    act(ada, sample.developer, "block")
    act(ada, sample.developer, "activate")
    act(ada, sample.application, "certificate-add", certificate=_certificate())
    certificate = sample.application.certificates.get()
    act(ada, sample.application, "certificate-remove", certificate=str(certificate.pk))
    act(ada, Api.objects.get(), "revision-add")
    for name in ("revision-offline", "revision-online", "revision-delete"):
        act(ada, Api.objects.get(), name, revision="2")

    assert [action for action, _kind, _name in told()] == [
        "blocked", "activated", "certificate added", "certificate removed", *["changed"] * 4,
    ]  # fmt: skip
    act(ada, sample.subscription, "regenerate-primary")
    (key,) = only(action="keys regenerated").after.items()
    assert key == ("primary key", "[changed]")


def test_applying_files_has_an_entry_for_each_thing_and_a_dry_run_none(sample: Sample) -> None:
    files = files_of(decisions_of_rows(secrets=False), None, "")
    files["companies.yaml"] = files["companies.yaml"].replace("Grand Mills", "Lesser Mills")
    files["people.yaml"] = files["people.yaml"].replace("first_name: Dee", "first_name: Dora")
    found = read(files, lambda _head: pytest.fail("nothing is sealed"))

    decisions_apply(found=found, by="command line", dry_run=True)
    assert told() == []
    decisions_apply(found=found, by="command line")
    assert told() == [("changed", "company", "Lesser Mills"), ("changed", "person", "dev@example.com")]
    assert {entry.who for entry in Entry.objects.all()} == {operator()}
    assert sample.company.pk


def test_a_restore_has_its_entry(ada: Client) -> None:
    Api.objects.update(name="Jobs")
    second = publication_make(by="test")
    shown = ada.get(reverse("console-version", args=(second.number - 1,))).context["seen"]
    ada.post(reverse("console-version-restore", args=(second.number - 1,)), {"seen": shown})
    assert only(action="rolled back").comment == f"The catalogue of version {second.number - 1}."


def test_every_act_of_a_subscription_has_its_word(ada: Client, sample: Sample) -> None:
    rows = {"owner": str(sample.developer.pk), "adapter": str(Adapter.objects.get().pk), "name": "Second"}
    ada.post("/console/clients/subscription/add/", rows)
    second = Subscription.objects.get(name="Second")
    for name in ("approve", "suspend", "reinstate", "regenerate-secondary"):
        act(ada, second, name)
    ada.post("/console/clients/subscription/add/", rows | {"name": "Third"})
    act(ada, Subscription.objects.get(name="Third"), "reject", comment="Ask your lead")

    words = [action for action, _kind, _name in told(kind="subscription")]
    assert words == [
        "added", "approved", "suspended", "reinstated", "keys regenerated", "added", "rejected",
    ]  # fmt: skip
    assert only(action="rejected").comment == "Ask your lead"


def test_before_and_after_hold_what_differs_and_nothing_else(ada: Client, sample: Sample) -> None:
    ada.post(page(sample.company), filled(ada, page(sample.company), name="Renamed"))
    entry = only()
    assert (entry.key, entry.name) == ("79870", "Renamed")
    assert (entry.before, entry.after) == ({"name": "Grand Mills"}, {"name": "Renamed"})


def test_parts_are_told_by_name_and_only_those_that_differ(sample: Sample) -> None:
    first, second = JOBS.operations
    Entry.objects.all().delete()
    with recorded():
        api_put(
            JOBS.__class__(
                **{n: getattr(JOBS, n) for n in JOBS.__struct_fields__}
                | {"operations": (first.__class__(**_members(first) | {"summary": "All jobs."}), second)}
            )
        )
    entry = only(kind="api")
    assert entry.before == {"operation list-jobs, summary": "The jobs of the plant."}
    assert entry.after == {"operation list-jobs, summary": "All jobs."}
    assert sample.company.pk


def _members(thing: Any) -> dict[str, Any]:
    return {name: getattr(thing, name) for name in thing.__struct_fields__}


def test_putting_the_same_again_is_no_change(sample: Sample) -> None:
    role_put(key="mine", name="Mine", description="", grants=[("Parts", True, False)])
    Entry.objects.all().delete()
    api_put(JOBS)
    adapter_put(PRODUCTION)
    role_put(key="mine", name="Mine", description="", grants=[("Parts", True, False)])
    assert told() == []
    assert sample.company.pk


# Whole or not at all


def _fail(block: AbstractContextManager[None], sample: Sample) -> None:
    with block:
        company_create(pcn=6, code="SIX", name="Six")
        Person.objects.filter(pk=sample.developer.pk).update(first_name="Undone")
        raise ValidationError("no")


def test_what_is_undone_has_no_entry(sample: Sample) -> None:
    with pytest.raises(ValidationError):
        _fail(directory_change(by="test"), sample)
    with directory_change(by="test"):
        with pytest.raises(ValidationError):
            _fail(transaction.atomic(), sample)
        company_create(pcn=7, code="SEVEN", name="Seven")
    assert told() == [("added", "company", "Seven")]


def test_what_is_changed_and_changed_back_has_no_entry(sample: Sample) -> None:
    with recorded():
        for name in ("Other", "Grand Mills"):
            Company.objects.filter(pk=sample.company.pk).update(name=name)
    assert told() == []


def test_two_changes_of_one_transaction_have_two_entries(sample: Sample) -> None:
    with directory_change(by="test"):
        subscription_suspend(subscription=sample.subscription)
        Company.objects.filter(pcn=79870).update(name="Renamed")
    assert [(action, kind) for action, kind, _name in told()] == [
        ("suspended", "subscription"),
        ("changed", "company"),
    ]


def test_a_change_outside_of_any_block_has_its_entry_too(sample: Sample) -> None:
    company = Company.objects.get()
    company.name = "Saved"
    company.save()
    Company.objects.update(name="Updated")
    company.name = "Bulk"
    Company.objects.bulk_update([company], ["name"])
    RoleGrant.objects.bulk_create([RoleGrant(role=Role.objects.first(), controller="Parts2")])
    sample.developer.companies.add(company)
    company.visitors.clear()
    sample.developer.companies.set([company])
    Adapter.objects.get().apis.clear()
    Consent.objects.create(
        person=sample.developer,
        application=sample.application,
        resource="r",
        given_at=settings.CLOCK.utc(),
    )
    Consent.objects.all().delete()
    words = [(entry.action, entry.kind, entry.after) for entry in Entry.objects.order_by("id")]
    assert [after for action, kind, after in words if kind == "company"] == [
        {"name": "Saved"}, {"name": "Updated"}, {"name": "Bulk"},
    ]  # fmt: skip
    assert [after for _a, kind, after in words if kind == "person"] == [
        {"companies": [79870]}, {}, {"companies": [79870]},
    ]  # fmt: skip
    assert [(a, k) for a, k, _after in words if k not in {"company", "person"}] == [
        ("changed", "role"), ("changed", "adapter"), ("consent given", "consent"), ("consent revoked", "consent"),
    ]  # fmt: skip


def test_rows_that_go_with_others_and_out_of_lists_are_told(sample: Sample) -> None:
    guest = company_create(pcn=5, code="FIVE", name="Five")
    sample.developer.companies.add(guest)
    Entry.objects.all().delete()
    with directory_change(by="test"):
        guest.delete()
        sample.subscription.delete()
        sample.application.delete()
    assert [(action, kind) for action, kind, _n in told()] == [
        ("removed", "company"), ("removed", "subscription"), ("removed", "application"), ("changed", "person"),
    ]  # fmt: skip
    assert any(name.startswith("secret …") for name in only(kind="application").before)
    assert only(kind="person").before == {"companies": [5]}


def test_rows_that_could_stand_already_are_not_made_in_bulk() -> None:
    with pytest.raises(TypeError):
        Company.objects.bulk_create([Company(pcn=1, code="A", name="A")], ignore_conflicts=True)


def test_an_entry_is_never_changed(sample: Sample) -> None:
    company_create(pcn=5, code="FIVE", name="Five")
    entry = only()
    entry.who = sample.developer.user_id
    with pytest.raises(TypeError):
        entry.save()


def test_a_change_reads_the_rows_that_it_touches_and_no_others(sample: Sample) -> None:
    company_create(pcn=5, code="FIVE", name="Five")
    with CaptureQueriesContext(connection) as few, recorded():
        Company.objects.filter(pcn=5).update(name="One")
    for number in range(100, 160):
        Company.objects.create(pcn=number, code=str(number), name=str(number))
    with CaptureQueriesContext(connection) as many, recorded():
        Company.objects.filter(pcn=5).update(name="Two")
    assert len(many) == len(few)
    assert sample.company.pk


# Who, and through what


def test_commands_schedules_and_the_installation_say_who_they_are(
    sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    with acting(Origin(through="command millgate apply", actor=lambda: Actor(operator()))):
        with directory_change(by="command line"):
            Company.objects.update(name="By hand")
        with directory_change(by="installation"):
            Company.objects.update(name="By itself")
    entry = only(after={"name": "By hand"})
    assert entry.who.startswith("command line: ")
    assert "@" in entry.who
    assert entry.through == "command millgate apply"
    assert only(after={"name": "By itself"}).who == "installation"

    monkeypatch.setattr(settings, "CLOCK", _Later(40 * 86_400))
    signing.signing_keys_turn(days=30)
    rotated = only(action="rotated")
    assert (rotated.who, rotated.kind, rotated.through) == ("schedule", "signing key", "schedule")
    assert sample.company.pk


class _Later(Clock):
    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._later = seconds

    def now(self) -> float:
        return super().now() + self._later


def test_signing_in_and_out_and_failing_to_have_entries_that_name_only_who_is_known(sample: Sample) -> None:
    client = Client(REMOTE_ADDR="192.0.2.9")
    client.post("/portal/sign-in/", {"username": "my password 123", "password": "x"})
    client.post("/portal/sign-in/", {"username": "DEV@example.com", "password": "wrong one"})
    client.post("/portal/sign-in/", {"username": "dev@example.com", "password": PASSWORD})
    client.post("/portal/sign-out/")

    found = [(e.action, e.who, e.key, e.address) for e in Entry.objects.order_by("id")]
    user = sample.developer.user_id
    assert found == [
        ("sign-in failed", "unknown", "unknown", "192.0.2.9"),
        ("sign-in failed", "unknown", user, "192.0.2.9"),
        ("signed in", user, user, "192.0.2.9"),
        ("signed out", user, user, "192.0.2.9"),
    ]
    assert "my password 123" not in everything()


def test_guessing_does_not_fill_the_log(sample: Sample) -> None:
    client = Client(REMOTE_ADDR="192.0.2.9")
    for number in range(35):
        client.post("/portal/sign-in/", {"username": f"guess{number}@example.com", "password": "x"})
    assert Entry.objects.count() == 30
    assert sample.company.pk


def test_what_people_allow_has_its_entry(sample: Sample) -> None:
    consent_give(person=sample.developer, application=sample.application, resource="http://r/")
    entry = only()
    assert (entry.action, entry.name) == ("consent given", "Job board")


def test_an_address_is_the_servers_word_and_not_a_headers(ada: Client, sample: Sample) -> None:
    forged = {"X-Forwarded-For": "203.0.113.1", "Forwarded": "for=203.0.113.1", "X-Real-IP": "203.0.113.1"}
    ada.post(page(sample.company), filled(ada, page(sample.company), name="Renamed"), headers=forged)
    assert only().address == "192.0.2.7"


# Secrets


def everything() -> str:
    return json.dumps(list(Entry.objects.values()), default=str, ensure_ascii=False)


HUSHED = ("hush-7f3a", "geheim & <b>42</b>", "='9$x\\u0041")


def test_no_secret_is_in_any_entry(ada: Client, sample: Sample) -> None:
    secrets = [sample.secret, PASSWORD, *HUSHED]
    for do, _action, _kind in list(ACTS.values())[:-1]:
        do(ada, sample)
        if Subscription.objects.filter(state="active").exists():
            keys = subscription_keys_reveal(subscription=Subscription.objects.get())
            secrets += [keys.primary.reveal(), keys.secondary.reveal()]
        Subscription.objects.filter(state__in=("cancelled", "suspended")).update(state="active")
    for number, mark in enumerate(HUSHED):
        secrets += [f"{mark} long password"]
        with directory_change(by="test"):
            person_create(email=f"new{number}@example.com", password=f"{mark} long password")
        address = "/console/catalogue/upstream/add/"
        header = {"headers-TOTAL_FORMS": "1", "headers-0-name": "X-Key", "headers-0-value": mark}
        given = {"key": f"tools{number}", "name": f"Tools {number}", "test_urls": "https://tools.example"}
        assert ada.post(address, filled(ada, address, **given, **header)).status_code == 302
    for row in ClientSecret.objects.all():
        secrets += [row.digest]
    for sub in Subscription.objects.all():
        secrets += [sub.primary_digest, bytes(sub.primary_sealed).hex(), sub.secondary_digest]
    secrets += list(Person.objects.values_list("password", flat=True))
    secrets += [bytes(key.sealed).hex() for key in SigningKey.objects.all()]

    sealed = Entry.objects.filter(kind="upstream", after__has_key="header X-Key, value")
    assert sealed.count() == len(HUSHED)
    said = everything()
    for secret in secrets:
        assert secret not in said, secret
        assert json.dumps(secret, ensure_ascii=False)[1:-1] not in said
    assert "[changed]" in said


# Reading


def test_the_page_lists_filters_and_searches(ada: Client, sample: Sample) -> None:
    ada.post(page(sample.company), filled(ada, page(sample.company), name="Ten Mills"))
    act(ada, sample.subscription, "suspend", comment="Too loud")
    listing = reverse("admin:audit_entry_changelist")

    def shown(**query: str) -> int:
        return len(ada.get(listing, query).context["page"].entries)

    assert shown() == 2
    assert shown(q="ten mills") == shown(q="grand") == shown(action="suspended") == shown(kind="company") == 1
    assert shown(who="ada@example.com") == shown(who=sample.administrator.user_id) == 2
    assert shown(who="dev@example.com") == shown(since="2999-01-01") == shown(until="1999-01-01") == 0
    assert shown(address="192.0.2.7") == 2
    assert shown(address="192.0.2") == 0
    assert shown(since="nonsense", behind="x", action="nonsense") == 2
    assert shown(behind="999999999999999999-1") == shown(behind="9" * 30) == 2
    assert "Too loud" in text(ada.get(listing))
    entry = ada.get(reverse("admin:audit_entry_change", args=(only(kind="company").pk,)))
    assert "<del>Grand Mills</del>" in entry.content.decode()
    assert "<ins>Ten Mills</ins>" in entry.content.decode()
    assert ada.get(reverse("admin:audit_entry_change", args=("9" * 30,))).status_code == 404


def test_a_things_page_leads_to_its_entries(ada: Client, sample: Sample) -> None:
    act(ada, sample.subscription, "suspend")
    assert page(sample.subscription, "history") in ada.get(page(sample.subscription)).content.decode()
    answer = ada.get(page(sample.subscription, "history"), follow=True)
    assert [entry.action for entry in answer.context["page"].entries] == ["suspended"]


def test_nobody_without_the_right_sees_page_link_or_data(ada: Client, sample: Sample) -> None:
    ada.post(page(sample.company), filled(ada, page(sample.company), name="Ten Mills"))
    entry = only()
    addresses = [
        reverse("admin:audit_entry_changelist"),
        reverse("admin:audit_entry_change", args=(entry.pk,)),
        reverse("admin:audit_entry_export", args=("csv",)),
        page(sample.company, "history"),
    ]
    without = helper("view_company", "change_company")
    assert [without.get(address).status_code for address in addresses] == [403] * 4
    home = without.get("/console/").content.decode()
    assert "audit" not in home
    assert "historylink" not in without.get(page(sample.company)).content.decode()
    Person.objects.filter(email="help@example.com").delete()
    allowed = helper("view_company", "view_entry")
    assert [allowed.get(address, follow=True).status_code for address in addresses] == [200] * 4
    assert ada.get(reverse("admin:audit_entry_add")).status_code == 404
    assert ada.post(reverse("admin:audit_entry_delete", args=(entry.pk,)), {"post": "yes"}).status_code == 403
    assert ada.post(addresses[1], {"who": "nobody"}).status_code == 405
    assert (
        ada.post(addresses[0], {"action": "delete_selected", "_selected_action": entry.pk}).status_code == 405
    )
    assert only(pk=entry.pk).name == "Ten Mills"


HOSTILE = ["=cmd|' /C calc'!A0", "<script>alert(1)</script>", "\u202eabc\x00\x1b[31m", "@x\r\ny", "é" * 400]


def test_hostile_names_stay_texts(ada: Client, sample: Sample) -> None:
    for number, name in enumerate(HOSTILE):
        with recorded():
            Company.objects.create(pcn=number + 1, code=str(number), name=name.replace("\0", ""))
    listing = ada.get(reverse("admin:audit_entry_changelist"))
    assert "<script>alert" not in listing.content.decode()
    for entry in Entry.objects.all():
        shown = ada.get(reverse("admin:audit_entry_change", args=(entry.pk,)))
        assert "<script>alert" not in shown.content.decode()
    csv = b"".join(ada.get(reverse("admin:audit_entry_export", args=("csv",)))).decode()
    assert ",'=cmd|" in csv
    assert ",=cmd|" not in csv
    assert sample.company.pk


def test_the_listed_entries_can_be_taken_along(ada: Client, sample: Sample) -> None:
    ada.post(page(sample.company), filled(ada, page(sample.company), name="Ten Mills"))
    act(ada, sample.subscription, "suspend")
    address = reverse("admin:audit_entry_export", args=("ndjson",))
    lines = b"".join(ada.get(address, {"kind": "company"})).decode().splitlines()
    (line,) = (json.loads(item) for item in lines)
    assert line["after"] == {"name": "Ten Mills"}
    assert line["time"].endswith("Z")
    assert ada.get(reverse("admin:audit_entry_export", args=("exe",))).status_code == 404


def test_values_stand_side_by_side_line_by_line() -> None:
    (member,) = side_by_side({"d": "a\nb\nc"}, {"d": "a\nx\nc"})
    assert [line.differs for line in member.before] == [False, True, False]
    assert [(line.text, line.differs) for line in member.after] == [("a", False), ("x", True), ("c", False)]


MANY = 200_000


def _fill(count: int) -> None:
    columns = [str(field.column) for field in Entry._meta.concrete_fields if field.column != "id"]
    values = {
        "at": "strftime('%Y-%m-%d %H:%M:%f', 1700000000 + n, 'unixepoch')",
        "who": "'user' || (n % 50)",
        "email": "'user' || (n % 50) || '@example.com'",
        "kind": "CASE n % 3 WHEN 0 THEN 'company' WHEN 1 THEN 'application' ELSE 'person' END",
        "key": "n % 1000",
        "action": "CASE n % 7 WHEN 0 THEN 'added' ELSE 'changed' END",
        "before": "'{}'",
        "after": "'{}'",
        "text": "'name ' || n",
    }
    picked = ", ".join(values.get(column, "''") for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {count})"  # noqa: S608 - of this test
            f" INSERT INTO audit_entry ({', '.join(columns)}) SELECT {picked} FROM c"
        )


def test_two_hundred_thousand_entries_are_paged_by_as_many_queries_as_a_few(ada: Client) -> None:
    listing = reverse("admin:audit_entry_changelist")
    ada.get(listing)  # the navigation compares drafts with what is published, once
    with CaptureQueriesContext(connection) as few:
        ada.get(listing)
    _fill(MANY)
    with CaptureQueriesContext(connection) as many:
        first = ada.get(listing).context["page"]
    assert len(many) == len(few)
    assert len(first.entries) == 50
    middle = entry_page(Wanted(), Place(entries(Wanted())[MANY // 2].at, 0))
    second = entry_page(Wanted(), first.older)
    assert second.entries[0].pk == first.entries[-1].pk - 1
    assert len(middle.entries) == 50

    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE audit_entry SET text = 'the zebra' WHERE id = (SELECT min(id) FROM audit_entry)"
        )
    with CaptureQueriesContext(connection) as searched:
        found = entry_page(Wanted(q="ZEBRA"))
    assert (found.entries, found.unfinished, len(searched)) == ([], True, 2)
    assert "Look further back" in text(ada.get(listing, {"q": "zebra"}))
    rest = entry_page(Wanted(q="zebra"), found.older)
    assert [entry.text for entry in rest.entries] == ["the zebra"]
    for wanted in (
        Wanted(),
        Wanted(who="user7"),
        Wanted(who="user7@example.com"),
        Wanted(kind="company"),
        Wanted(kind="company", key="7"),
        Wanted(action="added"),
    ):
        plan = entries(wanted)[:50].explain()
        assert "INDEX audit_entry_" in plan, plan
        assert "TEMP B-TREE" not in plan, plan


def test_old_entries_go_by_the_setting_and_that_is_told() -> None:
    _fill(12_000)
    assert entries_drop(days=0) == 0
    assert entries_drop(days=365) == 12_000
    assert {(entry.action, entry.who) for entry in Entry.objects.all()} == {
        ("old entries dropped", "schedule")
    }
    assert entries_drop(days=365) == 0


def test_every_word_that_is_noted_beside_rows_can_be_chosen_on_the_page() -> None:
    noting = re.compile(r'\b_?(?:note|told|tell)\(\s*(?:\w+, )?"([a-z -]+)"')
    sources = [path.read_text() for path in Path(millgate.control.__path__[0]).rglob("*.py")]
    noted = {word for source in sources for word in noting.findall(source)}
    assert {"locked out", "second factor turned on", "sessions ended", "signed out"} <= noted
    assert noted <= set(ACTIONS)


def test_every_word_can_be_chosen_on_the_page(ada: Client, sample: Sample) -> None:
    for do, _action, _kind in ACTS.values():
        do(ada, sample)
    assert set(Entry.objects.values_list("action", flat=True)) <= set(ACTIONS)
    assert set(Entry.objects.values_list("kind", flat=True)) <= set(KINDS)
    assert Operation.objects.exists()
    assert isinstance(ClientApplication.objects.count(), int)
