"""Remembered addresses: which there are, and what ends them."""

from __future__ import annotations

import msgspec
import pytest

from millgate.core.errors import Refused
from millgate.describe.model import VersionScheme
from millgate.gateway.matching import Addresses, match
from millgate.snapshot.build import build
from millgate.snapshot.document import Catalogue
from millgate.snapshot.model import Snapshot
from millgate.snapshot.routes import Match
from millgate.wire.messages import Request
from support.world import PARTS, document


def snapshot() -> Snapshot:
    return build(document(), {"echo": None})


def request(path: str, method: str = "GET", query: str = "") -> Request:
    return Request(method=method, raw_path=path, segments=tuple(path[1:].split("/")), query=query)


def test_addresses_mean_what_they_mean_without_a_memory() -> None:
    current, addresses = snapshot(), Addresses()
    for path in ("/PartList/v1/Parts", "/test/PartList/v1/Parts", "/PartList/v1/Parts/7", "/Free/v1/Ping"):
        for method in ("GET", "HEAD"):
            asked = request(path, method)
            assert [addresses.match(current, asked) for _ in range(3)] == [match(current, asked)] * 3


def test_what_is_no_address_is_refused_each_time() -> None:
    current, addresses = snapshot(), Addresses()
    for _ in range(2):
        with pytest.raises(Refused):
            addresses.match(current, request("/PartList/v1/Nothing"))
        with pytest.raises(Refused):
            addresses.match(current, request("/PartList/v1/Parts", "BREW"))


def test_another_snapshot_has_routes_of_its_own() -> None:
    old, new, addresses = snapshot(), snapshot(), Addresses()
    asked = request("/PartList/v1/Parts")
    for current in (old, new, old):
        found, known = addresses.match(current, asked), match(current, asked)
        assert isinstance(found, Match)
        assert isinstance(known, Match)
        assert found.route is known.route


def test_where_a_query_names_the_version_the_path_alone_decides_nothing() -> None:
    later = {"key": "parts-v2", "version": "v2", "version_name": "v", "version_scheme": VersionScheme.QUERY}
    first = msgspec.structs.replace(PARTS, version_scheme=VersionScheme.ORIGINAL)
    world = msgspec.structs.replace(
        document(), catalogue=Catalogue((first, msgspec.structs.replace(PARTS, **later)))
    )
    current, addresses = build(world, {"echo": None}), Addresses()
    reached = []
    for query in ("", "v=v2", "", "v=v2"):
        found = addresses.match(current, request("/PartList/Parts", query=query))
        assert isinstance(found, Match)
        reached.append(found.route.api.key)
    assert reached == ["parts", "parts-v2"] * 2
