"""The API of a data source, as the portal and exports will show it."""

from __future__ import annotations

import msgspec

from millgate.plant.sources.describe import api_of
from millgate.plant.sources.reading import read_source
from millgate.snapshot.sources import SourceDatabase, targets_of
from support.own_database import ORDERS

SOURCE = msgspec.structs.replace(read_source(ORDERS, "toml"), databases=(SourceDatabase("test", "00"),))


def test_an_api_has_the_tiers_addresses_and_operations_of_its_source() -> None:
    api = api_of(SOURCE)

    assert (api.key, api.upstream, api.suffix, api.version, api.tiers) == (
        "orders",
        "source.orders",
        "Erp",
        "v1",
        ("test",),
    )
    assert [(item.key, item.method, item.template) for item in api.operations] == [
        ("list-orders", "GET", "/Orders"),
        ("get-orders", "GET", "/Orders/{OrderId}"),
    ]
    assert {item.target for item in api.operations} == targets_of(SOURCE)


def test_parameters_are_described_with_the_row_cap() -> None:
    listing = api_of(SOURCE).operations[0]
    described = {item.name: item for item in listing.parameters}

    assert list(described) == [
        "OrderNo",
        "Number",
        "Open",
        "DueDateBegin",
        "DueDateEnd",
        "offset",
        "limit",
        "after",
    ]
    assert described["limit"].description == (
        "How many rows to answer. Default 50; more than 50 is taken as 50."
    )
    assert described["OrderNo"].description.startswith("The number that the customer sees. %")
    assert described["Number"].repeatable
    assert described["Open"].values == ("true", "false")


def test_long_names_still_give_keys_that_an_operation_may_have() -> None:
    name = "ABCDEFGHIJ" * 6
    source = read_source(ORDERS.replace('name = "Orders"\ntable', f'name = "{name}"\ntable'), "toml")

    assert max(len(item.key) for item in api_of(source).operations) <= 76
