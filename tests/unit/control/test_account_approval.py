"""Somebody who signed up waits for an administrator, who approves or rejects."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError

from millgate.control.accounts.models import Person, PersonState
from millgate.control.accounts.selectors import accounts_waiting
from millgate.control.accounts.services import account_approve, account_reject, person_create
from millgate.control.audit.models import Entry
from millgate.control.mail.models import Mail

pytestmark = pytest.mark.usefixtures("rows")


@pytest.fixture
def asking(rows: None) -> Person:  # noqa: ARG001 - it must stand on rows that are rolled back
    person = person_create(email="dee@example.com", first_name="Dee", last_name="Developer")
    person.state, person.confirmed_at = PersonState.PENDING, settings.CLOCK.utc()
    person.save()
    return person


def test_whoever_confirmed_their_address_waits(asking: Person) -> None:
    unconfirmed = person_create(email="una@example.com")
    unconfirmed.state = PersonState.PENDING
    unconfirmed.save()
    assert list(accounts_waiting()) == [asking]


def test_an_approved_person_is_active_and_told(asking: Person) -> None:
    account_approve(person=asking)
    assert asking.state == PersonState.ACTIVE
    assert not accounts_waiting().exists()
    assert [mail.kind for mail in Mail.objects.filter(address=asking.email)] == ["account-confirmed"]
    assert Entry.objects.first().action == "approved"  # type: ignore[union-attr]


def test_a_rejected_person_is_told_why(asking: Person) -> None:
    account_reject(person=asking, reason="Use your company's address.")
    assert asking.state == PersonState.REJECTED
    assert "Use your company's address." in Mail.objects.get(address=asking.email).text
    entry = Entry.objects.latest("pk")
    assert (entry.action, entry.comment) == ("rejected", "Use your company's address.")


def test_only_one_decision_is_taken(asking: Person) -> None:
    other = Person.objects.get(pk=asking.pk)
    account_approve(person=asking)
    with pytest.raises(ValidationError, match="does not wait"):
        account_reject(person=other, reason="")
    assert Mail.objects.filter(address=asking.email).count() == 1


def test_a_reason_that_is_too_long_decides_nothing(asking: Person) -> None:
    with pytest.raises(ValidationError):
        account_reject(person=asking, reason="x" * 501)
    assert accounts_waiting().exists()
