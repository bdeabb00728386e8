"""Importing a description: the difference is shown first, and what was shown is what is done."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from django.core.exceptions import ValidationError

from millgate.control.catalogue.importing import Change, ImportPlan, api_import_apply, api_import_plan
from millgate.control.catalogue.models import Api, Revision, Upstream
from millgate.control.catalogue.selectors import api_document, revision_document, upstream_document
from millgate.control.catalogue.services import adapter_put, upstream_put
from millgate.describe.reading import Imported, read_description
from millgate.snapshot.document import Adapter, Limit
from millgate.snapshot.sources import UPSTREAM_PREFIX
from millgate.snapshot.upstreams import HttpUpstream, UpstreamAddress

if TYPE_CHECKING:
    from millgate.describe import model

pytestmark = pytest.mark.usefixtures("rows")

TOOLROOM = Path(__file__).parents[2] / "data" / "descriptions" / "toolroom-3.0.yaml"
LIST: dict[str, Any] = {"operationId": "list-tools", "summary": "List tools"}
SHOW: dict[str, Any] = {"operationId": "show-tool", "summary": "Show a tool"}


def described(paths: dict[str, Any], *, url: str = "", said: Any = None, **members: Any) -> Imported:
    servers = {"servers": [{"url": url}]} if url else {}
    head = {"openapi": "3.1.0", "info": {"title": "Tools", "version": "1"}}
    return read_description(json.dumps(head | servers | {"paths": paths, "x-millgate": said} | members))


def two(**changes: Any) -> Imported:
    """Two operations, the second of them with changes."""
    return described({"/tools": {"get": LIST}, "/tools/{number}": {"get": SHOW | changes}})


def applied(imported: Imported, **given: Any) -> model.Api:
    return api_document(api_import_apply(api_import_plan(imported, **given)))


def operations(plan: ImportPlan) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(item.what, item.key, item.members) for item in plan.changes if item.kind == "operation"]


# New


def test_a_new_api_is_shown_whole_and_nothing_is_written_before_it_is_applied() -> None:
    plan = api_import_plan(read_description(TOOLROOM.read_bytes()))

    assert not Api.objects.filter(key="tool-room").exists()
    assert plan.faults == ()
    assert plan.changes[0] == Change("added", "api", "tool-room", "Tool Room v2")
    assert operations(plan) == [
        ("added", "listtools", ()),
        ("added", "addtool", ()),
        ("added", "get-tools-toolnumber", ()),
        ("added", "scrap-a-tool", ()),
        ("added", "putphoto", ()),
    ]
    assert plan.changes[-1] == Change("added", "upstream", "tool-room", "https://tools.example/api/v2")


def test_what_was_planned_is_what_is_drafted() -> None:
    plan = api_import_plan(read_description(TOOLROOM.read_bytes()))
    api = api_document(api_import_apply(plan))

    assert api == plan.api
    assert api.upstream == "http:tool-room"
    assert plan.upstream is not None
    assert upstream_document(Upstream.objects.get(key="tool-room")) == plan.upstream
    assert {address.tier for address in plan.upstream.addresses} == {"test", "production"}


def test_the_same_again_changes_nothing() -> None:
    imported = read_description(TOOLROOM.read_bytes())
    api_import_apply(api_import_plan(imported))

    assert api_import_plan(imported).changes == ()


@pytest.mark.parametrize(
    ("url", "upstream", "expected"),
    [
        ("", "", "mock"),
        ("", "mock", "mock"),
        ("https://a.example", "mock", "mock"),
        ("https://a.example", "", "http:tools"),
        ("", "https://b.example/x/", "http:tools"),
        ("", "shop", "http:shop"),
        ("", "http:shop", "http:shop"),
    ],
)
def test_who_answers_is_chosen_or_comes_from_the_description(url: str, upstream: str, expected: str) -> None:
    upstream_put(
        HttpUpstream(key="shop", name="Shop", addresses=(UpstreamAddress("test", ("http://s.example",)),))
    )
    api = applied(described({"/a": {"get": {}}}, url=url), upstream=upstream)

    assert api.upstream == expected
    made = Upstream.objects.filter(key="tools").first()
    assert (made is not None) == (expected == "http:tools")
    assert made is None or made.test_urls == [upstream.rstrip("/") or url]


def test_names_that_are_given_stand_above_those_that_are_proposed() -> None:
    api = applied(two(), key="tr", name="The tools", suffix="Shop", version="v9")

    assert (api.key, api.name, api.suffix, api.version) == ("tr", "The tools", "Shop", "v9")


# Again


def test_a_second_description_shows_what_is_added_changed_and_removed() -> None:
    applied(two())
    plan = api_import_plan(
        described({"/tools": {"get": LIST | {"summary": "All tools"}}, "/cribs": {"get": {}}})
    )

    assert operations(plan) == [
        ("changed", "list-tools", ("name", "summary")),
        ("added", "get-cribs", ()),
        ("removed", "show-tool", ()),
    ]
    assert [item.key for item in api_document(api_import_apply(plan)).operations] == [
        "list-tools",
        "get-cribs",
    ]


def test_definitions_that_differ_are_shown() -> None:
    first = {"A": {"type": "string"}, "B": {}}
    applied(described({"/a": {"get": {}}}, components={"schemas": first}))
    plan = api_import_plan(
        described({"/a": {"get": {}}}, components={"schemas": {"A": {"type": "integer"}, "C": {}}})
    )

    assert plan.changes == (
        Change("changed", "definition", "A", "A"),
        Change("added", "definition", "C", "C"),
        Change("removed", "definition", "B", "B"),
    )


def test_an_operation_with_another_id_at_the_same_address_keeps_its_key() -> None:
    applied(two())
    plan = api_import_plan(two(operationId="fetchTool", summary="Fetch"))

    assert plan.changes == (
        Change("changed", "operation", "show-tool", "GET /tools/{number}", ("name", "summary"), "fetchtool"),
    )
    assert api_import_plan(two(operationId="fetchTool")).changes == ()


def test_what_people_decided_about_an_api_stays() -> None:
    applied(two(), name="The tools", suffix="Shop", upstream="https://a.example")
    Api.objects.filter(key="tools").update(tiers=["test"], subscription_required=False, key_header="X-Key")
    Upstream.objects.filter(key="tools").update(retries=4)
    api = applied(described({"/tools": {"get": LIST}}, url="https://other.example"))

    assert (api.name, api.suffix, api.tiers, api.key_header) == ("The tools", "Shop", ("test",), "X-Key")
    assert api.subscription_required is False
    assert api.upstream == "http:tools"
    upstream = upstream_document(Upstream.objects.get(key="tools"))
    assert (upstream.retries, upstream.addresses[0].urls) == (4, ("https://a.example",))


def test_another_address_changes_nothing_else_of_the_upstream() -> None:
    applied(two(), upstream="https://a.example")
    Upstream.objects.filter(key="tools").update(retries=4)
    plan = api_import_plan(two(), upstream="https://b.example")

    assert plan.changes == (Change("changed", "upstream", "tools", "https://b.example", ("addresses",)),)
    api_import_apply(plan)
    assert upstream_document(Upstream.objects.get(key="tools")).retries == 4


# Revisions


def test_a_new_revision_stands_beside_the_current_one() -> None:
    before = applied(two())
    plan = api_import_plan(described({"/cribs": {"get": {}}}), into="new")
    row = api_import_apply(plan)

    assert api_document(row) == before
    revision = revision_document(row, Revision.objects.get(api=row))
    assert (revision.revision, revision.current, revision.online) == (2, False, True)
    assert [item.key for item in revision.operations] == ["get-cribs"]


def test_a_new_revision_at_another_address_leaves_the_upstream_of_the_current_one() -> None:
    applied(two(), upstream="https://a.example")
    row = api_import_apply(api_import_plan(two(), into="new", upstream="https://b.example"))

    assert Revision.objects.get(api=row).upstream == "http:tools-2"
    assert Upstream.objects.get(key="tools").test_urls == ["https://a.example"]
    assert Upstream.objects.get(key="tools-2").test_urls == ["https://b.example"]


# What stands against it


def faults(imported: Imported, **given: Any) -> tuple[str, ...]:
    plan = api_import_plan(imported, **given)
    with pytest.raises(ValidationError):
        api_import_apply(plan)
    return plan.faults


def test_a_limit_on_an_operation_that_would_go_stands_against_it() -> None:
    applied(two())
    adapter_put(
        Adapter(
            key="tools",
            name="Tools for all",
            apis=("tools",),
            limits=(Limit("rate", 5, 60, "tools", "show-tool"),),
        )
    )
    only_list = described({"/tools": {"get": LIST}})

    (fault,) = faults(only_list)
    assert "Tools for all names the operation show-tool, which would go." in fault
    assert api_import_plan(only_list, into="new").faults == ()
    assert api_import_plan(two(operationId="other")).faults == ()


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"suffix": "portal"}, "api tools: the suffix 'portal' is reserved"),
        (
            {"key": "Not A Key"},
            "api Not A Key: the key 'Not A Key' is not lower case letters, digits and dashes",
        ),
        ({"upstream": "nowhere"}, "There is no HTTP upstream nowhere."),
        ({"upstream": "http:tools"}, "There is no HTTP upstream tools."),
        ({"upstream": f"{UPSTREAM_PREFIX}erp"}, "The API tools is made by the declaration of a data source."),
        (
            {"upstream": "ftp://a.example"},
            "the address 'ftp://a.example': expected http:// or https:// with a host",
        ),
        (
            {"upstream": "http://u:p@a.example"},
            "the address 'http://u:p@a.example': credentials do not belong into the address; send them in a header",
        ),
        (
            {"upstream": "plant"},
            "api tools, operation show-tool: the upstream 'plant' has no operation '/tools/{number}'",
        ),
        ({"into": "new"}, "There is no API tools yet to which a revision could be added."),
    ],
)
def test_what_cannot_be_published_is_told_before_anything_is_written(
    given: dict[str, Any], fault: str
) -> None:
    assert fault in faults(two(), **given)
    assert not Api.objects.filter(key="tools").exists()


def test_a_new_revision_cannot_rename_the_api() -> None:
    applied(two())

    assert faults(two(), into="new", name="Other") == (
        "A new revision cannot have another name than the API.",
    )


def test_an_address_that_another_api_has_is_told() -> None:
    applied(two())

    assert any("another operation has the address" in fault for fault in faults(two(), key="second"))


def test_a_text_that_is_no_description_makes_no_plan() -> None:
    with pytest.raises(ValidationError, match="nothing in it that can be imported"):
        api_import_plan(read_description("words"))


def change_api() -> None:
    Api.objects.filter(key="tools").update(description="Meanwhile.")


def change_operation() -> None:
    Api.objects.get(key="tools").operations.filter(key="show-tool").update(summary="Meanwhile.")


def change_upstream() -> None:
    Upstream.objects.filter(key="tools").update(retries=3)


def change_limits() -> None:
    adapter_put(
        Adapter(
            key="tools", name="Tools", apis=("tools",), limits=(Limit("rate", 5, 60, "tools", "show-tool"),)
        )
    )


@pytest.mark.parametrize("change", [change_api, change_operation, change_upstream, change_limits])
def test_a_plan_from_which_the_rows_have_moved_on_is_refused(change: Any) -> None:
    applied(two(), upstream="https://a.example")
    plan = api_import_plan(described({"/tools": {"get": LIST}}), upstream="https://b.example")
    change()
    before = api_document(Api.objects.get(key="tools"))

    with pytest.raises(ValidationError, match="has changed since the difference was shown"):
        api_import_apply(plan)
    assert api_document(Api.objects.get(key="tools")) == before
    assert Upstream.objects.get(key="tools").test_urls == ["https://a.example"]


def test_what_an_export_says_of_an_api_is_taken_again() -> None:
    applied(two())
    said = {"key": "tools", "suffix": "Shop", "version": "v3", "tiers": ["test"], "bearerRequired": False}
    plan = api_import_plan(described({"/tools": {"get": LIST}}, said=said))

    assert plan.changes[0].members == ("suffix", "version", "tiers", "bearer_required")
    assert msgspec.structs.asdict(plan.api) | {"operations": ()} == msgspec.structs.asdict(
        msgspec.structs.replace(api_document(api_import_apply(plan)), operations=())
    )


def test_targets_of_an_export_hold_for_its_upstream_alone() -> None:
    operation = LIST | {"x-millgate-target": "jobs.list"}
    imported = described({"/tools": {"get": operation}}, said={"upstream": "plant"})

    assert api_import_plan(imported).api.operations[0].target == "jobs.list"
    assert api_import_plan(imported, upstream="mock").api.operations[0].target == "/tools"


def test_a_new_api_answers_on_the_tiers_of_its_upstream() -> None:
    addresses = (UpstreamAddress("test", ("http://s.example",)),)
    upstream_put(HttpUpstream(key="shop", name="Shop", addresses=addresses))

    assert applied(two(), upstream="shop").tiers == ("test",)
