"""The rules of data sources: every fault by its place, and what a source becomes in a snapshot."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import pytest

from millgate.describe.model import Api, Operation
from millgate.plant.sources.resources import KINDS as PLANT_KINDS
from millgate.plant.sources.resources import OPERATORS as PLANT_OPERATORS
from millgate.snapshot.build import SnapshotFaulty, build, build_serving
from millgate.snapshot.document import Catalogue, Document
from millgate.snapshot.routes import Broken, Match
from millgate.snapshot.sources import (
    KINDS,
    OPERATORS,
    DataSource,
    SourceDatabase,
    SourceField,
    SourceFilter,
    SourceResource,
    camel,
    pascal,
    source_faults,
)

ID: Final = SourceField(column="id", kind="integer")
DUE: Final = SourceField(column="due_date", kind="instant")
ORDERS: Final = SourceResource(name="Orders", table="orders", fields=(ID, DUE), key="id", every_company=True)
SOURCE: Final = DataSource(
    key="erp",
    name="ERP",
    suffix="Erp",
    resources=(ORDERS,),
    databases=(SourceDatabase("production", "00"),),
)
API: Final = Api(
    key="erp",
    name="ERP",
    suffix="Erp",
    version="v1",
    upstream="source.erp",
    tiers=("production",),
    operations=(
        Operation("list-orders", "GET", "/Orders", "List", "Orders.list"),
        Operation("get-orders", "GET", "/Orders/{Id}", "One", "Orders.one"),
    ),
)


def source(**changes: Any) -> DataSource:
    return msgspec.structs.replace(SOURCE, **changes)


def resource(**changes: Any) -> DataSource:
    return source(resources=(msgspec.structs.replace(ORDERS, **changes),))


def field(**given: Any) -> DataSource:
    return resource(fields=(ID, SourceField(**{"column": "due_date", "kind": "instant"} | given)))


def filtered(**given: Any) -> DataSource:
    return resource(
        filters=(SourceFilter(**{"name": "Due", "column": "due_date", "operator": "since"} | given),)
    )


IN_RESOURCE: Final = "source erp, resource Orders"


def test_a_sound_source_has_no_fault() -> None:
    assert source_faults(SOURCE) == {}


@pytest.mark.parametrize(
    ("wrong", "where", "why"),
    [
        (source(key="ERP 1"), "source ERP 1", "is not lower case"),
        (source(suffix="portal"), "source erp", "'portal' is reserved"),
        (source(suffix="a/b"), "source erp", "not one path segment"),
        (source(version="oauth2"), "source erp", "'oauth2' is reserved"),
        (source(name=" "), "source erp", "the name is empty"),
        (source(dialect="oracle"), "source erp", "'oracle' is not one of sqlite, postgresql"),
        (source(seconds=0.0), "source erp", "deadline is not from 0 to 600"),
        (source(seconds=601.0), "source erp", "deadline is not from 0 to 600"),
        (source(name="x" * 201), "source erp", "the name is longer than 200"),
        (source(description="x" * 2001), "source erp", "the description is longer than 2000"),
        (source(resources=()), "source erp", "0 resources"),
        (
            source(resources=(ORDERS, msgspec.structs.replace(ORDERS, name="ORDERS"))),
            "source erp",
            "'ORDERS' stands twice",
        ),
        (resource(name="orders"), "source erp, resource orders", "'orders' is not PascalCase"),
        (resource(name="A/B"), "source erp, resource A/B", "is not PascalCase"),
        (resource(controller="x y"), IN_RESOURCE, "the controller 'x y'"),
        (resource(table=""), IN_RESOURCE, "the table is empty"),
        (resource(table="a\0b"), IN_RESOURCE, "holds a control character"),
        (resource(table="x" * 129), IN_RESOURCE, "longer than 128 bytes"),
        (resource(schema="dbo"), IN_RESOURCE, "SQLite has none"),
        (resource(fields=()), IN_RESOURCE, "0 fields"),
        (resource(fields=(ID, ID)), IN_RESOURCE, "the field 'id' stands twice"),
        (
            resource(fields=(ID, SourceField(column="x", name="iD"))),
            IN_RESOURCE,
            "the field 'iD' stands twice",
        ),
        (resource(key="no"), IN_RESOURCE, "the key 'no' is the column of no field"),
        (resource(key="due_date"), IN_RESOURCE, "a key is an integer or a text"),
        (resource(sort=("no",)), IN_RESOURCE, "sorted by 'no'"),
        (resource(sort=("id", "id")), IN_RESOURCE, "the sort column 'id' stands twice"),
        (resource(every_company=False), IN_RESOURCE, "say whose rows these are"),
        (resource(pcn="pcn"), IN_RESOURCE, "say whose rows these are"),
        (resource(pcn=0, every_company=False), IN_RESOURCE, "0 is not the number of a company"),
        (resource(pcn="", every_company=False), IN_RESOURCE, "the company's column is empty"),
        (resource(row_cap=0), IN_RESOURCE, "row cap 0 is not from 1 to 1000"),
        (resource(row_cap=1001), IN_RESOURCE, "row cap 1001 is not from 1 to 1000"),
        (resource(description="x" * 501), IN_RESOURCE, "the description is longer"),
        (field(kind="money"), f"{IN_RESOURCE}, field dueDate", "the kind 'money' is not one of"),
        (field(name="Due"), f"{IN_RESOURCE}, field Due", "is not camelCase"),
        (field(column="日本"), f"{IN_RESOURCE}, field 日本", "made from the column '日本'"),
        (
            field(stored="unix"),
            f"{IN_RESOURCE}, field dueDate",
            "not stored as 'unix'; choose text, iso, epoch",
        ),
        (field(kind="date", stored="iso"), f"{IN_RESOURCE}, field dueDate", "date is not stored as 'iso'"),
        (field(doc="x" * 501), f"{IN_RESOURCE}, field dueDate", "the doc is longer"),
        (filtered(name="due"), f"{IN_RESOURCE}, filter due", "is not PascalCase"),
        (filtered(name="Limit"), f"{IN_RESOURCE}, filter Limit", "'Limit' is reserved"),
        (filtered(name="GroupBy"), f"{IN_RESOURCE}, filter GroupBy", "'GroupBy' is reserved"),
        (filtered(name="After"), f"{IN_RESOURCE}, filter After", "'After' is reserved"),
        (filtered(column="no"), f"{IN_RESOURCE}, filter Due", "'no' is the column of no field"),
        (filtered(operator="between"), f"{IN_RESOURCE}, filter Due", "'between' is not one of"),
        (filtered(operator="like"), f"{IN_RESOURCE}, filter Due", "'like' does not fit the kind instant"),
        (
            filtered(operator="since", column="id"),
            f"{IN_RESOURCE}, filter Due",
            "does not fit the kind integer",
        ),
        (
            resource(filters=(SourceFilter(name="Id", column="id"), SourceFilter(name="ID", column="id"))),
            IN_RESOURCE,
            "the filter 'ID' stands twice",
        ),
    ],
)
def test_each_fault_is_told_by_its_place(wrong: DataSource, where: str, why: str) -> None:
    faults = source_faults(wrong)

    assert list(faults) == [where]
    assert any(why in told for told in faults[where])


def test_postgresql_takes_names_of_63_bytes_and_schemas() -> None:
    fine = resource(table="x" * 63, schema="sales")
    assert source_faults(msgspec.structs.replace(fine, dialect="postgresql")) == {}
    long = msgspec.structs.replace(resource(table="x" * 64), dialect="postgresql")
    assert "longer than 63 bytes" in source_faults(long)[IN_RESOURCE][0]


def test_all_faults_are_told_at_once() -> None:
    wrong = source(suffix="portal", resources=(msgspec.structs.replace(ORDERS, row_cap=0, key="x"),))
    assert sum(len(whys) for whys in source_faults(wrong).values()) == 3


def test_kinds_and_operators_are_those_that_the_plant_has() -> None:
    assert set(KINDS) == set(PLANT_KINDS)
    assert set(OPERATORS) == set(PLANT_OPERATORS)


@pytest.mark.parametrize(
    ("column", "name"),
    [
        ("due_date", "dueDate"),
        ("DUE_DATE", "dueDate"),
        ("DueDate", "dueDate"),
        ("orderID", "orderId"),
        ("PONumber", "poNumber"),
        ("größe (mm)", "grosseMm"),
        ("x1", "x1"),
        ("日本", ""),
        ("", ""),
    ],
)
def test_names_are_made_from_columns(column: str, name: str) -> None:
    assert camel(column) == name
    assert pascal(column) == name[:1].upper() + name[1:]


# In a snapshot


def document(*sources: DataSource, api: Api = API) -> Document:
    return Document(Catalogue((api,), (), sources))


def faults(*sources: DataSource, api: Api = API) -> dict[str, tuple[str, ...]]:
    with pytest.raises(SnapshotFaulty) as faulty:
        build(document(*sources, api=api), {})
    return faulty.value.faults


def test_a_source_is_an_upstream_with_the_operations_of_its_resources() -> None:
    snapshot = build(document(SOURCE), {})

    assert isinstance(snapshot.trees["production"].find("GET", ("Erp", "v1", "Orders", "1")), Match)
    assert snapshot.trees["test"].find("GET", ("Erp", "v1", "Orders")) is None


def test_an_operation_that_the_source_does_not_answer_is_a_fault() -> None:
    told = faults(resource(key=""))
    assert told == {
        "api erp, operation get-orders": ("the upstream 'source.erp' has no operation 'Orders.one'",)
    }


def test_an_api_of_no_source_is_a_fault() -> None:
    assert faults()["api erp"] == ("there is no upstream 'source.erp'",)


def test_an_api_on_a_tier_without_a_database_is_a_fault() -> None:
    told = faults(SOURCE, api=msgspec.structs.replace(API, tiers=("test", "production")))
    assert told == {"api erp": ("its upstream does not answer on the tier test",)}


@pytest.mark.parametrize(
    ("databases", "why"),
    [
        ((), "no database"),
        ((SourceDatabase("staging", "00"),), "no database for one of the tiers"),
        ((SourceDatabase("test", "00"), SourceDatabase("test", "01")), "more than one database for a tier"),
    ],
)
def test_databases_are_one_for_a_tier_that_there_is(databases: tuple[SourceDatabase, ...], why: str) -> None:
    assert why in faults(source(databases=databases))["source erp"][0]


def test_a_source_that_stands_twice_is_a_fault() -> None:
    assert faults(SOURCE, SOURCE)["source erp"] == ("it stands twice",)


def test_a_faulty_source_is_told_of_once_and_its_routes_are_broken() -> None:
    wrong = document(resource(row_cap=0))
    snapshot, told = build_serving(wrong, {})

    assert list(told) == [IN_RESOURCE]
    found = snapshot.trees["production"].find("GET", ("Erp", "v1", "Orders"))
    assert isinstance(found, Broken)
    assert "has faults" in found.why
