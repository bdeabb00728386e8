"""Building: every kind of fault in one table, all faults at once, and what a worker serves in spite of them."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import pytest

from millgate.assembly.front import PAGES
from millgate.describe.model import Api, Operation
from millgate.snapshot.addressing import METHODS
from millgate.snapshot.build import SnapshotFaulty, build, build_serving, directory_faults
from millgate.snapshot.document import (
    Account,
    Adapter,
    Application,
    Catalogue,
    Company,
    Directory,
    Document,
    Limit,
    SigningKey,
    Subscription,
    encode,
    version_of,
)
from millgate.snapshot.holder import Holder
from millgate.snapshot.indexing import index_catalogue
from millgate.snapshot.model import Snapshot
from millgate.snapshot.names import RESERVED_SUFFIXES
from millgate.snapshot.policies import CallQuota, KilobyteQuota, LimitPolicy, RateLimit
from millgate.snapshot.routes import Broken, Match

TARGETS: Final = {"plant": frozenset({"Jobs.list", "Jobs.one"}), "echo": None}
TENANT: Final = "7b0c5f3e-94f5-4a3e-9f60-0d6f35a0a001"
JOBS: Final = Api(
    key="jobs",
    name="Jobs",
    suffix="JobTracking",
    version="v1",
    upstream="plant",
    operations=(
        Operation("list-jobs", "GET", "/DcJobs", "List", "Jobs.list"),
        Operation("get-job", "GET", "/DcJobs/{JobKey}", "One", "Jobs.one"),
    ),
)
ECHO: Final = Api(
    key="echo",
    name="Echo",
    suffix="Echo",
    version="v2",
    upstream="echo",
    operations=(Operation("any", "POST", "/Any", "Any", "whatever"),),
)
ADAPTER: Final = Adapter(
    key="product",
    name="Product",
    apis=("jobs", "echo"),
    limits=(
        Limit("rate", 60, 60),
        Limit("rate", 5, 1, "jobs"),
        Limit("calls", 10_000, 604_800),
        Limit("calls", 10, 0, "jobs", "get-job"),
        Limit("bandwidth", 1024, 86_400),
    ),
)
DIRECTORY: Final = Directory(
    companies=(Company(1, TENANT, "ONE", "One"),),
    accounts=(Account("svc", (1,), ("Jobs",), ()),),
    applications=(Application(client_id="c1", name="App", pcn=1, account="svc", secrets=()),),
    subscriptions=(
        Subscription(key="s1", name="One", digests=("d1", "d2"), started_at=0, adapter="product"),
    ),
    signing_keys=(SigningKey("k1", "n", "e", "x", signs=True),),
)


def jobs(**changes: Any) -> Document:
    """A good document but for changes of its first API."""
    return Document(Catalogue((msgspec.structs.replace(JOBS, **changes), ECHO), (ADAPTER,)), DIRECTORY)


def operation(**changes: Any) -> Document:
    """A good document but for changes of its first operation."""
    return jobs(operations=(msgspec.structs.replace(JOBS.operations[0], **changes), JOBS.operations[1]))


def adapter(**changes: Any) -> Document:
    """A good document but for changes of its adapter."""
    return Document(Catalogue((JOBS, ECHO), (msgspec.structs.replace(ADAPTER, **changes),)), DIRECTORY)


def adapters(*items: Adapter) -> Document:
    return Document(Catalogue((JOBS, ECHO), items), DIRECTORY)


def limit(*items: Limit) -> Document:
    return adapter(limits=items)


def directory(**changes: Any) -> Document:
    """A good document but for changes of its directory."""
    return Document(Catalogue((JOBS, ECHO), (ADAPTER,)), msgspec.structs.replace(DIRECTORY, **changes))


def faults(document: Document) -> dict[str, tuple[str, ...]]:
    with pytest.raises(SnapshotFaulty) as faulty:
        build(document, TARGETS)
    return faulty.value.faults


GOOD: Final = Document(Catalogue((JOBS, ECHO), (ADAPTER,)), DIRECTORY)
OPEN: Final = Adapter(key="open", name="Open", apis=("jobs",), subscription_required=False)

FAULTS: Final[dict[str, tuple[Document, str, str]]] = {
    # APIs
    "api without operations": (jobs(operations=()), "api jobs", "it has no operation"),
    "api key of capitals": (jobs(key="Jobs"), "api Jobs", "the key 'Jobs' is not lower case letters"),
    "api key empty": (jobs(key=""), "api ", "the key '' is not lower case letters"),
    "api key with a dash behind": (jobs(key="jobs-"), "api jobs-", "the key 'jobs-' is not lower case"),
    "api key with a line": (jobs(key="jobs\n"), "api jobs\n", "is not lower case letters, digits and dashes"),
    "suffix of two segments": (jobs(suffix="A/B"), "api jobs", "the suffix 'A/B' is not one path segment"),
    "suffix empty": (jobs(suffix=""), "api jobs", "the suffix '' is not one path segment"),
    "suffix with a parameter": (jobs(suffix="{A}"), "api jobs", "the suffix '{A}' is not one path segment"),
    "suffix of dots": (jobs(suffix=".."), "api jobs", "the suffix '..' is not one path segment"),
    "suffix with a percent": (jobs(suffix="A%2F"), "api jobs", "the suffix 'A%2F' is not one path segment"),
    "suffix of other letters": (jobs(suffix="Teile-ü"), "api jobs", "is not one path segment"),
    "suffix reserved in capitals": (jobs(suffix="OAuth2"), "api jobs", "the suffix 'OAuth2' is reserved"),
    "version reserved": (jobs(version="Discovery"), "api jobs", "the version 'Discovery' is reserved"),
    "suffix like a tenant": (jobs(suffix=TENANT.upper()), "api jobs", "could be a tenant's id"),
    "version of two segments": (
        jobs(version="v1/x"),
        "api jobs",
        "the version 'v1/x' is not one path segment",
    ),
    "version empty": (jobs(version=""), "api jobs", "the version '' is not one path segment"),
    "no such upstream": (jobs(upstream="gone"), "api jobs", "there is no upstream 'gone'"),
    "no such tier": (jobs(tiers=("test", "staging")), "api jobs", "the tiers are not among test, production"),
    "key header no name": (
        jobs(key_header="Key: x"),
        "api jobs",
        "the key's header 'Key: x' is not a header name",
    ),
    "key header empty": (jobs(key_header=""), "api jobs", "the key's header '' is not a header name"),
    "key query empty": (jobs(key_query=""), "api jobs", "the key's query name is empty"),
    "api twice": (Document(Catalogue((JOBS, JOBS))), "api jobs", "it stands twice"),
    # Operations
    "operation key of capitals": (
        operation(key="List"),
        "api jobs, operation List",
        "the key 'List' is not lower",
    ),
    "operation twice": (operation(key="get-job"), "api jobs, operation get-job", "it stands twice"),
    "method unknown": (operation(method="TRACE"), "api jobs, operation list-jobs", "'TRACE' is not a method"),
    "method in lower case": (
        operation(method="get"),
        "api jobs, operation list-jobs",
        "'get' is not a method",
    ),
    "template without slash": (
        operation(template="DcJobs"),
        "api jobs, operation list-jobs",
        "the template does not start with a slash",
    ),
    "template with half a parameter": (
        operation(template="/DcJobs/{Key"),
        "api jobs, operation list-jobs",
        "has a segment that is neither fixed nor one {Parameter}",
    ),
    "template with a parameter in a segment": (
        operation(template="/DcJobs/x{Key}"),
        "api jobs, operation list-jobs",
        "has a segment that is neither fixed nor one {Parameter}",
    ),
    "template with dots": (
        operation(template="/../x"),
        "api jobs, operation list-jobs",
        "has a segment that is neither fixed nor one {Parameter}",
    ),
    "template with a parameter twice": (
        operation(template="/{A}/{A}"),
        "api jobs, operation list-jobs",
        "the template names a parameter twice",
    ),
    "target unknown": (
        operation(target="Gone.list"),
        "api jobs, operation list-jobs",
        "the upstream 'plant' has no operation 'Gone.list'",
    ),
    "address twice": (
        operation(template="/DcJobs/{Other}"),
        "api jobs, operation get-job",
        "another operation has the address GET /JobTracking/v1/DcJobs/{JobKey}",
    ),
    "template with an empty segment": (
        operation(template="/DcJobs/"),
        "api jobs, operation list-jobs",
        "has a segment that is neither fixed nor one {Parameter}",
    ),
    # Adapters
    "adapter key of capitals": (adapter(key="Product"), "adapter Product", "the key 'Product' is not lower"),
    "adapter key that would mix counters": (adapter(key="a/b"), "adapter a/b", "the key 'a/b' is not lower"),
    "adapter of an unknown API": (
        adapter(apis=("jobs", "gone")),
        "adapter product",
        "it lists the API 'gone', which is not published",
    ),
    "adapter of no API": (adapter(apis=(), limits=()), "adapter product", "it opens no API"),
    "adapter of an unknown tier": (
        adapter(tiers=("staging",)),
        "adapter product",
        "the tiers are not among test, production",
    ),
    "adapter with a negative limit": (
        adapter(subscriptions_limit=-1),
        "adapter product",
        "the subscription limit is negative",
    ),
    "adapter twice": (adapters(ADAPTER, ADAPTER), "adapter product", "it stands twice"),
    "two open adapters of one API": (
        adapters(OPEN, msgspec.structs.replace(OPEN, key="other")),
        "adapter other",
        "'jobs' is in the open adapter 'open' already",
    ),
    # Limits
    "limit of an unknown kind": (
        limit(Limit("calls-ish", 1, 1)),
        "adapter product",
        "'calls-ish' is not a kind",
    ),
    "limit of nothing": (
        limit(Limit("calls", 0, 60)),
        "adapter product",
        "the calls limit of 0 is not from 1 to 1000000000000000",
    ),
    "limit of less": (
        limit(Limit("rate", -5, 60)),
        "adapter product",
        "the rate limit of -5 is not from 1 to 1000000",
    ),
    "limit of too many": (
        limit(Limit("rate", 1_000_001, 60)),
        "adapter product",
        "the rate limit of 1000001 is not from 1 to 1000000",
    ),
    "limit of a negative period": (
        limit(Limit("calls", 1, -1)),
        "adapter product",
        "the calls limit of 1 has a negative period",
    ),
    "rate for ever": (limit(Limit("rate", 1, 0)), "adapter product", "needs a period of 1 to 300 seconds"),
    "rate of too long": (
        limit(Limit("rate", 1, 301)),
        "adapter product",
        "needs a period of 1 to 300 seconds",
    ),
    "limit of an unknown API": (
        limit(Limit("rate", 1, 1, "gone")),
        "adapter product",
        "names the API 'gone', which is not published",
    ),
    "limit of an API without a name": (
        limit(Limit("rate", 1, 1, "")),
        "adapter product",
        "names the API '', which is not published",
    ),
    "limit of an unknown operation": (
        limit(Limit("rate", 1, 1, "jobs", "gone")),
        "adapter product",
        "names the operation 'gone', which its API 'jobs' does not have",
    ),
    "limit of an operation of no API": (
        limit(Limit("rate", 1, 1, None, "get-job")),
        "adapter product",
        "names the operation 'get-job', which its API None does not have",
    ),
    "limit of an operation without a name": (
        limit(Limit("rate", 1, 1, "jobs", "")),
        "adapter product",
        "names the operation '', which its API 'jobs' does not have",
    ),
    "limits that count the same": (
        limit(Limit("rate", 1, 1), Limit("rate", 2, 1)),
        "adapter product",
        "two rate limits count the same calls in 1 s",
    ),
    "lifetime limits that count the same": (
        limit(Limit("calls", 1, 0, "jobs"), Limit("calls", 2, 0, "jobs")),
        "adapter product",
        "two calls limits count the same calls in all",
    ),
    "limit that tells in no header": (
        limit(Limit("rate", 1, 1, remaining_header="X Left")),
        "adapter product",
        "the rate limit of 1 tells in 'X Left', which is no header's name or has its own use",
    ),
    "limit that tells in a header with a use": (
        limit(Limit("rate", 1, 1, total_header="Content-Length")),
        "adapter product",
        "tells in 'Content-Length', which is no header's name or has its own use",
    ),
    "limit that tells two things in one header": (
        limit(Limit("rate", 1, 1, remaining_header="X-Left", total_header="x-left")),
        "adapter product",
        "two things are told in the header 'x-left' of one answer",
    ),
    "limits that tell in one header": (
        limit(
            Limit("rate", 1, 1, "jobs", remaining_header="X-Left"),
            Limit("calls", 1, 1, remaining_header="x-left"),
        ),
        "adapter product",
        "two things are told in the header 'x-left' of one answer",
    ),
    # The directory
    "company number twice": (
        directory(companies=(*DIRECTORY.companies, Company(1, "other", "TWO", "Two"))),
        "company 1",
        "it stands twice",
    ),
    "tenant twice": (
        directory(companies=(*DIRECTORY.companies, Company(2, TENANT, "TWO", "Two"))),
        f"company {TENANT}",
        "it stands twice",
    ),
    "account twice": (directory(accounts=DIRECTORY.accounts * 2), "account svc", "it stands twice"),
    "application twice": (
        directory(applications=DIRECTORY.applications * 2),
        "application c1",
        "it stands twice",
    ),
    "signing key twice": (
        directory(signing_keys=DIRECTORY.signing_keys * 2),
        "signing key k1",
        "it stands twice",
    ),
    "one key in two subscriptions": (
        directory(
            subscriptions=(
                *DIRECTORY.subscriptions,
                Subscription(key="s2", name="Two", digests=("d3", "d2"), started_at=0),
            )
        ),
        "subscription s2",
        "it shares a key with s1",
    ),
}


def test_a_good_document_has_no_fault() -> None:
    snapshot = build(GOOD, TARGETS)

    assert snapshot.document is GOOD
    assert snapshot.version == version_of(encode(GOOD))
    assert build(Document(), {}).trees["test"].find("GET", ("a",)) is None


@pytest.mark.parametrize("case", FAULTS)
def test_each_fault_is_told_by_its_place(case: str) -> None:
    document, where, why = FAULTS[case]
    told = faults(document)

    assert any(why in text for text in told.get(where, ())), told


@pytest.mark.parametrize("case", [name for name in FAULTS if not name.startswith(("api key", "api twice"))])
def test_a_fault_of_one_place_is_not_told_of_another(case: str) -> None:
    document, where, _ = FAULTS[case]
    knock_on = {"api jobs, operation list-jobs", "api jobs, operation get-job", "adapter product", where}

    assert set(faults(document)) <= knock_on


@pytest.mark.parametrize("case", FAULTS)
def test_each_half_tells_its_own_faults_whatever_the_other_is(case: str) -> None:
    document, _, _ = FAULTS[case]
    halves = index_catalogue(document.catalogue, TARGETS).faults, directory_faults(document.directory)
    assert halves[0].keys().isdisjoint(halves[1])
    assert {**halves[0], **halves[1]} == build_serving(document, TARGETS)[1]


@pytest.mark.parametrize("suffix", sorted(RESERVED_SUFFIXES))
def test_every_reserved_suffix_is_refused(suffix: str) -> None:
    assert any("is reserved" in why for why in faults(jobs(suffix=suffix))["api jobs"])
    assert any("is reserved" in why for why in faults(jobs(suffix=suffix.upper()))["api jobs"])


def test_what_is_served_beside_apis_is_reserved() -> None:
    """The addresses of the contract, and what the front door sends elsewhere."""
    addresses = [
        "/oauth2/v1/token",
        "/common/oauth2/token",
        "/.well-known/x",
        "/api/v1/x",
        "/documentation/api",
        "/portal/",
        "/console/",
        "/lookup/",
        "/-/live",
        "/test/x",
        "/static/x",
    ]

    assert {address.split("/")[1] for address in addresses} <= RESERVED_SUFFIXES
    assert PAGES - {""} <= RESERVED_SUFFIXES


@pytest.mark.parametrize("method", sorted(METHODS))
def test_every_method_can_be_published(method: str) -> None:
    build(operation(method=method, template="/Other"), TARGETS)


def test_all_faults_of_a_document_are_told_at_once() -> None:
    wrong_api = msgspec.structs.replace(
        JOBS,
        suffix="portal",
        upstream="gone",
        key_query="",
        operations=(Operation("Bad", "TRACE", "x", "Bad", "Gone"), *JOBS.operations),
    )
    wrong_adapter = msgspec.structs.replace(
        ADAPTER, apis=("jobs", "gone"), limits=(Limit("rate", 0, 999), Limit("other", 1, -1))
    )
    document = Document(
        Catalogue((wrong_api, ECHO), (wrong_adapter,)),
        msgspec.structs.replace(
            DIRECTORY, accounts=DIRECTORY.accounts * 2, companies=DIRECTORY.companies * 2
        ),
    )
    told = faults(document)

    assert set(told) == {
        "api jobs",
        "api jobs, operation Bad",
        "adapter product",
        "account svc",
        "company 1",
        f"company {TENANT}",
    }
    assert [len(told[where]) for where in ("api jobs", "api jobs, operation Bad", "adapter product")] == [
        3,
        3,
        5,
    ]
    with pytest.raises(
        SnapshotFaulty, match=r"api jobs: the suffix 'portal' is reserved; api jobs: there is no"
    ):
        build(document, TARGETS)


# What is served


def target_of(snapshot: Snapshot, tier: str, method: str, path: str) -> str | None:
    found = snapshot.trees[tier].find(method, tuple(path.split("/")[1:]))
    if isinstance(found, Broken):
        return f"broken: {found.why}"
    return found.route.operation.target if isinstance(found, Match) else None


def test_operations_stand_on_the_tiers_of_their_api_alone() -> None:
    snapshot = build(jobs(tiers=("test",)), TARGETS)

    assert target_of(snapshot, "test", "GET", "/JobTracking/v1/DcJobs/1") == "Jobs.one"
    assert target_of(snapshot, "production", "GET", "/JobTracking/v1/DcJobs/1") is None
    assert target_of(snapshot, "production", "POST", "/Echo/v2/Any") == "whatever"


def test_a_route_knows_its_address_and_its_realm_on_each_tier() -> None:
    snapshot = build(jobs(key_header="X-Api-Key"), TARGETS)
    found = [
        snapshot.trees[tier].find("GET", ("JobTracking", "v1", "DcJobs", "1"))
        for tier in ("test", "production")
    ]
    routes = [match.route for match in found if isinstance(match, Match)]

    assert [route.path for route in routes] == [
        "/test/JobTracking/v1/DcJobs/{JobKey}",
        "/JobTracking/v1/DcJobs/{JobKey}",
    ]
    assert [route.realm for route in routes] == ["/test/JobTracking/v1", "/JobTracking/v1"]
    assert {(route.key_header, route.names) for route in routes} == {("x-api-key", ("JobKey",))}


def test_a_faulty_operation_is_broken_and_its_neighbours_serve() -> None:
    snapshot, told = build_serving(operation(target="Gone"), TARGETS)

    assert set(told) == {"api jobs, operation list-jobs"}
    assert target_of(snapshot, "test", "GET", "/JobTracking/v1/DcJobs") == (
        "broken: the upstream 'plant' has no operation 'Gone'"
    )
    assert target_of(snapshot, "test", "GET", "/JobTracking/v1/DcJobs/1") == "Jobs.one"


def test_a_faulty_api_breaks_all_its_operations_and_no_other_api() -> None:
    snapshot, _ = build_serving(jobs(upstream="gone"), TARGETS)

    assert str(target_of(snapshot, "production", "GET", "/JobTracking/v1/DcJobs")).startswith("broken: ")
    assert str(target_of(snapshot, "production", "GET", "/JobTracking/v1/DcJobs/1")).startswith("broken: ")
    assert target_of(snapshot, "production", "POST", "/Echo/v2/Any") == "whatever"


@pytest.mark.parametrize("case", FAULTS)
def test_whatever_is_wrong_a_snapshot_can_be_served(case: str) -> None:
    document, _, _ = FAULTS[case]
    snapshot, told = build_serving(document, TARGETS)

    assert told
    assert snapshot.version == version_of(encode(document))


def test_a_faulty_adapter_opens_nothing() -> None:
    snapshot, _ = build_serving(limit(Limit("rate", 0, 60)), TARGETS)

    assert snapshot.adapters == {}
    assert snapshot.open_adapters == {}


def test_references_of_the_directory_that_resolve_to_nothing_are_no_fault() -> None:
    """Revoking takes effect at once; what hung on the revoked opens nothing."""
    snapshot = build(directory(companies=(), accounts=()), TARGETS)

    assert snapshot.principals == {"c1": None}
    assert snapshot.tenants == {}


def test_indexes_find_what_was_published() -> None:
    snapshot = build(GOOD, TARGETS)

    assert snapshot.subscriptions["d1"] is snapshot.subscriptions["d2"] is DIRECTORY.subscriptions[0]
    assert snapshot.applications["c1"] is DIRECTORY.applications[0]
    assert snapshot.accounts["svc"] is DIRECTORY.accounts[0]
    assert snapshot.companies[TENANT] is snapshot.tenants[1] is DIRECTORY.companies[0]
    assert snapshot.signing_keys["k1"] is DIRECTORY.signing_keys[0]
    assert build(adapters(OPEN), TARGETS).open_adapters["jobs"].adapter is OPEN


# Limits


def limits_of(
    document: Document = GOOD, adapter: str = "product"
) -> dict[tuple[str, str], tuple[LimitPolicy, ...]]:
    """An adapter's limits, by API and operation."""
    found = build(document, TARGETS).adapters[adapter].policies
    return {at: limits.policies for at, limits in found.items()}


