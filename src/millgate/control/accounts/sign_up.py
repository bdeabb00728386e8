"""Signing up: asked for, confirmed by whoever reads the address's mail, and decided.

There is no account before the address is confirmed, and confirming takes the password that was chosen: who
asks with somebody else's address gets nothing when that one follows the link.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from millgate.control.accounts import mails, tries
from millgate.control.accounts.links import CONFIRM_HOURS, HOURLY, digest_of, secret_new
from millgate.control.accounts.models import Hat, HatKind, Person, PersonState, SignUpPolicy
from millgate.control.accounts.selectors import account_settings
from millgate.control.accounts.sign_in_models import SignUp
from millgate.control.audit.acting import origin
from millgate.control.audit.collecting import recorded
from millgate.control.audit.services import note

if TYPE_CHECKING:
    from datetime import datetime

BY: Final = "sign up"


@recorded(by=BY)
def sign_up_ask(
    *,
    email: str,
    first_name: str,
    last_name: str,
    company: str,
    password: str,
    terms_accepted: bool,
    hat: HatKind = HatKind.DEVELOPER,
    language: str = "",
) -> None:
    """Ask for an account. Whoever asks learns nothing but that a mail is on its way.

    Args:
        email: the address, to which a link is sent.
        first_name: of the person.
        last_name: of the person.
        company: for whoever approves, in the person's own words; may be empty.
        password: that the account shall have.
        terms_accepted: whether they accept the terms of use.
        hat: what they are to the installation, once it is confirmed.
        language: in which they read the page, and will read their mails; empty for the installation's.

    Raises:
        ValidationError: nobody may sign up, the terms are not accepted, or the password breaks the rules.
    """
    accepted_at = _may(terms_accepted=terms_accepted)
    person = Person(email=email.lower(), user_id=email.lower(), first_name=first_name, last_name=last_name)
    validate_password(password, person)
    # Hashed whether or not it is needed: the time that takes would tell.
    hashed = make_password(password)
    standing = Person.objects.filter(email__iexact=email).first()
    if standing is not None:
        _asked_again(standing)
        return
    person.clean_fields(exclude=["password"])
    now, secret = settings.CLOCK.utc(), secret_new()
    if sign_up_enough(person.email):
        return
    row = SignUp.objects.create(
        digest=digest_of(secret),
        email=person.email,
        first_name=first_name,
        last_name=last_name,
        company=company,
        hat=hat,
        language=language,
        password=hashed,
        terms_accepted_at=accepted_at,
        address=origin().address,
        made_at=now,
        expires_at=now + timedelta(hours=CONFIRM_HOURS),
    )
    mails.confirmation_tell(row, secret)
    note("sign-up asked", kind="person", key="unknown")


def sign_up_enough(email: str) -> bool:
    """Whether so many links were sent to an address in the last hour that it gets no other now."""
    since = settings.CLOCK.utc() - timedelta(hours=1)
    return SignUp.objects.filter(email=email, made_at__gt=since).count() >= HOURLY


def sign_up_find(secret: str) -> SignUp | None:
    """What a link confirms; None when it does not work (any more)."""
    live = SignUp.objects.filter(expires_at__gt=settings.CLOCK.utc())
    return live.filter(digest=digest_of(secret)).first()


@recorded(by=BY)
def sign_up_confirm(*, secret: str, password: str) -> Person | None:
    """Make the account that was asked for: active or waiting for a decision; None for a wrong password.

    Raises:
        ValidationError: the link does not work, nobody may sign up any more, or the address has got an
            account by another way.
    """
    row = sign_up_find(secret)
    policy = account_settings().sign_up
    if row is None or policy == SignUpPolicy.CLOSED:
        raise ValidationError(_("This link does not work any more. Sign up again."))
    if not check_password(password, row.password):
        return None
    tries.tries_forget(tries.of_link(secret))
    if not SignUp.objects.filter(email=row.email).delete()[0]:
        raise ValidationError(_("This link does not work any more. Sign up again."))
    if Person.objects.filter(email__iexact=row.email).exists():
        raise ValidationError(_("There is an account of this address already. Sign in."))
    return _person_make(row, at_once=policy == SignUpPolicy.AT_ONCE)


def _may(*, terms_accepted: bool) -> datetime | None:
    decided = account_settings()
    if decided.sign_up == SignUpPolicy.CLOSED:
        raise ValidationError(_("Nobody can sign up here. Ask an administrator for an account."))
    if decided.terms and decided.terms_required and not terms_accepted:
        raise ValidationError({"terms": _("Accept the terms of use to sign up.")})
    return settings.CLOCK.utc() if decided.terms and terms_accepted else None


def _asked_again(person: Person) -> None:
    if not person.is_service_account and person.state != PersonState.CLOSED:
        mails.existence_tell(person)
    note("sign-up asked again", kind="person", key=person.user_id, name=person.email)


def _person_make(row: SignUp, *, at_once: bool) -> Person:
    person = Person(
        email=row.email,
        user_id=_user_id(row.email),
        first_name=row.first_name,
        last_name=row.last_name,
        asked_company=row.company,
        language=row.language,
        password=row.password,
        state=PersonState.ACTIVE if at_once else PersonState.PENDING,
        confirmed_at=settings.CLOCK.utc(),
        terms_accepted_at=row.terms_accepted_at,
    )
    person.full_clean()
    person.save()
    Hat.objects.create(person=person, kind=row.hat)
    if at_once:
        mails.approval_tell(person)
    else:
        mails.waiting_tell(person)
    return person


def _user_id(email: str) -> str:
    """The e-mail; with a number where somebody has had it before, because a user ID is for good."""
    most = 90
    wanted, number = email[:most], 1
    while Person.objects.filter(user_id=wanted).exists():
        number += 1
        wanted = f"{email[:most]}-{number}"
    return wanted
