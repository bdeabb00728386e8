"""What the portal's pages show, read from the snapshot in force."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from millgate.control.clients.models import ClientApplication
from millgate.control.publish.selectors import snapshot_current, version_newest
from millgate.describe.model import VersionScheme
from millgate.describe.samples import Credentials, SampleCall, TokenStep, call_of, curl
from millgate.describe.writing.site import Site
from millgate.snapshot.document import PRODUCTION, TEST

if TYPE_CHECKING:
    from datetime import datetime

    from millgate.control.accounts.models import Person
    from millgate.describe.model import Api, Operation
    from millgate.snapshot.document import Adapter, Limit
    from millgate.stores.workers import WorkersStanding

_PERIODS: Final = {1: "second", 60: "minute", 3600: "hour", 86400: "day", 604_800: "week"}


@dataclass(frozen=True, slots=True)
class AdapterPage:
    """An adapter, its APIs and its limits in words."""

    adapter: Adapter
    apis: tuple[Api, ...]
    limits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QuickStart:
    """The two commands that reach the first answer; the second is empty while nothing is published."""

    token: str
    call: str


@dataclass(frozen=True, slots=True)
class Status:
    """How the installation is doing.

    Attributes:
        number: of the published version; 0 before the first.
        made_at: when it was put in force.
        serving: how many workers answer calls with it; None where that cannot be said.
        expected: how many there are to be.
    """

    number: int
    made_at: datetime | None
    serving: int | None
    expected: int

    @property
    def well(self) -> bool:
        """Whether all workers answer with what is published."""
        return self.number > 0 and self.serving in {None, self.expected}


def status_now() -> Status:
    """Whether calls are answered, and with which version."""
    newest = version_newest()
    board = settings.WORKER_BOARD
    standing: WorkersStanding | None = board.standing() if board is not None else None
    number = newest.number if newest else 0
    serving = standing.on(number) if standing else None
    return Status(number, newest.made_at if newest else None, serving, standing.expected if standing else 0)


def apis_shown() -> tuple[Api, ...]:
    """The current revision of each published API, by name."""
    current = [api for api in snapshot_current().document.catalogue.apis if api.current]
    return tuple(sorted(current, key=lambda api: (api.name, api.version)))


def adapters_shown() -> tuple[AdapterPage, ...]:
    """The published adapters that the portal shows, by name."""
    apis = {api.key: api for api in apis_shown()}
    adapters = sorted(snapshot_current().document.catalogue.adapters, key=lambda adapter: adapter.name)
    return tuple(_adapter_page(adapter, apis) for adapter in adapters if adapter.published)


def api_shown(key: str) -> Api | None:
    """One published API."""
    return next((api for api in apis_shown() if api.key == key), None)


def adapter_shown(key: str) -> AdapterPage | None:
    """One adapter that the portal shows."""
    return next((page for page in adapters_shown() if page.adapter.key == key), None)


def apis_matching(query: str, *, adapter: str = "", kind: str = "") -> tuple[Api, ...]:
    """The APIs that hold all words of a query in name, description or operations.

    Args:
        query: words; none holds for all.
        adapter: the key of an adapter that opens them; empty for any.
        kind: as `Api.kind`; empty for any.
    """
    opened = {key for page in adapters_shown() if page.adapter.key == adapter for key in page.adapter.apis}
    words = query.lower().split()
    return tuple(
        api
        for api in apis_shown()
        if (not adapter or api.key in opened) and (not kind or api.kind == kind) and _holds(api, words)
    )


def adapters_matching(query: str) -> tuple[AdapterPage, ...]:
    """The adapters that hold all words of a query in name, description or the names of their APIs."""
    words = query.lower().split()
    return tuple(page for page in adapters_shown() if all(word in _told(page) for word in words))


def address(api: Api, operation: Operation, tier: str) -> str:
    """The path of an operation on a tier, with its parameters in braces."""
    version = f"/{api.version}" if api.version_scheme is VersionScheme.SEGMENT else ""
    return f"{'/test' if tier == TEST else ''}/{api.suffix}{version}{operation.template}"


def own_credentials(person: Person | None) -> Credentials:
    """What a sample says of its reader: the client ID where they have an application, else placeholders."""
    client_id = _client_id(person)
    return Credentials(client_id=client_id) if client_id else Credentials()


def quick_start(person: Person | None) -> QuickStart:
    """The first two commands, with the person's own client ID where they have an application."""
    own = own_credentials(person)
    ours = settings.MILLGATE
    site = Site(ours.public_origin, f"{ours.public_origin}/oauth2/v1/token", ours.resource)
    token = curl.token(SampleCall("GET", "", token=TokenStep(site.token_url, site.resource), credentials=own))
    first = _first_call()
    if first is None:
        return QuickStart("\n".join(token), "")
    call = call_of(*first, site, credentials=own)
    return QuickStart("\n".join(token), "\n".join([*curl.variables(call), curl.request(call)]))


def tier_word(tier: str) -> str:
    """What a page calls a tier."""
    return {TEST: _("Test"), PRODUCTION: _("Production")}.get(tier, tier)


def limit_words(limit: Limit) -> str:
    """A limit as a person says it."""
    amount = f"{limit.amount:,}"
    if limit.kind == "bandwidth":
        what = _("%(amount)s kB") % {"amount": amount}
    else:
        what = ngettext("%(amount)s call", "%(amount)s calls", limit.amount) % {"amount": amount}
    words = f"{what} {_period_words(limit.period)}"
    only = " / ".join(part for part in (limit.api, limit.operation) if part)
    return _("%(words)s, for %(only)s alone") % {"words": words, "only": only} if only else words


def _period_words(period: int) -> str:
    if period == 0:
        return _("in all")
    if period in _PERIODS:
        return {
            "second": _("per second"),
            "minute": _("per minute"),
            "hour": _("per hour"),
            "day": _("per day"),
            "week": _("per week"),
        }[_PERIODS[period]]
    days, hours, minutes = _("in %(n)s days"), _("in %(n)s hours"), _("in %(n)s minutes")
    for seconds, text in ((86400, days), (3600, hours), (60, minutes)):
        if period % seconds == 0:
            return text % {"n": period // seconds}
    return _("in %(n)s seconds") % {"n": period}


def _adapter_page(adapter: Adapter, apis: dict[str, Api]) -> AdapterPage:
    return AdapterPage(
        adapter,
        tuple(apis[key] for key in adapter.apis if key in apis),
        tuple(limit_words(limit) for limit in adapter.limits),
    )


def _told(page: AdapterPage) -> str:
    return " ".join((page.adapter.name, page.adapter.description, *(api.name for api in page.apis))).lower()


def _holds(api: Api, words: list[str]) -> bool:
    told = f"{api.name} {api.description} {api.suffix}"
    if words:
        told += " ".join(f" {item.name} {item.template} {item.summary}" for item in api.operations)
    return all(word in told.lower() for word in words)


def _first_call() -> tuple[Api, Operation] | None:
    """The operation that is easiest to call: a GET that needs no parameter, on the test tier if any is."""
    calls = [
        (api, operation)
        for api in sorted(apis_shown(), key=lambda api: (TEST not in api.tiers, "workcenter" not in api.key))
        for operation in api.operations
        if operation.method == "GET" and not any(item.required for item in operation.parameters)
    ]
    return next((call for call in calls if "{" not in call[1].template), None)


def _client_id(person: Person | None) -> str:
    if person is None:
        return ""
    owned = ClientApplication.objects.filter(owner=person, enabled=True).order_by("created_at").first()
    return str(owned.client_id) if owned else ""
