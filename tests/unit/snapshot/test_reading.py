"""Reading stored versions one after another: what is kept of the last must not differ from what is read anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from millgate.describe.model import Api, Operation
from millgate.snapshot.build import build_serving
from millgate.snapshot.document import (
    Account,
    Adapter,
    Application,
    Catalogue,
    ClientSecret,
    Company,
    Directory,
    Document,
    Limit,
    SigningKey,
    Subscription,
    decode,
    encode,
    encode_beside,
    halves,
    version_of,
)
from millgate.snapshot.reading import VersionReader

if TYPE_CHECKING:
    from millgate.snapshot.indexing import Faults
    from millgate.snapshot.model import Snapshot

TARGETS: Final = {"echo": None}
API: Final = Api(
    key="jobs",
    name="Jobs",
    suffix="Jobs",
    version="v1",
    upstream="echo",
    operations=(Operation("list", "GET", "/All", "List", "all"),),
)
ADAPTER: Final = Adapter(key="product", name="Product", apis=("jobs",), limits=(Limit("rate", 60, 60),))
CATALOGUES: Final = (
    Catalogue(),
    Catalogue((API,)),
    Catalogue((API,), (ADAPTER,)),
    Catalogue((API,), (msgspec.structs.replace(ADAPTER, subscription_required=False),)),
    Catalogue((API,), (msgspec.structs.replace(ADAPTER, limits=()),)),
    Catalogue((msgspec.structs.replace(API, suffix="Work"),), (ADAPTER,)),
    Catalogue((msgspec.structs.replace(API, upstream="nowhere"),), (ADAPTER,)),
)
SUBSCRIPTION: Final = Subscription(key="s", name="S", digests=("a", "b"), started_at=0, adapter="product")
APPLICATION: Final = Application(client_id="c", name="C", pcn=1, account="svc", secrets=())
MEMBERS: Final[dict[str, tuple[tuple[Any, ...], ...]]] = {
    "companies": ((), (Company(1, "t", "ONE", "One"),), (Company(1, "t", "ONE", "One", active=False),)),
    "accounts": (
        (),
        (Account("svc", (1,), ("Jobs",), ()),),
        (Account("svc", (1,), ("Jobs",), ("Jobs",)),),
        (Account("svc", (1,), ("Jobs",), (), active=False),),
    ),
    "applications": (
        (),
        (APPLICATION,),
        (APPLICATION, APPLICATION),
        (msgspec.structs.replace(APPLICATION, enabled=False),),
        (msgspec.structs.replace(APPLICATION, secrets=(ClientSecret("1", "digest"),)),),
    ),
    "subscriptions": (
        (),
        (SUBSCRIPTION,),
        (msgspec.structs.replace(SUBSCRIPTION, active=False),),
        (msgspec.structs.replace(SUBSCRIPTION, digests=("c", "b")),),
        (msgspec.structs.replace(SUBSCRIPTION, digests=("a", "a")),),
    ),
    "signing_keys": ((), (SigningKey("k", "n", "e", "x", signs=True),)),
}
DIRECTORIES: Final = st.builds(
    Directory, **{name: st.sampled_from(members) for name, members in MEMBERS.items()}
)
DOCUMENTS: Final = st.builds(Document, st.sampled_from(CATALOGUES), DIRECTORIES)
GOOD: Final = Document(CATALOGUES[2], Directory(**{name: members[1] for name, members in MEMBERS.items()}))


def told(snapshot: Snapshot, faults: Faults) -> dict[str, object]:
    """All that a snapshot answers with, and what is wrong with it."""
    members = {name: getattr(snapshot, name) for name in snapshot.__struct_fields__ if name != "trees"}
    addresses = [(suffix, "v1", "All") for suffix in ("Jobs", "Work")]
    found = {tier: [tree.find("GET", at) for at in addresses] for tier, tree in snapshot.trees.items()}
    return {**members, "found": found, "faults": faults}


@given(st.lists(DOCUMENTS, min_size=2, max_size=6))
def test_a_version_means_the_same_whatever_was_read_before_it(documents: list[Document]) -> None:
    reader = VersionReader()
    for document in documents:
        assert told(*reader.read(encode(document), TARGETS)) == told(*build_serving(document, TARGETS))


@given(st.sampled_from(CATALOGUES), DIRECTORIES)
def test_a_directory_beside_a_stored_catalogue_is_stored_as_both_together_are(
    catalogue: Catalogue, directory: Directory
) -> None:
    stored = halves(encode(Document(catalogue, GOOD.directory)))
    assert encode_beside(stored.catalogue, directory) == encode(Document(catalogue, directory))


def test_a_change_of_the_directory_leaves_the_routes_and_the_other_members_as_they_are() -> None:
    reader = VersionReader()
    first, _ = reader.read(encode(GOOD), TARGETS)
    blocked = msgspec.structs.replace(GOOD.directory, subscriptions=MEMBERS["subscriptions"][2])
    second, _ = reader.read(encode(Document(GOOD.catalogue, blocked)), TARGETS)

    assert second.trees is first.trees
    assert second.adapters is first.adapters
    assert second.document.directory.applications is first.document.directory.applications
    assert not second.subscriptions["a"].active


def test_the_version_is_the_hash_of_what_is_stored() -> None:
    data = encode(GOOD)
    assert VersionReader().read(data, TARGETS)[0].version == version_of(data)


def test_other_upstreams_make_other_routes_of_the_same_catalogue() -> None:
    reader = VersionReader()
    assert reader.read(encode(GOOD), TARGETS)[1] == {}
    assert list(reader.read(encode(GOOD), {})[1]) == ["api jobs"]
    assert reader.read(encode(GOOD), TARGETS)[1] == {}


@pytest.mark.parametrize(
    "data",
    [
        b'{"newer": true}',
        b'{"catalogue": {"newer": true}}',
        b'{"directory": {"newer": true}}',
        b'{"directory": {"subscriptions": [{"newer": true}]}}',
        b'{"directory": []}',
        encode(GOOD)[:-1],
        b"",
    ],
)
def test_what_is_no_document_of_this_release_is_refused_and_forgotten(data: bytes) -> None:
    reader = VersionReader()
    reader.read(encode(GOOD), TARGETS)
    with pytest.raises(msgspec.MsgspecError):
        decode(data)
    with pytest.raises(msgspec.MsgspecError):
        reader.read(data, TARGETS)
    assert told(*reader.read(encode(GOOD), TARGETS)) == told(*build_serving(GOOD, TARGETS))


@pytest.mark.parametrize(
    "data", [b"{}", b'{"catalogue": {}, "directory": {}}', b'{"catalogue": {"apis": []}}']
)
def test_members_that_are_not_told_are_empty(data: bytes) -> None:
    assert VersionReader().read(data, TARGETS)[0].document == decode(data) == Document()
