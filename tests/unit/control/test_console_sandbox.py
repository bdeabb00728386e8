"""The page of faults and clock: rules added, said in words, switched and deleted; the clock jumped and set back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings

from millgate.control.accounts.services import person_create
from millgate.control.publish.selectors import snapshot_current
from millgate.control.sandbox.models import FaultRule
from millgate.control.usage.models import Refusal
from millgate.stores.counting import TableCounters
from millgate.stores.drawing import RUN_SECONDS, SEEN, STRUCK, run_key
from millgate.stores.ports import Take
from support.console_pages import helper, signed_in, text
from support.sample import sample_make

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client

    from support.sample import Sample

pytestmark = pytest.mark.usefixtures("rows")

PAGE = "/console/faults/"
RULE: dict[str, Any] = {
    "name": "one-of-five",
    "place": "managed",
    "tier": "test",
    "effect": "error",
    "code": "MG401",
    "delay_from": "0",
    "delay_to": "0",
    "share": "20",
    "seed": "7",
    "enabled": "on",
}


@pytest.fixture
def sample(rows: None) -> Sample:  # noqa: ARG001 - it must stand on rows that are rolled back
    return sample_make()


@pytest.fixture
def ada(sample: Sample) -> Client:
    return signed_in(sample.administrator)


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    class Sandbox:
        is_sandbox = True

        def __init__(self, real: Any) -> None:
            self._real = real

        def __getattr__(self, name: str) -> Any:
            return getattr(self._real, name)

    monkeypatch.setattr(settings, "MILLGATE", Sandbox(settings.MILLGATE))
    yield
    settings.CLOCK.follow(0.0)


def on() -> list[str]:
    return [rule.name for rules in snapshot_current().fault_rules.values() for rule in rules]


def test_an_empty_page_says_so_and_leads_on(ada: Client) -> None:
    said = text(ada.get(PAGE))
    assert "There is no rule, so nothing fails on purpose." in said
    assert "Nothing in the last seven days." in said
    assert "cannot be jumped" in said
    assert 'href="/console/faults/"' in ada.get("/console/").content.decode()


def test_a_rule_is_said_in_words_saved_switched_and_deleted(ada: Client) -> None:
    words = "One of five calls to any API on the test tier is answered with 429 Too Many Requests"
    preview = ada.post(f"{PAGE}add/", RULE | {"preview": "1"})
    assert words in text(preview)
    assert not FaultRule.objects.exists()

    saved = ada.post(f"{PAGE}add/", RULE, follow=True)
    assert "It strikes from now on." in text(saved)
    assert words in text(saved)
    assert on() == ["one-of-five"]

    switch = f"{PAGE}rules/one-of-five/switch/"
    assert "Rule one-of-five is off." in text(ada.post(switch, {"on": "0"}, follow=True))
    assert on() == []
    ada.post(switch, {"on": "1"})
    assert on() == ["one-of-five"]
    assert ada.get(switch).status_code == 405

    delete = f"{PAGE}rules/one-of-five/delete/"
    assert words in text(ada.get(delete))
    assert "Rule one-of-five is deleted." in text(ada.post(delete, follow=True))
    assert (on(), ada.get(delete).status_code) == ([], 404)


def test_what_is_wrong_is_told_at_its_field_and_nothing_is_saved(ada: Client) -> None:
    said = text(ada.post(f"{PAGE}add/", RULE | {"tier": "production", "share": "101", "code": ""}))
    for why in (
        "Nothing was saved.",
        "the setting production_faults is off",
        "less than or equal to 100",
        "Choose an error that can be produced there.",
    ):
        assert why in said
    assert not FaultRule.objects.exists()


def test_a_change_that_somebody_else_made_meanwhile_is_not_written_over(ada: Client) -> None:
    ada.post(f"{PAGE}add/", RULE)
    page = f"{PAGE}rules/one-of-five/"
    seen = ada.get(page).context["form"]["seen"].value()
    ada.post(page, RULE | {"seen": seen, "share": "50"})
    late = ada.post(page, RULE | {"seen": seen, "share": "60"})
    assert "Somebody else has just changed this rule." in text(late)
    assert FaultRule.objects.get().share == 50

    seen = ada.get(page).context["form"]["seen"].value()
    ada.post(f"{page}switch/", {"on": "0"})
    assert "Somebody else" in text(ada.post(page, RULE | {"seen": seen}))
    assert not FaultRule.objects.get().enabled, "it stays off"


def test_the_page_tells_what_struck_and_how_often(
    ada: Client, sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada.post(f"{PAGE}add/", RULE | {"most": "2"})
    counters = TableCounters()
    monkeypatch.setattr(settings, "COUNTER_DESK", counters)
    now = settings.CLOCK.now()
    for scope, times in ((SEEN, 9), (STRUCK, 3)):
        take = Take("count", scope, 2**53, RUN_SECONDS)
        for _ in range(times):
            counters.take_at_once(run_key("one-of-five", 1), int(now) - 5, (take,), now)
    own = {"tier": "test", "api": "a", "operation": "o", "status": 429, "code": "MG401"}
    whose = {"subscription": str(sample.subscription.pk), "application": str(sample.application.client_id)}
    for reason in ("fault rule one-of-five", "fault asked for by header: x", "the rate limit of 3 calls"):
        Refusal.objects.create(
            at=now, request_id="r", method="GET", path=f"/test/{len(reason)}", reason=reason, **own, **whose
        )

    said = " ".join(text(ada.get(PAGE)).split())
    assert "On, and used up 2 of 9" in said
    assert "/test/22 MG401 one-of-five Job board · " in said
    assert "asked for by the caller" in said
    assert "/test/25" not in said, "what a limit refused by itself is not listed"


@pytest.mark.usefixtures("sandbox")
def test_the_clock_is_jumped_by_an_amount_to_a_moment_and_back(ada: Client) -> None:
    jumped = ada.post(f"{PAGE}clock/jump/", {"amount": "2", "unit": "days"}, follow=True)
    assert "2 d later" in text(jumped)
    assert "Ahead by" in text(jumped)
    assert settings.CLOCK.offset == 172_800

    there = ada.post(f"{PAGE}clock/jump/", {"moment": "tokens"}, follow=True)
    assert "Every access token issued until now has expired" in text(there)
    assert 176_400 <= settings.CLOCK.offset <= 176_402
    assert "does not lie ahead" in text(ada.post(f"{PAGE}clock/jump/", {"moment": "x"}, follow=True))
    assert "Jump forward by:" in text(
        ada.post(f"{PAGE}clock/jump/", {"amount": "0", "unit": "days"}, follow=True)
    )
    assert "Nothing of that name" in text(ada.get(PAGE, {"q": "nobody"}))

    assert "real time again" in text(ada.post(f"{PAGE}clock/reset/", follow=True))
    assert settings.CLOCK.offset == 0


def test_the_clock_of_no_sandbox_is_refused_in_words(ada: Client) -> None:
    for address in ("jump", "reset"):
        refused = ada.post(f"{PAGE}clock/{address}/", {"amount": "1", "unit": "days"}, follow=True)
        assert "is not to be jumped" in text(refused)
    assert settings.CLOCK.offset == 0


def test_who_may_only_look_changes_nothing() -> None:
    looker = helper("view_faultrule")
    said = looker.get(PAGE)
    assert said.status_code == 200
    assert "Add a rule" not in text(said)
    assert looker.get(f"{PAGE}add/").status_code == 403
    for address in ("rules/x/switch/", "rules/x/delete/", "clock/jump/", "clock/reset/"):
        assert looker.post(f"{PAGE}{address}").status_code == 403
    without = signed_in(person_create(email="none@example.com", is_staff=True))
    assert without.get(PAGE).status_code == 403