def test_the_limits_of_an_operation_stand_in_the_order_of_checks() -> None:
    policies = limits_of()["jobs", "get-job"]

    assert [type(policy) for policy in policies] == [
        RateLimit,
        RateLimit,
        CallQuota,
        CallQuota,
        KilobyteQuota,
    ]
    assert [(policy.amount, policy.period) for policy in policies] == [
        (60, 60),
        (5, 1),
        (10_000, 604_800),
        (10, 0),
        (1024, 86_400),
    ]


def test_a_limit_counts_the_calls_that_it_names_alone() -> None:
    policies = limits_of()

    assert [policy.amount for policy in policies["jobs", "list-jobs"]] == [60, 5, 10_000, 1024]
    assert [policy.amount for policy in policies["echo", "any"]] == [60, 10_000, 1024]


def test_limits_that_count_together_share_a_counter_and_others_do_not() -> None:
    policies = limits_of()
    scopes = [policy.scope for policy in policies["jobs", "get-job"]]

    assert len(set(scopes)) == len(scopes)
    assert policies["jobs", "list-jobs"][0].scope == policies["echo", "any"][0].scope


def test_a_limit_whose_amount_changes_keeps_its_counter() -> None:
    raised = tuple(msgspec.structs.replace(limit, amount=limit.amount + 1) for limit in ADAPTER.limits)
    before, after = limits_of(), limits_of(limit(*raised))

    for at, policies in before.items():
        assert [policy.scope for policy in policies] == [policy.scope for policy in after[at]]


