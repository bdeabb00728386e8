"""The plant as clients see it, over a real SQLite database."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from millgate.core.values import Principal
from millgate.plant.backend import PlantBackend
from millgate.plant.registry import RESOURCES, apis, target_of
from millgate.stores.ports import (
    ColumnFailed,
    ConnectTimedOut,
    Page,
    QueryTimedOut,
    Select,
    StoreUnreachable,
    Work,
)
from millgate.stores.sqlite.plant import SqlitePlantWriter
from support.exchange import seen
from support.plant_database import CLOCK, LOGS, OTHER_PCN, Plant, call, principal, run, small_plant, table

LOG_LIST = "WorkcenterProductionLogs.list"
NOT_CACHED = {"pragma": "no-cache", "cache-control": "no-cache", "expires": "-1"}


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    made = Plant(small_plant(tmp_path_factory.mktemp("plant") / "plant.db"))
    yield made
    made.reader.close()


def test_the_company_profile_is_answered_as_in_the_manual(plant: Plant) -> None:
    answer = plant.ask("CompanyProfile.list")
    assert answer.json == {
        "links": [{"rel": "self", "href": "/Platform/Login/CompanyProfile", "method": "GET"}],
        "embedded": [
            {
                "name": "ACME Works",
                "plexusCustomerCode": "ACME",
                "pcn": 1,
                "timeZone": "America/Detroit",
                "productionDayStart": "06:00",
            }
        ],
        "total": 1,
        "count": 1,
    }
    assert answer.headers == {"content-type": "application/json; charset=utf-8", **NOT_CACHED}


def test_hal_is_answered_when_it_is_asked_for(plant: Plant) -> None:
    answer = plant.ask("CompanyProfile.list", accept="application/hal+json")
    assert answer.headers["content-type"] == "application/hal+json"


def test_a_workcenter_shows_the_status_that_is_open(plant: Plant) -> None:
    first, second, third = plant.rows("Workcenters.list")
    assert (first["workcenterStatus"], first["statusSince"]) == ("Production", "2026-01-05T06:00:00Z")
    assert second["workcenterStatus"] == "Setup"
    assert (third["workcenterStatus"], third["statusSince"]) == (None, None)
    assert (first["active"], third["active"]) == (True, False)
    assert (first["productionLineCode"], second["productionLineCode"]) == ("LINE-1", None)
    assert first["name"] == "Große Presse"


def test_two_open_status_rows_do_not_make_two_workcenters(tmp_path: Path) -> None:
    made = Plant(small_plant(tmp_path / "plant.db"))
    columns = "log_key pcn workcenter_key workcenter_code log_date report_date shift workcenter_status_key"
    text = "workcenter_status event_code workcenter_event note job_no part_no revision operation_code modified_date"
    row = [50, 1, 101, "STP-01", "2026-01-05 07:00:00", "2026-01-05", "A", 1]
    row += ["Down", "", "", "", "", "", "", "", "2026-01-05 07:00:00"]
    names = [*columns.split(), *text.split()]
    second = dict(zip(names, row, strict=True)) | {"log_key": 5000}
    SqlitePlantWriter(made.path).put([table("status_log", second)])
    assert [item["workcenterStatus"] for item in made.rows("Workcenters.list")] == ["Down", "Setup", None]
    made.reader.close()


def test_numbers_are_whole_where_they_are_and_flags_are_booleans(plant: Plant) -> None:
    answer = plant.ask(LOG_LIST, "limit=2", WorkcenterKey="101")
    assert b'"quantity":10,' in answer.body
    assert b'"quantity":10.5,' in answer.body
    assert [row["rejected"] for row in answer.json["embedded"]] == [False, True]
    assert answer.json["embedded"][0]["reportDate"] == "2026-01-05"
    assert answer.json["embedded"][0]["employeeName"] == "O'Brien, Zoë"


def test_a_part_is_shown_with_its_revision_as_the_company_joins_them(plant: Plant) -> None:
    shown = {row["partNo"]: row["partNoRevision"] for row in plant.rows("Parts.list")}
    assert shown == {"0012-4E5": "0012-4E5", "TP-20418": "TP-20418-C", "TP_20418": "TP_20418-C"}
    assert plant.rows("Parts.one", PartKey="101")[0]["modifiedDate"] == "2026-01-02T03:04:05.600000Z"


def test_a_job_counts_what_remains_and_never_less_than_nothing(plant: Plant) -> None:
    remaining = {row["jobNo"]: row["quantityRemaining"] for row in plant.rows("DcJobs.list")}
    assert remaining == {"J1": 599.5, "J2": 0, "J3": 599.5}


def test_one_row_is_an_envelope_of_one(plant: Plant) -> None:
    answer = plant.ask("Workcenters.one", WorkcenterKey="102").json
    assert answer["links"] == [
        {"rel": "self", "href": "/ProductionTracking/WorkcenterList/Workcenters/102", "method": "GET"}
    ]
    assert (answer["total"], answer["count"]) == (1, 1)
    assert answer["embedded"][0]["workcenterCode"] == "STP-02"


@pytest.mark.parametrize(
    ("target", "query", "expected"),
    [
        ("Parts.list", "PartNo=tp-20418", ["TP-20418"]),
        ("Parts.list", "PartNo=TP_20418", ["TP_20418"]),
        ("Parts.list", "PartNo=%25-%25", ["0012-4E5", "TP-20418"]),
        ("Parts.list", "PartNo=%25", ["0012-4E5", "TP-20418", "TP_20418"]),
        ("Parts.list", "Revision=C&Name=bra%25", ["TP-20418", "TP_20418"]),
        ("Parts.list", "ModifiedSince=2026-01-02T03:04:05.6Z", ["0012-4E5", "TP-20418", "TP_20418"]),
        ("Workcenters.list", "Active=false", ["STP-03"]),
        ("Workcenters.list", "Active=TRUE&DepartmentNo=100", ["STP-01"]),
        ("Workcenters.list", "Status=prod%25", ["STP-01"]),
        ("Workcenters.list", "BuildingKey=101", ["STP-01", "STP-02", "STP-03"]),
        ("Workcenters.list", "ModifiedSince=2026-01-05T00:00:00Z", ["STP-01", "STP-02"]),
        ("DcJobs.list", "JobStatus=Hold&JobStatus=completed", ["J2", "J3"]),
        ("DcJobs.list", "DueDateBegin=2026-01-15T00:00:00Z&DueDateEnd=2026-02-01T12:00:00Z", ["J2"]),
        ("DcJobs.list", "CompletedDateEnd=2026-01-20T00:00:00.0000001Z", ["J2"]),
        ("DcJobs.list", "Priority=low&BuildingKey=101&PartNo=TP-20418", ["J3"]),
    ],
)
def test_filters_find_what_they_say(plant: Plant, target: str, query: str, expected: list[str]) -> None:
    name = {"Parts": "partNo", "Workcenters": "workcenterCode", "DcJobs": "jobNo"}[target.partition(".")[0]]
    assert [row[name] for row in plant.rows(target, query)] == expected


def test_a_window_holds_its_begin_and_not_its_end(plant: Plant) -> None:
    query = "StartDate=2026-01-05T06:01:00Z&EndDate=2026-01-05T06:03:00Z"
    assert [row["logDate"] for row in plant.rows(LOG_LIST, query)] == [
        "2026-01-05T06:01:00Z",
        "2026-01-05T06:02:00Z",
    ]


def test_an_offset_means_the_same_instants(plant: Plant) -> None:
    query = "StartDate=2026-01-05T01:01:00-05:00&EndDate=2026-01-05T07:03:00%2B01:00"
    answer = plant.ask(LOG_LIST, query, WorkcenterKey="101").json
    assert answer["total"] == 2
    assert answer["links"][0]["href"].endswith(
        "/WorkcenterProductionLogs/101?StartDate=2026-01-05T06:01:00Z&EndDate=2026-01-05T06:03:00Z"
    )


@pytest.mark.parametrize("limit", ["", "7", "100", "250", "5000"])
def test_walking_next_over_the_wire_reaches_every_row_once(plant: Plant, limit: str) -> None:
    query: str | None = f"limit={limit}" if limit else ""
    keys: list[int] = []
    while query is not None:
        answer = plant.ask(LOG_LIST, query, WorkcenterKey="101").json
        keys += [row["productionLogKey"] for row in answer["embedded"]]
        assert answer["total"] == LOGS
        assert answer["count"] == len(answer["embedded"])
        following = [link["href"] for link in answer["links"] if link["rel"] == "next"]
        query = urlsplit(following[0]).query if following else None
    assert len(keys) == len(set(keys)) == LOGS


def test_no_more_than_a_thousand_rows_are_answered_at_once(tmp_path: Path) -> None:
    made = Plant(small_plant(tmp_path / "plant.db"))
    buildings = [
        {
            "building_key": 10_000 + n,
            "pcn": 1,
            "building_code": f"B{n}",
            "name": "B",
            "modified_date": "2026-01-01 00:00:00",
        }
        | {"city": "", "state": "", "country": "", "active": 1}
        for n in range(1)
    ]
    workcenters = [
        {
            "workcenter_key": 20_000 + n,
            "pcn": 1,
            "workcenter_code": f"W{n:04}",
            "name": "W",
            "workcenter_type": "",
            "workcenter_group": "",
            "department_no": 1,
            "building_key": 10_000,
            "plc_name": "",
            "ip_address": "",
            "active": 1,
            "modified_date": "2026-01-01 00:00:00",
        }
        for n in range(1100)
    ]
    SqlitePlantWriter(made.path).put([table("building", *buildings), table("workcenter", *workcenters)])
    answer = made.ask("Workcenters.list", "WorkcenterCode=W%25&limit=2000").json
    made.reader.close()
    assert (answer["count"], answer["total"]) == (1000, 1100)
    assert [row["workcenterKey"] for row in answer["embedded"]] == [20_000 + n for n in range(1000)]


def test_managed_links_are_addresses_as_they_were_called(plant: Plant) -> None:
    backend = PlantBackend({"production": plant.reader}, CLOCK, 5.0, links="managed")
    request = call(LOG_LIST, "limit=100", WorkcenterKey="101")
    links = run(seen(run(backend(request)))).json["links"]
    assert links[0]["href"] == "/Suffix/v1/WorkcenterProductionLogs/101?offset=0&limit=100"


@pytest.mark.parametrize(
    ("target", "more"),
    [
        ("Parts.one", {"PartKey": "901"}),
        ("Workcenters.one", {"WorkcenterKey": "901"}),
        ("DcJobs.one", {"JobKey": "901"}),
        (LOG_LIST, {"WorkcenterKey": "901"}),
        ("Workcenters.list", {"query": "BuildingKey=901"}),
        ("DcJobs.list", {"query": "BuildingKey=901"}),
    ],
)
def test_a_company_never_sees_rows_of_another(plant: Plant, target: str, more: dict[str, str]) -> None:
    assert plant.ask(target, **more).status == 404
    assert plant.ask(target, by=principal(OTHER_PCN), **more).status == 200


@pytest.mark.parametrize(
    ("target", "more", "instance"),
    [
        ("Workcenters.one", {"WorkcenterKey": "4711"}, "/ProductionTracking/WorkcenterList/Workcenters/4711"),
        ("Workcenters.one", {"WorkcenterKey": "x y"}, "/ProductionTracking/WorkcenterList/Workcenters/x%20y"),
        ("Workcenters.list", {"query": "Name=nothing"}, "/ProductionTracking/WorkcenterList/Workcenters"),
        ("Workcenters.list", {"query": "offset=3"}, "/ProductionTracking/WorkcenterList/Workcenters"),
        (
            "Workcenters.list",
            {"query": "offset=9223372036854775807"},
            "/ProductionTracking/WorkcenterList/Workcenters",
        ),
    ],
)
def test_no_rows_are_the_documented_404(
    plant: Plant, target: str, more: dict[str, str], instance: str
) -> None:
    answer = plant.ask(target, **more)
    assert answer.status == 404
    assert answer.json == {
        "type": None,
        "title": "Resource Not Found",
        "status": 404,
        "detail": "Resource not found. Workcenters",
        "instance": instance,
    }
    assert answer.headers == {"content-type": "application/json; charset=utf-8", **NOT_CACHED}


def test_a_refused_controller_is_the_documented_403(plant: Plant) -> None:
    answer = plant.ask("Parts.list", by=principal(reads=frozenset()))
    assert answer.json == {
        "type": None,
        "title": "Access Restricted Resource",
        "status": 403,
        "detail": "PCN does not have access to Controller 'Parts'",
        "instance": "/Engineering/PartList/Parts",
    }


def test_no_account_is_the_documented_403(plant: Plant) -> None:
    answer = plant.ask("Parts.list", anonymous=True)
    assert (answer.status, answer.json["detail"]) == (403, "Failed to get authorization token")


def test_a_wrong_parameter_is_a_400_in_the_strict_form_when_asked_for(plant: Plant) -> None:
    answer = plant.ask("Parts.list", "Foo=1", accept="application/problem+json")
    assert answer.status == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["type"] == "about:blank"
    assert answer.json["title"] == "Bad Request"


class Failing:
    """A store on which everything fails alike."""

    dialect = "sqlite"

    def __init__(self, failure: Exception) -> None:
        self._failure = failure

    async def select(self, select: Select, seconds: float) -> Page:  # noqa: ARG002 - a PlantReader
        """Fail."""
        raise self._failure

    async def transact(self, work: Callable[[], Work[Any]], seconds: float) -> Any:  # noqa: ARG002 - a PlantStore
        """Fail."""
        raise self._failure


@pytest.mark.parametrize(
    ("failure", "detail"),
    [
        (
            QueryTimedOut(),
            "Timeout expired.  The timeout period elapsed prior to completion of the operation",
        ),
        (
            StoreUnreachable(),
            "An attempt to use the SQL data store has failed.  A network-related or instance-",
        ),
        (
            ConnectTimedOut(),
            "An attempt to establish a SQL connection has timed out.  Connection Timeout Expired.",
        ),
        (ColumnFailed("part_no"), "Part_No"),
    ],
)
def test_a_store_that_fails_is_the_documented_500_without_an_instance(
    failure: Exception, detail: str
) -> None:
    backend = PlantBackend({"production": Failing(failure)}, CLOCK, 5.0)
    answer = run(seen(run(backend(call("Parts.list")))))
    assert answer.status == 500
    assert set(answer.json) == {"type", "title", "status", "detail"}
    assert answer.json["title"] == "Unknown Error"
    assert answer.json["detail"].startswith(detail)


def test_a_tier_without_a_database_is_unreachable(plant: Plant) -> None:
    answer = plant.ask("Parts.list", tier="test")
    assert (answer.status, "data store" in answer.json["detail"]) == (500, True)


def test_a_missing_file_is_unreachable_until_it_is_there(tmp_path: Path) -> None:
    made = Plant(tmp_path / "later.db")
    assert made.ask("Parts.list").status == 500
    assert not made.path.exists()
    small_plant(made.path)
    assert made.ask("Parts.list").status == 200
    made.reader.close()


@pytest.mark.parametrize("value", [b"\xff", "not a date"])
def test_a_value_that_cannot_be_read_names_its_column(tmp_path: Path, value: object) -> None:
    made = Plant(small_plant(tmp_path / "plant.db"))
    column = "note" if isinstance(value, bytes) else "created_date"
    row = {"part_key": 101, "pcn": 1, "part_no": "X", "revision": "X"}
    names = "name description part_type part_group part_source product_type part_status building_code"
    text = dict.fromkeys([*names.split(), "container_type", "unit", "note"], "")
    rest = {"lead_time_days": 0, "net_weight": 0, "standard_pack_quantity": 0}
    dates = {"created_date": "2026-01-01 00:00:00", "modified_date": "2026-01-01 00:00:00"}
    SqlitePlantWriter(made.path).put([table("part", row | text | rest | dates | {column: value})])
    answer = made.ask("Parts.list")
    made.reader.close()
    expected = "_".join(word.capitalize() for word in column.split("_"))
    assert (answer.status, answer.json["detail"]) == (500, expected)


def test_an_unknown_target_is_a_fault_of_the_caller(plant: Plant) -> None:
    with pytest.raises(LookupError):
        plant.ask("Nothing.list")


READ = sorted(
    target_of(resource, operation.action)
    for resource in RESOURCES
    for operation in resource.operations
    if not operation.action.writes
)
NAMES = sorted(
    {parameter.name for api in apis() for operation in api.operations for parameter in operation.parameters}
)
VALUES = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            "",
            "%",
            "%_\\%",
            "\\",
            "'",
            "1",
            "-1",
            "true",
            "2026-01-05T00:00:00Z",
            "9223372036854775808",
            "\x00",
            "2026-01-06T00:00:00+01:00",
            "0",
            "1e309",
            "%" * 200,
            "Hold",
            "\ud7ff",
            "\U0001d518",
            "1" * 4300,
        ]
    ),
)
QUERIES = st.one_of(
    st.text(st.characters(codec="latin-1"), max_size=120),
    st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=6).map(
        lambda fields: "&".join(f"{name}={_encoded(value)}" for name, value in fields)
    ),
)


def _encoded(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode("utf-8", "replace"))


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(target=st.sampled_from(READ), query=QUERIES, key=st.none() | VALUES, by=st.booleans())
@example(target="Parts.list", query="offset=9223372036854775807&limit=1000", key=None, by=True)
@example(target="Parts.list", query="PartNo=" + "%25" * 200, key=None, by=True)
def test_whatever_is_asked_is_answered_and_never_with_a_500(
    plant: Plant, target: str, query: str, key: str | None, by: bool
) -> None:
    resource = next(item for item in RESOURCES if item.name == target.partition(".")[0])
    captured = {resource.path_key.name: key} if key is not None and resource.path_key else {}
    caller: Principal = principal(1 if by else OTHER_PCN)
    answer = plant.ask(target, query, by=caller, **captured)
    assert answer.status in {200, 400, 404}
    json.loads(answer.body)
