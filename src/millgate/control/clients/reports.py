"""What is reported of calls: cards, charts and tables, made of what was counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from millgate.control.clients.naming import Names, names_of
from millgate.control.usage import analytics
from millgate.control.usage.analytics import DIMENSIONS, Dimension, Narrowing, Sums
from millgate.control.usage.charts import Chart, Series, drawn
from millgate.control.usage.tables import Cell, Table, as_csv
from millgate.core.outcomes import StatusClass
from millgate.stores.retention import DAY

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from django.http import StreamingHttpResponse
    from django.utils.functional import Promise

    from millgate.control.usage.periods import Period

OUTCOMES: Final = {
    StatusClass.SUCCESS: gettext_lazy("Success"),
    StatusClass.BLOCKED: gettext_lazy("Blocked"),
    StatusClass.FAILED: gettext_lazy("Failed"),
    StatusClass.OTHER: gettext_lazy("Other"),
}
KINDS: Final[Mapping[Dimension, str | Promise]] = {
    "api": gettext_lazy("API"),
    "operation": gettext_lazy("Operation"),
    "application": gettext_lazy("Application"),
    "subscription": gettext_lazy("Subscription"),
}
TOPS: Final[Mapping[Dimension, tuple[str, str | Promise]]] = {
    "api": ("apis", gettext_lazy("APIs called most")),
    "operation": ("operations", gettext_lazy("Operations called most")),
    "application": ("applications", gettext_lazy("Applications that called most")),
    "subscription": ("subscriptions", gettext_lazy("Subscriptions that called most")),
}
SHARES: Final = (0.5, 0.95, 0.99)
TONES: Final = {
    StatusClass.SUCCESS: "good",
    StatusClass.BLOCKED: "warn",
    StatusClass.FAILED: "bad",
    StatusClass.OTHER: "note",
}
MEGABYTE: Final = 1_000_000
_DECIMALS: Final = 3
_SEVERAL_DAYS: Final = 2 * DAY


@dataclass(frozen=True, slots=True)
class Card:
    """A number of the period, beside that of the period before.

    Attributes:
        label: what it is.
        value: with its unit.
        change: since the period before, in words.
        trend: `up`, `down` or empty.
    """

    label: str | Promise
    value: str
    change: str
    trend: str


def narrowing_of(given: Mapping[str, str], within: Sequence[str] | None = None) -> Narrowing:
    """The calls that the parameters of an address mean.

    Args:
        given: the parameters.
        within: the subscriptions that the reader may know of; None means all.
    """
    keys = {str(name): given.get(name, "") for name in DIMENSIONS}
    if not keys["api"]:
        keys["operation"] = ""
    return Narrowing(**keys, within=None if within is None else tuple(within))


class Report:
    """The calls of a period and a narrowing.

    Args:
        period: when.
        narrowing: which.
        query: the parameters that say both, for links.
        refusals: whether the reader may see refused calls.
        page: the name of the page's address.
        dimensions: by what calls are told apart.
    """

    def __init__(
        self,
        period: Period,
        narrowing: Narrowing,
        query: Mapping[str, str],
        *,
        refusals: bool,
        page: str,
        dimensions: Sequence[Dimension] = DIMENSIONS,
    ) -> None:
        self.period = period
        self.narrowing = narrowing
        self._page = page
        self._dimensions = dimensions
        self._query = {name: value for name, value in query.items() if name not in DIMENSIONS}
        self._refusals = refusals

    def shown(self) -> dict[str, Any] | None:
        """What a page shows; None where there were no calls.

        Raises:
            TooMuch: there is more to add up than there is time for.
        """
        if not self.total.calls:
            return None
        return {
            "cards": self.cards(),
            "charts": [(drawn(chart), chart, table) for chart, table in self.charts()],
            "tops": self.tops(),
            "limits": self.limits(),
        }

    def as_file(self, name: str) -> StreamingHttpResponse:
        """A table by its name, as a CSV file, whose columns have the same names in every language.

        Raises:
            KeyError: there is none, or the reader may not see it.
            TooMuch: there is more to add up than there is time for.
        """
        day = datetime.fromtimestamp(self.period.since, self.period.zone)
        with analytics.in_time(), translation.override(settings.LANGUAGE_CODE):
            return as_csv(self.table(name), f"{name}-{day:%Y%m%d}")

    # What was counted, each asked for once and only where it is shown

    @cached_property
    def _sums(self) -> list[Sums]:
        return analytics.sums_by_interval(self.period, self.narrowing)

    @cached_property
    def total(self) -> Sums:
        """All calls of the period."""
        return analytics.total_of(self._sums)

    @cached_property
    def _tops(self) -> dict[Dimension, list[analytics.Named]]:
        return {
            dimension: analytics.most_called(self.period, self.narrowing, dimension)
            for dimension in self._dimensions
        }

    @cached_property
    def _blocked(self) -> list[analytics.Blocked]:
        return analytics.blocked_calls(self.period, self.narrowing)

    @cached_property
    def _hit(self) -> list[analytics.LimitHit]:
        return analytics.limits_hit(self.period, self.narrowing)

    @cached_property
    def _names(self) -> Names:
        given = self.narrowing.given()
        keys: dict[Dimension, set[tuple[str, str]]] = {
            dimension: {(named.api, named.key) for named in self._tops.get(dimension, ())}
            for dimension in DIMENSIONS
        }
        for dimension in DIMENSIONS:
            if dimension in given:
                api = self.narrowing.api if dimension == "operation" else ""
                keys[dimension].add((api, given[dimension]))
        keys["api"] |= {("", named.api) for named in self._tops.get("operation", ())}
        keys["subscription"] |= {("", row.subscription) for row in self._blocked}
        keys["subscription"] |= {("", row.subscription) for row in self._shown_hits}
        return names_of(keys)

    @property
    def _shown_hits(self) -> list[analytics.LimitHit]:
        return self._hit if self._refusals else []

    # Links

    def address(self, **narrowing: str) -> str:
        """The page of the same period, narrowed down to something else."""
        given = {name: value for name, value in narrowing.items() if value}
        return f"{reverse(self._page)}?{urlencode({**self._query, **given})}"

    def csv_query(self) -> str:
        """The parameters with which a table can be had as CSV."""
        return urlencode({**self._query, **self.narrowing.fields()})

    def narrowed(self) -> list[tuple[str | Promise, Cell]]:
        """What the page is narrowed down to, each with a link to the page without it."""
        given = self.narrowing.given()
        found = []
        for dimension, key in given.items():
            without = {dimension, "operation"} if dimension == "api" else {dimension}
            left = {str(name): value for name, value in given.items() if name not in without}
            found.append((KINDS[dimension], self._cell(dimension, key, self.narrowing.api, left)))
        return found

    def _cell(
        self, dimension: Dimension, key: str, api: str = "", to: Mapping[str, str] | None = None
    ) -> Cell:
        """A key by its name, with a link that narrows the page down to it, or leads to another."""
        if not key:
            return Cell(_("(none)"))
        if to is None:
            own = {"api": api, "operation": key} if dimension == "operation" else {str(dimension): key}
            to = self.narrowing.fields() | own
        name = self._names.get(dimension, key, api)
        return Cell(name or key, self.address(**to), is_key=name is None)

    # Cards

    def cards(self) -> list[Card]:
        """The numbers of the period, with their change against the period before."""
        before, total = analytics.sums_before(self.period, self.narrowing), self.total
        counts = {_("Calls"): (total.calls, before.calls)} | {
            label: (total.by_class[name], before.by_class[name]) for name, label in OUTCOMES.items()
        }
        return [
            *(_card(label, f"{now:,}", now, then) for label, (now, then) in counts.items()),
            _card(
                _("95 of 100 within"),
                _ms_text(total.within_ms(0.95)),
                total.within_ms(0.95),
                before.within_ms(0.95),
            ),
            _card(_("Sent"), _mb_text(total.bytes_out), total.bytes_out, before.bytes_out),
            _card(_("Received"), _mb_text(total.bytes_in), total.bytes_in, before.bytes_in),
        ]

    # Over time

    def calls_chart(self) -> Chart:
        """How many calls there were over time, and how they ended."""
        total = self.total
        told = {"calls": f"{total.calls:,}", "failed": f"{total.by_class[StatusClass.FAILED]:,}"}
        return Chart(
            name="calls",
            title=_("Calls over time"),
            description=_("%(calls)s calls in all, of which %(failed)s failed.") % told,
            unit=_("calls"),
            form="bars",
            labels=_labels(self.period),
            series=[
                Series(str(label), TONES[name], [sums.by_class[name] for sums in self._sums])
                for name, label in OUTCOMES.items()
            ],
        )

    def charts(self) -> list[tuple[Chart, Table]]:
        """What happened over time, drawn, and the same numbers as tables."""
        charts = (self.calls_chart(), self._latency_chart(), self._bandwidth_chart())
        return [(chart, self.table(chart.name)) for chart in charts]

    def _latency_chart(self) -> Chart:
        told = {"time": _ms_text(self.total.within_ms(0.95))}
        return Chart(
            name="latency",
            title=_("How long calls took"),
            description=_("In all, 95 of 100 calls ended within %(time)s.") % told,
            unit=_("ms"),
            form="lines",
            labels=_labels(self.period),
            series=[
                Series(_within(share), tone, [sums.within_ms(share) for sums in self._sums])
                for share, tone in zip(SHARES, ("good", "note", "bad"), strict=True)
            ],
        )

    def _bandwidth_chart(self) -> Chart:
        told = {"sent": _mb_text(self.total.bytes_out), "received": _mb_text(self.total.bytes_in)}
        return Chart(
            name="bandwidth",
            title=_("Bandwidth"),
            description=_("%(sent)s sent and %(received)s received in all.") % told,
            unit=_("MB"),
            form="bars",
            labels=_labels(self.period),
            series=[
                Series(_("Sent"), "accent", [_mb(sums.bytes_out) for sums in self._sums]),
                Series(_("Received"), "note", [_mb(sums.bytes_in) for sums in self._sums]),
            ],
        )

    # Tables

    def table(self, name: str) -> Table:
        """A table by its name.

        Raises:
            KeyError: there is none, or the reader may not see it.
        """
        return self._tables()[name]()

    def tops(self) -> list[Table]:
        """Those that called or were called most; what the page is narrowed down to is left out."""
        given = self.narrowing.given()
        return [self._top(dimension) for dimension in self._dimensions if dimension not in given]

    def limits(self) -> list[Table]:
        """What was refused, and for what."""
        return [self.table(name) for name in ("blocked", "limits") if name in self._tables()]

    def _tables(self) -> dict[str, Callable[[], Table]]:
        tables = {"calls": self._calls, "latency": self._latency, "bandwidth": self._bandwidth}
        tables |= {TOPS[dimension][0]: partial(self._top, dimension) for dimension in self._dimensions}
        tables["blocked"] = self._blocked_table
        return tables | ({"limits": self._limits_table} if self._refusals else {})

    def _over_time(
        self, name: str, title: str, columns: Sequence[str], values: Callable[[Sums], Sequence[float | None]]
    ) -> Table:
        rows = [
            [Cell(start), *(Cell(value) for value in values(sums))]
            for start, sums in zip(self.period.starts(), self._sums, strict=True)
        ]
        return Table(name, title, [_("From (%(zone)s)") % {"zone": self.period.zone}, *columns], rows)

    def _calls(self) -> Table:
        columns = [_("Calls"), *(str(label) for label in OUTCOMES.values())]
        return self._over_time(
            "calls",
            _("Calls over time"),
            columns,
            lambda sums: [sums.calls, *(sums.by_class[name] for name in OUTCOMES)],
        )

    def _latency(self) -> Table:
        columns = [_("%(share)s within (ms)") % {"share": _within(share)} for share in SHARES]
        return self._over_time(
            "latency",
            _("How long calls took"),
            [*columns, _("Mean (ms)")],
            lambda sums: [*(sums.within_ms(share) for share in SHARES), _rounded(sums.mean_ms)],
        )

    def _bandwidth(self) -> Table:
        return self._over_time(
            "bandwidth",
            _("Bandwidth"),
            [_("Sent (MB)"), _("Received (MB)")],
            lambda sums: [_mb(sums.bytes_out), _mb(sums.bytes_in)],
        )

    def _top(self, dimension: Dimension) -> Table:
        name, title = TOPS[dimension]
        columns = [
            str(KINDS[dimension]),
            *([_("API")] if dimension == "operation" else []),
            _("Calls"),
            *(str(label) for label in OUTCOMES.values()),
            _("Mean (ms)"),
            _("Sent (MB)"),
        ]
        rows = [self._top_row(dimension, named) for named in self._tops[dimension]]
        return Table(name, str(title), columns, rows)

    def _top_row(self, dimension: Dimension, named: analytics.Named) -> list[Cell]:
        sums = named.sums
        return [
            self._cell(dimension, named.key, named.api),
            *([self._cell("api", named.api)] if dimension == "operation" else []),
            Cell(sums.calls),
            *(Cell(sums.by_class[name]) for name in OUTCOMES),
            Cell(_rounded(sums.mean_ms)),
            Cell(_mb(sums.bytes_out)),
        ]

    def _blocked_table(self) -> Table:
        columns = [_("Subscription"), _("Status"), _("Calls")]
        rows = [
            [self._cell("subscription", row.subscription), Cell(str(row.status)), Cell(row.calls)]
            for row in self._blocked
        ]
        return Table("blocked", _("Blocked calls by subscription"), columns, rows)

    def _limits_table(self) -> Table:
        columns = [_("Code"), _("Subscription"), _("Limit"), _("Kept"), _("Last (UTC)")]
        rows = [
            [
                Cell(
                    row.code, f"{reverse('admin:usage_refusal_changelist')}?{urlencode({'code': row.code})}"
                ),
                self._cell("subscription", row.subscription),
                Cell(row.limit or None),
                Cell(row.kept),
                Cell(datetime.fromtimestamp(int(row.last), UTC)),
            ]
            for row in self._hit
        ]
        note = _("Of a caller that is refused again and again, a few calls are kept whole; these are they.")
        return Table("limits", _("Limits and other checks that refused calls"), columns, rows, note)


# Words


def _card(label: str | Promise, value: str, now: float | None, then: float | None) -> Card:
    if not then or now is None:
        return Card(label, value, _("nothing before") if not then else "", "")
    percent = (now - then) / then * 100
    if abs(percent) < 0.05:  # noqa: PLR2004 - what would be shown as 0.0
        return Card(label, value, _("as before"), "")
    words = _("%(percent)s %% against before") % {"percent": f"{percent:+,.1f}"}
    return Card(label, value, words, "up" if percent > 0 else "down")


def _within(share: float) -> str:
    return _("%(part)s of 100") % {"part": round(share * 100)}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DECIMALS)


def _mb(size: int) -> float:
    return round(size / MEGABYTE, 6)


def _mb_text(size: int) -> str:
    return f"{size / MEGABYTE:,.2f} MB"


def _ms_text(value: float | None) -> str:
    return "\N{EN DASH}" if value is None else f"{value:,g} ms"


def _labels(period: Period) -> list[str]:
    """For the horizontal axis: dates where there are several days, else times."""
    starts = period.starts()
    if period.since + _SEVERAL_DAYS > period.edges[-1]:
        return [f"{start:%H:%M}" for start in starts]
    labels, day = [], None
    for start in starts:
        labels.append(f"{start:%m-%d}" if start.date() != day else "")
        day = start.date()
    return labels
