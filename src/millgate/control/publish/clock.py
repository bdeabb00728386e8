"""Jumping the clock of a sandbox: what lies ahead, and what is published depends on the time."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _

from millgate.control.clients.models import Subscription, SubscriptionState
from millgate.control.clients.selectors import secrets_live
from millgate.control.publish.selectors import snapshot_current
from millgate.control.publish.services import directory_change
from millgate.control.sandbox.services import FARTHEST, clock_follow, clock_jump, clock_reset
from millgate.snapshot.signing import TOKEN_SECONDS
from millgate.stores.counting import window_start

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.db.models import QuerySet

    from millgate.control.clients.models import ClientSecret
    from millgate.snapshot import document

MOST_MOMENTS: Final = 50
"""How many moments are told: the next ones."""
MOST_SUBSCRIPTIONS: Final = 2000
"""Of how many subscriptions the quotas are looked at."""
_PAST: Final = timedelta(seconds=1)
"""How far behind a moment the clock comes to stand."""


class MomentKind(StrEnum):
    """What there is at a moment."""

    TOKENS = "tokens"
    QUOTA = "quota"
    SECRET = "secret"  # noqa: S105 - no secret


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that lies ahead.

    Attributes:
        key: names it in a request, for as long as it lies ahead.
        kind: what there is.
        words: it in words.
        of: whose, in words; empty for everybody's.
        at: when.
    """

    key: str
    kind: MomentKind
    words: str
    of: str
    at: datetime


def moments(wanted: str = "") -> list[Moment]:
    """What lies ahead, the next first: tokens, quotas and secrets that end.

    Args:
        wanted: a part of the name of a subscription or application, or of its owner's; empty for all.
    """
    now = settings.CLOCK.utc()
    found = [*_quotas(wanted, now), *_secrets(wanted)]
    if not wanted:
        found.append(_tokens(now))
    near = [item for item in found if item.at - now < FARTHEST]
    return sorted(near, key=lambda item: (item.at, item.of))[:MOST_MOMENTS]


def jump(*, by: str, to: datetime, towards: str = "") -> float:
    """As `clock_jump`; what is published follows. Gives how many seconds the clock is ahead.

    Raises:
        ValidationError: this is no sandbox, or the moment is not ahead, or too far.
    """
    with _clock_change(by):
        return clock_jump(to=to, towards=towards)


def jump_to(*, by: str, key: str) -> Moment:
    """Let the clock stand just behind a moment, by its key.

    Raises:
        ValidationError: there is no such moment ahead, or as for `jump`.
    """
    moment = _moment(key)
    if moment is None:
        raise ValidationError(_("This does not lie ahead any more. Look again, and choose another moment."))
    jump(by=by, to=moment.at + _PAST, towards=f"{moment.words} {moment.of}".strip())
    return moment


def reset(*, by: str) -> None:
    """As `clock_reset`; what is published follows.

    Raises:
        ValidationError: this is no sandbox.
    """
    with _clock_change(by):
        clock_reset()


@contextmanager
def _clock_change(by: str) -> Iterator[None]:
    try:
        with directory_change(by=by):
            yield
    except BaseException:
        clock_follow()
        raise


# What lies ahead


def _moment(key: str) -> Moment | None:
    now = settings.CLOCK.utc()
    kind, _colon, of = key.partition(":")
    if kind == MomentKind.TOKENS:
        return _tokens(now)
    name = of.partition(":")[0]
    try:
        if kind == MomentKind.QUOTA:
            rows = _subscriptions().filter(pk=name)
            return next((item for item in _quotas_of(rows, now) if item.key == key), None)
        if kind == MomentKind.SECRET:
            found = _secrets_ending().filter(pk=name)
            return next((item for item in map(_secret, found) if item.key == key), None)
    except (ValueError, ValidationError):
        return None
    return None


def _tokens(now: datetime) -> Moment:
    words = _("Every access token issued until now has expired")
    return Moment(
        str(MomentKind.TOKENS), MomentKind.TOKENS, words, "", now + timedelta(seconds=TOKEN_SECONDS)
    )


def _subscriptions() -> QuerySet[Subscription]:
    rows = Subscription.objects.filter(state=SubscriptionState.ACTIVE, adapter__isnull=False)
    return rows.select_related("adapter", "owner").order_by("name", "pk")


def _quotas(wanted: str, now: datetime) -> Iterator[Moment]:
    rows = _subscriptions()
    if wanted:
        rows = rows.filter(Q(name__icontains=wanted) | Q(owner__email__icontains=wanted))
    yield from _quotas_of(rows[:MOST_SUBSCRIPTIONS], now)


def _quotas_of(rows: Iterable[Subscription], now: datetime) -> Iterator[Moment]:
    adapters = snapshot_current().adapters
    for row in rows:
        policies = adapters.get(row.adapter.key) if row.adapter else None
        periods = {limit.period for limit in policies.adapter.limits if _renews(limit)} if policies else set()
        for period in sorted(periods):
            start = window_start(int((row.started_at or row.created_at).timestamp()), period, now.timestamp())
            at = datetime.fromtimestamp(start + period, UTC)
            key = f"{MomentKind.QUOTA}:{row.pk}:{period}"
            yield Moment(key, MomentKind.QUOTA, _quota_words(period), f"{row.name} ({row.owner})", at)


def _renews(limit: document.Limit) -> bool:
    return limit.kind != "rate" and limit.period > 0


def _quota_words(period: int) -> str:
    return _("The quota of %(span)s is renewed") % {"span": _span(period)}


def _span(seconds: int) -> str:
    units = ((86_400, _("days")), (3600, _("hours")), (60, _("minutes")))
    size, unit = next((item for item in units if seconds % item[0] == 0), (1, _("seconds")))
    return f"{seconds // size} {unit}"


def _secrets_ending() -> QuerySet[ClientSecret]:
    return secrets_live().filter(expires_at__isnull=False).select_related("application")


def _secrets(wanted: str) -> Iterator[Moment]:
    rows = _secrets_ending().order_by("expires_at")
    if wanted:
        rows = rows.filter(application__display_name__icontains=wanted)
    yield from map(_secret, rows[:MOST_MOMENTS])


def _secret(row: ClientSecret) -> Moment:
    if row.expires_at is None:
        raise ValueError("it has no end")
    words = _("The secret …%(hint)s expires") % {"hint": row.hint}
    key = f"{MomentKind.SECRET}:{row.pk}:"
    return Moment(key, MomentKind.SECRET, words, str(row.application), row.expires_at)
