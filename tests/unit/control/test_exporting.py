"""What people decide goes to files and comes back exactly; what cannot be taken is told by its place."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings as settings_of_django
from hypothesis import HealthCheck, given, settings

from millgate.control.accounts.models import Company, Person
from millgate.control.accounts.services import person_block, person_close, person_create
from millgate.control.audit.acting import Actor
from millgate.control.audit.services import note
from millgate.control.catalogue.models import Adapter, Api, DataSource
from millgate.control.catalogue.services import data_source_put, upstream_put
from millgate.control.clients.models import ClientApplication, ClientSecret, SigningKey, Subscription
from millgate.control.clients.services import (
    secret_expire_now,
    subscription_cancel,
    subscription_keys_reveal,
)
from millgate.control.clients.vault import digester, sealer
from millgate.control.publish.exporting import kinds
from millgate.control.publish.exporting.comparing import compared
from millgate.control.publish.exporting.files import FilesFaulty, SecretsHead, files_of
from millgate.control.publish.exporting.folder import NotAnExport, folder_check, folder_read, folder_write
from millgate.control.publish.exporting.reading import Found, read
from millgate.control.publish.exporting.sealing import FileSealer
from millgate.control.publish.exporting.selectors import decisions_of_rows, digests_fingerprint
from millgate.control.publish.exporting.services import ChangedMeanwhile, decisions_apply, differences
from millgate.control.publish.installation import installation_ensure
from millgate.control.publish.models import Version
from millgate.control.publish.services import directory_change
from millgate.control.publish.signing import rotate
from millgate.core.secrets import MasterKey
from millgate.snapshot.upstreams import HttpUpstream, UpstreamAddress, UpstreamHeader
from millgate.snapshot.upstreams import sealed_for as header_bound
from millgate.stores.sealing import SealBroken
from support.decided import decisions
from support.django_home import django_databases, emptied, rolled_back
from support.own_database import ORDERS
from support.sample import PASSWORD, sample_make

if TYPE_CHECKING:
    from millgate.control.publish.exporting.kinds import Decisions

SECRET_URL = "sqlite:///srv/own/erp.db"
MASTER = FileSealer.of_master(MasterKey(b"m" * 32))


def exported(*, sealed: bool) -> dict[str, str]:
    rows = decisions_of_rows(secrets=sealed)
    return files_of(rows, MASTER if sealed else None, digests_fingerprint())


def found_in(files: dict[str, str]) -> Found:
    return read(files, lambda _head: MASTER)


def an_upstream(sealed: str) -> HttpUpstream:
    addresses = (UpstreamAddress("test", ("http://127.0.0.1:9",)),)
    return HttpUpstream(
        key="mes", name="MES", addresses=addresses, headers=(UpstreamHeader("X-Key", sealed),)
    )


def sealed_here() -> SecretsHead:
    return SecretsHead(MASTER.under, MASTER.check, digests_fingerprint())


@pytest.mark.timeout(600)
@given(decided=decisions())
@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_whatever_is_decided_comes_back_exactly(decided: Decisions) -> None:
    django_databases()
    with rolled_back():
        emptied()
        decisions_apply(found=Found(decided, sealed_here()), by="test")
        rows = decisions_of_rows(secrets=True)
        # Every subscription has keys: those that were decided, or new ones.
        told = decided | {kinds.SUBSCRIPTION_KEYS: rows[kinds.SUBSCRIPTION_KEYS], kinds.SIGNING_KEY: {}}
        assert [str(change) for change in compared(rows, told)] == []
        assert rows == told
        assert decided[kinds.SUBSCRIPTION_KEYS].items() <= rows[kinds.SUBSCRIPTION_KEYS].items()
        for sealed in (True, False):
            files = exported(sealed=sealed)
            found = found_in(files)
            assert differences(found) == ()
            emptied()
            decisions_apply(found=found, by="test")
            SigningKey.objects.all().delete()
            assert exported(sealed=sealed) == files


def test_signing_keys_come_back_at_the_stage_of_their_lives() -> None:
    """One that signs, one that follows, and one that verifies what it has signed: each with its moments."""
    django_databases()
    with rolled_back():
        emptied()
        installation_ensure(apis=())
        settings_of_django.CLOCK.jump(3 * 3600)
        try:
            rotate(by="test")
            files = exported(sealed=True)
            emptied()
            installation_ensure(apis=())
            own = set(SigningKey.objects.values_list("kid", flat=True))
            decisions_apply(found=found_in(files), by="test", prune=True)
        finally:
            settings_of_django.CLOCK.jump(-3 * 3600)

        assert exported(sealed=True) == files
        assert differences(found_in(files)) == ()
        told = [(key.standing, key.signs_since, key.signed_until) for key in SigningKey.objects.all()]
        assert sorted(standing for standing, _, _ in told) == ["follows", "signs", "verifies"]
        assert [told_of[1:] == (None, None) for told_of in sorted(told, key=str)] == [True, False, False]
        assert not own & set(SigningKey.objects.values_list("kid", flat=True))


# What a click changes, the comparison shows


def shown(files: dict[str, str]) -> list[str]:
    """Every line of a comparison of files with the rows."""
    return [str(line) for change in differences(found_in(files)) for line in (change, *change.details)]


@pytest.mark.usefixtures("rows")
def test_a_click_changes_one_line_of_one_file_and_the_comparison_shows_it() -> None:
    sample = sample_make()
    before = exported(sealed=False)
    with directory_change(by="test"):
        person_block(person=sample.developer)
    after = exported(sealed=False)

    assert [path for path in after if after[path] != before[path]] == ["people.yaml"]
    assert set(after["people.yaml"].splitlines()) - set(before["people.yaml"].splitlines()) == {
        "  state: blocked"
    }
    assert shown(before) == [
        "changed person dev@example.com",
        'state: "blocked" → "active"',
    ]


@pytest.mark.usefixtures("rows")
def test_parts_of_an_api_and_an_adapter_are_told_by_their_names() -> None:
    sample_make()
    files = exported(sealed=False)
    api, adapter = "apis/job-tracking.yaml", "adapters/production-management.yaml"
    files[api] = files[api].replace("summary: The jobs of the plant.", "summary: All jobs.")
    files[adapter] = files[adapter].replace("amount: 60", "amount: 61")

    assert shown(files)[:2] == [
        "changed api job-tracking (Job Tracking)",
        'operations, list-jobs, summary: "The jobs of the plant." → "All jobs."',
    ]
    assert "changed adapter production-management (Production Management)" in shown(files)


@pytest.mark.usefixtures("rows")
def test_an_expired_secret_shows_and_no_secret_does() -> None:
    sample = sample_make()
    files = exported(sealed=True)
    secret_expire_now(secret=ClientSecret.objects.get())
    ClientSecret.objects.update(digest="0" * 64)
    lines = "\n".join(shown(files))

    assert "client secret" in lines
    assert "0" * 64 not in lines
    assert digester().digest(sample.secret) not in lines


# Applying


@pytest.mark.usefixtures("rows")
def test_the_directory_acts_at_once_and_the_catalogue_waits() -> None:
    sample_make()
    files = exported(sealed=False)
    files["people.yaml"] = files["people.yaml"].replace(
        "first_name: Dee", "first_name: Dee\n  state: blocked"
    )
    files["apis/job-tracking.yaml"] = files["apis/job-tracking.yaml"].replace("Job Tracking", "Jobs")
    applied = decisions_apply(found=found_in(files), by="test")
    newest = Version.objects.latest("number")

    assert newest.kind == Version.Kind.DIRECTORY
    assert (applied.version, applied.waiting) == (None, 1)
    published = decisions_apply(found=found_in(files), by="test", publish=True)
    assert published.changes == ()
    assert Version.objects.latest("number").kind == Version.Kind.PUBLICATION


@pytest.mark.usefixtures("rows")
def test_a_dry_run_checks_and_changes_nothing() -> None:
    sample_make()
    before = exported(sealed=True)
    files = exported(sealed=False)
    files["companies.yaml"] = files["companies.yaml"].replace("Grand Mills", "Small Mills")
    versions = Version.objects.count()
    applied = decisions_apply(found=found_in(files), by="test", publish=True, dry_run=True)

    assert [str(change) for change in applied.changes] == ["changed company 79870 (Small Mills)"]
    assert exported(sealed=True) == before
    assert Version.objects.count() == versions


@pytest.mark.usefixtures("rows")
def test_what_the_files_do_not_name_stays_and_is_told_or_goes_with_prune() -> None:
    sample = sample_make()
    files = exported(sealed=False)
    files["applications.yaml"] = files["subscriptions.yaml"] = "[]\n"
    del files["adapters/production-management.yaml"]
    stays = decisions_apply(found=found_in(files), by="test")

    assert {change.kind for change in stays.beyond} == {kinds.APPLICATION, kinds.SUBSCRIPTION, kinds.ADAPTER}
    assert ClientApplication.objects.filter(pk=sample.application.pk).exists()
    gone = decisions_apply(found=found_in(files), by="test", prune=True)
    assert len(gone.changes) == 3
    assert not any(model.objects.exists() for model in (ClientApplication, Subscription, Adapter))


@pytest.mark.usefixtures("rows")
def test_nobody_goes_whom_the_history_names() -> None:
    sample = sample_make()
    files = exported(sealed=False)
    with directory_change(by="test"):
        left = person_create(email="left@example.com", password=PASSWORD)
    note("signed in", kind="person", key=left.user_id, actor=Actor(left.user_id, left.email))
    before = exported(sealed=True)

    with pytest.raises(FilesFaulty, match="The audit log names it"):
        decisions_apply(found=found_in(files), by="test", prune=True)
    assert exported(sealed=True) == before
    assert Person.objects.filter(pk=sample.developer.pk).exists()


@pytest.mark.usefixtures("rows")
def test_the_last_administrator_who_can_sign_in_stays() -> None:
    sample_make()
    files = exported(sealed=False)
    files["people.yaml"] = files["people.yaml"].replace("  is_superuser: true\n", "")

    assert faults_of(files) == ["people.yaml: No administrator would be left who can sign in."]


@pytest.mark.usefixtures("rows")
def test_what_was_ended_for_good_is_not_started_again() -> None:
    sample = sample_make()
    files = exported(sealed=False)
    person_close(person=sample.developer)
    subscription_cancel(subscription=sample.subscription)

    assert [line.partition(": ")[2] for line in faults_of(files)] == [
        "state: Dee Developer is closed and stays so.",
        "state: A cancelled subscription stays so.",
    ]


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize("name", ["Grand Mills of the North", "Grand Mills of the South"])
def test_what_was_agreed_to_is_what_is_done(name: str) -> None:
    """Also where what is shown of a long text does not show the difference."""
    sample_make()
    long = "mill " * 30
    files = exported(sealed=False)
    files["companies.yaml"] = files["companies.yaml"].replace("Grand Mills", long + "East")
    Company.objects.update(name=long + name)
    found = found_in(files)
    agreed = differences(found)
    Company.objects.update(name=long + "Grand Mills of the South")

    if name.endswith("South"):
        decisions_apply(found=found, by="test", agreed=agreed)
    else:
        with pytest.raises(ChangedMeanwhile):
            decisions_apply(found=found, by="test", agreed=agreed)
    expected = "East" if name.endswith("South") else "Grand Mills of the South"
    assert Company.objects.get().name == long + expected


# Secrets


@pytest.mark.usefixtures("rows")
def test_secrets_that_are_left_out_stay_where_they_are() -> None:
    sample = sample_make()
    files = exported(sealed=False)
    before = exported(sealed=True)
    decisions_apply(found=found_in(files), by="test")

    assert "secrets.yaml" not in files
    assert exported(sealed=True) == before
    assert Person.objects.get(pk=sample.developer.pk).has_usable_password()


@pytest.mark.usefixtures("rows")
def test_without_secrets_new_rows_have_none_or_new_ones_and_it_is_said() -> None:
    sample = sample_make()
    old = subscription_keys_reveal(subscription=sample.subscription).primary
    files = exported(sealed=False)
    emptied()
    applied = decisions_apply(found=found_in(files), by="test")

    assert set(applied.notes) == {
        "Person ada@example.com has no password, and cannot sign in until one is set.",
        "Person dev@example.com has no password, and cannot sign in until one is set.",
        f"Application {sample.application.client_id} has no secret. Add one in the console.",
        f"Subscription {sample.subscription.pk} has new keys.",
    }
    assert subscription_keys_reveal(subscription=Subscription.objects.get()).primary != old


@pytest.mark.usefixtures("rows")
def test_sealed_secrets_work_where_they_are_applied_and_stand_nowhere_in_the_clear() -> None:
    sample = sample_make()
    upstream_put(an_upstream(sealer().seal(b"upstream-pass", header_bound("mes", "X-Key")).hex()))
    data_source_put(
        declaration=ORDERS, form="toml", urls={"production": SECRET_URL}, sealer=sealer(), home=Path("/srv")
    )
    keys = subscription_keys_reveal(subscription=sample.subscription)
    files = exported(sealed=True)
    emptied()
    decisions_apply(found=found_in(files), by="test")

    assert subscription_keys_reveal(subscription=Subscription.objects.get()) == keys
    assert Person.objects.get(email="dev@example.com").check_password(PASSWORD)
    assert ClientSecret.objects.get().digest == digester().digest(sample.secret)
    assert exported(sealed=True) == files
    secrets = (
        keys.primary.reveal(),
        keys.secondary.reveal(),
        sample.secret,
        digester().digest(sample.secret),
        Person.objects.get(email="dev@example.com").password,
        "upstream-pass",
        "erp.db",
        "PRIVATE KEY",
    )
    text = "".join(files.values())
    assert [secret for secret in secrets if secret in text] == []


@pytest.mark.usefixtures("rows")
def test_another_master_key_is_refused_before_anything_is_written() -> None:
    sample_make()
    files = exported(sealed=True)
    other = FileSealer.of_master(MasterKey(b"o" * 32))
    emptied()

    with pytest.raises(FilesFaulty) as refused:
        read(files, lambda _head: other)
    assert str(refused.value) == (
        "secrets.yaml:2: it was sealed under another master key than this installation's"
    )


def test_a_passphrase_opens_what_it_sealed_and_no_other_does() -> None:
    sealer_ = FileSealer.of_passphrase("five kind words for us")
    again = FileSealer.of_passphrase("five kind words for us", sealer_.salt)

    assert again.unseal(sealer_.seal("value", "place"), "place") == "value"
    assert again.seal("value", "place") == sealer_.seal("value", "place")
    assert not FileSealer.of_passphrase("six kind words for them", sealer_.salt).opens(sealer_.check)
    with pytest.raises(SealBroken):
        again.unseal(sealer_.seal("value", "place"), "elsewhere")
    with pytest.raises(ValueError, match="shorter than 12"):
        FileSealer.of_passphrase("short")


@pytest.mark.usefixtures("rows")
def test_a_sealed_value_that_was_moved_is_told_by_its_line() -> None:
    sample_make()
    files = exported(sealed=True)
    hashes = [line for line in files["secrets.yaml"].splitlines() if line.startswith("  password: ")]
    files["secrets.yaml"] = files["secrets.yaml"].replace(hashes[0], hashes[1])

    assert faults_of(files) == ["secrets.yaml:6: the password was changed, or belongs elsewhere"]


@pytest.mark.usefixtures("rows")
def test_digests_of_another_master_key_are_left_out_and_it_is_said() -> None:
    sample_make()
    files = exported(sealed=True)
    files["secrets.yaml"] = files["secrets.yaml"].replace(digests_fingerprint(), "f" * 64)
    emptied()
    applied = decisions_apply(found=found_in(files), by="test")

    assert applied.notes[0].startswith("Client secrets were left out")
    assert not ClientSecret.objects.exists()
    assert Subscription.objects.exists()


# Data sources


@pytest.mark.usefixtures("rows")
def test_a_source_keeps_its_declaration_byte_for_byte_and_its_api_follows_it() -> None:
    sample_make()
    data_source_put(
        declaration=ORDERS, form="toml", urls={"production": SECRET_URL}, sealer=sealer(), home=Path("/srv")
    )
    files = exported(sealed=False)
    assert files["sources/orders.toml"] == ORDERS
    assert "apis/orders.yaml" not in files
    files["sources/orders.toml"] = ORDERS.replace('name = "Orders"', 'name = "Order book"', 1)

    assert shown(files) == [
        "changed source orders",
        'declaration: removed "name = \\"Orders\\""',
        'declaration: added "name = \\"Order book\\""',
    ]
    decisions_apply(found=found_in(files), by="test")
    assert Api.objects.get(key="orders").name == "Order book"
    assert DataSource.objects.get().production_sealed


@pytest.mark.usefixtures("rows")
def test_an_api_of_a_source_that_somebody_changed_is_kept_as_changed() -> None:
    sample_make()
    data_source_put(
        declaration=ORDERS, form="toml", urls={"production": SECRET_URL}, sealer=sealer(), home=Path("/srv")
    )
    Api.objects.filter(key="orders").update(bearer_required=False)
    files = exported(sealed=False)
    files["sources/orders.toml"] = f"# ours\n{ORDERS}"
    decisions_apply(found=found_in(files), by="test")

    assert "bearer_required: false" in files["apis/orders.yaml"]
    assert not Api.objects.get(key="orders").bearer_required
    assert exported(sealed=False) == files


# Faults


def faults_of(files: dict[str, str]) -> list[str]:
    """Every fault of files, which change nothing."""
    before = exported(sealed=True)
    with pytest.raises(FilesFaulty) as refused:
        decisions_apply(found=found_in(files), by="test")
    assert exported(sealed=True) == before
    return [str(fault) for fault in refused.value.faults]


@pytest.mark.usefixtures("rows")
def test_every_fault_is_told_by_file_and_line() -> None:
    sample_make()
    files = exported(sealed=False)
    files["companies.yaml"] = "- pcn: many\n  code: A\n- 5\n"
    files["roles.yaml"] = "- key: a\n  name: A\n- key: a\n  name: B\n  colour: red\n"
    files["people.yaml"] = "&x [*x]"
    files["apis/other.yaml"] = files["apis/job-tracking.yaml"]
    files["apis/../../secret.yaml"] = "key: x"
    files["adapters/production-management.yaml"] += "\t- x"
    files["strange.yaml"] = "[]"
    files["sources/lost.toml"] = ORDERS
    del files["applications.yaml"]

    assert faults_of_reading(files) == [
        "companies.yaml:1: pcn: Expected int, got str",
        "companies.yaml:1: tenant_id is missing",
        "companies.yaml:1: name is missing",
        "companies.yaml:3: Expected object, got int",
        "roles.yaml:5: there is no 'colour'; there are key, name, description, grants",
        "people.yaml:1: anchors and aliases are not taken",
        "apis/../../secret.yaml:1: name is missing",
        "apis/../../secret.yaml:1: suffix is missing",
        "apis/../../secret.yaml:1: version is missing",
        "apis/../../secret.yaml:1: upstream is missing",
        "apis/../../secret.yaml:1: operations is missing",
        "apis/other.yaml:1: the api job-tracking stands twice",
        "apis/other.yaml:1: the file of the api 'job-tracking' is called otherwise",
        "adapters/production-management.yaml:13: found a tab character that violates indentation",
        "applications.yaml: it is missing",
        "sources/lost.toml: no list names it",
        "strange.yaml: there is no such kind of file",
    ]


def faults_of_reading(files: dict[str, str]) -> list[str]:
    with pytest.raises(FilesFaulty) as refused:
        found_in(files)
    return [str(fault) for fault in refused.value.faults]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "1: it is empty"),
        ("a: 1\nb: [", "3: did not find expected node content"),
        ("[" * 100_000, "1: it is nested more than 128 deep"),
        ("- key: !!python/object:os.system x", "1: tags are not taken"),
        ("- key: a\n  name: A\n  name: B", "3: 'name' stands twice"),
        ("- on: 1", "1: a name is not a text; put it in quotes"),
        ("- key: a\n  name: .nan", "2: .nan is not a number that can be kept"),
        ("--- []\n--- []", "2: but found another document"),
        ("key: a", "1: roles: expected a list"),
        (
            "- key: a\n  name: A\n  grants:\n  - {controller: P}\n  - {controller: P}",
            "3: grants: 'P' stands twice",
        ),
        ("- key: a\n  name: A\n- key: a\n  name: B", "3: the role a stands twice"),
    ],
)
def test_hostile_text_is_told_by_its_line(text: str, why: str) -> None:
    django_databases()
    with rolled_back():
        files = exported(sealed=False) | {"roles.yaml": text}
        assert faults_of_reading(files) == [f"roles.yaml:{why}"]


@pytest.mark.usefixtures("rows")
def test_what_rows_refuse_is_told_by_file_and_line_all_at_once() -> None:
    sample_make()
    files = exported(sealed=False)
    files["companies.yaml"] = files["companies.yaml"].replace("America/Detroit", "America/Nowhere")
    files["people.yaml"] = files["people.yaml"].replace("company: 79870", "company: 1")
    files["subscriptions.yaml"] = files["subscriptions.yaml"].replace(
        "adapter: production-management", "adapter: nothing\n  state: unheard of"
    )

    assert faults_of(files) == [
        "companies.yaml:5: time_zone: There is no time zone of this name, as in “America/Detroit”.",
        "people.yaml:13: company: There is no company 1.",
        "subscriptions.yaml:4: adapter: There is no adapter nothing.",
    ]


@pytest.mark.usefixtures("rows")
def test_what_cannot_be_published_is_told_at_its_file() -> None:
    sample_make()
    files = exported(sealed=False)
    files["apis/job-tracking.yaml"] = files["apis/job-tracking.yaml"].replace("jobs.one", "jobs.lost")
    with pytest.raises(FilesFaulty) as refused:
        decisions_apply(found=found_in(files), by="test", publish=True)

    assert str(refused.value).startswith("apis/job-tracking.yaml:1: api job-tracking")
    assert decisions_apply(found=found_in(files), by="test").standing_against != ()


# The folder


def test_a_folder_is_written_whole_and_what_is_gone_goes(tmp_path: Path) -> None:
    folder = tmp_path / "decided"
    folder_write(folder, {"millgate.yaml": "format: 1\n", "apis/a.yaml": "1", "apis/b.yaml": "2"})
    (folder / "README.md").write_text("ours")
    (folder / "apis" / ".gitkeep").touch()
    (folder / ".git").mkdir()
    folder_write(folder, {"millgate.yaml": "format: 1\n", "apis/b.yaml": "3", "roles.yaml": "[]\n"})

    assert folder_read(folder) == {"millgate.yaml": "format: 1\n", "apis/b.yaml": "3", "roles.yaml": "[]\n"}
    assert sorted(item.name for item in folder.iterdir()) == [
        ".git",
        "README.md",
        "apis",
        "millgate.yaml",
        "roles.yaml",
    ]
    assert [item.name for item in tmp_path.iterdir()] == ["decided"]
    folder_write(folder, {"millgate.yaml": "format: 1\n"})
    assert folder_read(folder) == {"millgate.yaml": "format: 1\n"}


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").touch()

    with pytest.raises(NotAnExport, match="--force"):
        folder_check(tmp_path, force=False)
    folder_check(tmp_path, force=True)
    with pytest.raises(NotAnExport, match="not a whole export"):
        folder_read(tmp_path)


def test_links_pipes_and_bytes_are_no_files_of_an_export(tmp_path: Path) -> None:
    (tmp_path / "millgate.yaml").write_text("format: 1\n")
    (tmp_path / "roles.yaml").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "people.yaml")
    (tmp_path / "companies.yaml").write_bytes(b"\xff")
    (tmp_path / "apis").symlink_to("/etc")

    with pytest.raises(FilesFaulty) as refused:
        folder_read(tmp_path)
    assert [str(fault) for fault in refused.value.faults] == [
        "apis: expected a folder",
        "companies.yaml: it is not UTF-8",
        "people.yaml: it is not a file",
        "roles.yaml: Too many levels of symbolic links",
    ]
