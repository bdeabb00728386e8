"""Fault rules and the clock as rows: what is refused, what is published, what is told, what goes into files."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError

from millgate.control.audit.models import Entry
from millgate.control.catalogue.models import Api
from millgate.control.clients.services import application_secret_add
from millgate.control.publish import clock
from millgate.control.publish.exporting import kinds
from millgate.control.publish.exporting.putting import Putting
from millgate.control.publish.exporting.selectors import decisions_of_rows
from millgate.control.publish.selectors import snapshot_current
from millgate.control.publish.services import directory_change
from millgate.control.sandbox.models import FaultRule, SandboxClock
from millgate.control.sandbox.selectors import producible
from millgate.control.sandbox.services import (
    clock_follow,
    fault_rule_delete,
    fault_rule_put,
    fault_rule_save,
    fault_rule_switch,
)
from millgate.control.sandbox.words import sentence
from millgate.core.errors import CATALOGUE
from support.sample import sample_make

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.sample import Sample

pytestmark = pytest.mark.usefixtures("rows")


@pytest.fixture
def sample(rows: None) -> Sample:  # noqa: ARG001 - it must stand on rows that are rolled back
    return sample_make()


@pytest.fixture
def allowed(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, bool]]:
    """Settings of the installation, to be changed; the clock goes with the machine's again afterwards."""
    given: dict[str, bool] = {}

    class Given:
        def __init__(self, real: Any) -> None:
            self._real = real

        def __getattr__(self, name: str) -> Any:
            return given.get(name, getattr(self._real, name))

    monkeypatch.setattr(settings, "MILLGATE", Given(settings.MILLGATE))
    yield given
    settings.CLOCK.follow(0.0)


def jobs() -> Api:
    return Api.objects.get(key="job-tracking")


def put(name: str = "rule", **members: Any) -> FaultRule:
    with directory_change(by="ada"):
        return fault_rule_put(name=name, **({"enabled": True, "code": "MG401"} | members))


def published() -> list[str]:
    return [rule.name for rules in snapshot_current().fault_rules.values() for rule in rules]


# Rules


def test_a_rule_is_in_force_while_it_is_on_and_each_run_has_a_number(sample: Sample) -> None:
    rule = put(application=sample.application)
    compiled = snapshot_current().fault_rules["managed"][0]
    assert (compiled.application, compiled.run) == (str(sample.application.client_id), 1)

    with directory_change(by="ada"):
        fault_rule_switch(rule=rule, on=False)
    assert published() == []
    with directory_change(by="ada"):
        fault_rule_switch(rule=rule, on=True)
    assert snapshot_current().fault_rules["managed"][0].run == 2
    with directory_change(by="ada"):
        fault_rule_delete(rule=rule)
    assert published() == []
    assert [entry.action for entry in Entry.objects.filter(kind="fault rule").order_by("pk")] == [
        "added",
        "switched off",
        "switched on",
        "removed",
    ]


def test_a_rule_goes_with_the_application_that_it_is_about(sample: Sample) -> None:
    put(application=sample.application)
    with directory_change(by="ada"):
        sample.application.delete()
    assert published() == []


