"""What the portal's pages show, read from the snapshot in force."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from millgate.control.clients.models import ClientApplication
from millgate.control.publish.selectors import snapshot_current
from millgate.describe.model import Parameter, Place, VersionScheme
from millgate.snapshot.document import PRODUCTION, TEST

if TYPE_CHECKING:
    from millgate.control.accounts.models import Person
    from millgate.describe.model import Api, Operation
    from millgate.snapshot.document import Adapter, Limit

_PERIODS: Final = {1: "second", 60: "minute", 3600: "hour", 86400: "day", 604_800: "week"}


@dataclass(frozen=True, slots=True)
class AdapterPage:
    """An adapter, its APIs and its limits in words."""

    adapter: Adapter
    apis: tuple[Api, ...]
    limits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OperationPage:
    """An operation, its address on each tier, and a call that can be pasted."""

    operation: Operation
    addresses: tuple[tuple[str, str], ...]
    sample: str


@dataclass(frozen=True, slots=True)
class QuickStart:
    """The two commands that reach the first answer; the second is empty while nothing is published."""

    token: str
    call: str


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


def operation_pages(api: Api) -> tuple[OperationPage, ...]:
    """The operations of an API, in its order."""
    return tuple(
        OperationPage(
            operation,
            tuple((tier, address(api, operation, tier)) for tier in api.tiers),
            sample(api, operation),
        )
        for operation in api.operations
    )


def address(api: Api, operation: Operation, tier: str) -> str:
    """The path of an operation on a tier, with its parameters in braces."""
    version = f"/{api.version}" if api.version_scheme is VersionScheme.SEGMENT else ""
    return f"{'/test' if tier == TEST else ''}/{api.suffix}{version}{operation.template}"


def sample(api: Api, operation: Operation) -> str:
    """A call of an operation with curl, quoted for a shell whatever its description holds."""
    tier = TEST if TEST in api.tiers else PRODUCTION
    lines = [f"curl {shlex.quote(settings.MILLGATE.public_origin + _filled(api, operation, tier))}"]
    if operation.method != "GET":
        lines[0] = lines[0].replace("curl", f"curl --request {shlex.quote(operation.method)}", 1)
    if api.subscription_required:
        lines.append(f"--header {_key_header(api.key_header)}")
    if api.bearer_required:
        lines.append('--header "Authorization: Bearer $TOKEN"')
    if api.version_scheme is VersionScheme.HEADER:
        lines.append(f"--header {shlex.quote(f'{api.version_name}: {api.version}')}")
    if operation.method in {"POST", "PUT", "PATCH"}:
        lines.append(f"--json {shlex.quote(_body(operation))}")
    return " \\\n  ".join(lines)


def quick_start(person: Person | None) -> QuickStart:
    """The first two commands, with the person's own client ID where they have an application."""
    client_id = _client_id(person) or "YOUR_CLIENT_ID"
    first = _first_call()
    token = " \\\n  ".join(
        (
            f"TOKEN=$(curl --silent {shlex.quote(settings.MILLGATE.public_origin + '/oauth2/v1/token')}",
            "--data grant_type=client_credentials",
            f"--data client_id={client_id}",
            "--data-urlencode client_secret=YOUR_CLIENT_SECRET",
            f"--data-urlencode resource={shlex.quote(settings.MILLGATE.resource)}",
            """| sed 's/.*"access_token": *"\\([^"]*\\)".*/\\1/')""",
        )
    )
    return QuickStart(token, "KEY=YOUR_SUBSCRIPTION_KEY\n" + sample(*first) if first else "")


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


def _key_header(name: str) -> str:
    """The header with the key as a word of the shell: one pair of quotes wherever the name allows it."""
    plain = name.replace("-", "").isalnum() and name.isascii()
    return f'"{name}: $KEY"' if plain else f'{shlex.quote(name + ": ")}"$KEY"'


def _filled(api: Api, operation: Operation, tier: str) -> str:
    """The path with the examples of its parameters, and what it requires in the query."""
    path = address(api, operation, tier)
    query = [(api.version_name, api.version)] if api.version_scheme is VersionScheme.QUERY else []
    for item in operation.parameters:
        if item.place == Place.PATH and item.example:
            path = path.replace(f"{{{item.name}}}", quote(item.example, safe=""))
        if item.place == Place.QUERY and item.required:
            query.append((item.name, item.example or item.name.upper()))
    return f"{path}?{urlencode(query)}" if query else path


def _body(operation: Operation) -> str:
    """A JSON object with the examples of what the body holds."""
    members = [item for item in operation.parameters if item.place == Place.BODY and item.example]
    return json.dumps({item.name: _typed(item) for item in members}, ensure_ascii=False)


def _typed(item: Parameter) -> object:
    """An example as the JSON value that it stands for; as a text where it is none."""
    if item.type not in {"integer", "number", "boolean"}:
        return item.example
    try:
        return json.loads(item.example)
    except ValueError:
        return item.example


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
