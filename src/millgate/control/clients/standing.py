"""How the secrets of applications are doing: whether they live, who uses them, and which may go."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.utils.translation import gettext as _

from millgate.control.clients.models import ClientSecret
from millgate.control.clients.moments import ago, expires_in
from millgate.control.clients.selectors import secrets_live
from millgate.control.usage.selectors import secret_callers, secret_uses, secret_uses_since, secrets_used
from millgate.stores.retention import CALLERS_KEPT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from millgate.control.clients.models import ClientApplication
    from millgate.control.usage.models import SecretCaller, SecretUse

UNUSED_DAYS: Final = 90
"""After how many days without use a live secret is told to be unused."""
WARN_DAYS: Final = 14
URGE_DAYS: Final = 2
"""How many days before its end a secret is marked, and marked more strongly."""
MOST_ENDED: Final = 50
"""How many ended secrets of an application a page lists."""
MOST_FOUND: Final = 5_000
"""How many applications with unused secrets are looked for."""
TOKEN_LIFE: Final = timedelta(hours=1)
"""A program that goes on with the token it has is not seen for so long."""
DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(days=7)


class Tone(StrEnum):
    """How a state is marked."""

    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    QUIET = ""


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who used a secret: from where, with which program, when last, and how often."""

    client: str
    library: str
    last: datetime
    ago: str
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one secret is doing.

    Attributes:
        secret: its row.
        live: whether it proves anything.
        ended: when it ended; None while it lives.
        state: in words.
        tone: of the state.
        expiring: whether it lives and ends within two weeks.
        last: when it was last used, as far as that is known.
        last_words: the same as people say it.
        used: whether it is known to have been used.
        times: how often.
        callers: those who came last, the last first.
        advice: whether it may go; empty where there is nothing to say.
        safe: whether nobody used it since there is a newer one that is used.
    """

    secret: ClientSecret
    live: bool
    ended: datetime | None
    state: str
    tone: Tone
    expiring: bool
    last: datetime | None
    last_words: str
    times: int
    callers: tuple[Caller, ...] = ()
    advice: str = ""
    safe: bool = False

    @property
    def never_used(self) -> bool:
        """Whether no use is known."""
        return self.last is None

    @property
    def callers_of_day(self) -> int:
        """How many callers used it within the last 24 hours."""
        return len(self._within(DAY))

    @property
    def callers_of_week(self) -> tuple[Caller, ...]:
        """Who used it within the last seven days, the last first."""
        return self._within(WEEK)

    @property
    def more_callers(self) -> bool:
        """Whether there may have been more callers than are told apart."""
        return len(self.callers) >= CALLERS_KEPT

    def _within(self, span: timedelta) -> tuple[Caller, ...]:
        since = settings.CLOCK.utc() - span
        return tuple(caller for caller in self.callers if caller.last >= since)


@dataclass(slots=True)
class Secrets:
    """The secrets of an application.

    Attributes:
        live: those that live, the newest first.
        ended: those that ended, some of them, the newest first.
        ended_count: how many ended.
    """

    live: list[Standing] = field(default_factory=list)
    ended: list[Standing] = field(default_factory=list)
    ended_count: int = 0

    @property
    def expiring(self) -> list[Standing]:
        """Those that end within two weeks, the next one first."""
        found = [item for item in self.live if item.expiring]
        return sorted(found, key=lambda item: item.secret.expires_at or datetime.max.replace(tzinfo=UTC))

    @property
    def never_used(self) -> list[Standing]:
        """Those that live and that nobody is known to have used."""
        return [item for item in self.live if item.never_used]


def secrets_standing(application: ClientApplication) -> Secrets:
    """The secrets of an application and who uses them."""
    live = list(secrets_live().filter(application=application))
    past = ClientSecret.objects.filter(application=application).exclude(pk__in=[row.pk for row in live])
    ended = list(past[:MOST_ENDED])
    uses = secret_uses(str(row.pk) for row in (*live, *ended))
    reader = _Reader(uses, secret_callers(str(row.pk) for row in live))
    standing = [reader.standing(row, live=True) for row in live]
    return Secrets(
        [reader.advised(item, standing[0]) for item in standing],
        [reader.standing(row, live=False) for row in ended],
        past.count(),
    )


def secrets_of(applications: Iterable[ClientApplication]) -> dict[int, Secrets]:
    """The live secrets of several applications, by the application's row, without those who use them."""
    found = {application.pk: Secrets() for application in applications}
    rows = list(secrets_live().filter(application__in=list(found)))
    reader = _Reader(secret_uses(str(row.pk) for row in rows), {})
    for row in rows:
        found[row.application_id].live.append(reader.standing(row, live=True))
    return found


