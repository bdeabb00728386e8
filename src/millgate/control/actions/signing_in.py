"""Signing in with e-mail, password and code, by the rules that the pages have too.

Each try is counted before a secret is looked at. That an address has an account is told: the documented
statuses say so. How often one address may ask is bounded by the same counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth import authenticate

from millgate.control.accounts import tries
from millgate.control.accounts.models import Person
from millgate.control.accounts.second_factors import second_factor_passes
from millgate.control.accounts.signing_in import NextStep, next_step
from millgate.control.actions.pipeline.calls import Refused
from millgate.control.actions.registry import statuses
from millgate.control.actions.sessions import now

if TYPE_CHECKING:
    from datetime import datetime


def signed_in(*, email: str, password: str, otp: str, address: str) -> Person:
    """Whoever has this e-mail, password and, where they have a second factor, code.

    Raises:
        Refused: there is no such account, a secret is wrong, or too many were tried.
    """
    counters = tries.of_password(email, address)
    _may_try(tries.try_begin(*counters))
    person = _person(email, password)
    if person is None:
        until = tries.try_failed(counters[0])
        _may_try(until)
        raise _refusal(email)
    _second_factor(person, otp, address)
    tries.tries_forget(counters[0], tries.of_code(person, address))
    # What else failed from there stays counted: one good password excuses no other guess.
    tries.try_uncount(counters[1])
    return person


def locked(until: datetime) -> Refused:
    """Nobody may try for now."""
    seconds = max(1, int((until - now()).total_seconds()) + 1)
    return Refused(
        statuses.RATE_LIMIT,
        f"Too many tries. Nobody can try this from here for {seconds} seconds.",
        headers={"Retry-After": str(seconds)},
    )


def _may_try(until: datetime | None) -> None:
    if until is not None:
        raise locked(until)


def _person(email: str, password: str) -> Person | None:
    person = authenticate(username=email, password=password)
    return person if isinstance(person, Person) else None


def _refusal(email: str) -> Refused:
    person = Person.objects.filter(email__iexact=email.strip(), is_service_account=False).first()
    if person is None:
        return Refused(
            statuses.EMAIL_NOT_FOUND, "No account has this e-mail address. Register the client first."
        )
    if not person.has_usable_password() and person.is_active:
        return Refused(statuses.NO_PASSWORD, "Choose a password first: users/forgot_password mails a link.")
    return Refused(statuses.INVALID_PASSWORD, "The password is wrong, or the account is not active.")


def _second_factor(person: Person, otp: str, address: str) -> None:
    step = next_step(person)
    if step is None:
        return
    if step is NextStep.SET_UP:
        raise Refused(
            statuses.SECOND_FACTOR,
            "Administrators need a second factor here. Sign in to the portal to set it up.",
        )
    if not otp:
        raise Refused(
            statuses.SECOND_FACTOR, "Send the code of the authenticator app, or a recovery code, as otp."
        )
    counter = tries.of_code(person, address)
    _may_try(tries.try_begin(counter))
    if not second_factor_passes(person=person, code=otp):
        _may_try(tries.try_failed(counter))
        raise Refused(statuses.SECOND_FACTOR, "The otp is wrong, or was used already. Wait for the next one.")
