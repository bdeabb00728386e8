"""Whoever answers: the upstreams of this release, published data sources and HTTP upstreams, and mocks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

import msgspec

from millgate.describe.model import Api
from millgate.snapshot.document import TIERS, Catalogue
from millgate.snapshot.names import key_faults
from millgate.snapshot.sources import DataSource, source_faults, targets_of
from millgate.snapshot.upstreams import ACTIONS, HTTP_PREFIX, MOCK, HttpUpstream, upstream_whys

Targets: TypeAlias = Mapping[str, frozenset[str] | None]
"""The upstreams that exist, and the operations that each answers; None when it takes any."""

Tell: TypeAlias = Callable[[str, str], None]
"""Takes a fault: its place and its reason."""


class _Published(msgspec.Struct, frozen=True):
    """A data source or HTTP upstream, as whoever answers.

    Attributes:
        what: as people call it.
        tiers: on which it answers.
        operations: which it answers; None when it takes any.
        sound: whether it has no fault, and can answer.
    """

    what: str
    tiers: tuple[str, ...]
    operations: frozenset[str] | None
    sound: bool


class Upstreams:
    """Whoever answers, by the names that APIs use. Faults of what is published are told while it is made."""

    def __init__(self, catalogue: Catalogue, targets: Targets, tell: Tell) -> None:
        self._published = {
            **_sources(catalogue.sources, tell),
            **_http(catalogue.upstreams, tell),
        }
        self._targets: dict[str, frozenset[str] | None] = {
            MOCK: None,
            # Which routes answer is decided at every call, not by publishing.
            ACTIONS: None,
            **targets,
            **{name: item.operations for name, item in self._published.items()},
        }

    def __contains__(self, upstream: str) -> bool:
        return upstream in self._targets

    def answers(self, upstream: str, target: str) -> bool:
        """Whether it has such an operation. One that is not there is told as a fault of the API."""
        known = self._targets.get(upstream)
        return known is None or target in known

    def forwards(self, upstream: str) -> bool:
        """Whether targets are paths to which calls are forwarded."""
        return upstream.startswith(HTTP_PREFIX)

    def beyond(self, api: Api) -> list[str]:
        """The tiers of an API on which its upstream does not answer."""
        item = self._published.get(api.upstream)
        return sorted(set(api.tiers).intersection(TIERS).difference(item.tiers)) if item else []

    def why_broken(self, upstream: str) -> list[str]:
        """Why nothing can be answered, where that is told as a fault of the upstream itself."""
        item = self._published.get(upstream)
        return [] if item is None or item.sound else [f"the {item.what} has faults"]


def _sources(sources: Iterable[DataSource], tell: Tell) -> dict[str, _Published]:
    found: dict[str, _Published] = {}
    for source in sources:
        where = f"source {source.key}"
        own = source_faults(source)
        own.setdefault(where, []).extend(_tier_whys(source.tiers, "database"))
        if source.upstream in found:
            own[where].append("it stands twice")
        sound = not _told(own, tell)
        found[source.upstream] = _Published(where, source.tiers, targets_of(source), sound)
    return found


def _http(upstreams: Iterable[HttpUpstream], tell: Tell) -> dict[str, _Published]:
    found: dict[str, _Published] = {}
    for upstream in upstreams:
        where = f"upstream {upstream.key}"
        whys = [
            *key_faults(upstream.key),
            *upstream_whys(upstream),
            *_tier_whys(upstream.tiers, "list of addresses"),
        ]
        if upstream.upstream in found:
            whys.append("it stands twice")
        sound = not _told({where: whys}, tell)
        found[upstream.upstream] = _Published(where, upstream.tiers, None, sound)
    return found


def _tier_whys(tiers: tuple[str, ...], what: str) -> list[str]:
    whys = []
    if not tiers or not set(tiers) <= set(TIERS):
        whys.append(f"it has no {what} for one of the tiers that there are")
    if len(set(tiers)) < len(tiers):
        whys.append(f"it has more than one {what} for a tier")
    return whys


def _told(faults: Mapping[str, list[str]], tell: Tell) -> bool:
    """Tell faults; whether there are any."""
    for where, whys in faults.items():
        for why in whys:
            tell(where, why)
    return any(faults.values())
