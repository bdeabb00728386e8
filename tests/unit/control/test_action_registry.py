"""The registry of the action API: what is documented is what is validated, and what is deployed answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import Permission

from millgate.control.actions.deployment import actions_ensure, route_state_set
from millgate.control.actions.handlers.table import HANDLERS
from millgate.control.actions.models import Application, RouteRecord, ServiceRecord
from millgate.control.actions.registry.model import RECORDS, Role, State, Type
from millgate.control.actions.registry.table import ROUTES, SERVICES_BY_SLUG, parameters_of, statuses_of
from millgate.control.audit.models import Entry
from support.actions import actions_make, call, signed_in, worker_make

if TYPE_CHECKING:
    from millgate.control.accounts.models import Person

EVERY_ROUTE = sorted(ROUTES)
UPDATE = ROUTES["cancelations/update"]


def test_cancelations_update_has_the_documented_parameters_at_their_positions() -> None:
    assert [(item.name, item.type.value, item.position, item.required) for item in parameters_of(UPDATE)] == [
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
    assert parameters_of(UPDATE)[1].possible_values == ("planoauth", "planoorder", "planox2")
    assert (UPDATE.title, UPDATE.verb, UPDATE.address) == (
        "Cancelations Update API",
        "PUT",
        "/api/v1/cancelations/update",
    )


def test_cancelations_update_has_the_documented_statuses_in_their_order() -> None:
    usual = [(item.slug, item.code) for item in statuses_of(UPDATE) if not item.uncommon and not item.own]
    assert usual == [
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
    assert [item.slug for item in statuses_of(UPDATE) if item.uncommon] == [
        "no-params-decoded",
        "invalid-encoded-params",
        "route-not-found",
        "identify-request-error",
        "service-not-found",
    ]


@pytest.mark.parametrize("path", EVERY_ROUTE)
def test_a_route_is_whole(path: str) -> None:
    route = ROUTES[path]
    assert route.service in SERVICES_BY_SLUG
    assert path in HANDLERS or route.state is State.PLANNED
    names = [item.full_name for item in parameters_of(route)]
    assert len(names) == len(set(names))
    slugs = [item.slug for item in statuses_of(route)]
    assert len(slugs) == len(set(slugs))
    assert route.purpose.endswith(".")
    for item in parameters_of(route):
        assert item.description.endswith(".")
        assert item.position > 0
        assert not item.parent or item.parent in names
        assert item.type in {Type.STRING, Type.ARRAY} or not item.possible_values


def test_a_route_that_takes_a_secret_is_sensitive_or_takes_both_kinds_of_body() -> None:
    for route in ROUTES.values():
        secret = [item.name for item in parameters_of(route) if item.sensitive]
        assert not secret or "text/plain" in route.content_types, route.path


def test_what_needs_a_record_lets_somebody_with_one_in() -> None:
    for route in ROUTES.values():
        assert route.anonymous or {*RECORDS, Role.USER, Role.APPLICATION} & set(route.roles), route.path


def test_nothing_is_deployed_without_an_action() -> None:
    assert set(HANDLERS) <= set(ROUTES)


# As rows


@pytest.fixture
def edna(rows: None) -> Person:
    del rows
    actions_make()
    return worker_make()


def _permit(person: Person, codename: str) -> None:
    person.user_permissions.add(Permission.objects.get(content_type__app_label="actions", codename=codename))


def test_a_route_is_retired_and_deployed_again_at_once_and_told(edna: Person) -> None:
    token = signed_in()
    given = {"path": "applications/index", "state": "retired"}
    assert call("routes/update", token, **given)["status"] == "permission-denied"
    _permit(edna, "change_routerecord")
    assert call("routes/update", token, verb="PUT", **given)["data"]["state"] == "retired"
    assert call("applications/index", token)["status"] == "route-not-found"
    call("routes/update", token, **given | {"state": "deployed"})
    assert call("applications/index", token)["status"] == "action-successful"
    told = Entry.objects.filter(kind="action route", key="applications/index", who=edna.user_id)
    assert [entry.action for entry in told.order_by("pk")] == ["retired", "deployed"]


def test_a_service_is_retired_with_all_its_routes(edna: Person) -> None:
    _permit(edna, "change_servicerecord")
    token = signed_in()
    assert (
        call("services/update", token, slug="applications", state="planned")["status"] == "action-successful"
    )
    assert call("applications/index", token)["status"] == "service-not-found"
    listed = call("services/index", token, filters=[{"attribute": "state", "value": "planned"}])
    assert [item["slug"] for item in listed["data"]] == ["applications"]


def test_the_registry_does_not_shut_itself_out(edna: Person) -> None:
    _permit(edna, "change_routerecord")
    _permit(edna, "change_servicerecord")
    token = signed_in()
    for given in ({"path": "routes/update"}, {"path": "no/such"}):
        assert call("routes/update", token, state="retired", **given)["status"] == "invalid-param"
    assert call("services/update", token, state="retired", slug="registry")["status"] == "invalid-param"


@pytest.mark.usefixtures("rows")
def test_the_first_start_adds_what_is_missing_and_leaves_what_somebody_set() -> None:
    actions_ensure()
    assert set(RouteRecord.objects.values_list("path", flat=True)) == set(ROUTES)
    assert set(ServiceRecord.objects.values_list("slug", flat=True)) == set(SERVICES_BY_SLUG)
    assert list(Application.objects.values_list("slug", flat=True)) == ["planoauth", "planoorder", "planox2"]
    route_state_set(RouteRecord.objects.get(path="sessions/read"), "retired")
    RouteRecord.objects.filter(path="emails/index").delete()
    actions_ensure()
    assert RouteRecord.objects.get(path="sessions/read").state == "retired"
    assert RouteRecord.objects.filter(path="emails/index").exists()


def test_a_route_documents_itself(edna: Person) -> None:
    del edna
    found = call("routes/read", signed_in(), path="sessions/create")["data"]
    assert (found["verb"], found["content_types"]) == ("POST", ["text/plain"])
    assert [item["name"] for item in found["parameters"]][:3] == ["email", "password", "application"]
    by_id = call("routes/read", signed_in(), id=found["id"], view="minimal")["data"]
    assert by_id == {"id": found["id"], "path": "sessions/create", "state": "deployed"}
    assert call("routes/read", signed_in(), id=found["id"], path="sessions/read")["status"] == "invalid-param"
    assert call("routes/read", signed_in())["status"] == "missing-param"
    assert call("services/read", signed_in(), slug="sessions")["data"]["routes"][0] == "sessions/create"
    assert call("applications/read", signed_in(), slug="planox2")["data"]["roles"][0] == "client"
