"""The API reference: everything that is published can be found, read and called, whatever it is called."""

from __future__ import annotations

import html
import json
import re
import time
from typing import TYPE_CHECKING

import pytest
from django.test import Client
from msgspec.structs import replace

from millgate.authority.answers import Correlation
from millgate.authority.answers import error as token_error
from millgate.control.catalogue.services import adapter_put, api_put, revision_add
from millgate.control.portal.reference import errors, search
from millgate.control.portal.reference.causes import CAUSES, CHECKS
from millgate.control.portal.reference.grouping import Anchors, groups_of
from millgate.control.portal.reference.prose import prose
from millgate.control.portal.reference.schemas import MOST_ROWS, schema_tree, type_words
from millgate.control.publish.services import publication_make
from millgate.core.errors import CATALOGUE, TOKEN_SECRET_WRONG, Refusal, Shape
from millgate.describe.model import Answer, Api, Body, Operation, Parameter, Payload, Place
from support.sample import JOBS, PRODUCTION, Sample, sample_make
from support.sample_apis import HOSTILE

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

    from millgate.control.portal.reference.schemas import SchemaRow

pytestmark = pytest.mark.usefixtures("rows")

LIST = "/portal/apis/job-tracking/operations/list-jobs/"
GET = "/portal/apis/job-tracking/operations/get-job/"


@pytest.fixture
def sample(rows: None) -> Sample:  # noqa: ARG001 - it must stand on rows that are rolled back
    return sample_make()


def text(response: Response) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


def publish(api: Api) -> None:
    api_put(api)
    publication_make(by="ada")


# APIs


@pytest.mark.usefixtures("sample")
def test_apis_are_found_by_words_adapter_and_kind() -> None:
    parts = Operation(
        key="list-parts", method="GET", template="/Parts", name="List parts", target="parts.list"
    )
    publish(
        replace(
            JOBS,
            key="parts",
            name="Parts",
            suffix="Parts",
            kind="business process",
            description="What is made.",
            operations=(parts,),
        )
    )

    def names(query: str) -> list[str]:
        page = Client().get(f"/portal/apis/?{query}").content.decode()
        return re.findall(r'<h3><a href="/portal/apis/([a-z-]+)/">', page)

    assert names("") == ["job-tracking", "parts"]
    assert names("q=DcJobs") == ["job-tracking"]
    assert names("q=what+made") == ["parts"]
    assert names("adapter=production-management") == ["job-tracking"]
    assert names("kind=business+process") == ["parts"]
    assert names("adapter=nothing") == []
    assert "No API holds these words" in text(Client().get("/portal/apis/?q=nowhere"))


@pytest.mark.usefixtures("sample")
def test_an_api_page_tells_where_it_answers_what_it_wants_and_what_it_can() -> None:
    page = Client().get("/portal/apis/job-tracking/")
    shown = text(page)
    for words in (
        "http://testserver/test/JobTracking/v1 Production http://testserver/JobTracking/v1",
        "Subscription key in the header Ocp-Apim-Subscription-Key",
        "http://testserver/oauth2/v1/token",
        "Production Management 60 calls per minute",
        "DcJobs GET List jobs /DcJobs GET Get a job /DcJobs/{JobKey}",
        "Revision 1 Current",
    ):
        assert words in shown, words
    assert f'href="{LIST}"' in page.content.decode()
    assert "Get a job" not in text(Client().get("/portal/apis/job-tracking/?q=JobStatus"))
    assert "No operation holds these words" in text(Client().get("/portal/apis/job-tracking/?q=nowhere"))


@pytest.mark.usefixtures("sample")
def test_limits_of_another_api_are_not_told() -> None:
    publish(replace(JOBS, key="other", name="Other", suffix="Other"))
    limits = tuple(replace(limit, api="other") for limit in PRODUCTION.limits[:1])
    adapter_put(replace(PRODUCTION, apis=("job-tracking", "other"), limits=limits))
    publication_make(by="ada")
    assert "60 calls per minute" not in text(Client().get("/portal/apis/job-tracking/"))
    assert "60 calls per minute" in text(Client().get("/portal/apis/other/"))


