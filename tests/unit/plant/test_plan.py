from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from millgate.core.errors import Refusal
from millgate.plant.kinds import INTEGER
from millgate.plant.plan import Plan, path_of, plan
from millgate.plant.registry import RESOURCES
from millgate.plant.resource import ANY_OF, Action, Filter, Resource
from support.plant_database import call, principal

BY_NAME = {resource.name: resource for resource in RESOURCES}
PLACE = "WyJUUC0yMDQxOCIsIkMiLDEwMV0"
WINDOW = "StartDate=2026-01-05T00:00:00Z&EndDate=2026-01-06T00:00:00Z"


def planned(target: str, query: str = "", **parameters: Any) -> Plan | Refusal:
    name, _, action = target.partition(".")
    return plan(BY_NAME[name], Action(action), call(target, query, **parameters))


def refused(target: str, query: str = "", **parameters: Any) -> Refusal:
    refusal = planned(target, query, **parameters)
    assert isinstance(refusal, Refusal), refusal
    return refusal


def read(target: str, query: str = "", **parameters: Any) -> Plan:
    made = planned(target, query, **parameters)
    assert isinstance(made, Plan), made.message
    return made


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)
def test_a_token_without_an_account_is_refused_before_anything_else(resource: Resource) -> None:
    made = plan(resource, Action.LIST, call(f"{resource.name}.list", "Foo=1", anonymous=True))
    assert isinstance(made, Refusal)
    assert (made.problem.code, made.message) == ("MG303", "Failed to get authorization token")


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda resource: resource.name)
def test_an_account_without_the_controller_is_refused_before_its_parameters_are_read(
    resource: Resource,
) -> None:
    by = principal(reads=frozenset({"Other"}))
    made = plan(resource, Action.LIST, call(f"{resource.name}.list", "Foo=1", by=by))
    assert isinstance(made, Refusal)
    assert made.problem.code == "MG302"
    assert made.message == f"PCN does not have access to Controller '{resource.controller}'"


@pytest.mark.parametrize(
    ("target", "query", "expected"),
    [
        (
            "Parts.list",
            "Foo=1&PartNo=x&bar=2&Foo=3",
            "'Foo', 'bar' are not parameters of Parts; accepted: PartNo, ",
        ),
        (
            "Parts.list",
            "partnumber=1",
            "'partnumber' is not a parameter of Parts; accepted: PartNo, Revision, Name",
        ),
        ("Parts.list", "=1", "'' is not a parameter of Parts"),
        ("Parts.list", f"{'x' * 99}=1", f"'{'x' * 40}…' is not a parameter"),
        ("Parts.list", "limit=0", "limit '0' is less than 1; send a whole number from 1"),
        ("Parts.list", "limit=-5", "limit '-5' is less than 1"),
        ("Parts.list", "limit=ten", "limit 'ten' is not a whole number"),
        ("Parts.list", "limit=", "limit is empty"),
        ("Parts.list", "limit=1&Limit=2", "limit is given 2 times; send it once."),
        ("Parts.list", "offset=-1", "offset '-1' is less than 0; send a whole number from 0."),
        ("Parts.list", "offset=9223372036854775808", "offset '9223372036854775808' is outside the range"),
        ("Parts.list", "PartNo=", "PartNo is empty; send a text"),
        ("Parts.list", "PartNo=a&partno=b", "PartNo is given 2 times"),
        ("Parts.list", "PartNo=a%00b", "PartNo 'a\x00b' holds a control character"),
        (
            "Parts.list",
            "ModifiedSince=2026-01-05",
            "ModifiedSince '2026-01-05' is a date without a time; send an inst",
        ),
        ("Workcenters.list", "Active=yes", "Active 'yes' is neither true nor false; send true or false."),
        (
            "Workcenters.list",
            "BuildingKey=A",
            "BuildingKey 'A' is not a whole number; send a whole number, as in 42",
        ),
        (
            "DcJobs.list",
            "JobStatus=Hold&JobStatus=Done",
            "JobStatus 'Done' is not one of its values; send New, Sched",
        ),
        ("DcJobs.list", "JobStatus=", "JobStatus '' is not one of its values"),
        (
            "DcJobs.list",
            "DueDateBegin=2026-02-01T00:00:00Z&DueDateEnd=2026-02-01T00:00:00Z",
            "DueDateEnd must be later than DueDateBegin.",
        ),
        (
            "WorkcenterProductionLogs.list",
            "",
            "StartDate is missing; send an instant with its zone, as in 20",
        ),
        (
            "WorkcenterProductionLogs.list",
            "StartDate=2026-01-05T00:00:00Z",
            "EndDate is missing; send an instant",
        ),
        (
            "WorkcenterProductionLogs.list",
            "StartDate=2026-01-01T00:00:00Z&EndDate=2026-02-01T00:00:00.1Z",
            "StartDate and EndDate must be at most 31 days apart.",
        ),
        (
            "WorkcenterProductionLogs.list",
            "StartDate=2026-01-05T06:00:00&" + WINDOW[31:],
            "has no time zone; send",
        ),
    ],
)
def test_a_wrong_parameter_is_named_with_what_is_wrong_and_what_is_right(
    target: str, query: str, expected: str
) -> None:
    refusal = refused(target, query)
    assert refusal.problem.code == "MG602"
    assert expected in refusal.message


