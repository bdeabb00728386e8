"""A developer subscribes to an adapter, and looks after their subscriptions and keys. Nobody else does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import pytest
from django.test import Client
from django.urls import reverse

from millgate.control.accounts.services import person_create
from millgate.control.audit.models import Entry
from millgate.control.catalogue.models import Adapter
from millgate.control.clients import services
from millgate.control.clients.models import Subscription, SubscriptionState
from millgate.control.clients.requests import MOST_A_DAY, terms_fingerprint
from millgate.control.mail.models import Mail
from millgate.control.publish.counters import Read, Used
from millgate.control.publish.selectors import snapshot_current
from millgate.control.publish.services import publication_make
from support.console_pages import signed_in, text
from support.sample import PRODUCTION, Sample, sample_make

if TYPE_CHECKING:
    from millgate.control.accounts.models import Person

pytestmark = pytest.mark.usefixtures("rows")

ADDRESS: Final = f"/portal/adapters/{PRODUCTION.key}/subscribe/"
PROFILE: Final = "/portal/profile/subscriptions/"
TERMS: Final = "Do not share keys."


@pytest.fixture
def sample(rows: None) -> Sample:  # noqa: ARG001 - it must stand on rows that are rolled back
    return sample_make()


@pytest.fixture
def dee(sample: Sample) -> Client:
    return signed_in(sample.developer)


def adapter_change(**members: Any) -> Adapter:
    """Change the adapter, and put that in force."""
    row = Adapter.objects.get(key=PRODUCTION.key)
    for name, value in members.items():
        setattr(row, name, value)
    row.save()
    publication_make(by="test")
    return row


def ask(client: Client, **data: str) -> Any:
    """Fill in the form as it is shown, but for what is said, and send it."""
    form = client.get(ADDRESS).context["form"]
    shown = {name: form[name].value() or "" for name in form.fields if name != "agreed"}
    return client.post(ADDRESS, {**shown, **data}, follow=True)


def newest(person: Person) -> Subscription:
    return Subscription.objects.filter(owner=person).latest("created_at")


# Asking


def test_a_request_waits_for_an_administrator_with_its_terms_and_its_mail(
    sample: Sample, dee: Client
) -> None:
    adapter_change(terms=TERMS)
    shown = text(dee.get(ADDRESS))
    for words in ("Developer access #2", TERMS, "60 calls per minute", "Job Tracking", "By an administrator"):
        assert words in shown or words in dee.get(ADDRESS).content.decode(), words

    answer = ask(dee, name="Line balancing", agreed="on")
    made = newest(sample.developer)
    assert answer.redirect_chain[-1][0] == f"{PROFILE}{made.pk}/"
    assert made.name == "Line balancing"
    assert made.state == SubscriptionState.SUBMITTED
    assert made.terms_fingerprint == terms_fingerprint(TERMS)
    assert made.terms_accepted_at == made.created_at
    assert "Requested" in text(answer)
    assert Mail.objects.filter(address=sample.developer.email).latest("pk").kind == "request-received"
    told = {item.key: item.active for item in snapshot_current().document.directory.subscriptions}
    assert told[str(made.pk)] is False


@pytest.mark.parametrize("agreed", ["", "stale"])
def test_terms_must_be_accepted_as_they_are_now(sample: Sample, dee: Client, agreed: str) -> None:
    adapter_change(terms=TERMS)
    if agreed:
        form = dee.get(ADDRESS).context["form"]
        data = {"name": "One", "agreed": "on", "terms": form["terms"].value()}
        adapter_change(terms=f"{TERMS} Nor secrets.")
        answer = dee.post(ADDRESS, data)
        assert "The terms have changed since" in text(answer)
    else:
        assert "You must agree to the terms of use" in text(ask(dee, name="One"))
    assert Subscription.objects.filter(owner=sample.developer).count() == 1


def test_an_adapter_that_needs_no_approval_is_open_at_once(sample: Sample, dee: Client) -> None:
    adapter_change(approval_required=False)
    answer = ask(dee, name="At once")
    made = newest(sample.developer)
    assert made.state == SubscriptionState.ACTIVE
    assert made.terms_fingerprint == ""
    assert "is active" in text(answer)
    assert any(item.key == str(made.pk) for item in snapshot_current().document.directory.subscriptions)


def test_a_second_request_is_refused_while_the_first_waits(sample: Sample, dee: Client) -> None:
    ask(dee, name="First")
    again = dee.post(ADDRESS, {"name": "Second", "terms": ""})
    assert "You asked for “First”" in text(again)
    assert not Subscription.objects.filter(name="Second").exists()
    assert "You asked for “First”" in text(dee.get(ADDRESS))
    assert "Requested" in text(dee.get("/portal/adapters/"))
    assert "You have 2 subscriptions to this adapter" in text(dee.get(f"/portal/adapters/{PRODUCTION.key}/"))
    assert sample.subscription.name in text(dee.get(f"/portal/adapters/{PRODUCTION.key}/"))


def test_the_limit_counts_what_is_active_and_what_waits(sample: Sample, dee: Client) -> None:
    adapter_change(subscriptions_limit=2, approval_required=False)
    ask(dee, name="Second")
    refused = dee.post(ADDRESS, {"name": "Third", "terms": ""})
    assert "Subscriptions limit reached: one person may have 2" in text(refused)
    assert Subscription.objects.filter(owner=sample.developer).count() == 2
    services.subscription_cancel(subscription=newest(sample.developer))
    assert "Third" in text(ask(dee, name="Third"))


def test_who_takes_a_request_back_and_asks_again_waits_again(sample: Sample, dee: Client) -> None:
    ask(dee, name="Patience")
    first = newest(sample.developer)
    assert "Take the request" in text(dee.get(f"{PROFILE}{first.pk}/cancel/"))
    dee.post(f"{PROFILE}{first.pk}/cancel/")
    first.refresh_from_db()
    assert first.state == SubscriptionState.CANCELLED

    ask(dee, name="Patience")
    second = newest(sample.developer)
    assert (second.pk != first.pk, second.state) == (True, SubscriptionState.SUBMITTED)


def test_a_name_is_used_once_and_a_day_has_so_many_requests(sample: Sample, dee: Client) -> None:
    adapter_change(approval_required=False)
    assert "Choose another" in text(ask(dee, name=sample.subscription.name))
    for number in range(MOST_A_DAY - 1):
        ask(dee, name=f"S{number}")
    assert "Ask again tomorrow" in text(dee.post(ADDRESS, {"name": "One more", "terms": ""}))


def test_nobody_subscribes_to_what_is_not_shown_or_needs_no_key(dee: Client) -> None:
    assert Client().get(ADDRESS).status_code == 302
    assert dee.get("/portal/adapters/none/subscribe/").status_code == 404
    adapter_change(subscription_required=False)
    assert dee.get(ADDRESS).status_code == 404
    adapter_change(subscription_required=True, published=False)
    assert dee.post(ADDRESS, {"name": "x"}).status_code == 404


# Keys


def keys_of(subscription: Subscription) -> tuple[str, str]:
    subscription.refresh_from_db()
    found = services.subscription_keys_open(subscription=subscription)
    return found.primary.reveal(), found.secondary.reveal()


def test_a_key_is_shown_when_asked_for_and_the_audit_log_has_who(sample: Sample, dee: Client) -> None:
    row = sample.subscription
    primary, secondary = keys_of(row)
    for address in (PROFILE, f"{PROFILE}{row.pk}/"):
        page = dee.get(address).content.decode()
        assert "Primary key" in page
        assert primary not in page
        assert secondary not in page
    assert dee.get(f"{PROFILE}{row.pk}/primary/").status_code == 405

    plain = dee.post(f"{PROFILE}{row.pk}/primary/", headers={"Accept": "text/html"})
    script = dee.post(f"{PROFILE}{row.pk}/secondary/", headers={"Accept": "application/json"})
    assert primary in text(plain)
    assert secondary not in text(plain)
    assert script.json() == {"key": secondary}
    assert all("no-store" in answer["Cache-Control"] for answer in (plain, script))
    told = Entry.objects.filter(action="keys shown")
    assert {entry.key for entry in told} == {str(row.pk)}
    assert told.count() == 2


@pytest.mark.parametrize("state", [state for state in SubscriptionState if state != SubscriptionState.ACTIVE])
def test_keys_are_nowhere_before_approval_nor_after_the_end(
    sample: Sample, dee: Client, state: SubscriptionState
) -> None:
    row = sample.subscription
    primary, secondary = keys_of(row)
    Subscription.objects.filter(pk=row.pk).update(state=state)
    here = f"{PROFILE}{row.pk}/"
    answers = [dee.get(PROFILE), dee.get(here)]
    for which in ("primary", "secondary"):
        answers += [
            dee.post(f"{here}{which}/", headers={"Accept": "text/html"}, follow=True),
            dee.post(f"{here}{which}/", headers={"Accept": "application/json"}),
            dee.post(f"{here}{which}/regenerate/"),
        ]
    pages = "".join(answer.content.decode() for answer in answers)
    assert primary not in pages
    assert secondary not in pages
    assert "Primary key" not in text(answers[0])
    assert keys_of(row) == (primary, secondary)
    assert "this cannot be done to it" in pages


@pytest.mark.parametrize("which", ["primary", "secondary"])
def test_a_regenerated_key_leaves_the_other_one(sample: Sample, dee: Client, which: str) -> None:
    row = sample.subscription
    before = dict(zip(("primary", "secondary"), keys_of(row), strict=True))
    asks = text(dee.get(f"{PROFILE}{row.pk}/{which}/regenerate/"))
    assert "The other key keeps working" in asks
    assert dict(zip(("primary", "secondary"), keys_of(row), strict=True)) == before

    done = dee.post(f"{PROFILE}{row.pk}/{which}/regenerate/", follow=True)
    after = dict(zip(("primary", "secondary"), keys_of(row), strict=True))
    assert "works within a second" in text(done)
    assert [name for name in before if before[name] != after[name]] == [which]


# Names, ends, limits


def test_a_subscription_is_renamed_and_cancelled(sample: Sample, dee: Client) -> None:
    here = f"{PROFILE}{sample.subscription.pk}/"
    assert "It is called “Shift board” now" in text(dee.post(here, {"name": "Shift board"}, follow=True))
    adapter_change(approval_required=False)
    ask(dee, name="Other")
    refused = text(dee.post(here, {"name": "Other"}))
    assert "Choose another" in refused
    assert "Shift board" in refused
    assert "cancelled" in text(dee.post(f"{here}cancel/", follow=True))
    again = dee.post(f"{here}cancel/")
    assert "this cannot be done to it" in text(again)
    kept = {item.key: item.active for item in snapshot_current().document.directory.subscriptions}
    assert kept[str(sample.subscription.pk)] is False


def test_who_was_suspended_meanwhile_does_not_come_back_with_a_new_key(
    sample: Sample, dee: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page was asked for while it was active; an administrator was quicker."""
    row, before = sample.subscription, keys_of(sample.subscription)
    Subscription.objects.filter(pk=row.pk).update(state=SubscriptionState.SUSPENDED)
    monkeypatch.setattr("millgate.control.portal.subscriptions.own_row", lambda _person, _pk: row)
    assert row.state == SubscriptionState.ACTIVE
    answer = dee.post(f"{PROFILE}{row.pk}/primary/regenerate/")
    assert "this cannot be done to it" in text(answer)
    assert keys_of(row) == before
    assert row.state == SubscriptionState.SUSPENDED


