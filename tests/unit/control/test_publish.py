"""Decisions take effect: the catalogue when it is published, the directory with the change itself."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from msgspec.structs import replace

from millgate.control.accounts.models import Company, Person, PersonState, Role, RoleAssignment
from millgate.control.accounts.services import company_create, person_block, person_create
from millgate.control.catalogue.models import Adapter, Api, Operation
from millgate.control.catalogue.selectors import catalogue_document
from millgate.control.catalogue.services import adapter_put, api_put
from millgate.control.clients.services import (
    application_secret_add,
    secret_expire_now,
    subscription_suspend,
)
from millgate.control.publish import targets
from millgate.control.publish.installation import administrator_ensure, installation_ensure
from millgate.control.publish.models import Version
from millgate.control.publish.selectors import (
    Change,
    directory_document,
    draft,
    snapshot_current,
    version_newest,
)
from millgate.control.publish.services import (
    DIRECTORY_VERSIONS_KEPT,
    directory_change,
    publication_make,
    version_restore,
)
from millgate.describe.model import Answer
from millgate.plant import registry
from millgate.snapshot.build import SnapshotFaulty
from millgate.snapshot.document import Catalogue, Document, decode, encode, version_of
from support.sample import JOBS, PRODUCTION, sample_make

if TYPE_CHECKING:
    from collections.abc import Callable

    from millgate.snapshot.document import Application, Subscription


def newest() -> Document:
    version = version_newest()
    assert version is not None
    return decode(version.document.encode())


def application() -> Application:
    return newest().directory.applications[0]


def subscription() -> Subscription:
    return newest().directory.subscriptions[0]


@pytest.mark.usefixtures("rows")
def test_a_first_start_publishes_the_built_in_apis_and_a_second_changes_nothing() -> None:
    installation_ensure(apis=(JOBS,))
    installation_ensure(apis=(JOBS,))
    assert Version.objects.count() == 1
    assert newest().catalogue == Catalogue(apis=(JOBS,))
    keys = newest().directory.signing_keys
    assert [key.signs for key in keys] == [True, False]


@pytest.mark.usefixtures("rows")
def test_a_built_in_api_that_is_new_in_a_release_waits_as_a_draft() -> None:
    installation_ensure(apis=())
    installation_ensure(apis=(JOBS,))
    assert newest().catalogue == Catalogue()
    assert catalogue_document().apis == (JOBS,)


@pytest.mark.usefixtures("rows")
def test_an_operation_that_is_new_in_a_release_waits_as_a_draft() -> None:
    first, second = JOBS.operations[:2]
    installation_ensure(apis=(replace(JOBS, operations=(first,)),))
    installation_ensure(apis=(replace(JOBS, operations=(first, second)),))
    assert [item.key for item in newest().catalogue.apis[0].operations] == [first.key]
    assert catalogue_document().apis[0].operations == (first, second)


@pytest.mark.usefixtures("rows")
def test_what_an_operation_of_an_earlier_release_does_not_say_of_its_answers_waits_as_a_draft() -> None:
    told, silent = (
        replace(operation, answers=answers, summary="Ours")
        for operation, answers in zip(JOBS.operations[:2], ((Answer("418"),), ()), strict=True)
    )
    installation_ensure(apis=(replace(JOBS, operations=(told, silent), definitions={}),))
    installation_ensure(apis=(JOBS,))

    row = catalogue_document().apis[0]
    assert newest().catalogue.apis[0].definitions == {}
    assert row.definitions == JOBS.definitions
    assert [item.answers for item in row.operations[:2]] == [(Answer("418"),), JOBS.operations[1].answers]
    assert [item.summary for item in row.operations[:2]] == ["Ours", "Ours"]


@pytest.mark.usefixtures("rows")
def test_an_operation_that_was_taken_away_stays_away() -> None:
    installation_ensure(apis=(JOBS,))
    Operation.objects.filter(key=JOBS.operations[0].key).delete()
    publication_make(by="ada")
    installation_ensure(apis=(JOBS,))
    assert catalogue_document().apis[0].operations == JOBS.operations[1:]


@pytest.mark.usefixtures("rows")
def test_an_administrator_is_made_once() -> None:
    installation_ensure(apis=())
    made = administrator_ensure()
    assert made is not None
    person, password = made
    assert person.check_password(password.reveal())
    assert administrator_ensure() is None


@pytest.mark.usefixtures("rows")
def test_a_version_is_the_canonical_form_of_what_the_rows_say() -> None:
    sample_make()
    version = version_newest()
    assert version is not None
    document = Document(catalogue_document(), directory_document())
    assert version.document.encode() == encode(document)
    assert version.content_hash == version_of(encode(document))
    assert document.catalogue == Catalogue((JOBS,), (PRODUCTION,))


@pytest.mark.usefixtures("rows")
def test_publishing_what_is_published_makes_no_version() -> None:
    sample_make()
    before = version_newest()
    assert publication_make(by="ada") == before
    assert version_newest() == before


@pytest.mark.usefixtures("rows")
def test_a_faulty_catalogue_is_refused_with_every_fault_and_what_was_in_force_stays() -> None:
    sample_make()
    before = version_newest()
    Api.objects.update(suffix="portal")
    Operation.objects.filter(key="get-job").update(target="jobs.none")
    Adapter.objects.create(key="empty", name="Empty")
    with pytest.raises(SnapshotFaulty) as refused:
        publication_make(by="ada")
    assert set(refused.value.faults) == {
        "api job-tracking",
        "api job-tracking, operation get-job",
        "adapter empty",
    }
    assert version_newest() == before


@pytest.mark.usefixtures("rows")
def test_a_draft_lists_what_differs_and_what_is_wrong() -> None:
    sample_make()
    Api.objects.update(name="Jobs")
    Adapter.objects.create(key="empty", name="Empty")
    found = draft()
    assert found.changes == (
        Change("changed", "api", "job-tracking", "Jobs"),
        Change("added", "adapter", "empty", "Empty"),
    )
    assert found.faults == {"adapter empty": ["it opens no API"]}


@pytest.mark.usefixtures("rows")
def test_a_directory_change_acts_at_once_while_drafts_wait() -> None:
    sample = sample_make()
    Api.objects.update(name="Jobs")
    with directory_change(by="ada"):
        sample.application.enabled = False
        sample.application.save()
    version = version_newest()
    assert version is not None
    assert (version.kind, version.made_by) == ("directory", "ada")
    assert application().enabled is False
    assert newest().catalogue.apis[0].name == "Job Tracking"


@pytest.mark.usefixtures("rows")
def test_a_directory_change_that_fails_leaves_nothing() -> None:
    sample = sample_make()
    before = version_newest()

    def change_and_fail() -> None:
        with directory_change(by="ada"):
            sample.application.enabled = False
            sample.application.save()
            raise ValidationError("no")

    with pytest.raises(ValidationError):
        change_and_fail()
    sample.application.refresh_from_db()
    assert sample.application.enabled
    assert version_newest() == before


@pytest.mark.usefixtures("rows")
def test_a_directory_change_before_the_first_publication_stores_the_directory_alone() -> None:
    with directory_change(by="ada"):
        company_create(pcn=1, code="ONE", name="One")
    assert newest().catalogue == Catalogue()
    assert [company.pcn for company in newest().directory.companies] == [1]


@pytest.mark.usefixtures("rows")
def test_a_catalogue_that_a_newer_release_cannot_build_does_not_keep_anybody_from_revoking(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sample = sample_make()
    monkeypatch.setattr(targets, "known", lambda: {"plant": frozenset({"jobs.one"})})
    with directory_change(by="ada"):
        sample.application.enabled = False
        sample.application.save()
    assert application().enabled is False


@pytest.mark.usefixtures("rows")
def test_a_catalogue_that_this_release_cannot_read_does_not_keep_anybody_from_revoking() -> None:
    sample = sample_make()
    version = version_newest()
    assert version is not None
    newer = version.document.replace('{"catalogue":{', '{"catalogue":{"newer":true,', 1)
    Version.objects.filter(pk=version.pk).update(document=newer, content_hash=version_of(newer.encode()))
    with directory_change(by="ada"):
        sample.application.enabled = False
        sample.application.save()
    stored = version_newest()
    assert stored is not None
    assert stored.document == newer.replace('"enabled":true', '"enabled":false')


@pytest.mark.usefixtures("rows")
def test_a_directory_change_that_changes_nothing_makes_no_version() -> None:
    sample_make()
    before = version_newest()
    with directory_change(by="ada"):
        pass
    assert version_newest() == before


@pytest.mark.usefixtures("rows")
def test_a_directory_change_looks_at_no_row_of_the_catalogue() -> None:
    """However many APIs there are, it takes as long."""
    sample_make()
    with CaptureQueriesContext(connection) as queries, directory_change(by="ada"):
        company_create(pcn=1, code="ONE", name="One")
    tables = ("catalogue_operation", "catalogue_limit", "catalogue_revision")
    assert not [query["sql"] for query in queries if any(table in query["sql"] for table in tables)]


@pytest.mark.usefixtures("rows")
def test_a_directory_that_cannot_be_obeyed_is_refused() -> None:
    sample = sample_make()

    def share_a_key() -> None:
        with directory_change(by="ada"):
            sample.subscription.secondary_digest = sample.subscription.primary_digest
            sample.subscription.save()

    with pytest.raises(SnapshotFaulty, match="shares a key"):
        share_a_key()


@pytest.mark.usefixtures("rows")
def test_restoring_takes_the_old_catalogue_and_todays_directory() -> None:
    sample = sample_make()
    old = version_newest()
    assert old is not None
    Api.objects.update(name="Jobs")
    publication_make(by="ada")
    with directory_change(by="ada"):
        sample.application.enabled = False
        sample.application.save()
    restored = version_restore(number=old.number, by="ada")
    assert restored.kind == "restore"
    assert newest().catalogue.apis[0].name == "Job Tracking"
    assert application().enabled is False
    assert Api.objects.get().name == "Jobs"


@pytest.mark.usefixtures("rows")
def test_restoring_a_version_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValidationError, match="no version 99"):
        version_restore(number=99, by="ada")


@pytest.mark.usefixtures("rows")
def test_old_directory_versions_are_dropped_and_publications_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    few = DIRECTORY_VERSIONS_KEPT // 10
    monkeypatch.setattr("millgate.control.publish.services.DIRECTORY_VERSIONS_KEPT", few)
    sample = sample_make()
    for index in range(few + 5):
        with directory_change(by="ada"):
            sample.application.display_name = f"Board {index}"
            sample.application.save()
    kinds = list(Version.objects.values_list("kind", flat=True))
    assert kinds.count("directory") == few
    assert kinds.count("publication") == 2


@pytest.mark.usefixtures("rows")
def test_an_account_reads_and_writes_what_the_roles_it_is_a_member_of_grant() -> None:
    sample = sample_make()
    person = sample.account
    RoleAssignment.objects.create(
        person=person, role=Role.objects.get(key="operator"), member=False, admin=True
    )
    RoleAssignment.objects.create(person=person, role=Role.objects.get(key="production-planner"))
    account = next(item for item in directory_document().accounts if item.key == "svc.jobs")
    assert account.writes == ("DcJobs",)
    assert {"CompanyProfile", "Workcenters", "DcJobs"} <= set(account.reads)
    assert account.pcns == (79870,)


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("state", [PersonState.PENDING, PersonState.BLOCKED, PersonState.CLOSED])
def test_an_account_is_active_only_while_the_person_is(state: PersonState) -> None:
    sample = sample_make()
    Person.objects.filter(pk=sample.developer.pk).update(state=state)
    directory = directory_document()
    assert not next(item for item in directory.accounts if item.key == "dev@example.com").active
    assert not directory.subscriptions[0].active


@pytest.mark.usefixtures("rows")
def test_the_default_customer_comes_first_among_an_accounts_companies() -> None:
    sample = sample_make()
    others = [company_create(pcn=pcn, code=f"C{pcn}", name=f"Company {pcn}") for pcn in (2, 1)]
    sample.account.companies.set([*others, sample.company])
    account = next(item for item in directory_document().accounts if item.key == "svc.jobs")
    assert account.pcns == (79870, 1, 2)


@pytest.mark.usefixtures("rows")
def test_only_secrets_that_are_live_reach_machines() -> None:
    sample = sample_make()
    later = settings.CLOCK.utc() + timedelta(days=1)
    first = sample.application.secrets.get()
    second, _ = application_secret_add(application=sample.application, expires_at=later)
    assert [(item.key, item.expires_at) for item in directory_document().applications[0].secrets] == [
        (str(first.pk), None),
        (str(second.pk), int(later.timestamp())),
    ]
    secret_expire_now(secret=first)
    settings.CLOCK.jump(2 * 86400)
    try:
        assert directory_document().applications[0].secrets == ()
    finally:
        settings.CLOCK.jump(-2 * 86400)


@pytest.mark.usefixtures("rows")
def test_blocking_an_owner_and_suspending_a_subscription_close_it_at_once() -> None:
    sample = sample_make()
    assert subscription().active
    with directory_change(by="ada"):
        subscription_suspend(subscription=sample.subscription)
    assert not subscription().active
    with directory_change(by="ada"):
        person_block(person=sample.developer)
    assert not subscription().active


@pytest.mark.usefixtures("rows")
def test_an_application_without_an_account_has_none() -> None:
    sample = sample_make()
    sample.application.account = None
    sample.application.save()
    assert directory_document().applications[0].account is None


@pytest.mark.usefixtures("rows")
def test_the_directory_takes_as_many_queries_for_many_rows_as_for_few() -> None:
    sample_make()
    few = _queries(directory_document)
    for index in range(20):
        company = company_create(pcn=index + 1, code=f"C{index}", name=f"Company {index}")
        person_create(email=f"p{index}@example.com", company=company, roles=("operator", "quality"))
    assert _queries(directory_document) == few <= 13


def _queries(ask: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as queries:
        ask()
    return len(queries)


@pytest.mark.usefixtures("rows")
def test_pages_read_the_snapshot_of_the_newest_version_and_build_it_once() -> None:
    sample_make()
    first = snapshot_current()
    assert snapshot_current() is first
    with directory_change(by="ada"):
        company_create(pcn=1, code="ONE", name="One")
    assert snapshot_current().tenants[1].name == "One"


@pytest.mark.usefixtures("rows")
def test_putting_an_api_again_replaces_its_operations() -> None:
    api_put(JOBS)
    adapter_put(PRODUCTION)
    smaller = replace(JOBS, operations=JOBS.operations[:1], tiers=("test",))
    api_put(smaller)
    assert catalogue_document().apis == (smaller,)


@pytest.mark.usefixtures("rows")
def test_the_plants_own_apis_can_be_published(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()  # the real upstreams instead of this directory's three operations
    installation_ensure(apis=registry.apis())
    assert {api.key for api in newest().catalogue.apis} == {api.key for api in registry.apis()}
    assert snapshot_current().document == newest()


@pytest.mark.usefixtures("committed")
def test_of_two_directory_changes_at_once_both_are_in_force() -> None:
    """Both read and write in one transaction each, so the second sees what the first stored."""
    installation_ensure(apis=())
    ready = threading.Barrier(2)
    failed: list[BaseException] = []

    def change(pcn: int) -> None:
        try:
            ready.wait(10)
            for step in range(5):
                with directory_change(by=f"admin {pcn}"):
                    company_create(pcn=pcn + step, code=f"C{pcn + step}", name="Company")
        except BaseException as wrong:  # noqa: BLE001 - told by the assertion below
            failed.append(wrong)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=change, args=(pcn,)) for pcn in (100, 200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failed == []
    pcns = {company.pcn for company in newest().directory.companies}
    assert pcns == {*range(100, 105), *range(200, 205)}
    assert Company.objects.count() == 10
