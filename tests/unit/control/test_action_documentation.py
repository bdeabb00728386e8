"""The documentation of the action API, as a page, as JSON and as Markdown: all from the registry."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from millgate.control.actions.deployment import route_state_set, service_state_set
from millgate.control.actions.describing.api import api_managed
from millgate.control.actions.models import RouteRecord, ServiceRecord
from millgate.control.actions.registry.table import ROUTES
from millgate.control.catalogue.services import api_put
from millgate.control.publish.services import publication_make
from support.accounts import person_make
from support.actions import actions_make

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

pytestmark = pytest.mark.usefixtures("rows")
UPDATE = "/documentation/api/v1/cancelations/update"

# The route as its documentation gives it: name, type, position, required.
PARAMETERS = [
    ("token", "string", 100, True),
    ("application", "string", 200, False),
    ("session_view", "string", 300, False),
    ("id", "integer", 400, True),
    ("cancelable_type", "string", 400, False),
    ("cancelable_id", "string", 400, False),
    ("key", "string", 400, False),
    ("reason_id", "integer", 500, False),
    ("reason_slug", "string", 600, False),
    ("reason_text", "string", 700, False),
    ("reason_note", "string", 800, False),
    ("canceled_at", "string", 900, False),
    ("canceled_by", "string", 1000, False),
    ("canceled_in", "string", 1100, False),
    ("reinstated_at", "string", 1200, False),
    ("reinstated_by", "string", 1300, False),
    ("reinstated_note", "string", 1400, False),
    ("active", "boolean", 1500, False),
]
STATUSES = [
    ("action-successful", 200),
    ("invalid-token", 401),
    ("session-expired", 401),
    ("client-required", 401),
    ("missing-param", 400),
    ("invalid-param", 400),
    ("invalid-content-type", 400),
    ("application-crash", 500),
    ("mandrill-email-failed", 500),
    ("route-non-existent", 500),
]
OURS = [("permission-denied", 403), ("rate-limit-exceeded", 429)]
UNCOMMON = [
    "no-params-decoded",
    "invalid-encoded-params",
    "route-not-found",
    "identify-request-error",
    "service-not-found",
]


@pytest.fixture(autouse=True)
def _registry(rows: None) -> None:  # noqa: ARG001 - it must stand on rows that are rolled back
    actions_make()


def get(address: str, client: Client | None = None) -> Response:
    return (client or Client()).get(address)


def page(address: str, client: Client | None = None) -> str:
    answer = get(address, client)
    assert answer.status_code == 200
    return answer.content.decode()


def words(markup: str) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", markup))).strip()


def told(address: str, **headers: str) -> dict[str, Any]:
    answer = Client().get(address, headers=headers)
    assert answer.headers["Content-Type"] == "application/json"
    found: dict[str, Any] = json.loads(answer.content)
    return found


# One route


def test_the_page_has_its_parts_in_the_documented_order() -> None:
    headings = [words(item) for item in re.findall(r"<h[12][^>]*>(.*?)</h[12]>", _article(), re.DOTALL)]

    assert headings == [
        "Cancelations Update API",
        "Route",
        "Purpose",
        "Parameters",
        "Request Body Example: application/json",
        "Responses",
        "Uncommon Responses",
    ]
    assert "PUT http://testserver/api/v1/cancelations/update" in words(_article())


def test_the_page_has_the_documented_parameters() -> None:
    terms = [words(item) for item in re.findall(r"<dt>(.*?)</dt>", _article(), re.DOTALL)]

    assert terms == [
        f"{name} {kind} {position}" + (" required" if required else "")
        for name, kind, position, required in PARAMETERS
    ]
    application = re.search(r'data-name="application".*?</dd>', _article(), re.DOTALL)
    assert application
    assert "One of planoauth, planoorder, planox2" in words(application[0]).replace(" ,", ",")


def test_the_page_has_the_documented_statuses_and_marks_ours() -> None:
    article = _article()
    listed = re.findall(r'data-slug="([^"]+)" data-code="(\d+)"', article)
    usual, rare = article.split('id="uncommon-responses"')

    assert listed[: len(STATUSES) + len(OURS)] == [(slug, str(code)) for slug, code in STATUSES + OURS]
    assert [slug for slug, _code in listed[len(STATUSES) + len(OURS) :]] == UNCOMMON
    assert all(slug in rare and f'data-slug="{slug}"' not in usual for slug in UNCOMMON)
    assert usual.count("our addition") == len(OURS)


def test_a_sensitive_route_says_so_and_shows_what_is_encoded() -> None:
    markup = page("/documentation/api/v1/sessions/create")

    assert "Parameters sensitive params" in words(markup)
    assert "Request Body Example: text/plain" in words(markup)
    assert "Request Body Example: application/json" not in words(markup)
    assert "nine tall mills" in html.unescape(re.sub("<[^>]+>", "", markup)), "what the base64 holds"


def test_every_route_has_its_page_json_and_markdown() -> None:
    for path, route in ROUTES.items():
        address = f"/documentation/api/v1/{path}"
        assert f"<h1>{route.title}</h1>" in page(address)
        assert told(f"{address}.json")["title"] == route.title
        assert get(f"{address}.md").content.decode().startswith(f"# {route.title}\n")


def test_who_asks_for_json_has_it_at_the_same_address() -> None:
    found = told(UPDATE, accept="application/json")

    assert found == told(f"{UPDATE}.json")
    assert found["route"]["verb"] == "PUT"
    assert [
        (item["name"], item["type"], item["position"], item["required"]) for item in found["parameters"]
    ] == (PARAMETERS)
    assert [(item["status"], item["code"]) for item in found["responses"]] == STATUSES + OURS
    assert [item["status"] for item in found["uncommon_responses"]] == UNCOMMON
    anything = Client().get(UPDATE, headers={"accept": "*/*"})
    assert anything.headers["Content-Type"].startswith("text/html")


def test_the_sample_is_in_the_language_that_was_chosen() -> None:
    markup = page(f"{UPDATE}?lang=curl")

    assert "http://testserver/api/v1/cancelations/update" in words(markup)
    assert "Content-Type: application/json" in words(markup)


def test_what_the_gateway_answers_can_be_tried() -> None:
    client = Client()
    client.force_login(person_make("dev@example.com"))
    assert "data-try-open" not in page(UPDATE, client)

    api_put(api_managed())
    publication_make(by="ada")

    assert "data-encoded" in page("/documentation/api/v1/sessions/create", client), "a body that is encoded"
    markup = page(UPDATE, client)
    assert "data-try-open" in markup
    assert "data-encoded>" not in markup
    assert "http://testserver/actions/v1/cancelations/update" in words(markup)


# What does not answer


def test_what_is_retired_is_shown_only_to_who_may_see_the_registry() -> None:
    route_state_set(RouteRecord.objects.get(path="cancelations/update"), "retired")
    client = Client()
    client.force_login(person_make("root@example.com", is_staff=True, is_superuser=True))

    assert get(UPDATE).status_code == 404
    assert get(f"{UPDATE}.json").status_code == 404
    assert "cancelations/update" not in page("/documentation/")
    assert "/cancelations/update" not in get("/documentation/openapi.json").content.decode()
    assert "Retired." in words(page(UPDATE, client))
    assert "Cancelations Update API /api/v1/cancelations/update Retired" in words(
        page("/documentation/", client)
    )


def test_a_service_takes_its_routes_along() -> None:
    service_state_set(ServiceRecord.objects.get(slug="lists"), "planned")

    assert get("/documentation/api/v1/list_items/create").status_code == 404
    assert "list_items/create" not in page("/documentation/")


def test_a_route_that_is_none_is_not_found() -> None:
    assert get("/documentation/api/v1/cancelations/undo").status_code == 404
    assert get("/documentation/list_items/nothing").status_code == 404


# The overview, lists and definitions


def test_the_overview_lists_every_service_and_route() -> None:
    markup = page("/documentation/")
    found = told("/documentation/", accept="application/json")

    routes = {item["path"] for service in found["services"] for item in service["routes"]}
    assert routes == {route.address for route in ROUTES.values()}
    assert all(f"/documentation{address}" in markup for address in routes)
    assert "[Cancelations Update API]" in get("/documentation/index.md").content.decode()


def test_reasons_can_be_looked_up() -> None:
    key = "job_cancelation_reason"

    assert key in page("/documentation/list_items")
    assert "duplicate_order" in page(f"/documentation/list_items/{key}")
    items = told(f"/documentation/list_items/{key}.json")["items"]
    assert "duplicate_order" in {item["slug"] for item in items}
    assert told("/documentation/list_items.json")["collections"]
    assert "`duplicate_order`" in get(f"/documentation/list_items/{key}.md").content.decode()
    assert key in get("/documentation/list_items.md").content.decode()


def test_definitions_are_offered_in_every_form() -> None:
    assert told("/documentation/openapi.json")["openapi"] == "3.1.0"
    assert told("/documentation/swagger.json")["swagger"] == "2.0"
    assert get("/documentation/openapi.yaml").headers["Content-Type"] == "application/yaml"
    assert get("/documentation/wadl.xml").content.startswith(b"<?xml")


def _article() -> str:
    return page(UPDATE).split("<article", 1)[1].split("</article>", 1)[0]
