"""The stored form: canonical, read back to the letter, and nothing in it that is not understood."""

from __future__ import annotations

import json
import re
from typing import Any, Final, get_args, get_origin, get_type_hints

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from millgate.describe.model import (
    Answer,
    Api,
    Body,
    Operation,
    Parameter,
    Payload,
    Place,
    VersionScheme,
)
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
    version_of,
)
from millgate.snapshot.sources import (
    DataSource,
    SourceDatabase,
    SourceField,
    SourceFilter,
    SourceResource,
)
from millgate.snapshot.upstreams import HttpUpstream, UpstreamAddress, UpstreamHeader
from support.fuzzing import bounded
from support.world import document as world_document

STRUCTS: Final = (
    Account,
    Adapter,
    Answer,
    Api,
    Application,
    Body,
    Catalogue,
    ClientSecret,
    Company,
    DataSource,
    Directory,
    Document,
    HttpUpstream,
    Limit,
    Operation,
    Parameter,
    Payload,
    SigningKey,
    SourceDatabase,
    SourceField,
    SourceFilter,
    SourceResource,
    Subscription,
    UpstreamAddress,
    UpstreamHeader,
)


PLAIN: Final[dict[Any, st.SearchStrategy[Any]]] = {
    str: st.text(max_size=8),
    int: st.integers(-(2**63), 2**63 - 1),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans(),
    type(None): st.none(),
    Place: st.sampled_from(Place),
    VersionScheme: st.sampled_from(VersionScheme),
    Any: st.none() | st.text(max_size=8),
}


def values(hint: Any) -> st.SearchStrategy[Any]:
    """Any value of a type that documents use."""
    if hint in PLAIN:
        return PLAIN[hint]
    if get_origin(hint) is tuple:
        return st.lists(st.deferred(lambda: values(get_args(hint)[0])), max_size=2).map(tuple)
    if get_origin(hint) is dict:
        # One member at most: order makes no difference to Python, but does to whoever reads the bytes.
        return st.dictionaries(
            st.text(max_size=4), st.deferred(lambda: values(get_args(hint)[1])), max_size=1
        )
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return st.builds(hint, **{name: values(inner) for name, inner in get_type_hints(hint).items()})
    return st.one_of([values(option) for option in get_args(hint)])


DOCUMENTS: Final = values(Document)


@bounded(40)
@given(DOCUMENTS)
def test_a_document_reads_back_as_it_was_written(document: Document) -> None:
    again = decode(encode(document))

    assert again == document
    assert encode(again) == encode(document)


@bounded(20)
@given(DOCUMENTS, DOCUMENTS)
def test_documents_are_equal_when_their_bytes_are(one: Document, other: Document) -> None:
    assert (one == other) == (encode(one) == encode(other))


def test_equal_documents_give_equal_bytes_however_they_were_made() -> None:
    made = world_document()
    built = msgspec.convert(json.loads(encode(made)), Document)

    assert built == made
    assert built is not made
    assert encode(built) == encode(made)


def test_a_version_is_sixteen_digits_of_the_content() -> None:
    data = encode(world_document())

    assert re.fullmatch(r"[0-9a-f]{16}", version_of(data))
    assert version_of(data) == version_of(encode(world_document()))
    assert version_of(data) != version_of(encode(Document()))


def paths(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Where objects stand in a JSON value."""
    if isinstance(value, dict):
        return [path, *[found for name, inner in value.items() for found in paths(inner, (*path, name))]]
    if isinstance(value, list):
        return [found for at, inner in enumerate(value) for found in paths(inner, (*path, at))]
    return []


def full_document() -> Document:
    """One of everything."""
    parameter = Parameter("P", Place.QUERY)
    api = Api(
        key="a",
        name="A",
        suffix="A",
        version="v1",
        upstream="u",
        operations=(
            Operation(
                "o",
                "GET",
                "/o",
                "O",
                "o",
                parameters=(parameter,),
                body=Body((Payload("application/json"),)),
                answers=(Answer("200"),),
            ),
        ),
    )
    adapter = Adapter(key="ad", name="Ad", apis=("a",), limits=(Limit("rate", 1, 1),))
    resource = SourceResource(
        name="R",
        table="r",
        fields=(SourceField(column="c"),),
        filters=(SourceFilter(name="F", column="c"),),
    )
    databases = (SourceDatabase("test", "00"),)
    source = DataSource(key="s", name="S", suffix="S", resources=(resource,), databases=databases)
    upstream = HttpUpstream(
        key="h",
        name="H",
        addresses=(UpstreamAddress("test", ("http://a",)),),
        headers=(UpstreamHeader("X", "00"),),
    )
    return Document(
        Catalogue((api,), (adapter,), (source,), (upstream,)),
        Directory(
            (Company(1, "t", "c", "n"),),
            (Account("a", (1,), (), ()),),
            (Application(client_id="c", name="n", pcn=1, account=None, secrets=(ClientSecret("s", "d"),)),),
            (Subscription(key="s", name="n", digests=("d",), started_at=0),),
            (SigningKey("k", "n", "e", "x", signs=True),),
        ),
    )


def test_an_unknown_member_is_refused_wherever_it_stands() -> None:
    """A document of a newer release must not be half understood."""
    places = paths(json.loads(encode(full_document())))
    assert len(places) == len(STRUCTS)

    for path in places:
        told = json.loads(encode(full_document()))
        at = told
        for step in path:
            at = at[step]
        at["newer"] = 1
        with pytest.raises(msgspec.ValidationError, match="unknown field `newer`"):
            decode(json.dumps(told).encode())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b'{"catalogue": {"apis": [{}]}}',
        b'{"directory": {"companies": [{"pcn": "1", "tenant": "t", "code": "c", "name": "n"}]}}',
        b'{"catalogue": {"adapters": [{"key": "a", "name": "A", "apis": [1]}]}}',
        b"\xff",
    ],
)
def test_what_is_no_document_is_refused(data: bytes) -> None:
    with pytest.raises(msgspec.MsgspecError):
        decode(data)


def test_members_left_out_have_their_defaults() -> None:
    assert decode(b"{}") == Document()
    assert decode(
        b'{"catalogue": {"adapters": [{"key": "a", "name": "A", "apis": []}]}}'
    ).catalogue.adapters == (Adapter(key="a", name="A", apis=()),)


@pytest.mark.parametrize("struct", STRUCTS, ids=lambda item: item.__name__)
def test_nothing_in_a_document_can_be_changed(struct: type[msgspec.Struct]) -> None:
    assert struct.__struct_config__.frozen
    assert struct.__struct_config__.forbid_unknown_fields