def test_counters_of_two_adapters_never_mix() -> None:
    both = adapters(ADAPTER, msgspec.structs.replace(ADAPTER, key="product-2"))
    one = {policy.scope for policies in limits_of(both).values() for policy in policies}
    two = {policy.scope for policies in limits_of(both, "product-2").values() for policy in policies}

    assert not one & two


def test_limits_of_two_apis_may_tell_in_one_header() -> None:
    limits = [Limit("rate", 1, 1, api, remaining_header="X-Left") for api in ("jobs", "echo")]

    assert {policy.remaining_header for own in limits_of(limit(*limits)).values() for policy in own} == {
        "x-left"
    }


def test_an_adapter_decides_whether_answers_carry_the_ratelimit_fields() -> None:
    silent = build(GOOD, TARGETS).adapters["product"].policies.values()
    telling = build(adapter(ratelimit_fields=True), TARGETS).adapters["product"].policies.values()

    assert {limits.tells for limits in silent} == {False}
    assert {limits.tells for limits in telling} == {True}


def test_an_entitlement_to_the_test_tier_has_limits_for_every_api() -> None:
    tester = Adapter(key="tester", name="T", apis=(), all_apis_on_test=True, limits=(Limit("rate", 1, 1),))
    policies = build(adapters(tester), TARGETS).adapters["tester"].policies

    assert set(policies) == {("jobs", "list-jobs"), ("jobs", "get-job"), ("echo", "any")}


# The holder


def test_a_holder_swaps_another_version_in_and_the_same_one_not() -> None:
    holder = Holder(build(GOOD, TARGETS))
    first = holder.current

    assert not holder.swap(build(GOOD, TARGETS))
    assert holder.current is first
    newer = build(adapter(published=False), TARGETS)
    assert holder.swap(newer)
    assert holder.current is newer
