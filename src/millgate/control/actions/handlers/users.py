"""Registration, forgotten passwords, and a user's own account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from millgate.control.accounts import passwords, tries
from millgate.control.accounts.links import CONFIRM_HOURS, HOURLY, RESET_HOURS, link_enough
from millgate.control.accounts.models import HatKind, Person
from millgate.control.accounts.services import hat_give, person_profile_set
from millgate.control.accounts.sign_in_models import LinkPurpose
from millgate.control.accounts.sign_up import sign_up_ask, sign_up_enough
from millgate.control.actions.applications import application_of
from millgate.control.actions.pipeline.calls import Outcome, Refused
from millgate.control.actions.pipeline.refusals import invalid, missing, not_found
from millgate.control.actions.registry import statuses
from millgate.control.actions.sessions import sessions_end
from millgate.control.actions.shown import user_shown
from millgate.control.actions.signing_in import locked
from millgate.control.audit.collecting import recorded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from millgate.control.actions.pipeline.calls import ActionCall

SEE_PEOPLE: Final = "accounts.view_person"


def clients_register(call: ActionCall) -> Outcome:
    """`clients/register`: there is no account before whoever reads the address's mail says so."""
    application = application_of(call.params["application"])
    client = call.params["client"]
    company = _company(call.params)
    _may_ask(call)
    email = _email(client["email"])
    if Person.objects.filter(email__iexact=email).exists():
        raise Refused(statuses.EMAIL_REGISTERED, "The address has an account: sign in by sessions/create.")
    if sign_up_enough(email):
        raise _mailed_enough()
    try:
        sign_up_ask(
            email=email,
            first_name=client["first_name"],
            last_name=client["last_name"],
            company=company,
            password=client["password"],
            terms_accepted=call.params.get("accept_terms", False),
            hat=HatKind.CLIENT,
        )
    except ValidationError as refused:
        raise Refused(statuses.CLIENT_INVALID, _words(refused)) from None
    data = {"email": email, "state": "confirmation-mailed", "hours": CONFIRM_HOURS}
    record = ("client registration", email.partition("@")[2])
    return Outcome(data=data, application=application, record=record)


def client_register(call: ActionCall) -> Outcome:
    """`users/client_register`."""
    client, person = call.params.get("client", {}), call.user
    try:
        with recorded():
            _names_set(person, client)
            hat, made = hat_give(person=person, hat=HatKind.CLIENT)
    except ValidationError as refused:
        raise Refused(statuses.CLIENT_INVALID, _words(refused)) from None
    data = {"id": hat.pk, "role": "client", "user": user_shown(person, "default")}
    message = "" if made else "The user had a record as client already."
    return Outcome(data=data, message=message, record=("client", str(hat.pk)))


def forgot_password(call: ActionCall) -> Outcome:
    """`users/forgot_password`."""
    _may_ask(call)
    person = Person.objects.filter(email__iexact=call.params["email"].strip()).first()
    if person is None or not person.is_active:
        raise Refused(statuses.EMAIL_NOT_FOUND, "No active account has this e-mail address.")
    if link_enough(person=person, purpose=LinkPurpose.PASSWORD_RESET):
        raise _mailed_enough()
    passwords.password_reset_ask(email=person.email)
    return Outcome(
        data={"email": person.email, "state": "link-mailed", "hours": RESET_HOURS},
        record=("user", str(person.pk)),
    )


def reset_password(call: ActionCall) -> Outcome:
    """`users/reset_password`."""
    _may_ask(call)
    secret, password = call.params["reset_token"], call.params["password"]
    link = passwords.password_reset_find(secret)
    if link is None:
        raise invalid("reset_token", "The link does not work any more: ask anew by users/forgot_password.")
    _password_check(password, link.person)
    try:
        with recorded():
            person = passwords.password_reset(secret=secret, password=password)
            sessions_end(person)
    except ValidationError as refused:  # somebody else used it up between
        raise invalid("reset_token", _words(refused)) from None
    return Outcome(data=user_shown(person, "minimal"), record=("user", str(person.pk)))


def read(call: ActionCall) -> Outcome:
    """`users/read`."""
    person, wanted = call.user, call.params.get("id", call.user.pk)
    if wanted == person.pk:
        return Outcome(data=user_shown(person, "default"))
    other = Person.objects.filter(pk=wanted).first() if person.has_perm(SEE_PEOPLE) else None
    if other is None:
        raise not_found("id", "user")
    return Outcome(data=user_shown(other, "default"))


def update(call: ActionCall) -> Outcome:
    """`users/update`."""
    person, password = call.user, call.params.get("password")
    if password is not None:
        _current_check(call)
        _password_check(password, person)
    with recorded():
        _names_set(person, call.params)
        if password is not None:
            passwords.password_change(person=person, password=password, session=None)
            sessions_end(person, but=call.session)
    return Outcome(data=user_shown(person, "default"), record=("user", str(person.pk)))


# What several of them need


def _may_ask(call: ActionCall) -> None:
    """Whoever asks without a token is counted by address, as on the pages that do the same."""
    until = tries.try_begin(tries.of_asking(call.caller))
    if until is not None:
        raise locked(until)


def _mailed_enough() -> Refused:
    """An address gets a few links an hour; nobody is told of a mail that was not written."""
    return Refused(
        statuses.RATE_LIMIT,
        f"The address was sent {HOURLY} links within an hour. Use the newest, or ask again later.",
        headers={"Retry-After": "3600"},
    )


def _company(params: Mapping[str, Any]) -> str:
    client = params["client"]
    name, number = client.get("company_name", ""), client.get("company_id")
    if params.get("enterprise") and not name and number is None:
        raise missing("client.company_name", "A company registers with its name or its number.")
    return name if number is None else f"{name} (PCN {number})".strip()


def _email(text: str) -> str:
    email = text.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise Refused(statuses.CLIENT_INVALID, "client.email is no e-mail address.") from None
    return email


def _names_set(person: Person, given: Mapping[str, Any]) -> None:
    names = ("first_name", "last_name", "time_zone")
    if not any(name in given for name in names):
        return
    try:
        person_profile_set(
            person=person,
            language=person.language,
            **{name: str(given.get(name, getattr(person, name))) for name in names},
        )
    except ValidationError as refused:
        name = next((name for name in names if name in refused.message_dict), "first_name")
        raise invalid(name, _words(refused)) from None


def _current_check(call: ActionCall) -> None:
    """Refuse a new password of whoever does not know the present one; tries are counted as at sign-in."""
    given, person = call.params.get("current_password"), call.user
    if given is None:
        raise missing("current_password", "A new password takes the present one along.")
    counter = tries.of_password(person.email, call.caller)[0]
    until = tries.try_begin(counter)
    if until is not None:
        raise locked(until)
    if not person.check_password(given):
        until = tries.try_failed(counter)
        if until is not None:
            raise locked(until)
        raise Refused(statuses.INVALID_PASSWORD, "current_password is not the password of the account.")
    tries.tries_forget(counter)


def _password_check(password: str, person: Person) -> None:
    try:
        validate_password(password, person)
    except ValidationError as refused:
        raise invalid("password", _words(refused)) from None


def _words(refused: ValidationError) -> str:
    return " ".join(refused.messages)
