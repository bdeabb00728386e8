"""With many people, applications and subscriptions a page costs what it costs with few."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from millgate.control.accounts.models import Person, PersonState
from millgate.control.catalogue.models import Api
from millgate.control.clients.models import ClientApplication, Subscription
from millgate.control.console import admin  # noqa: F401 - importing it registers its pages
from millgate.control.console.choosing import MOST_LISTED, MOST_OFFERED
from millgate.control.console.site import console
from millgate.control.publish.selectors import draft, draft_held
from support.console_pages import act, filled, helper, page, signed_in, text
from support.crowd import crowd_make
from support.lists import list_pages
from support.sample import Sample, sample_make

if TYPE_CHECKING:
    from django.test import Client

ADD_SUBSCRIPTION = "/console/clients/subscription/add/"
OFFERED = "/console/people-offered/"

pytestmark = pytest.mark.usefixtures("rows")


@pytest.fixture
def sample() -> Sample:
    return sample_make()


@pytest.fixture
def ada(sample: Sample) -> Client:
    return signed_in(sample.administrator)


def asked(client: Client, address: str) -> int:
    """How many queries a page asks of all databases."""
    with (
        CaptureQueriesContext(connections["default"]) as here,
        CaptureQueriesContext(connections["usage"]) as there,
    ):
        assert client.get(address).status_code == 200, address
    return len(here) + len(there)


def test_no_list_asks_more_of_several_times_as_many_rows(
    ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Short pages, full either way, even where a tenth of the rows is listed.
    for page_of_rows in console._registry.values():
        monkeypatch.setattr(page_of_rows, "list_per_page", 3)
    crowd_make(120)
    few = {name: asked(ada, address) for name, address in list_pages()}
    crowd_make(240, first=120)

    # The first ones ask what Django keeps from then on, so they may ask more.
    many = {name: asked(ada, address) for name, address in list_pages()}
    assert {name: (few[name], count) for name, count in many.items() if count > few[name]} == {}
    assert max(many.values()) < 40, many


def test_with_few_people_they_are_listed_and_with_many_typed(ada: Client, sample: Sample) -> None:
    applications = page(sample.application)
    assert "<select" in ada.get(applications).content.decode().partition('name="owner"')[0][-200:]
    crowd_make(2 * MOST_LISTED)

    Person.objects.filter(user_id__in=("person-7", "svc.10")).update(
        state=PersonState.ACTIVE, company=sample.company
    )
    answer = ada.get(applications)
    assert len(answer.content) < 60_000
    assert 'value="svc.jobs"' in answer.content.decode()
    assert "User ID or e-mail" in text(answer)
    changed = ada.post(applications, filled(ada, applications, owner=" P7@Example.com ", account="svc.10"))
    assert changed.status_code == 302
    sample.application.refresh_from_db()
    assert (str(sample.application.owner), str(sample.application.account)) == (
        str(Person.objects.get(email="p7@example.com")),
        str(Person.objects.get(user_id="svc.10")),
    )


@pytest.mark.parametrize("typed", ["", "nobody", "p7", "p7@example.com\0", "x" * 5000, "1"])
def test_who_cannot_be_chosen_is_told_and_nothing_is_kept(ada: Client, sample: Sample, typed: str) -> None:
    crowd_make(2 * MOST_LISTED)
    before = Subscription.objects.count()
    answer = ada.post(ADD_SUBSCRIPTION, {"owner": typed, "all_apis": "on", "approved": "on"})
    assert answer.status_code == 200
    assert ("Type all of it." if typed else "This field is required.") in text(answer)
    assert Subscription.objects.count() == before
    assert sample.company.pk


def test_closed_people_are_not_given_applications_but_keep_those_they_have(
    ada: Client, sample: Sample
) -> None:
    crowd_make(2 * MOST_LISTED)
    Person.objects.filter(user_id="person-7").update(state=PersonState.CLOSED)
    address = page(sample.application)
    assert "Type all of it." in text(ada.post(address, filled(ada, address, owner="person-7")))
    ClientApplication.objects.update(owner=Person.objects.get(user_id="person-7"))
    assert ada.post(address, filled(ada, address)).status_code == 302


def test_a_few_who_fit_are_offered_to_whoever_may_choose(ada: Client) -> None:
    crowd_make(2 * MOST_LISTED)
    everybody = ada.get(OFFERED, {"q": "@example"}).json()["people"]
    assert len(everybody) == MOST_OFFERED
    (one,) = ada.get(OFFERED, {"q": "PERSON-77"}).json()["people"] or [{"value": "closed"}]
    assert one["value"] in {"person-77", "closed"}
    for nothing in ("", "a", " ", "\0", "x" * 10_000):
        assert ada.get(OFFERED, {"q": nothing}).json() == {"people": []}
    assert helper("view_api").get(OFFERED, {"q": "person"}).status_code == 403
    Person.objects.get(email="help@example.com").delete()
    assert helper("add_subscription").get(OFFERED, {"q": "person"}).status_code == 200


def test_the_first_page_compares_the_catalogue_only_when_it_has_changed(ada: Client, sample: Sample) -> None:
    def waiting() -> str:
        return text(ada.get("/console/"))

    assert "to be published" not in waiting()
    Api.objects.filter(key="job-tracking").update(description="Other words.")
    assert "1 change waits to be published" in waiting()
    act(ada, sample.subscription, "suspend")
    with CaptureQueriesContext(connections["default"]) as queries:
        waiting()
    assert not [query for query in queries if "catalogue_operation" in query["sql"]]
    Api.objects.filter(key="job-tracking").update(description="Everything")
    ada.post("/console/publishing/", {"note": "x", "seen": ""})
    assert draft_held() == draft()