def applications_unused() -> set[int]:
    """The rows of applications with a live secret that nobody is known to have used; so many of them."""
    used, found = secrets_used(), set[int]()
    rows = secrets_live().order_by("application_id").values_list("pk", "application_id")
    for pk, application in rows.iterator():
        if str(pk) not in used:
            found.add(application)
        if len(found) >= MOST_FOUND:
            break
    return found


class _Reader:
    """Puts together what the rows of secrets and the records of their use say, as of one moment."""

    def __init__(self, uses: dict[str, SecretUse], callers: dict[str, list[SecretCaller]]) -> None:
        self._uses = uses
        self._callers = callers
        self._now = settings.CLOCK.utc()
        self._since = _moment(secret_uses_since(self._now.timestamp()))

    def standing(self, row: ClientSecret, *, live: bool) -> Standing:
        """How a secret is doing, without advice."""
        use = self._uses.get(str(row.pk))
        last = _moment(use.last_at) if use else None
        state, tone = self._state(row, last, live=live)
        return Standing(
            secret=row,
            live=live,
            ended=None if live else row.revoked_at or row.expires_at,
            state=state,
            tone=tone,
            expiring=live and self._ends_within(row, WARN_DAYS),
            last=last,
            last_words=self._last_words(row, last),
            times=use.times if use else 0,
            callers=tuple(self._caller(item) for item in self._callers.get(str(row.pk), ())),
        )

    def advised(self, item: Standing, newest: Standing) -> Standing:
        """The same, and whether it may go, of a secret that is not the newest."""
        if item is newest:
            return item
        since = max(newest.secret.created_at, self._since)
        used = item.last is not None and item.last >= since
        when = {"ago": ago(since, self._now)}
        if used:
            advice = _("It has been used since the newest was added.")
        elif self._now - since < TOKEN_LIFE:
            advice = _(
                "Nobody has used it since the newest was added %(ago)s. "
                "A token lasts an hour: look again when that has passed."
            )
            advice %= when
        elif newest.last is None:
            advice = _("Nobody has used it since the newest was added %(ago)s, nor the newest.")
            advice %= when
        else:
            advice = _(
                "Nobody has used it since the newest was added %(ago)s: "
                "it is safe to expire it, unless a program comes more seldom."
            )
            advice %= when
        safe = not used and newest.last is not None and self._now - since >= TOKEN_LIFE
        values = {name: getattr(item, name) for name in Standing.__dataclass_fields__}
        return Standing(**(values | {"advice": advice, "safe": safe}))

    def _state(self, row: ClientSecret, last: datetime | None, *, live: bool) -> tuple[str, Tone]:
        if not live:
            return (_("Expired by hand") if row.revoked_at else _("Expired")), Tone.QUIET
        if row.expires_at is not None and self._ends_within(row, WARN_DAYS):
            tone = Tone.BAD if self._ends_within(row, URGE_DAYS) else Tone.WARN
            return expires_in(row.expires_at, self._now), tone
        known_since = last or max(row.created_at, self._since)
        if self._now - known_since >= timedelta(days=UNUSED_DAYS):
            return _("Not used for %(n)s days") % {"n": UNUSED_DAYS}, Tone.QUIET
        return _("Live"), Tone.GOOD

    def _ends_within(self, row: ClientSecret, days: int) -> bool:
        return row.expires_at is not None and row.expires_at - self._now < timedelta(days=days)

    def _last_words(self, row: ClientSecret, last: datetime | None) -> str:
        if last is not None:
            return ago(last, self._now)
        if row.created_at >= self._since:
            return _("never")
        # Before that day nobody wrote down who used what.
        return _("not since %(day)s") % {"day": f"{self._since:%Y-%m-%d}"}

    def _caller(self, row: SecretCaller) -> Caller:
        last = _moment(row.last_at)
        return Caller(row.client, row.library, last, ago(last, self._now), row.times)


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
