"""The Secrets Grid: which secrets live, who still uses the old one, and ending one without surprise."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from millgate.control.clients import services, standing
from millgate.control.clients.models import ClientSecret
from millgate.control.clients.selectors import ENDED_DAYS, MOST_ENDED
from millgate.control.clients.standing import Tone, secrets_standing
from millgate.control.publish.selectors import snapshot_current
from millgate.control.publish.services import directory_change
from millgate.core.clock import StillClock
from millgate.stores.retention import CALLERS_KEPT
from support.console_pages import act, helper, page, signed_in, text
from support.sample import Sample, sample_make
from support.token_records import refused, used

if TYPE_CHECKING:
    from django.test import Client

    from millgate.snapshot.document import Application

pytestmark = pytest.mark.usefixtures("rows")

HOUR, DAY = 3600, 86_400


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> StillClock:
    still = StillClock(settings.CLOCK.now() + HOUR)
    monkeypatch.setattr(settings, "CLOCK", still)
    return still


@pytest.fixture
def sample(rows: None, clock: StillClock) -> Sample:  # noqa: ARG001 - rows are rolled back
    return sample_make()


@pytest.fixture
def ada(sample: Sample) -> Client:
    return signed_in(sample.administrator)


@pytest.fixture
def old(sample: Sample) -> ClientSecret:
    return sample.application.secrets.get()


def add(sample: Sample, **given: Any) -> ClientSecret:
    with directory_change(by="test"):
        return services.application_secret_add(application=sample.application, **given)[0]


def state_of(sample: Sample, secret: ClientSecret) -> standing.Standing:
    found = secrets_standing(sample.application)
    return next(item for item in (*found.live, *found.ended) if item.secret == secret)


def published(sample: Sample) -> Application:
    return snapshot_current().applications[str(sample.application.client_id)]


# States


@pytest.mark.parametrize(
    ("days", "words", "tone"),
    [
        (90.0, "Live", Tone.GOOD),
        (14.5, "Live", Tone.GOOD),
        (13.5, "Expires in 13 days", Tone.WARN),
        (2.5, "Expires in 2 days", Tone.WARN),
        (1.5, "Expires in 1 day", Tone.BAD),
        (0.2, "Expires in 4 hours", Tone.BAD),
        (0.01, "Expires within the hour", Tone.BAD),
    ],
)
def test_the_end_of_a_secret_is_told_ahead(
    sample: Sample, clock: StillClock, days: float, words: str, tone: Tone
) -> None:
    secret = add(sample, expires_at=clock.utc() + timedelta(days=days))
    found = state_of(sample, secret)

    assert (found.state, found.tone) == (words, tone)
    assert found.expiring is (tone is not Tone.GOOD)


def test_an_ended_secret_says_how_it_ended_and_is_folded_away(
    ada: Client, sample: Sample, clock: StillClock, old: ClientSecret
) -> None:
    by_time = add(sample, description="ran out", expires_at=clock.utc() + timedelta(days=1))
    clock.jump(2 * DAY)
    act(ada, sample.application, "secret-expire", secret=str(old.pk))

    assert state_of(sample, by_time).state == "Expired"
    assert state_of(sample, old).state == "Expired by hand"
    shown = ada.get(page(sample.application)).content.decode()
    folded = shown.partition('<details class="folded">')[2].partition("</table>")[0]
    assert "2 expired secrets" in folded
    assert "ran out" in folded
    assert "It has no live secret" in shown


def test_a_secret_that_nobody_used_for_90_days_says_so(
    sample: Sample, clock: StillClock, old: ClientSecret, monkeypatch: pytest.MonkeyPatch
) -> None:
    since = clock.now()
    monkeypatch.setattr(standing, "secret_uses_since", lambda _now: since)
    used(old, ago=DAY)
    newer = add(sample)
    clock.jump(88 * DAY)
    assert [item.state for item in secrets_standing(sample.application).live] == ["Live", "Live"]

    clock.jump(2 * DAY)
    assert state_of(sample, old).state == "Not used for 90 days"
    assert state_of(sample, newer).state == "Not used for 90 days"


def test_last_used_is_never_where_every_use_would_be_known_and_else_says_since_when(
    sample: Sample, clock: StillClock, old: ClientSecret, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert state_of(sample, old).last_words == "never"

    day = f"{clock.utc() + timedelta(days=3):%Y-%m-%d}"
    since = clock.now() + 3 * DAY
    monkeypatch.setattr(standing, "secret_uses_since", lambda _now: since)
    assert state_of(sample, old).last_words == f"not since {day}"


def test_last_used_is_told_as_people_say_it_and_exactly(
    ada: Client, sample: Sample, old: ClientSecret
) -> None:
    used(old, ago=3 * HOUR + 100, times=41)
    shown = text(ada.get(page(sample.application)))

    assert "3 hours ago" in shown
    assert f"{settings.CLOCK.utc() - timedelta(seconds=3 * HOUR + 100):%Y-%m-%d %H:%M}" in shown
    assert "41" in shown


# Who still uses the old one


def test_the_page_says_who_still_uses_a_secret(ada: Client, sample: Sample, old: ClientSecret) -> None:
    used(old, ago=HOUR, client="10.0.0.7", library="MSAL.Python 1.39.0")
    used(old, ago=3 * DAY, client="10.0.0.8", library="<b>curl</b>")
    used(old, ago=9 * DAY, client="10.0.0.9", library="adal-node 0.2.4")
    answer = ada.get(page(sample.application))
    shown = text(answer)

    assert "Who still uses it (3)" in shown
    assert "MSAL.Python 1.39.0" in shown
    assert "<b>curl" not in answer.content.decode()
    expire = shown.partition("1 caller used it in the last 24 hours")[2].partition("An expired secret")[0]
    assert "2 in the last 7 days." in expire
    assert "10.0.0.8" in expire
    assert "10.0.0.9" not in expire


def test_an_old_secret_in_use_is_not_told_to_be_safe(
    sample: Sample, clock: StillClock, old: ClientSecret
) -> None:
    used(old, ago=0)
    newest = add(sample)
    clock.jump(DAY)
    used(newest, ago=0)
    used(old, ago=HOUR)
    found = state_of(sample, old)

    assert (found.advice, found.safe) == ("It has been used since the newest was added.", False)
    assert state_of(sample, newest).advice == ""


def test_an_old_secret_that_nobody_used_since_is_told_to_be_safe(
    sample: Sample, clock: StillClock, old: ClientSecret
) -> None:
    used(old, ago=1)
    newest = add(sample)
    used(newest, ago=0)
    clock.jump(HOUR - 1)
    assert "A token lasts an hour" in state_of(sample, old).advice
    assert not state_of(sample, old).safe

    clock.jump(1)
    assert state_of(sample, old).safe


def test_an_old_secret_is_not_told_to_be_safe_while_the_newest_is_not_used_either(
    ada: Client, sample: Sample, clock: StillClock, old: ClientSecret
) -> None:
    used(old, ago=1)
    newest = add(sample)
    clock.jump(3 * DAY)
    assert "nor the newest" in state_of(sample, old).advice
    assert not state_of(sample, old).safe

    used(newest, ago=HOUR)
    assert state_of(sample, old).safe
    assert "Nobody has used it since the newest was added 3 days ago: it is safe to expire it" in text(
        ada.get(page(sample.application))
    )


def test_a_secret_with_more_callers_than_are_told_apart_says_so(
    ada: Client, sample: Sample, old: ClientSecret
) -> None:
    for number in range(CALLERS_KEPT):
        used(old, ago=number, client=f"10.0.1.{number}")

    assert "There may be more" in text(ada.get(page(sample.application)))


# Ending one


def test_a_secret_is_expired_now_and_machines_obey(ada: Client, sample: Sample, old: ClientSecret) -> None:
    shown = text(act(ada, sample.application, "secret-expire", secret=str(old.pk)))

    assert "the secret has expired" in shown
    assert published(sample).secrets == ()
    assert [(item.key, item.by_hand) for item in published(sample).ended] == [(str(old.pk), True)]


def test_the_end_of_a_live_secret_is_set_and_brought_forward(
    ada: Client, sample: Sample, clock: StillClock, old: ClientSecret
) -> None:
    act(ada, sample.application, "secret-end", secret=str(old.pk), within="168")
    in_a_week = int(clock.now()) + 7 * DAY
    assert [item.expires_at for item in published(sample).secrets] == [in_a_week]

    sooner = clock.utc() + timedelta(days=2)
    at = f"{sooner:%Y-%m-%dT%H:%M}"
    act(ada, sample.application, "secret-end", secret=str(old.pk), within="24", expires_at=at)
    old.refresh_from_db()
    assert f"{old.expires_at:%Y-%m-%dT%H:%M}" == at


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"within": "720"}, "It expires sooner already"),
        ({"within": "", "expires_at": "2001-01-01T00:00"}, "This time has passed already"),
        ({"within": ""}, "Say when it shall expire"),
        ({"within": "nonsense"}, "Select a valid choice"),
    ],
)
def test_an_end_is_never_put_off_or_in_the_past(
    ada: Client, sample: Sample, clock: StillClock, data: dict[str, str], told: str
) -> None:
    end = clock.utc() + timedelta(days=7)
    secret = add(sample, expires_at=end)
    assert told in text(act(ada, sample.application, "secret-end", secret=str(secret.pk), **data))
    secret.refresh_from_db()
    assert secret.expires_at == end


def test_an_ended_secret_gets_no_new_end(sample: Sample, clock: StillClock, old: ClientSecret) -> None:
    services.secret_expire_now(secret=old)
    with pytest.raises(ValidationError, match="expired already"):
        services.secret_end_set(secret=old, expires_at=clock.utc() + timedelta(days=1))
    assert sample.application.pk


@pytest.mark.parametrize("named", ["", "x", "²", "9" * 40, "999999"])
def test_a_secret_of_another_application_or_none_is_not_found(
    ada: Client, sample: Sample, named: str
) -> None:
    assert act(ada, sample.application, "secret-expire", secret=named).status_code == 404
    assert len(published(sample).secrets) == 1


# What machines are told of ended ones


def test_machines_know_the_secrets_that_ended_lately_and_no_others(
    sample: Sample, clock: StillClock, old: ClientSecret
) -> None:
    add(sample, expires_at=clock.utc() + timedelta(days=1))
    with directory_change(by="test"):
        services.secret_expire_now(secret=old)
    clock.jump(2 * DAY)
    add(sample)
    assert [item.by_hand for item in published(sample).ended] == [False, True]

    clock.jump((ENDED_DAYS - 1.5) * DAY)
    add(sample)
    assert [item.by_hand for item in published(sample).ended] == [False]


def test_of_an_application_that_rolls_all_the_time_machines_know_the_last_few(sample: Sample) -> None:
    with directory_change(by="test"):
        for _ in range(MOST_ENDED + 3):
            row, _ = services.application_secret_add(application=sample.application)
            services.secret_expire_now(secret=row)

    newest = ClientSecret.objects.exclude(revoked_at=None).order_by("-pk")[:MOST_ENDED]
    assert [item.key for item in published(sample).ended] == [str(row.pk) for row in newest]


# Refused requests


def test_the_page_tells_why_requests_were_refused(ada: Client, sample: Sample, old: ClientSecret) -> None:
    refused(sample.application, hint="plus-as-space", secret=old, library="<i>x</i>")
    refused(sample.application, code="MG708")
    refused(sample.application, code="MG799", hint="of-a-later-release")
    answer = ada.get(page(sample.application))
    shown = text(answer)

    assert "A + arrived as a space: percent-encode the secret in the form body" in shown
    assert f"…{old.hint}" in shown
    assert "invalid_client, AADSTS50012" in shown
    assert "invalid_resource, AADSTS50001" in shown
    assert "<i>x" not in answer.content.decode()
    assert sample.secret not in answer.content.decode()


# The list


LIST = "admin:clients_clientapplication_changelist"


def test_the_list_tells_and_finds_secrets_that_expire_or_are_unused(
    ada: Client, sample: Sample, clock: StillClock, old: ClientSecret
) -> None:
    address = reverse(LIST)
    shown = text(ada.get(address))
    assert "1 live" in shown
    assert "1 never used" in shown
    assert "Job board" in text(ada.get(address, {"secrets": "unused"}))
    for choice in ("expiring", "none"):
        assert "Job board" not in text(ada.get(address, {"secrets": choice}))

    used(old, ago=1)
    services.secret_end_set(secret=old, expires_at=clock.utc() + timedelta(days=3, hours=1))
    assert "Expires in 3 days" in text(ada.get(address, {"secrets": "expiring"}))
    assert "Job board" not in text(ada.get(address, {"secrets": "unused"}))

    services.secret_expire_now(secret=old)
    assert "none live" in text(ada.get(address, {"secrets": "none"}))
    assert sample.application.pk


def test_the_list_asks_as_often_for_many_applications_as_for_one(ada: Client, sample: Sample) -> None:
    def queries() -> int:
        with (
            CaptureQueriesContext(connections["default"]) as here,
            CaptureQueriesContext(connections["usage"]) as there,
        ):
            assert ada.get(reverse(LIST)).status_code == 200
        return len(here) + len(there)

    queries()
    before = queries()
    for number in range(10):
        made = services.application_create(display_name=f"A{number}", company=sample.company, account=None)
        services.application_secret_add(application=made)
    assert queries() == before


def test_an_administrator_who_may_not_change_applications_sees_no_grid(sample: Sample) -> None:
    shown = text(helper("view_clientapplication").get(page(sample.application)))
    assert "Job board" in shown
    assert "Secrets Grid" not in shown