def test_all_faults_of_a_request_are_told_at_once() -> None:
    query = "Foo=1&limit=0&offset=x&StartDate=2026-01-05&EndDate=&EmployeeKey=me"
    message = refused("WorkcenterProductionLogs.list", query).message
    for name in ("'Foo'", "limit", "offset", "StartDate", "EndDate", "EmployeeKey"):
        assert name in message


def test_one_row_takes_no_parameters() -> None:
    message = refused("Parts.one", "limit=1", PartKey="101").message
    assert message == "'limit' is not a parameter of Parts; accepted: none."


def test_the_subscription_key_in_the_query_is_not_ours_to_judge() -> None:
    assert read("Parts.list", "subscription-key=abc&Subscription-Key=").conditions == ()
    assert read("Parts.one", "subscription-key=abc", PartKey="101").key == 101


def test_more_than_two_hundred_fields_are_refused() -> None:
    assert refused("Parts.list", "&".join(["a=1"] * 201)).problem.code == "MG104"


def test_a_query_that_is_not_utf8_is_refused() -> None:
    assert refused("Parts.list", "PartNo=%ff").problem.code == "MG104"


@pytest.mark.parametrize("key", ["abc", "1.5", "9223372036854775808", "-", "\uff11", "0x1", "1 "])
def test_a_key_that_is_no_number_is_a_row_that_is_not_there(key: str) -> None:
    refusal = refused("Parts.one", PartKey=key)
    assert (refusal.problem.code, refusal.message) == ("MG601", "Resource not found. Parts")


def test_a_key_is_read_as_its_kind() -> None:
    assert read("Containers.one", SerialNo="0042").key == "0042"
    assert refused("Containers.one", SerialNo="x" * 201).problem.code == "MG601"


def test_parameters_are_judged_before_the_key() -> None:
    assert refused("Parts.one", "Foo=1", PartKey="abc").problem.code == "MG602"


def test_a_plan_holds_the_company_and_the_defaults() -> None:
    made = read("Parts.list")
    assert (made.pcn, made.key, made.offset, made.limit, made.paged) == (1, None, 0, 100, False)
    assert made.path == "/Engineering/PartList/Parts"


def test_a_limit_above_a_thousand_is_a_thousand() -> None:
    assert read("Parts.list", "limit=1001").limit == 1000
    assert read("Parts.list", "limit=9223372036854775807").limit == 1000


def test_names_are_matched_without_regard_to_case() -> None:
    made = read("Parts.list", "PARTNO=a&OFFSET=3&Limit=7")
    assert [(item.filter.name, item.values) for item in made.conditions] == [("PartNo", ("a",))]
    assert (made.offset, made.limit, made.paged) == (3, 7, True)


def test_repeated_values_are_kept_once_in_the_spelling_of_the_documentation() -> None:
    made = read("DcJobs.list", "JobStatus=hold&jobstatus=NEW&JobStatus=Hold")
    assert made.conditions[0].values == ("Hold", "New")


