"""What the panel shows before anything is sent: parameters, bodies, keys and applications."""

from __future__ import annotations

import json
from base64 import b64decode
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.conf import settings
from msgspec.structs import replace

from millgate.control.portal import selectors
from millgate.control.portal.reference.grouping import Anchors
from millgate.control.portal.reference.parameters import ParameterRow, parameter_tables
from millgate.control.portal.reference.shown import Base, bases_of, reference_site
from millgate.control.portal.tryit.choices import (
    KeyChoice,
    adapters_opening,
    application_choices,
    key_choices,
)
from millgate.control.sandbox.selectors import Producible, producible
from millgate.core.errors import CATALOGUE
from millgate.describe.model import Place
from millgate.describe.samples import body_shown
from millgate.snapshot.document import TEST

if TYPE_CHECKING:
    from collections.abc import Iterable

    from millgate.control.accounts.models import Person
    from millgate.control.clients.models import ClientApplication
    from millgate.control.portal.selectors import AdapterPage
    from millgate.describe.model import Api, Operation, Payload

_PLACES: Final = (Place.PATH, Place.QUERY, Place.HEADER)
"""Cookies are left out: a page cannot send one of its choice."""
_SUCCESS: Final = "2"


@dataclass(frozen=True, slots=True)
class BodyShown:
    """A body to begin with: its Content-Type and its text, and whether that is sent as its base64."""

    media_type: str
    text: str
    encoded: bool = False


@dataclass(frozen=True, slots=True)
class Panel:
    """One operation, ready to be called.

    Attributes:
        api, operation: what is called.
        tiers: where, with parameters in braces, the test tier first.
        rows: its parameters besides the credentials, by place.
        accepts: the media types that it can answer in, where there are several.
        bodies: by media type, the preferred one first; none where nothing is sent.
        keys: subscriptions of the person that cover the API.
        adapters: to which somebody without one subscribes.
        applications: of the person, that can get a token.
        token_url: of this installation.
        resource: what a token request sends as `resource`; empty when nothing is.
        now: seconds since the epoch by the clock that tokens go by.
        fault: how an error is asked for, where the panel is there to produce one.
    """

    api: Api
    operation: Operation
    tiers: tuple[Base, ...]
    rows: tuple[ParameterRow, ...]
    accepts: tuple[str, ...]
    bodies: tuple[BodyShown, ...]
    keys: tuple[KeyChoice, ...]
    adapters: tuple[AdapterPage, ...]
    applications: tuple[ClientApplication, ...]
    token_url: str
    resource: str
    now: int
    fault: Producible | None = None

    @property
    def usable(self) -> tuple[KeyChoice, ...]:
        """The subscriptions whose keys open the API now."""
        return tuple(choice for choice in self.keys if choice.usable)

    @property
    def idle(self) -> tuple[KeyChoice, ...]:
        """Those that wait to be approved, or are suspended."""
        return tuple(choice for choice in self.keys if not choice.usable)

    def placed(self, place: Place) -> tuple[ParameterRow, ...]:
        """The parameters that travel in one place."""
        return tuple(row for row in self.rows if row.place == place)

    @property
    def parameters(self) -> tuple[ParameterRow, ...]:
        """Those of path and query."""
        return (*self.placed(Place.PATH), *self.placed(Place.QUERY))

    @property
    def headers(self) -> tuple[ParameterRow, ...]:
        """Those of the head; what the panel sets by itself is left out."""
        ours = {"accept", "content-type"} if self.accepts else {"content-type"}
        return tuple(row for row in self.placed(Place.HEADER) if row.name.lower() not in ours)


def panel(person: Person, api: Api, operation: Operation, fault: Producible | None = None) -> Panel:
    """An operation with what the person may call it with."""
    site = reference_site()
    tables = parameter_tables(api, operation, site, Anchors())
    rows = [row for table in tables for row in table.rows if not row.credential and table.place in _PLACES]
    bases = [base for base in bases_of(api) if fault is None or base.tier == TEST]
    return Panel(
        api=api,
        operation=operation,
        tiers=tuple(Base(base.tier, base.address + operation.template) for base in bases),
        rows=tuple(rows),
        accepts=_accepts(operation),
        bodies=tuple(_bodies(api, operation)),
        keys=key_choices(person, api),
        adapters=adapters_opening(api),
        applications=tuple(application_choices(person)),
        token_url=site.token_url,
        resource=site.resource,
        now=int(settings.CLOCK.now()),
        fault=fault,
    )


def fault_of(code: str) -> Producible:
    """How an error of the catalogue is produced."""
    return producible([CATALOGUE[code]])[0]


def operation_for_faults(person: Person) -> tuple[Api, Operation] | None:
    """A read on the test tier that needs no parameter, of an API that a key of the person opens if any is.

    None while nothing like that is published.
    """
    calls = [(api, item) for api in selectors.apis_shown() if TEST in api.tiers for item in _plain_reads(api)]
    opened: dict[str, bool] = {}
    for api, operation in calls:
        if api.key not in opened:
            opened[api.key] = any(item.usable and TEST in item.tiers for item in key_choices(person, api))
        if opened[api.key]:
            return api, operation
    return calls[0] if calls else None


def _plain_reads(api: Api) -> Iterable[Operation]:
    for item in api.operations:
        if item.method == "GET" and "{" not in item.template and not any(p.required for p in item.parameters):
            yield item


def _accepts(operation: Operation) -> tuple[str, ...]:
    answers = [item for item in operation.answers if item.status.startswith(_SUCCESS)]
    media = dict.fromkeys(payload.media_type for answer in answers for payload in answer.payloads)
    return tuple(media) if len(media) > 1 else ()


def _bodies(api: Api, operation: Operation) -> Iterable[BodyShown]:
    """The preferred body first, then each media type once."""
    text, preferred = body_shown(api, operation)
    payloads = operation.body.payloads if operation.body is not None else ()
    if preferred:
        first = next((item for item in payloads if item.media_type == preferred), None)
        yield _shown(first, preferred, text)
    if operation.body is None or operation.method in {"GET", "HEAD"}:
        return
    for payload in payloads:
        only = replace(operation, body=replace(operation.body, payloads=(payload,)))
        text, media_type = body_shown(api, only)
        if (media_type or payload.media_type) != preferred:
            yield _shown(payload, media_type or payload.media_type, text)


def _shown(payload: Payload | None, media_type: str, text: str) -> BodyShown:
    """A body as it is edited: what is encoded when it is sent, is shown as what it holds."""
    schema = payload.schema if payload is not None and payload.schema is not None else {}
    if schema.get("contentEncoding") != "base64" or schema.get("contentMediaType") != "application/json":
        return BodyShown(media_type, text)
    try:
        held = json.dumps(json.loads(b64decode(text)), ensure_ascii=False, indent=2)
    except ValueError:
        return BodyShown(media_type, text)
    return BodyShown(media_type, held, encoded=True)