@pytest.mark.usefixtures("sample")
def test_another_revision_has_its_pages_while_it_is_online() -> None:
    from millgate.control.catalogue.models import Api as ApiRow  # noqa: PLC0415 - a name for one test

    row = ApiRow.objects.get(key="job-tracking")
    second = revision_add(api=row, note="Tells *more*.")
    publication_make(by="ada")
    current = text(Client().get("/portal/apis/job-tracking/"))
    assert "Revision 2 Show" in current
    assert "Tells more ." in current

    page = Client().get("/portal/apis/job-tracking/?revision=2")
    assert "This is revision 2, which is not the current one" in text(page)
    assert f'href="{LIST}?revision=2"' in page.content.decode()
    assert "/test/JobTracking/v1;rev=2/DcJobs" in text(Client().get(f"{LIST}?revision=2"))
    assert "?lang=go&amp;revision=2" in Client().get(f"{LIST}?revision=2").content.decode()

    second.online = False
    second.save()
    publication_make(by="ada")
    assert Client().get("/portal/apis/job-tracking/?revision=2").status_code == 404
    assert "Revision 2 Offline" in text(Client().get("/portal/apis/job-tracking/"))
    for query in ("", "x", "-1", "9" * 50):
        assert Client().get(f"{LIST}?revision={query}").status_code == 404


# Operations


@pytest.mark.usefixtures("sample")
def test_an_operation_page_tells_the_request_and_every_answer() -> None:
    page = Client().get(GET)
    shown = text(page)
    for words in (
        "GET http://testserver/test/JobTracking/v1/DcJobs/{JobKey} Test",
        "JobKey integer required For example 4711",
        "Ocp-Apim-Subscription-Key string required",
        "401 Unauthorized MG201 MG202 MG203 MG204 MG205",
        "Access denied due to missing subscription key.",
        "http://testserver/test/JobTracking/v1/DcJobs/4711",
    ):
        assert words in shown, words
    raw = page.content.decode()
    assert 'id="path-JobKey" data-parameter data-name="JobKey" data-place="path"' in raw
    assert 'data-method="GET" data-template="/DcJobs/{JobKey}"' in raw
    assert 'data-credential="key"' in raw
    assert 'rel="prev"' in raw
    assert "One of Scheduled , Production , Completed" in text(Client().get(LIST))
    assert Client().get("/portal/apis/job-tracking/operations/none/").status_code == 404
    assert Client().get("/portal/apis/none/operations/list-jobs/").status_code == 404
    assert Client().post(LIST).status_code == 405


@pytest.mark.usefixtures("sample")
def test_the_language_chosen_last_is_remembered_for_all_operations() -> None:
    client = Client()
    assert "curl http" in text(client.get(LIST))
    answer = client.get(f"{LIST}?lang=python")
    assert "urllib . request . Request" in text(answer)
    assert answer.cookies["millgate_language"]["httponly"]
    assert "urllib . request . Request" in text(client.get(GET))
    assert "urllib . request . Request" in text(client.get(f"{GET}?lang=cobol"))
    assert client.get(f"{GET}?lang=cobol").cookies == {}
    assert "Cookie" in client.get(GET).headers["Vary"]


def test_the_sample_of_somebody_signed_in_has_their_client_id_and_no_secret(sample: Sample) -> None:
    client = Client()
    client.force_login(sample.developer)
    page = client.get(GET).content.decode()
    own = str(sample.application.client_id)
    assert f'<span class="placeholder" data-credential="client-id">{own}</span>' in page
    assert "YOUR_CLIENT_SECRET" in page
    assert sample.secret not in page


@pytest.mark.usefixtures("sample")
def test_bodies_and_answers_are_shown_with_examples_and_schemas() -> None:
    part = {"type": "object", "required": ["no"], "properties": {"no": {"type": "string", "maxLength": 9}}}
    operation = Operation(
        key="create",
        method="POST",
        template="/Parts",
        name="Create",
        target="jobs.list",
        description="# Heading\n\nWith **care**.",
        deprecated=True,
        body=Body(
            (Payload("application/json", {"$ref": "#/components/schemas/Part"}),), "A part.", required=True
        ),
        answers=(
            Answer("201", "Made.", (Payload("application/json", {"$ref": "#/components/schemas/Part"}),)),
            Answer("404", "No such building."),
        ),
    )
    publish(replace(JOBS, operations=(operation,), definitions={"Part": part}))
    page = Client().get("/portal/apis/job-tracking/operations/create/")
    shown = text(page)
    for words in (
        "Deprecated. New programs should do without it.",
        "Request body required",
        "Content-Type string required The media type of the body. For example application/json",
        "no string required at most 9 characters",
        "201 Created",
        "404 Not Found MG103",
        "No such building.",
        "There is no operation at this address.",
    ):
        assert words in shown, words
    assert "<h1>Heading" not in page.content.decode()
    assert "<strong>care</strong>" in page.content.decode()
    assert "no string required" in text(Client().get("/portal/apis/job-tracking/schemas/Part/"))
    copy = Client().get("/portal/apis/job-tracking/schemas/Part/index.md").content.decode()
    assert copy == "# Part\n\n- `Part` (object)\n  - `no` (string, required, at most 9 characters)\n"
    assert Client().get("/portal/apis/job-tracking/schemas/None/").status_code == 404
    assert "Deprecated" in text(Client().get("/portal/apis/job-tracking/"))