def test_what_is_used_of_each_limit_is_told(
    sample: Sample, dee: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    del sample
    used = Used(
        "calls/production-management/*/*/604800", "Calls", "all APIs", 9_000, 10_000, "calls", "7 days", None
    )
    monkeypatch.setattr("millgate.control.portal.subscriptions.read", lambda _row: Read([used]))
    shown = re.sub(r"\s+", " ", text(dee.get(PROFILE)))
    assert "9,000 / 10,000 calls used" in shown
    assert "1,000 left" in shown


def test_who_has_none_is_told_where_to_get_one(sample: Sample) -> None:
    shown = text(signed_in(sample.administrator).get(PROFILE))
    assert "You have no subscription yet" in shown


# Other people's


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("get", "{pk}/"),
        ("post", "{pk}/"),
        ("get", "{pk}/cancel/"),
        ("post", "{pk}/cancel/"),
        ("post", "{pk}/primary/"),
        ("post", "{pk}/secondary/"),
        ("get", "{pk}/primary/regenerate/"),
        ("post", "{pk}/secondary/regenerate/"),
    ],
)
def test_there_is_no_subscription_of_anybody_else(sample: Sample, method: str, address: str) -> None:
    """Broken object level authorization, the first of OWASP's list for APIs."""
    before = keys_of(sample.subscription)
    path = PROFILE + address.format(pk=sample.subscription.pk)
    others = [person_create(email="other@example.com"), sample.administrator]
    for client in map(signed_in, others):
        assert getattr(client, method)(path, {"name": "Mine"}).status_code == 404
        assert sample.subscription.name not in text(client.get(PROFILE))
    assert getattr(Client(), method)(path, {"name": "Mine"}).status_code == 302
    assert keys_of(sample.subscription) == before
    sample.subscription.refresh_from_db()
    assert sample.subscription.state == SubscriptionState.ACTIVE


def test_mails_lead_to_the_subscription(sample: Sample, dee: Client) -> None:
    ask(dee, name="By mail")
    made = newest(sample.developer)
    services.subscription_approve(subscription=made)
    body = Mail.objects.filter(address=sample.developer.email).latest("pk")
    assert reverse("portal:subscription", args=(made.pk,)) in body.text
