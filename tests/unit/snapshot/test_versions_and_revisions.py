"""Addresses of versions and revisions, and what of them is a fault."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from millgate.describe.model import Api, Operation, VersionScheme
from millgate.snapshot.build import SnapshotFaulty, build
from millgate.snapshot.document import Adapter, Catalogue, Document, Limit
from millgate.snapshot.routes import Match, VersionSet, below_version
from millgate.snapshot.upstreams import HttpUpstream, UpstreamAddress, UpstreamHeader

PARTS = Api(
    key="parts",
    name="Parts",
    suffix="Parts",
    version="v1",
    upstream="mock",
    operations=(
        Operation("list", "GET", "/All", "All", "all"),
        Operation("one", "GET", "/All/{Key}", "One", "one"),
    ),
)


def api(**changes: Any) -> Api:
    return msgspec.structs.replace(PARTS, **changes)


def with_root() -> Api:
    return api(operations=(Operation("root", "GET", "/", "Root", "root"), *PARTS.operations))


def found(*apis: Api, path: str, version: str | None = None, tier: str = "production") -> str | None:
    """Which API, version, revision and target an address means."""
    tree = build(Document(Catalogue(apis)), {}).trees[tier]
    segments = tuple(path.split("/")[1:])
    match = tree.find("GET", segments if version is None else below_version(segments, version))
    if not isinstance(match, Match):
        return None
    route = match.route
    return f"{route.api.key} {route.api.version} {route.api.revision} {route.operation.target}"


def faults(*apis: Api, **catalogue: Any) -> dict[str, tuple[str, ...]]:
    with pytest.raises(SnapshotFaulty) as faulty:
        build(Document(Catalogue(apis, **catalogue)), {})
    return faulty.value.faults


# Revisions

SECOND = api(revision=2, current=False)


def test_an_address_without_a_number_means_the_current_revision() -> None:
    assert found(PARTS, SECOND, path="/Parts/v1/All") == "parts v1 1 all"
    assert found(PARTS, SECOND, path="/Parts/v1/All/7", tier="test") == "parts v1 1 one"


def test_every_revision_has_an_address_of_its_own() -> None:
    assert found(PARTS, SECOND, path="/Parts/v1;rev=1/All") == "parts v1 1 all"
    assert found(PARTS, SECOND, path="/Parts/v1;rev=2/All/7", tier="test") == "parts v1 2 one"
    assert found(PARTS, SECOND, path="/Parts/v1;rev=3/All") is None
    assert found(PARTS, SECOND, path="/Parts/v1;rev=02/All") is None


def test_an_offline_revision_is_not_there() -> None:
    assert found(PARTS, api(revision=2, current=False, online=False), path="/Parts/v1;rev=2/All") is None
    assert found(api(online=False), SECOND, path="/Parts/v1/All") is None
    assert found(api(online=False), SECOND, path="/Parts/v1;rev=2/All") == "parts v1 2 all"


def test_an_offline_revision_must_be_sound_all_the_same() -> None:
    bad = api(revision=2, current=False, online=False, upstream="gone")
    assert faults(PARTS, bad) == {"api parts revision 2": ("there is no upstream 'gone'",)}


@pytest.mark.parametrize(
    ("apis", "why"),
    [
        ((PARTS, PARTS), "it stands twice, or has a revision below 1"),
        ((api(revision=0),), "it stands twice, or has a revision below 1"),
        ((api(current=False),), "0 of its revisions are current, not one"),
        ((PARTS, api(revision=2)), "2 of its revisions are current, not one"),
    ],
)
def test_exactly_one_of_different_revisions_is_current(apis: tuple[Api, ...], why: str) -> None:
    assert why in faults(*apis)["api parts"]


@pytest.mark.parametrize("name", ["suffix", "version", "name", "key_header"])
def test_only_the_current_revision_says_what_all_have_in_common(name: str) -> None:
    told = faults(PARTS, api(revision=2, current=False, **{name: "Other"}))
    assert told["api parts revision 2"] == (f"its {name} is not that of the current revision",)


def test_adapters_and_limits_reach_operations_of_every_revision() -> None:
    newer = api(revision=2, current=False, operations=(Operation("new", "GET", "/New", "New", "new"),))
    adapter = Adapter(key="a", name="A", apis=("parts",), limits=(Limit("rate", 1, 1, "parts", "new"),))
    snapshot = build(Document(Catalogue((PARTS, newer), (adapter,))), {})
    match = snapshot.trees["test"].find("GET", ("Parts", "v1;rev=2", "New"))

    assert isinstance(match, Match)
    assert snapshot.adapters["a"].opens(match.route)
    assert len(snapshot.adapters["a"].limits(match.route).policies) == 1


# The API's own path


@pytest.mark.parametrize("path", ["/Parts/v1", "/Parts/v1/", "/Parts/v1;rev=1", "/Parts/v1;rev=1/"])
def test_the_path_of_the_api_itself_can_be_an_operation(path: str) -> None:
    assert found(with_root(), path=path) == "parts v1 1 root"


# Versions


def versions(scheme: VersionScheme, name: str, *, original: bool = True) -> tuple[Api, ...]:
    """Two versions named by the scheme, and the one before there were any."""
    later = tuple(
        api(key=f"parts-{version}", version=version, version_scheme=scheme, version_name=name)
        for version in ("v2", "v3")
    )
    return (api(version_scheme=VersionScheme.ORIGINAL), *later) if original else later


def test_versions_in_the_path_stand_beside_the_original() -> None:
    apis = versions(VersionScheme.SEGMENT, "")
    assert found(*apis, path="/Parts/All") == "parts v1 1 all"
    assert found(*apis, path="/Parts/v2/All") == "parts-v2 v2 1 all"
    assert found(*apis, path="/Parts/v1/All") is None
    assert found(*apis, path="/Parts;rev=1/All") == "parts v1 1 all"


@pytest.mark.parametrize("scheme", [VersionScheme.QUERY, VersionScheme.HEADER])
def test_versions_beside_the_path_have_addresses_of_their_own(scheme: VersionScheme) -> None:
    apis = versions(scheme, "Api-Version")
    assert found(*apis, path="/Parts/All", version="v2") == "parts-v2 v2 1 all"
    assert found(*apis, path="/Parts/All", version="v3") == "parts-v3 v3 1 all"
    assert found(*apis, path="/Parts/All") == "parts v1 1 all"
    assert found(*apis, path="/Parts;rev=1/All/7", version="v2") == "parts-v2 v2 1 one"
    tree = build(Document(Catalogue(apis)), {}).trees["test"]
    assert tree.version_sets == {"Parts": VersionSet(scheme, "Api-Version")}


@pytest.mark.parametrize("version", ["v9", ""])
def test_an_unknown_version_means_nothing_not_even_a_parameter(version: str) -> None:
    greedy = api(
        version_scheme=VersionScheme.ORIGINAL,
        operations=(Operation("any", "GET", "/{A}/{B}", "Any", "any"),),
    )
    apis = (greedy, *versions(VersionScheme.QUERY, "v", original=False))
    assert found(*apis, path="/Parts/All/1") == "parts v1 1 any"
    assert found(*apis, path="/Parts/All", version=version) is None


def test_without_an_original_a_call_must_name_its_version() -> None:
    assert found(*versions(VersionScheme.QUERY, "v", original=False), path="/Parts/All") is None


def test_all_versions_below_a_suffix_are_named_alike() -> None:
    mixed = (*versions(VersionScheme.QUERY, "v"), api(key="other", version="v4"))
    told = faults(*mixed)
    assert told["api other"] == ("another API below 'Parts' names its version otherwise",)


def test_a_version_stands_once() -> None:
    apis = versions(VersionScheme.HEADER, "v")
    told = faults(*apis, msgspec.structs.replace(apis[1], key="again"))
    assert told["api again, operation list"][0].startswith("another operation has the address GET")


@pytest.mark.parametrize(
    ("scheme", "name", "why"),
    [
        (VersionScheme.QUERY, "", "the version's query name is empty"),
        (VersionScheme.HEADER, "", "the version's header '' is not a header name"),
        (VersionScheme.HEADER, "a b", "the version's header 'a b' is not a header name"),
    ],
)
def test_query_and_header_have_a_name(scheme: VersionScheme, name: str, why: str) -> None:
    assert faults(api(version_scheme=scheme, version_name=name))["api parts"] == (why,)


# HTTP upstreams

HTTP = HttpUpstream(key="erp", name="ERP", addresses=(UpstreamAddress("test", ("http://127.0.0.1:9/erp",)),))


def forwarded(target: str, **changes: Any) -> Api:
    operation = Operation("one", "GET", "/All/{Key}", "One", target)
    return api(upstream="http:erp", tiers=("test",), operations=(operation,), **changes)


@pytest.mark.parametrize("target", ["/", "/parts/{Key}", "/a-b/c.d/{Key}/x;y=1", "/a/"])
def test_a_target_is_a_path_of_the_upstream(target: str) -> None:
    build(Document(Catalogue((forwarded(target),), upstreams=(HTTP,))), {})


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("parts", "is not a plain path"),
        ("/a/../b", "is not a plain path"),
        ("/a//b", "is not a plain path"),
        ("/a?b=1", "is not a plain path"),
        ("/a#b", "is not a plain path"),
        ("/a\n", "is not a plain path"),
        ("/{Other}", "the target names {Other}, which the template does not"),
    ],
)
def test_what_is_no_path_or_names_another_parameter_is_a_fault(target: str, why: str) -> None:
    told = faults(forwarded(target), upstreams=(HTTP,))
    assert why in told["api parts, operation one"][0]


def test_an_upstream_answers_on_its_tiers_alone() -> None:
    wider = msgspec.structs.replace(forwarded("/"), tiers=("test", "production"))
    assert faults(wider, upstreams=(HTTP,)) == {
        "api parts": ("its upstream does not answer on the tier production",)
    }


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"key": "A"}, "is not lower case letters"),
        ({"addresses": ()}, "it has no address for any tier"),
        ({"addresses": (UpstreamAddress("test", ()),)}, "it has 0 addresses on the test tier"),
        ({"addresses": (UpstreamAddress("staging", ("http://a",)),)}, "for one of the tiers that there are"),
        ({"addresses": HTTP.addresses * 2}, "more than one list of addresses for a tier"),
        ({"addresses": (UpstreamAddress("test", ("ftp://a",)),)}, "expected http:// or https://"),
        ({"addresses": (UpstreamAddress("test", ("http://u:p@a",)),)}, "credentials do not belong"),
        ({"addresses": (UpstreamAddress("test", ("http://a/?q=1",)),)}, "a query or a fragment"),
        ({"addresses": (UpstreamAddress("test", ("http://a/../b",)),)}, "its path is not plain"),
        ({"headers": (UpstreamHeader("Host", "00"),)}, "the header 'host' is the gateway's to send"),
        ({"headers": (UpstreamHeader("a b", "00"),)}, "'a b' is not the name of a header"),
        ({"headers": (UpstreamHeader("X", "0"), UpstreamHeader("x", "1"))}, "a header stands twice"),
        ({"connect_seconds": 0.0}, "connect_seconds is not from 0 to 600 seconds"),
        ({"retries": 6}, "retries are not from 0 to 5"),
        ({"most_connections": 0}, "most_connections is not from 1 to 10000"),
        ({"breaker_failures": -1}, "breaker_failures is negative"),
        ({"health_path": "health"}, "the health address 'health' is not a path"),
    ],
)
def test_each_fault_of_an_upstream_is_told(changes: dict[str, Any], why: str) -> None:
    upstream = msgspec.structs.replace(HTTP, **changes)
    told = faults(upstreams=(upstream,))
    assert why in "; ".join(told[f"upstream {upstream.key}"])


def test_operations_of_a_faulty_upstream_are_broken_but_not_faults_of_their_api() -> None:
    told = faults(forwarded("/"), upstreams=(msgspec.structs.replace(HTTP, retries=9),))
    assert set(told) == {"upstream erp"}


def test_two_upstreams_of_one_key_are_a_fault() -> None:
    assert faults(upstreams=(HTTP, HTTP)) == {"upstream erp": ("it stands twice",)}