@pytest.mark.usefixtures("sample")
@pytest.mark.parametrize(
    ("members", "field"),
    [
        ({"name": "Not So"}, "name"),
        ({"code": "MG999"}, "code"),
        ({"code": "MG101"}, "code"),
        ({"code": "MG706"}, "code"),
        ({"code": ""}, "code"),
        ({"effect": "drop"}, "code"),
        ({"operation": "list-jobs"}, "operation"),
        ({"tier": "production"}, "tier"),
        ({"place": "token", "code": "MG706", "operation": "x"}, "operation"),
        ({"place": "token", "code": "", "effect": "cut"}, "effect"),
        ({"effect": "delay", "code": ""}, "delay_to"),
        ({"delay_from": 9, "delay_to": 1}, "delay_to"),
        ({"delay_to": 30_001}, "delay_to"),
        ({"share": 101}, "share"),
        ({"most": 0}, "most"),
        (
            {"since": datetime(2026, 1, 2, tzinfo=UTC), "until": datetime(2026, 1, 1, tzinfo=UTC)},
            "until",
        ),
    ],
)
def test_what_does_not_go_together_is_refused_at_its_field(members: dict[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        put(**members)
    assert set(refused.value.message_dict) == {field}
    assert not FaultRule.objects.exists()


@pytest.mark.usefixtures("sample")
def test_an_operation_must_be_one_of_the_api() -> None:
    api = jobs()
    with pytest.raises(ValidationError, match="It has: list-jobs, get-job"):
        put(api=api, operation="other")
    assert put(api=api, operation="list-jobs").operation == "list-jobs"


def test_token_rules_are_for_test_only_applications_unless_production_is_allowed(
    sample: Sample, allowed: dict[str, bool]
) -> None:
    tokens: dict[str, Any] = {"place": "token", "code": "mg706", "application": sample.application}
    with pytest.raises(ValidationError, match="Test Only"):
        put(**tokens)
    allowed["production_faults"] = True
    assert put(**tokens).code == "MG706"
    assert put(name="prod", tier="production").tier == "production"


def test_a_rule_in_words(sample: Sample) -> None:
    rule = put(api=jobs(), operation="list-jobs", application=sample.application, share=20)
    assert sentence(rule) == (
        f"One of five calls to Job Tracking, list-jobs on the test tier by {sample.application} is answered"
        " with 429 Too Many Requests (MG401: Rate limit is exceeded. Try again in … seconds)."
    )
    rule = put(
        share=33, effect="drop", code="", delay_from=500, delay_to=2000, most=3, operation="", api=None
    )
    rule.until = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    assert sentence(rule) == (
        f"33 of 100 calls to any API on the test tier by {sample.application} gets no answer: the connection"
        " ends after 0.5 to 2 s, until 2026-01-02 03:04 UTC, 3 times at most."
    )


def test_saving_again_begins_a_new_run_and_keeps_the_time(sample: Sample) -> None:  # noqa: ARG001 - it publishes
    rule = put()
    before = rule.started_at
    settings.CLOCK.jump(5)
    try:
        with directory_change(by="ada"):
            fault_rule_save(rule)
    finally:
        settings.CLOCK.jump(-5)
    assert rule.run == 2
    assert rule.started_at > before


def test_rules_go_into_files_and_come_back_and_files_take_them_away(sample: Sample) -> None:
    put(application=sample.application, subscription=sample.subscription, api=jobs(), most=7)
    (thing,) = decisions_of_rows(secrets=False)[kinds.FAULT_RULE].values()
    with directory_change(by="ada"):
        Putting().remove(kinds.FAULT_RULE, thing)
    assert published() == []
    with directory_change(by="ada"):
        Putting().put(kinds.FAULT_RULE, thing)
    assert decisions_of_rows(secrets=False)[kinds.FAULT_RULE] == {"rule": thing}
    assert published() == ["rule"]


def test_a_file_may_only_name_what_there_is(sample: Sample) -> None:  # noqa: ARG001 - as above
    with pytest.raises(ValidationError, match="There is no API nowhere"):
        Putting().put(kinds.FAULT_RULE, kinds.FaultRule(name="r", code="MG401", api="nowhere"))


# What can be produced


def test_the_catalogue_says_for_every_error_how_it_is_produced(allowed: dict[str, bool]) -> None:
    assert {item.header for item in producible(CATALOGUE.values())} == {""}, "not allowed here"

    allowed["takes_fault_header"] = True
    found = {item.problem.code: item for item in producible(CATALOGUE.values())}
    assert list(found) == list(CATALOGUE)
    assert (found["MG401"].header, found["MG401"].at_token_endpoint) == ("MG401", False)
    assert (found["MG706"].header, found["MG706"].at_token_endpoint) == ("MG706", True)
    assert (found["MG101"].header, found["MG101"].source) == ("", None)
    for item in found.values():
        assert bool(item.header) != bool(item.by_hand), item.problem.code


# The clock


def test_the_clock_of_an_installation_that_is_no_sandbox_is_not_jumped() -> None:
    for change in (
        lambda: clock.jump(by="ada", to=settings.CLOCK.utc() + timedelta(hours=1)),
        lambda: clock.reset(by="ada"),
    ):
        with pytest.raises(ValidationError, match="MILLGATE_SANDBOX=true"):
            change()
    assert (settings.CLOCK.offset, SandboxClock.objects.count()) == (0.0, 0)


def test_the_clock_jumps_forward_and_back_and_both_are_told(allowed: dict[str, bool]) -> None:
    allowed["is_sandbox"] = True
    real = settings.CLOCK.utc()
    assert clock.jump(by="ada", to=real + timedelta(hours=2), towards="tea") == 7200
    assert settings.CLOCK.offset == 7200
    settings.CLOCK.follow(0.0)
    clock_follow()
    assert settings.CLOCK.offset == 7200, "another process learns it from the row"

    clock.reset(by="ada")
    assert settings.CLOCK.offset == 0
    entries = Entry.objects.filter(kind="clock").order_by("pk")
    assert [(entry.action, entry.who) for entry in entries] == [("jumped", "ada"), ("set back", "ada")]


def test_a_jump_is_forward_and_not_too_far_and_one_that_is_refused_leaves_the_clock(
    allowed: dict[str, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    allowed["is_sandbox"] = True
    now = settings.CLOCK.utc()
    with pytest.raises(ValidationError, match="forward alone"):
        clock.jump(by="ada", to=now - timedelta(seconds=1))
    with pytest.raises(ValidationError, match="1100 days"):
        clock.jump(by="ada", to=now + timedelta(days=1101))

    def fail() -> None:
        raise OSError

    monkeypatch.setattr("millgate.control.publish.services.directory_document", fail)
    with pytest.raises(OSError):  # noqa: PT011 - any failure of publishing
        clock.jump(by="ada", to=now + timedelta(days=1))
    assert settings.CLOCK.offset == 0


def test_what_lies_ahead_can_be_jumped_to_and_is_then_behind(
    sample: Sample, allowed: dict[str, bool]
) -> None:
    allowed["is_sandbox"] = True
    end = settings.CLOCK.utc() + timedelta(days=30)
    with directory_change(by="ada"):
        application_secret_add(application=sample.application, description="", expires_at=end)
    kinds_ahead = {item.kind: item for item in clock.moments()}
    assert {"tokens", "quota", "secret"} == set(kinds_ahead)
    assert [item.kind for item in clock.moments(str(sample.application))] == ["secret"]

    quota = kinds_ahead[clock.MomentKind.QUOTA]
    clock.jump_to(by="ada", key=quota.key)
    assert timedelta() < settings.CLOCK.utc() - quota.at < timedelta(seconds=5)
    secret = kinds_ahead[clock.MomentKind.SECRET]
    clock.jump_to(by="ada", key=secret.key)
    assert settings.CLOCK.utc() > end
    assert "secret" not in {item.kind for item in clock.moments()}
    assert _secrets_published(sample) == 1, "the one that has no end"

    clock.reset(by="ada")
    assert _secrets_published(sample) == 2, "before its end it is good again"


def _secrets_published(sample: Sample) -> int:
    return len(snapshot_current().applications[str(sample.application.client_id)].secrets)


@pytest.mark.parametrize("key", ["", "nothing", "quota:x:1", "quota:", "secret:x", "secret:999999:"])
def test_a_moment_that_is_not_ahead_is_told(key: str, allowed: dict[str, bool]) -> None:
    allowed["is_sandbox"] = True
    with pytest.raises(ValidationError, match="does not lie ahead"):
        clock.jump_to(by="ada", key=key)
