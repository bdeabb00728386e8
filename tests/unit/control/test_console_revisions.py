"""APIs at the console: what their fields take, and revisions tried, made current and put away."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import pytest
from django.urls import reverse

from millgate.control.audit.models import Entry
from millgate.control.catalogue.models import Api, Operation, Release, Revision
from millgate.control.catalogue.selectors import api_document, catalogue_document
from millgate.control.catalogue.services import api_put, revision_add, upstream_put
from millgate.control.console.admin.catalogue import OPERATIONS_TOGETHER
from millgate.control.console.fields import LARGEST_TYPED
from millgate.control.publish.services import publication_make
from millgate.snapshot.upstreams import HttpUpstream, UpstreamAddress
from support.console_pages import act, administrator, filled, helper, page, text
from support.sample import JOBS

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.usefixtures("rows")


@pytest.fixture
def ada(rows: None) -> Client:  # noqa: ARG001 - it must stand on rows that are rolled back
    return administrator()


@pytest.fixture
def api(rows: None) -> Api:  # noqa: ARG001 - the same
    return api_put(JOBS)


def test_a_form_sent_back_untouched_changes_nothing(ada: Client, api: Api) -> None:
    before = api_document(api)
    answer = ada.post(page(api), filled(ada, page(api)), follow=True)

    assert "was changed successfully" in text(answer)
    api.refresh_from_db()
    assert api_document(api) == before


def test_the_upstream_is_one_that_there_is(ada: Client, api: Api) -> None:
    upstream_put(HttpUpstream(key="erp", name="The ERP", addresses=(UpstreamAddress("test", ("http://e",)),)))
    offered = text(ada.get(page(api)))
    assert "The plant" in offered
    assert "The ERP" in offered

    refused = ada.post(page(api), filled(ada, page(api), upstream="nowhere"))
    assert "is not one of the available choices" in text(refused)
    ada.post(page(api), filled(ada, page(api), upstream="http:erp"))
    api.refresh_from_db()
    assert api.upstream == "http:erp"


def test_an_upstream_that_went_away_is_told_and_kept_until_another_is_chosen(ada: Client, api: Api) -> None:
    Api.objects.update(upstream="http:gone")

    assert "http:gone (not there)" in text(ada.get(page(api)))
    ada.post(page(api), filled(ada, page(api), name="Jobs"))
    api.refresh_from_db()
    assert (api.name, api.upstream) == ("Jobs", "http:gone")


def test_how_a_version_is_named_is_whole(ada: Client, api: Api) -> None:
    nameless = ada.post(page(api), filled(ada, page(api), version_scheme="query"))
    assert "Give the name of the query parameter or header" in text(nameless)
    needless = ada.post(page(api), filled(ada, page(api), version_name="api-version"))
    assert "Only a query parameter or a header has a name" in text(needless)

    ada.post(page(api), filled(ada, page(api), version_scheme="header", version_name="Api-Version"))
    (drafted,) = catalogue_document().apis
    assert (drafted.version_scheme, drafted.version_name) == ("header", "Api-Version")


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("parameters", '[{"name": "X",\n "place": }]', "Line 2, column 11"),
        ("parameters", '[{"name": "X", "place": "nowhere"}]', "`$[0].place`"),
        ("answers", '[{"status": "200", "payloads": [{}]}]', "`$[0].payloads[0]`"),
        ("body", '{"payloads": 3}', "`$.payloads`"),
        ("body", "[" * 100_000, "too deep"),
        ("body", "[" * 200 + "]" * 200, "deeper than 100 levels"),
        ("answers", "[NaN]", "a number that JSON does not know"),
        ("answers", "9" * 5000, "a number that JSON does not know"),
        ("parameters", r'[{"name": "\ud800", "place": "query"}]', "cannot be sent as JSON"),
    ],
)
def test_wrong_json_of_an_operation_is_told_by_place_and_stays_as_typed(
    ada: Client, api: Api, field: str, value: str, why: str
) -> None:
    answer = ada.post(page(api), filled(ada, page(api), **{f"operations-0-{field}": value}))

    assert answer.status_code == 200
    shown = text(answer)
    assert why in shown
    assert value in shown


def test_an_operation_takes_description_tags_body_and_answers(ada: Client, api: Api) -> None:
    body = {"payloads": [{"media_type": "application/json", "example": {"n": 1}}]}
    changes = {
        "description": "**Many** words.",
        "deprecated": "on",
        "tags": "jobs\r\n\r\nshop floor\r\n",
        "body": json.dumps(body),
        "answers": '[{"status": "200"}]',
        "parameters": "",
    }
    ada.post(page(api), filled(ada, page(api)) | {f"operations-0-{k}": v for k, v in changes.items()})

    row = Operation.objects.get(key="list-jobs")
    assert (row.description, row.deprecated, row.tags) == ("**Many** words.", True, ["jobs", "shop floor"])
    assert (row.body, row.answers, row.parameters) == (body, [{"status": "200"}], [])


def test_many_operations_have_pages_of_their_own(ada: Client, api: Api) -> None:
    first = JOBS.operations[0]
    many = tuple(
        msgspec.structs.replace(first, key=f"op-{n}", template=f"/Op{n}")
        for n in range(OPERATIONS_TOGETHER + 1)
    )
    api_put(msgspec.structs.replace(JOBS, operations=many))
    row = Operation.objects.get(key="op-7")

    shown = ada.get(page(api)).content.decode()
    assert page(row) in shown
    assert "operations-0-key" not in shown
    ada.post(page(api), filled(ada, page(api), name="Jobs"))
    answer = ada.post(page(row), filled(ada, page(row), summary="Changed."), follow=True)
    assert answer.redirect_chain[-1][0] == page(api)
    row.refresh_from_db()
    assert (row.summary, api.operations.count()) == ("Changed.", OPERATIONS_TOGETHER + 1)


def test_what_is_too_large_for_a_form_is_not_in_it_and_stays(ada: Client, api: Api) -> None:
    large = {"Large": {"type": "string", "description": "x" * LARGEST_TYPED}}
    first = msgspec.structs.replace(JOBS.operations[0], description="x" * LARGEST_TYPED)
    api_put(msgspec.structs.replace(JOBS, operations=(first,), definitions=large))
    api.refresh_from_db()
    revision = revision_add(api=api)
    assert "Import a description instead" in text(ada.get(page(revision)))

    for row in (api, revision):
        data = filled(ada, page(row), upstream="mock")
        assert sum(len(str(value)) for value in data.values()) < LARGEST_TYPED
        ada.post(page(row), data)
        row.refresh_from_db()
        assert (row.upstream, row.definitions) == ("mock", large)
    assert api_document(api).operations == (first,)


# Revisions


def test_a_revision_is_added_changed_and_made_current_with_a_note(ada: Client, api: Api) -> None:
    assert "takes effect when you publish it" in text(act(ada, api, "revision-add", note="Two at once"))
    revision = Revision.objects.get()
    assert (revision.number, revision.note, len(revision.operations)) == (2, "Two at once", 2)

    fewer = json.dumps(revision.operations[:1])
    ada.post(page(revision), filled(ada, page(revision), operations=fewer, upstream="mock"))
    answer = act(ada, api, "revision-current", revision="2", note="Shorter")

    api.refresh_from_db()
    assert (api.revision, api.upstream, api.operations.count()) == (2, "mock", 1)
    assert [(item.number, len(item.operations)) for item in api.revisions.all()] == [(1, 2)]
    release = Release.objects.get()
    assert (release.revision, release.note, release.released_by) == (2, "Shorter", "ada@example.com")
    assert "Shorter" in text(answer)
    assert Entry.objects.filter(action="made current", comment="Shorter").exists()


def test_revisions_are_switched_off_and_on_and_deleted(ada: Client, api: Api) -> None:
    revision_add(api=api)
    act(ada, api, "revision-offline", revision="1")
    act(ada, api, "revision-offline", revision="2")
    assert [item.online for item in catalogue_document().apis] == [False, False]
    act(ada, api, "revision-online", revision="2")
    assert [item.online for item in catalogue_document().apis] == [False, True]
    act(ada, api, "revision-delete", revision="2")
    assert not api.revisions.exists()


@pytest.mark.parametrize(
    ("name", "revision", "why"),
    [
        ("revision-delete", "1", "Revision 1 is the current one"),
        ("revision-current", "7", "There is no revision 7"),
        ("revision-online", "", "Choose a revision"),
        ("revision-offline", "9" * 30, "Choose a revision"),
    ],
)
def test_an_act_on_a_revision_that_cannot_be_is_refused(
    ada: Client, api: Api, name: str, revision: str, why: str
) -> None:
    assert why in text(act(ada, api, name, revision=revision))
    assert not Entry.objects.filter(through="console").exists()


@pytest.mark.parametrize(
    ("operations", "why"),
    [
        ('[{"key": "a"}]', "missing required field `method`"),
        ('[{"key":"a","method":"TRACE","template":"/","name":"A","target":"a"}]', "a: the method is not"),
        ("[}", "Line 1, column 2"),
    ],
)
def test_wrong_operations_of_a_revision_are_told(ada: Client, api: Api, operations: str, why: str) -> None:
    revision = revision_add(api=api)
    answer = ada.post(page(revision), filled(ada, page(revision), operations=operations))
    assert why in text(answer)


def test_what_is_published_can_be_had_as_description_files(ada: Client, api: Api) -> None:
    assert "openapi.yaml" not in ada.get(page(api)).content.decode()
    publication_make(by="test")
    revision_add(api=api)

    shown = ada.get(page(api)).content.decode()
    address = f"{reverse('portal:openapi.yaml', args=(api.key,))}?revision="
    assert f"{address}1" in shown
    assert f"{address}2" not in shown
    assert ada.get(f"{address}1").status_code == 200


def test_whoever_may_only_look_is_shown_no_acts(api: Api) -> None:
    revision = revision_add(api=api, note="Quiet")
    client = helper("view_api", "view_operation")

    shown = client.get(page(api))
    assert "Quiet" in text(shown)
    assert "revision-" not in shown.content.decode()
    assert act(client, api, "revision-add").status_code == 403
    assert client.post(page(revision), {"online": "on"}).status_code == 403
    assert Revision.objects.count() == 1
