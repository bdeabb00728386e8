"""Tries at signing in: each is counted before the secret is looked at, so that tries at once gain nothing.

They are counted for a quarter of an hour; who has tried too often in it waits as long. A name counts the same
whether it has an account or not, and is kept as a digest, because what was typed for it may be a password.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import transaction
from django.db.models import F

from millgate.control.accounts.models import Person
from millgate.control.accounts.sign_in_models import SignInTries
from millgate.control.accounts.vault import digester
from millgate.control.audit.acting import Actor
from millgate.control.audit.services import note

if TYPE_CHECKING:
    from datetime import datetime

COOL_OFF: Final = timedelta(minutes=15)
"""For how long tries are counted together, and how long nobody may try after too many."""
PASSWORDS: Final = 5
"""How often a password may be tried for one name from one address."""
FROM_ADDRESS: Final = 100
"""How often passwords may be tried from one address, whatever the names: a plant may share one."""
CODES: Final = 10
"""How often a code may be tried for one person, from wherever."""
ASKED: Final = 20
"""How often mails may be asked for from one address."""
HANDED: Final = 120
"""How many tokens of Demo Mode one address may be given, each of which lasts as long as they are counted."""
_KEPT: Final = timedelta(days=1)
_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True)
class Counter:
    """What is counted together.

    Attributes:
        digest: names it.
        most: how many tries it allows.
        person: whose sign-in it keeps, if it is one's.
        address: of the browser.
    """

    digest: str
    most: int
    person: Person | None = None
    address: str = ""


def of_password(email: str, address: str) -> tuple[Counter, Counter]:
    """What a try at a password counts for: the name from this address, and the address."""
    name = email.strip().lower()
    person = Person.objects.filter(email__iexact=name).first()
    return (
        Counter(_digest("password", name, address), PASSWORDS, person, address),
        Counter(_digest("address", address), FROM_ADDRESS, None, address),
    )


def of_code(person: Person, address: str) -> Counter:
    """What a try at a code counts for."""
    return Counter(_digest("code", str(person.pk)), CODES, person, address)


def of_asking(address: str) -> Counter:
    """What asking for a mail counts for."""
    return Counter(_digest("asking", address), ASKED, None, address)


def of_handing(address: str) -> Counter:
    """What a token of Demo Mode counts for."""
    return Counter(_digest("handing", address), HANDED, None, address)


def of_link(secret: str) -> Counter:
    """What a try at the password of a link counts for."""
    return Counter(_digest("link", secret), PASSWORDS)


@transaction.atomic
def try_begin(*counters: Counter) -> datetime | None:
    """Count a try; None when it may go on, or else until when nobody may try."""
    now = settings.CLOCK.utc()
    _old_drop(now)
    rows = [_row(counter, now) for counter in sorted(counters, key=lambda counter: counter.digest)]
    locked = [_until(row) for row in rows if _locked(row, now)]
    if locked:
        return max(locked)
    for row in rows:
        if row.tries >= row.most or now >= row.since + COOL_OFF:
            row.tries, row.since = 0, now
        row.tries, row.last_at = row.tries + 1, now
        row.save()
    return None


def try_failed(counter: Counter) -> datetime | None:
    """A counted try has failed; tells until when nobody may try any more, if it was the last one.

    The lock-out has an entry in the audit log.
    """
    row = SignInTries.objects.filter(digest=counter.digest).first()
    if row is None or not _locked(row, settings.CLOCK.utc()):
        return None
    known = counter.person
    note(
        "locked out",
        kind="person",
        key=known.user_id if known else "unknown",
        name=known.email if known else "",
        comment=f"until {_until(row):%Y-%m-%d %H:%M} UTC",
        actor=Actor("unknown"),
    )
    return _until(row)


def tries_forget(*counters: Counter) -> None:
    """A counted try has succeeded, and those that failed before it are forgotten."""
    SignInTries.objects.filter(digest__in=[counter.digest for counter in counters]).delete()


def try_uncount(counter: Counter) -> None:
    """A counted try has succeeded; those that failed before it stay counted."""
    SignInTries.objects.filter(digest=counter.digest, tries__gt=0).update(tries=F("tries") - 1)


def locked_until(person: Person) -> datetime | None:
    """Until when somebody is locked out, from whichever address; None when they are not."""
    now = settings.CLOCK.utc()
    return max((_until(row) for row in person.tries.all() if _locked(row, now)), default=None)


def people_locked_out() -> list[int]:
    """The numbers of the rows of those who are locked out."""
    since = settings.CLOCK.utc() - COOL_OFF
    rows = SignInTries.objects.filter(person__isnull=False, tries__gte=F("most"), last_at__gt=since)
    return list(rows.values_list("person__pk", flat=True))


def person_unlock(*, person: Person) -> None:
    """Let somebody try again at once."""
    if SignInTries.objects.filter(person=person).delete()[0]:
        note("unlocked", kind="person", key=person.user_id, name=person.email)


def _digest(*parts: str) -> str:
    return digester().digest("\0".join(("sign-in tries", *parts)))


def _row(counter: Counter, now: datetime) -> SignInTries:
    row, _made = SignInTries.objects.select_for_update().get_or_create(
        digest=counter.digest,
        defaults={
            "person": counter.person,
            "address": counter.address,
            "most": counter.most,
            "since": now,
            "last_at": now,
        },
    )
    return row


def _locked(row: SignInTries, now: datetime) -> bool:
    return row.tries >= row.most and now < _until(row)


def _until(row: SignInTries) -> datetime:
    return row.last_at + COOL_OFF


def _old_drop(now: datetime) -> None:
    old = SignInTries.objects.filter(last_at__lt=now - _KEPT).values_list("pk", flat=True)[:_AT_ONCE]
    SignInTries.objects.filter(pk__in=list(old)).delete()
