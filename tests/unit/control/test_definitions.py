"""The files that describe a published API, at their addresses in the portal."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from django.test import Client
from msgspec.structs import replace

from millgate.control.catalogue.models import Api
from millgate.control.catalogue.services import api_put, revision_add, revision_make_current, revision_put
from millgate.control.publish.services import publication_make
from support.sample import JOBS, sample_make

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

FORMS = ["openapi.json", "openapi.yaml", "swagger.json", "wadl.xml"]


@pytest.fixture(autouse=True)
def _sample(rows: None) -> None:  # noqa: ARG001 - it must stand on rows that are rolled back
    sample_make()


def get(form: str, key: str = "job-tracking", **headers: str) -> Response:
    return Client().get(f"/portal/apis/{key}/{form}", headers=headers)


def openapi(query: str = "") -> dict[str, Any]:
    told: dict[str, Any] = json.loads(get(f"openapi.json{query}").content)
    return told


def test_each_form_is_served_as_what_it_is() -> None:
    assert json.loads(get("openapi.json").content)["openapi"] == "3.1.0"
    assert yaml.safe_load(get("openapi.yaml").content) == json.loads(get("openapi.json").content)
    assert json.loads(get("swagger.json").content)["swagger"] == "2.0"
    root = ET.fromstring(get("wadl.xml").content)  # noqa: S314 - we wrote it
    assert root.tag == "{http://wadl.dev.java.net/2009/02}application"
    assert [get(form).headers["Content-Type"] for form in FORMS] == [
        "application/json",
        "application/yaml",
        "application/json",
        "application/vnd.sun.wadl+xml",
    ]


def test_it_names_the_addresses_of_this_installation() -> None:
    told = openapi()

    assert [item["url"] for item in told["servers"]] == [
        "http://testserver/test/JobTracking/v1",
        "http://testserver/JobTracking/v1",
    ]
    flows = told["components"]["securitySchemes"]["accessToken"]["flows"]
    assert flows["clientCredentials"]["tokenUrl"] == "http://testserver/oauth2/v1/token"


@pytest.mark.parametrize("form", FORMS)
def test_who_has_a_file_already_is_told_so(form: str) -> None:
    first = get(form)
    again = get(form, if_none_match=first.headers["ETag"])

    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert first.headers["Cache-Control"] == "public, no-cache"
    assert first.headers["Content-Disposition"] == f'inline; filename="job-tracking.{form}"'


def test_a_change_shows_when_it_is_published_and_not_before() -> None:
    before = get("openapi.json")
    api_put(replace(JOBS, name="Jobs of the plant"))
    draft = get("openapi.json")
    publication_make(by="ada")
    after = get("openapi.json", if_none_match=before.headers["ETag"])

    assert draft.content == before.content
    assert after.status_code == 200
    assert json.loads(after.content)["info"]["title"] == "Jobs of the plant"


@pytest.mark.parametrize("form", FORMS)
def test_internals_stay_inside(form: str) -> None:
    shown = get(form).content.decode()

    assert "jobs.list" not in shown
    assert "upstream" not in shown.replace("or the upstream failed", "")


@pytest.mark.parametrize("form", FORMS)
def test_what_is_not_published_has_no_file(form: str) -> None:
    api_put(replace(JOBS, key="other", suffix="Other"))

    assert get(form, "other").status_code == 404
    assert get(form, "none").status_code == 404


@pytest.mark.parametrize(
    "query", ["?revision=9", "?revision=", "?revision=x", "?revision=-1", "?revision=1e9"]
)
def test_a_revision_that_is_not_there_has_no_file(query: str) -> None:
    assert get(f"openapi.json{query}").status_code == 404
    assert get(f"openapi.json?revision={'9' * 5000}").status_code == 404


def test_a_page_can_only_be_read() -> None:
    assert Client().post("/portal/apis/job-tracking/openapi.json").status_code == 405
    assert Client().head("/portal/apis/job-tracking/openapi.json").status_code == 200


def test_the_page_of_an_api_leads_to_its_files() -> None:
    page = Client().get("/portal/apis/job-tracking/").content.decode()

    assert [form for form in FORMS if f'href="/portal/apis/job-tracking/{form}"' not in page] == []


def test_another_revision_has_its_own_file_while_it_is_online() -> None:
    row = Api.objects.get(key="job-tracking")
    second = revision_add(api=row, note="Second.")
    publication_make(by="ada")
    current, other = openapi(), openapi("?revision=2")

    assert other["servers"][1]["url"] == "http://testserver/JobTracking/v1;rev=2"
    assert openapi("?revision=1") == current

    revision_put(api=row, revision=replace(JOBS, revision=2, current=False, online=False))
    publication_make(by="ada")
    assert get("openapi.json?revision=2").status_code == 404

    second.refresh_from_db()
    revision_make_current(revision=second, note="Second.", by="ada")
    publication_make(by="ada")
    assert openapi("?revision=2") == openapi()
    assert openapi("?revision=1")["servers"][1]["url"] == "http://testserver/JobTracking/v1;rev=1"