def test_an_offset_is_converted_to_utc() -> None:
    made = read(
        "WorkcenterProductionLogs.list",
        "StartDate=2026-01-05T01:00:00-05:00&EndDate=2026-01-05T08:00:00%2B01:00",
    )
    assert [item.values[0] for item in made.conditions] == [
        datetime(2026, 1, 5, 6, tzinfo=UTC),
        datetime(2026, 1, 5, 7, tzinfo=UTC),
    ]


def test_thirty_one_days_are_allowed() -> None:
    window = "StartDate=2026-01-01T00:00:00Z&EndDate=2026-02-01T00:00:00Z"
    assert len(read("WorkcenterProductionLogs.list", window).conditions) == 2


@pytest.mark.parametrize("query", ["", "StartDate=2025-01-01T00:00:00Z&EndDate=2026-02-01T00:00:00Z"])
def test_a_workcenter_needs_no_window_and_may_have_a_long_one(query: str) -> None:
    assert read("WorkcenterProductionLogs.list", query, WorkcenterKey="101").key == 101


def test_any_kind_can_be_repeated() -> None:
    several = Filter("Key", INTEGER, "x.key", ANY_OF, "Keys.")
    resource = msgspec.structs.replace(BY_NAME["Parts"], filters=(several,))
    made = plan(resource, Action.LIST, call("Parts.list", "Key=1&Key=2&key=1"))
    assert isinstance(made, Plan)
    assert made.conditions[0].values == (1, 2)
    wrong = plan(resource, Action.LIST, call("Parts.list", "Key=1&Key=a&Key=b"))
    assert isinstance(wrong, Refusal)
    assert "'a'" in wrong.message
    assert "'b'" in wrong.message


def test_the_path_holds_the_key_percent_encoded() -> None:
    assert (
        path_of(BY_NAME["Parts"], call("Parts.one", PartKey="a b/ü"))
        == "/Engineering/PartList/Parts/a%20b%2F%C3%BC"
    )


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("after=", "after is not a place; take it unchanged from a link."),
        ("after=nonsense", "after is not a place"),
        ("AFTER=W10", "after is not a place"),
        ("after=a&after=b", "after is given 2 times; send it once."),
    ],
)
def test_a_place_that_no_link_gave_is_refused(query: str, expected: str) -> None:
    refusal = refused("Parts.list", query)
    assert refusal.problem.code == "MG602"
    assert expected in refusal.message


def test_a_place_is_read_and_the_list_is_paged() -> None:
    made = read("Parts.list", f"after={PLACE}")
    assert (made.after, made.after_text, made.paged, made.offset) == (("TP-20418", "C", 101), PLACE, True, 0)


@pytest.mark.parametrize("target", ["ProductionSummary.list", "WorkcenterPerformance.list"])
def test_sums_have_no_place(target: str) -> None:
    assert "'after' is not a parameter" in refused(target, f"{WINDOW}&after={PLACE}").message


@pytest.mark.parametrize(
    ("query", "groups"),
    [
        ("", ("Workcenter", "Part")),
        ("GroupBy=day", ("Day",)),
        ("GroupBy=Shift&groupby=DAY&GroupBy=shift", ("Day", "Shift")),
        ("GroupBy=None", ()),
        ("GroupBy=none&GroupBy=Job", ("Job",)),
    ],
)
def test_groups_stand_in_the_order_of_the_declaration(query: str, groups: tuple[str, ...]) -> None:
    assert read("ProductionSummary.list", query, WorkcenterKey="101").groups == groups


@pytest.mark.parametrize("value", ["", "Weekday", "Day,Shift", "reportDate"])
def test_a_group_that_is_none_is_told_with_those_that_are(value: str) -> None:
    message = refused("ProductionSummary.list", f"GroupBy={value}", WorkcenterKey="101").message
    known = "Workcenter, WorkcenterGroup, Part, Operation, Job, Day, Shift, None"
    assert message == f"GroupBy '{value}' is not one of its values; send {known}."


def test_only_reports_are_grouped() -> None:
    assert "'GroupBy' is not a parameter" in refused("Parts.list", "GroupBy=Part").message
