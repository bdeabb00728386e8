"""Reading entries: newest first, a page at a time, however many there are."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple, Self

from django.db.models import Max, Q

from millgate.control.audit.described import TABLE
from millgate.control.audit.models import Entry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import Max, QuerySet

PER_PAGE: Final = 50
SEARCHED: Final = 100_000
"""How many entries one page of a search looks through; its link goes on behind them."""
_AT_ONCE: Final = 1000

KINDS: Final = (*dict.fromkeys(rows.kind for rows in TABLE), "action notification", "audit log")
CATALOGUE_KINDS: Final = tuple(
    dict.fromkeys(rows.kind for rows in TABLE if rows.model.startswith("catalogue."))
)
"""The kinds of things that are published together."""
ACTIONS: Final = (
    "added",
    "changed",
    "removed",
    "action session began",
    "action session ended",
    "action sessions ended",
    "activated",
    "address change asked",
    "approved",
    "blocked",
    "cancelled",
    "certificate added",
    "certificate removed",
    "closed",
    "consent given",
    "consent revoked",
    "counter reset",
    "declined",
    "deployed",
    "done",
    "jumped",
    "keys regenerated",
    "keys shown",
    "locked out",
    "made current",
    "old entries dropped",
    "password reset asked",
    "password set",
    "planned",
    "published",
    "recovery code used",
    "recovery codes renewed",
    "reinstated",
    "rejected",
    "resolved",
    "retired",
    "rolled back",
    "rotated",
    "second factor reset",
    "second factor turned off",
    "second factor turned on",
    "secret added",
    "secret end set",
    "secret expired",
    "secret removed",
    "sessions ended",
    "set back",
    "sign-in failed",
    "sign-up asked",
    "sign-up asked again",
    "signed in",
    "signed out",
    "suspended",
    "switched off",
    "switched on",
    "taken",
    "token made",
    "token revoked",
    "unlocked",
)
"""Everything that can have happened."""

_PLACE: Final = re.compile(r"([0-9]{1,18})-([0-9]{1,18})")
_MICROSECOND: Final = timedelta(microseconds=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Place(NamedTuple):
    """Where a page ends: the next one begins behind it."""

    at: datetime
    id: int

    def __str__(self) -> str:
        return f"{(self.at - _EPOCH) // _MICROSECOND}-{self.id}"

    @classmethod
    def read(cls, text: str) -> Self | None:
        """The place that a text names; None when it names none."""
        found = _PLACE.fullmatch(text)
        try:
            return cls(_EPOCH + int(found[1]) * _MICROSECOND, int(found[2])) if found else None
        except OverflowError:
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which entries.

    Attributes:
        who: user ID, e-mail, or what acted by itself; all of it.
        kind: of things.
        key: of the thing.
        action: what happened.
        address: from where, as the server believed it.
        since: the first day, in UTC.
        until: the last day.
        q: is in a name, a member, a value, an address or a request ID.
    """

    who: str = ""
    kind: str = ""
    key: str = ""
    action: str = ""
    address: str = ""
    since: date | None = None
    until: date | None = None
    q: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Entries, and the place where the next page begins, or None; whether that page is a search's rest."""

    entries: list[Entry] = field(default_factory=list)
    older: Place | None = None
    unfinished: bool = False


def entries(wanted: Wanted) -> QuerySet[Entry]:
    """The entries, newest first; without looking for words."""
    same = {name: getattr(wanted, name) for name in ("kind", "key", "action", "address")}
    found = Entry.objects.filter(**{name: value for name, value in same.items() if value})
    if wanted.who:
        found = found.filter(
            **{"email" if "@" in wanted.who and ":" not in wanted.who else "who": wanted.who}
        )
    if wanted.since:
        found = found.filter(at__gte=_midnight(wanted.since))
    if wanted.until:
        found = found.filter(at__lt=_midnight(wanted.until) + timedelta(days=1))
    return found.order_by("-at", "-id")


def entry_page(wanted: Wanted, behind: Place | None = None) -> Page:
    """A page of entries, by two queries at most."""
    found = _behind(entries(wanted), behind)
    floor = None
    if wanted.q:
        floor = found.values_list("at", "id")[SEARCHED : SEARCHED + 1].first()
        found = _searched(found, wanted.q)
        if floor is not None:
            found = found.filter(at__gte=floor[0])
    listed = list(found.defer("text", "before", "after")[: PER_PAGE + 1])
    if len(listed) > PER_PAGE:
        last = listed[PER_PAGE - 1]
        return Page(listed[:PER_PAGE], Place(last.at, last.pk))
    if floor is not None:
        return Page(listed, Place(*floor), unfinished=True)
    return Page(listed)


def changes_newest(many: int) -> list[Entry]:
    """The newest entries besides sign-ins, without the members that differ."""
    changes = Entry.objects.exclude(action__in=("signed in", "signed out", "sign-in failed"))
    return list(changes.defer("before", "after", "text")[:many])


def entries_streamed(wanted: Wanted, *, most: int | None = None) -> Iterator[Entry]:
    """All entries or the newest of them, read in small parts, so that none of it is held for long."""
    place, left = None, most
    while left is None or left > 0:
        found = _behind(entries(wanted), place)
        found = _searched(found, wanted.q) if wanted.q else found
        part = list(found[: _AT_ONCE if left is None else min(_AT_ONCE, left)])
        yield from part
        if len(part) < _AT_ONCE:
            return
        place, left = Place(part[-1].at, part[-1].pk), left and left - len(part)


def change_newest(kinds: tuple[str, ...]) -> tuple[object, ...]:
    """Names the newest change of things of some kinds, by two queries: another one is another change.

    The number alone would be given again after a roll back, and the time alone stands still in a sandbox.
    """
    newest = Entry.objects.filter(kind__in=kinds).aggregate(newest=Max("id"))["newest"]
    return Entry.objects.filter(pk=newest).values_list("id", "at", "action", "key", "text").first() or ()


def _behind(found: QuerySet[Entry], place: Place | None) -> QuerySet[Entry]:
    if place is None:
        return found
    # The first condition says what the second one implies, so that an index is used.
    later = Q(at__lt=place.at) | Q(at=place.at, id__lt=place.id)
    return found.filter(Q(at__lte=place.at), later)


def _searched(found: QuerySet[Entry], words: str) -> QuerySet[Entry]:
    for word in words.lower().split():
        found = found.filter(text__contains=word)
    return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
