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

from millgate.control.catalogue.services import adapter_put, api_put, revision_add
from millgate.control.clients.models import ClientApplication
from millgate.control.publish.services import publication_make
from millgate.describe.model import Answer, Api, Body, Operation, Parameter, Payload, Place
from support.sample import JOBS, PRODUCTION, Sample, sample_make
from support.sample_apis import HOSTILE

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response


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
    own = "20971158-9fa6-4a0d-bdee-0ce0cc3b87ab"  # a shell would read a number, and then a word
    ClientApplication.objects.filter(pk=sample.application.pk).update(client_id=own)
    client = Client()
    client.force_login(sample.developer)
    page = client.get(GET).content.decode()
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
    assert "v1 Deprecated" in text(Client().get("/portal/apis/"))


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