@pytest.mark.usefixtures("sample")
def test_hostile_names_break_no_page_and_no_copy() -> None:
    operations = tuple(
        Operation(
            key=f"op-{number}",
            method="POST",
            template="/Things",
            name=nasty[:200] or "x",
            target="jobs.list",
            summary=nasty,
            description=nasty,
            parameters=(
                Parameter(
                    nasty, Place.QUERY, description=nasty, example=nasty, values=(nasty,), required=True
                ),
                Parameter(nasty, Place.BODY, description=nasty, example=nasty),
            ),
            answers=(Answer("200", nasty, (Payload(nasty, {"description": nasty}, {nasty: nasty}),)),),
        )
        for number, nasty in enumerate(HOSTILE)
    )
    methods = ("POST", "PUT", "PATCH")
    apart = tuple(
        replace(item, method=methods[number % 3], template=f"/Things{number}")
        for number, item in enumerate(operations)
    )
    clean = tuple(_without_nul(item) for item in apart)
    names = {nasty.replace("\0", "") for nasty in HOSTILE} | {"..", "a/b", " "}
    schemas = {name: {"$ref": f"#/components/schemas/{name}", "description": name} for name in names}
    publish(replace(JOBS, operations=clean, description="<img src=x onerror=alert(1)>", definitions=schemas))
    overview = Client().get("/portal/apis/job-tracking/").content.decode()
    for address in re.findall(r'href="(/portal/apis/job-tracking/schemas/[^"]+)"', overview):
        assert Client().get(html.unescape(address)).status_code == 200, address
    for address in ("", *(f"operations/{item.key}/" for item in clean)):
        page = Client().get(f"/portal/apis/job-tracking/{address}")
        assert page.status_code == 200, address
        raw = page.content.decode()
        assert "<script>alert" not in raw
        assert "<img" not in raw.replace('<img src="/static/site/mark.svg" alt=""', "")
        ids = re.findall(r' id="([^"]*)"', raw)
        assert len(ids) == len(set(ids))
        assert Client().get(f"/portal/apis/job-tracking/{address}index.md").status_code == 200
    assert json.loads(Client().get("/portal/search/index.json").content)["entries"]


def _without_nul(operation: Operation) -> Operation:
    """No database takes a NUL, and no import lets one through."""
    import msgspec  # noqa: PLC0415 - only here

    raw = msgspec.json.encode(operation).replace(b"\\u0000", b"")
    return msgspec.json.decode(raw, type=Operation)


@pytest.mark.usefixtures("sample")
def test_an_api_of_two_thousand_operations_opens_in_under_a_second() -> None:
    operations = tuple(
        Operation(
            key=f"op-{number}",
            method="GET",
            template=f"/Resource{number // 10}/Action{number % 10}/{{Key}}",
            name=f"Operation {number}",
            target="jobs.list",
            parameters=(Parameter("Key", Place.PATH, "integer", required=True, example="1"),),
        )
        for number in range(2_000)
    )
    publish(replace(JOBS, operations=operations))
    client = Client()
    client.get("/portal/")  # the first page after a publication reads it
    took = {}
    pages = {}
    for address in ("", "operations/op-1000/"):
        before = time.process_time()
        pages[address] = client.get(f"/portal/apis/job-tracking/{address}")
        took[address] = time.process_time() - before
        assert pages[address].status_code == 200
    assert max(took.values()) < 1, took
    page = pages["operations/op-1000/"]
    assert page.content.count(b"data-operation") == 1
    assert "1990 other operations" in text(page)
    assert len(page.content) < 100_000


# Grouping, schemas, prose


def test_operations_are_grouped_by_what_their_paths_do_not_share() -> None:
    def named(*templates: str, tags: tuple[str, ...] = ()) -> list[str]:
        made = [
            Operation(key="x", method="GET", template=template, name="x", target="x", tags=tags)
            for template in templates
        ]
        return [group.name for group in groups_of(made)]

    assert named("/Parts", "/Parts/{Key}", "/Jobs") == ["Parts", "Jobs"]
    assert named("/api/v2/pets", "/api/v2/pets/{id}", "/api/v2/users") == ["pets", "users"]
    assert named("/{Key}", "/") == ["/"]
    assert named("/a", "/b", tags=("Both",)) == ["Both"]


