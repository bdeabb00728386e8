"""Sessions of the action API: their tokens, their ages to the second, and remember me."""

from __future__ import annotations

import pytest
from django.conf import settings

from millgate.core.clock import StillClock
from support.actions import EMPLOYEE, actions_make, call, worker_make

pytestmark = pytest.mark.usefixtures("rows")

DAY = 86_400


@pytest.fixture(autouse=True)
def clock(rows: None, monkeypatch: pytest.MonkeyPatch) -> StillClock:
    del rows
    clock = StillClock(1_800_000_000.4)
    monkeypatch.setattr(settings, "CLOCK", clock)
    actions_make()
    worker_make()
    return clock


def status(token: str) -> str:
    return str(call("sessions/read", token)["status"])


def test_a_session_is_answered_with_its_user_role_and_end_and_its_token_only_once() -> None:
    made = call("sessions/create", email=EMPLOYEE, password="nine tall mills", application="planoorder")
    assert made["code"] == 200
    assert made["session"]["role"] == "employee"
    assert made["session"]["user"]["email"] == EMPLOYEE
    assert made["session"]["expires_at"] == "2027-01-18T08:00:00Z"
    assert made["application"] == {"slug": "planoorder", "name": "Planoorder"}
    read = call("sessions/read", made["data"]["token"])
    assert read["session"] == made["session"]
    assert made["data"]["token"] not in str(read)
