"""A person's second factor: an authenticator app, and recovery codes for whoever has lost it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from millgate.control.accounts import mails, one_time_codes
from millgate.control.accounts.models import Person
from millgate.control.accounts.sign_in_models import RecoveryCode, SecondFactor
from millgate.control.accounts.vault import digester, sealer
from millgate.control.audit.services import note

if TYPE_CHECKING:
    from django.utils.functional import Promise

RECOVERY_CODES: Final = 10


def has_second_factor(person: Person) -> bool:
    """Whether somebody signs in with a code, too."""
    return SecondFactor.objects.filter(person=person).exists()


def recovery_codes_left(person: Person) -> int:
    """How many recovery codes are unused."""
    return person.recovery_codes.count()


@transaction.atomic
def second_factor_enable(*, person: Person, secret: str, code: str) -> list[str]:
    """Turn it on, with the code that the app shows; returns the recovery codes, which nobody shows again.

    Raises:
        ValidationError: the code is not the app's, or it is on already.
    """
    step = one_time_codes.step_of(secret, _typed(code), settings.CLOCK.unmoved())
    if step is None:
        raise ValidationError(_("This is not the code that the app shows now. Check the time of your phone."))
    _made, new = SecondFactor.objects.get_or_create(
        person=person,
        defaults={
            "sealed": sealer().seal(secret.encode(), _bound(person)),
            "last_step": step,
            "made_at": settings.CLOCK.utc(),
        },
    )
    if not new:
        raise ValidationError(_("A second factor is on already. Turn it off first."))
    codes = _recovery_codes_make(person)
    _told(person, "second factor turned on", _("A second factor was turned on for your account."))
    return codes


@transaction.atomic
def second_factor_disable(*, person: Person) -> None:
    """Turn it off. Nothing happens where there is none."""
    if _removed(person):
        _told(person, "second factor turned off", _("The second factor of your account was turned off."))


@transaction.atomic
def second_factor_reset(*, person: Person) -> None:
    """Take it from somebody who has lost both app and codes, as an administrator.

    Raises:
        ValidationError: they have none.
    """
    if not _removed(person):
        raise ValidationError(_("%(person)s has no second factor."), params={"person": str(person)})
    _told(person, "second factor reset", _("An administrator reset the second factor of your account."))


@transaction.atomic
def recovery_codes_renew(*, person: Person) -> list[str]:
    """New recovery codes in place of the old ones, which nobody shows again.

    Raises:
        ValidationError: there is no second factor.
    """
    if not has_second_factor(person):
        raise ValidationError(_("Turn on a second factor first."))
    codes = _recovery_codes_make(person)
    _told(person, "recovery codes renewed", _("The recovery codes of your account were made anew."))
    return codes


@transaction.atomic
def second_factor_passes(*, person: Person, code: str) -> bool:
    """Whether a code is the app's or one of the recovery codes; it is used up by that."""
    factor = SecondFactor.objects.select_for_update().filter(person=person).first()
    if factor is None:
        return False
    typed = _typed(code)
    if len(typed) == one_time_codes.DIGITS and typed.isdecimal():
        return _app_passes(factor, typed)
    if not RecoveryCode.objects.filter(person=person, digest=_digest(person, typed)).delete()[0]:
        return False
    left = recovery_codes_left(person)
    note("recovery code used", kind="person", key=person.user_id, name=person.email, comment=f"{left} left")
    return True


def _app_passes(factor: SecondFactor, typed: str) -> bool:
    secret = sealer().unseal(bytes(factor.sealed), _bound(factor.person)).decode()
    step = one_time_codes.step_of(secret, typed, settings.CLOCK.unmoved(), after=factor.last_step)
    if step is None:
        return False
    factor.last_step = step
    factor.save(update_fields=["last_step"])
    return True


def _removed(person: Person) -> bool:
    RecoveryCode.objects.filter(person=person).delete()
    return bool(SecondFactor.objects.filter(person=person).delete()[0])


def _recovery_codes_make(person: Person) -> list[str]:
    RecoveryCode.objects.filter(person=person).delete()
    codes = [one_time_codes.recovery_code_new() for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(person=person, digest=_digest(person, _typed(code))) for code in codes
    )
    return codes


def _told(person: Person, action: str, words: str | Promise) -> None:
    note(action, kind="person", key=person.user_id, name=person.email)
    mails.sign_in_change_tell(person, words)


def _typed(code: str) -> str:
    """What was typed, without what people put between."""
    return "".join(code.split()).replace("-", "").lower()


def _digest(person: Person, typed: str) -> str:
    return digester().digest(f"recovery code\0{person.pk}\0{typed}")


def _bound(person: Person) -> str:
    return f"second factor {person.pk}"