def test_anchors_are_safe_and_come_once() -> None:
    anchors = Anchors()
    assert [anchors.take("query", name) for name in ("a b", "a-b", "A-B", "\u4e2d")] == [
        "query-a-b",
        "query-a-b-2",
        "query-A-B-3",
        "query--",
    ]


def rows_of(row: SchemaRow) -> int:
    return 1 + sum(rows_of(inner) for inner in row.rows)


def test_a_schema_that_contains_itself_ends_in_a_link() -> None:
    node = {
        "type": "object",
        "properties": {
            "next": {"$ref": "#/components/schemas/Node"},
            "all": {"type": "array", "items": {"$ref": "#/components/schemas/Node"}},
        },
    }
    tree = schema_tree({"$ref": "#/components/schemas/Node"}, {"Node": node})
    assert tree is not None
    assert [(row.name, row.type, row.definition, row.rows) for row in tree.rows] == [
        ("next", "Node", "Node", ()),
        ("all", "list of Node", "Node", ()),
    ]
    loop = {"A": {"$ref": "#/components/schemas/B"}, "B": {"$ref": "#/components/schemas/A"}}
    assert schema_tree({"$ref": "#/components/schemas/A"}, loop) is not None
    itself = {"A": {"allOf": [{"$ref": "#/components/schemas/A"}, {"properties": {"x": {"type": "null"}}}]}}
    shown = schema_tree({"$ref": "#/components/schemas/A"}, itself)
    assert shown
    assert [row.name for row in shown.rows] == ["x"]


def test_a_schema_of_any_size_is_shown_within_bounds() -> None:
    wide = {"properties": {f"p{number}": {"type": "string"} for number in range(10_000)}}
    tree = schema_tree(wide, {})
    assert tree
    assert rows_of(tree) <= MOST_ROWS
    deep: dict[str, object] = {"type": "string"}
    for _ in range(30):
        deep = {"type": "object", "properties": {"a": deep, "b": deep}}
    tree = schema_tree(deep, {})
    assert tree
    assert rows_of(tree) <= MOST_ROWS + 1
    assert schema_tree(None, {}) is None


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "string", "format": "date-time"}, "string (date-time)"),
        ({"type": ["integer", "null"]}, "integer or null"),
        ({"type": "array", "items": {"type": "number"}}, "list of number"),
        ({"oneOf": [{"type": "string"}, {"$ref": "#/components/schemas/P"}]}, "string or P"),
        ({"properties": {}}, "object"),
        ({}, "any"),
    ],
)
def test_types_are_said_in_words(schema: dict[str, object], words: str) -> None:
    assert type_words(schema) == words


def test_descriptions_hold_no_markup_of_their_own() -> None:
    shown = prose(
        "[x](javascript:alert(1)) <b onclick=x>b</b> ![p](http://x/p.png) [ok](https://x.example) `c`"
    )
    assert "javascript:" not in re.sub(r">[^<]*<", "><", shown)
    assert "onclick" not in re.sub(r"&lt;.*?&gt;", "", shown)
    assert "<img" not in shown
    assert '<a href="https://x.example" rel="nofollow noreferrer">ok</a>' in shown
    assert "<code>c</code>" in shown


# Errors


def test_every_error_has_a_page_with_its_body_cause_and_fix() -> None:
    client = Client()
    for code, problem in CATALOGUE.items():
        page = client.get(f"/portal/errors/{code}/")
        assert page.status_code == 200
        shown = text(page)
        assert problem.remedy in shown, code
        assert f"HTTP/1.1 {problem.status}" in shown, code
        entry = errors.error_page(code, "http://testserver")
        assert entry
        assert "{" not in entry.text
        json.loads(entry.body)
        assert (entry.check is None) == (problem.shape is Shape.OAUTH), code
        assert (code in CAUSES) == (problem.shape is not Shape.OAUTH), code
    assert {code for check in CHECKS for code in check.codes} | {
        code for code in CATALOGUE if code[2] == "7"
    } == set(CATALOGUE)


def test_the_exact_bytes_are_those_of_the_wire() -> None:
    page = errors.error_page("MG201", "http://testserver")
    assert page
    assert len(page.body.encode()) == 152
    assert dict(page.headers)["WWW-Authenticate"].startswith(
        'AzureApiManagementKey realm="http://testserver/'
    )
    token = errors.error_page(TOKEN_SECRET_WRONG.code, "")
    assert token
    body = json.loads(token.body)
    ids = Correlation(body["trace_id"], body["correlation_id"], ())
    assert token_error(Refusal(TOKEN_SECRET_WRONG), ids, 1_769_860_800.0).body == token.body.encode()


