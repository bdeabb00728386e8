"""Errors, search and the copies in Markdown: what the reference tells is found."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING

import pytest
from django.test import Client, override_settings
from msgspec.structs import replace

from millgate.authority.answers import Correlation
from millgate.authority.answers import error as token_error
from millgate.control.catalogue.content_services import connector_put, post_put
from millgate.control.catalogue.services import api_put
from millgate.control.portal.reference import errors, search
from millgate.control.portal.reference.causes import CAUSES, CHECKS
from millgate.control.publish.selectors import version_newest
from millgate.control.publish.services import publication_make
from millgate.core.errors import CATALOGUE, TOKEN_SECRET_WRONG, Refusal, Shape
from millgate.describe.model import Api
from millgate.stores.workers import WorkersStanding, WorkerStanding
from support.sample import JOBS, Sample, sample_make

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


@pytest.mark.usefixtures("sample")
def test_what_people_write_is_found_without_being_published() -> None:
    def found() -> list[tuple[str, str]]:
        return [(hit.kind, hit.address) for hit in search.find("heron")]

    assert found() == []
    post_put(key="herons", title="The heron release", body="It flies.", draft=False)
    connector_put(key="heron", name="Heron bridge", summary="Carries rows.", published=True)
    assert found() == [("connector", "/portal/connectors/heron/"), ("post", "/portal/blog/herons/")]
    assert b"The heron release" in Client().get("/portal/search/index.json").content
    assert search.find("glossary")[0].kind == "page"


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


# How the installation is doing


class Board:
    def __init__(self, *numbers: int) -> None:
        self.numbers = numbers

    def standing(self) -> WorkersStanding:
        there = tuple(WorkerStanding(at, number, ready=True) for at, number in enumerate(self.numbers, 1))
        return WorkersStanding(len(self.numbers), there)


def test_home_says_whether_calls_are_answered() -> None:
    assert "Nothing is published yet, so no call is answered." in text(Client().get("/portal/"))
    sample_make()
    newest = version_newest()
    assert newest
    number = newest.number
    assert f"Version {number} is published." in text(Client().get("/portal/"))
    for numbers, words in (
        ((number,), f"Calls are answered: 1 worker serves version {number}."),
        ((number, number), f"Calls are answered: all 2 workers serve version {number}."),
        ((number, number - 1), f"1 of 2 workers serve version {number}; the others follow."),
    ):
        with override_settings(WORKER_BOARD=Board(*numbers)):
            assert words in text(Client().get("/portal/"))