def test_errors_are_found_and_their_addresses_are_forgiving() -> None:
    shown = text(Client().get("/portal/errors/?q=403+quota"))
    assert "MG402" in shown
    assert "MG201" not in shown
    assert "No error holds these words" in text(Client().get("/portal/errors/?q=nowhere"))
    assert "The order of checks" in text(Client().get("/portal/errors/"))
    assert Client().get("/portal/errors/mg201/").headers["Location"] == "/portal/errors/MG201/"
    assert Client().get("/portal/errors/MG000/").status_code == 404


# Search


@pytest.mark.usefixtures("sample")
def test_search_finds_apis_operations_parameters_errors_and_adapters() -> None:
    def found(query: str) -> list[tuple[str, str, str]]:
        return [(hit.kind, hit.title, hit.address) for hit in search.find(query)]

    assert found("job tracking")[0] == ("api", "Job Tracking", "/portal/apis/job-tracking/")
    assert ("operation", "List jobs", LIST) in found("list jobs")
    assert found("jobstatus") == [("parameter", "JobStatus", f"{LIST}#query-JobStatus")]
    assert found("bandwidth quota")[0][2] == "/portal/errors/MG403/"
    assert found("production management")[0][0] == "adapter"
    pasted = '{ "statusCode": 429, "message": "Rate limit is exceeded. Try again in 17 seconds." }'
    assert found(pasted) == [found("MG401")[0]]
    assert found("") == []
    assert found("nowhere at all") == []
    assert f'href="{LIST}#query-JobStatus"' in Client().get("/portal/search/?q=JobStatus").content.decode()
    assert "Nothing holds all of these words" in text(Client().get("/portal/search/?q=nowhere"))
    many = Client().get("/portal/search/?q=a&page=2").content.decode()
    assert 'rel="prev"' in many


@pytest.mark.usefixtures("sample")
def test_the_index_follows_what_is_published_and_is_sent_once() -> None:
    first = Client().get("/portal/search/index.json")
    again = Client().get("/portal/search/index.json", headers={"if-none-match": first.headers["ETag"]})
    assert again.status_code == 304
    publish(replace(JOBS, name="Work orders"))
    titles = [row[1] for row in json.loads(Client().get("/portal/search/index.json").content)["entries"]]
    assert "Work orders" in titles
    assert "Job Tracking" not in titles


# Copies in Markdown


COPIES = {
    "/portal/apis/": "- [Job Tracking](http://testserver/portal/apis/job-tracking/index.md)",
    "/portal/apis/job-tracking/": "`GET /DcJobs` The jobs of the plant.",
    LIST: "- `JobStatus` (string, repeatable): How far the job is.; One of: Scheduled, Production",
    "/portal/adapters/": "- [Production Management](",
    "/portal/adapters/production-management/": "- 60 calls per minute",
    "/portal/errors/": "- [MG201 (401)](http://testserver/portal/errors/MG201/index.md)",
    "/portal/errors/MG201/": "**Fix:** Send your key",
}


@pytest.mark.usefixtures("sample")
def test_every_page_of_the_reference_has_a_copy_in_markdown() -> None:
    for address, words in COPIES.items():
        page = Client().get(address).content.decode()
        copy = Client().get(f"{address}index.md")
        assert f'<link rel="alternate" type="text/markdown" href="{address}index.md">' in page
        assert copy.headers["Content-Type"] == "text/markdown; charset=utf-8"
        assert words in copy.content.decode(), address


@pytest.mark.usefixtures("sample")
def test_adapters_are_found_by_words() -> None:
    assert "10,000 calls per week" in text(Client().get("/portal/adapters/?q=job+management"))
    assert "No adapter holds these words" in text(Client().get("/portal/adapters/?q=nowhere"))


@pytest.mark.usefixtures("sample")
def test_llms_txt_leads_to_the_copies() -> None:
    assert Client().get("/llms.txt").headers["Location"] == "/portal/llms.txt"
    told = Client().get("/portal/llms.txt").content.decode()
    assert told.startswith("# Millgate\n\n> ")
    for address in re.findall(r"\(http://testserver([^)]+)\)", told):
        assert Client().get(address).status_code == 200, address
    assert Client().get("/portal/apis/none/index.md").status_code == 404
    assert Client().get("/portal/adapters/none/index.md").status_code == 404
    assert Client().get("/portal/errors/none/index.md").status_code == 404
