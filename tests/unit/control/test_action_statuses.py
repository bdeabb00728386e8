"""Every status of the action API, provoked, with its code; and which of two wins."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.db import OperationalError
from structlog.testing import capture_logs

from millgate.control.accounts.services import person_create, person_hats_set
from millgate.control.actions.applications import application_set
from millgate.control.actions.deployment import route_state_set, service_state_set
from millgate.control.actions.handlers.table import HANDLERS
from millgate.control.actions.models import Application, Notification, RouteRecord, ServiceRecord
from millgate.control.actions.pipeline import answering, limiting
from millgate.control.actions.registry.table import every_status
from millgate.core.secrets import Secret
from support.accounts import OTHER, PASSWORD
from support.actions import EMPLOYEE, actions_make, call, encoded, envelope, send, signed_in, worker_make

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from millgate.control.accounts.models import Person

pytestmark = pytest.mark.usefixtures("rows")

NEW = {"email": "nora@example.com", "password": PASSWORD, "first_name": "Nora", "last_name": "New"}


@pytest.fixture(autouse=True)
def edna(rows: None) -> Iterator[Person]:
    del rows
    actions_make()
    limiting.LIMITER.forget()
    yield worker_make()
    limiting.LIMITER.forget()


class House:
    """What a test may bend."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.patch = monkeypatch

    def mail_by(self, url: str) -> None:
        self.patch.setattr(settings, "MILLGATE", replace(settings.MILLGATE, mail_url=Secret(url)))

    def crash(self, path: str) -> None:
        def crashing(_call: object) -> Any:
            raise ZeroDivisionError("secret-word")

        self.patch.setattr("millgate.control.actions.views.HANDLERS", {**HANDLERS, path: crashing})

    def lose_the_table(self) -> None:
        def failing(_route: object) -> Any:
            raise OperationalError("no such table")

        self.patch.setattr(answering, "record_of", failing)


def _raw(path: str, body: str, content_type: str = "application/json", verb: str = "POST") -> dict[str, Any]:
    return envelope(send(path, body, verb=verb, content_type=content_type))


def _expired(_house: House) -> dict[str, Any]:
    token = signed_in()
    settings.CLOCK.jump(8 * 86_400)
    try:
        return call("sessions/read", token)
    finally:
        settings.CLOCK.jump(-8 * 86_400)


def _client_required(_house: House) -> dict[str, Any]:
    worker_make("una@example.com", hats=())
    return call("clients/index", signed_in("una@example.com"))


def _crash(house: House) -> dict[str, Any]:
    token = signed_in()
    house.crash("sessions/read")
    return call("sessions/read", token)


def _mail_failed(house: House) -> dict[str, Any]:
    house.mail_by("failing:http-500")
    return call("users/forgot_password", email=EMPLOYEE)


def _unadmitted(person: str, application: str = "planox2") -> None:
    worker_make(person, hats=["liaison"])
    row = Application.objects.get(slug=application)
    application_set(row, name=row.name, roles=["client"], active=True)


def _denied(_house: House) -> dict[str, Any]:
    _unadmitted("lia@example.com")
    return call("clients/index", signed_in("lia@example.com"), application="planox2")


def _limited(house: House) -> dict[str, Any]:
    house.patch.setattr(settings, "MILLGATE", replace(settings.MILLGATE, action_calls=1))
    token = signed_in()
    call("sessions/read", token)
    return call("sessions/read", token)


def _route_not_found(_house: House) -> dict[str, Any]:
    route_state_set(RouteRecord.objects.get(path="sessions/read"), "retired")
    return call("sessions/read", "whatever")


def _service_not_found(_house: House) -> dict[str, Any]:
    service_state_set(ServiceRecord.objects.get(slug="sessions"), "planned")
    return call("sessions/read", "whatever")


def _not_identified(house: House) -> dict[str, Any]:
    house.lose_the_table()
    return call("sessions/read", "whatever")


def _no_password(_house: House) -> dict[str, Any]:
    person_create(email="nopass@example.com")
    return _sign_in("nopass@example.com")


def _requires_role(_house: House) -> dict[str, Any]:
    _unadmitted("lia@example.com")
    return _sign_in("lia@example.com", application="planox2")


def _second_factor(house: House) -> dict[str, Any]:
    house.patch.setattr(
        "millgate.control.actions.signing_in.next_step",
        lambda _person: (
            __import__("millgate.control.accounts.signing_in", fromlist=["NextStep"]).NextStep.SET_UP
        ),
    )
    return _sign_in(EMPLOYEE)


def _sign_in(email: str, password: str = PASSWORD, application: str = "planoauth") -> dict[str, Any]:
    return call("sessions/create", email=email, password=password, application=application)


PROVOKED: dict[str, Callable[[House], dict[str, Any]]] = {
    "action-successful": lambda _house: call("sessions/read", signed_in()),
    "invalid-token": lambda _house: call("sessions/read", "no-such-token"),
    "session-expired": _expired,
    "client-required": _client_required,
    "missing-param": lambda _house: call("sessions/update", signed_in()),
    "invalid-param": lambda _house: call("sessions/update", signed_in(), remember_me="perhaps"),
    "invalid-content-type": lambda _house: _raw("sessions/create", "{}", "application/json"),
    "application-crash": _crash,
    "mandrill-email-failed": _mail_failed,
    "route-non-existent": lambda _house: _raw("sessions/nothing", "{}"),
    "permission-denied": _denied,
    "rate-limit-exceeded": _limited,
    "no-params-decoded": lambda _house: _raw("sessions/read", "{}"),
    "invalid-encoded-params": lambda _house: _raw("sessions/create", "%%%", "text/plain"),
    "route-not-found": _route_not_found,
    "identify-request-error": _not_identified,
    "service-not-found": _service_not_found,
    "email-not-found": lambda _house: _sign_in("nobody@example.com"),
    "invalid-password": lambda _house: _sign_in(EMPLOYEE, OTHER),
    "user-has-no-password": _no_password,
    "user-requires-role": _requires_role,
    "second-factor-required": _second_factor,
    "email-already-registered": lambda _house: call(
        "clients/register", application="planoorder", client=NEW | {"email": EMPLOYEE}
    ),
    "client-validation-failed": lambda _house: call(
        "clients/register", application="planoorder", client=NEW | {"password": "short"}
    ),
}
WITH_SESSION = {"action-successful", "client-required"}


@pytest.mark.parametrize("slug", sorted(every_status()))
def test_every_status_of_the_registry_is_answered_with_its_code_and_envelope(
    slug: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = PROVOKED[slug](House(monkeypatch))
    assert (found["status"], found["code"]) == (slug, every_status()[slug].code)
    assert found["message"]
    assert bool(found["session"]) == (slug in WITH_SESSION)
    assert bool(found["data"]) == (slug in {"action-successful", "mandrill-email-failed"})


def test_what_is_provoked_is_in_the_registry() -> None:
    assert set(PROVOKED) == set(every_status())


# Which wins


BROKEN = encoded({"email": "x"})[:-3] + "!"


def test_the_checks_come_in_their_order(monkeypatch: pytest.MonkeyPatch, edna: Person) -> None:
    """One call that is wrong in every way, mended from the first check to the last."""
    house, path = House(monkeypatch), "clients/update"
    route, service = RouteRecord.objects.get(path=path), ServiceRecord.objects.get(slug="people")
    token = signed_in()
    person_hats_set(person=edna, hats=[])
    route_state_set(route, "planned")
    service_state_set(service, "retired")

    def answered(body: object, *, content_type: str = "application/json", verb: str = "PUT") -> str:
        text = body if isinstance(body, str) else json.dumps(body)
        return str(_raw(path, text, content_type, verb)["status"])

    with monkeypatch.context() as patched:
        House(patched).lose_the_table()
        assert answered("{", content_type="text/csv", verb="PATCH") == "route-non-existent"
        assert answered("{", content_type="text/csv") == "identify-request-error"
    assert answered("{", content_type="text/csv") == "route-not-found"
    route_state_set(route, "deployed")
    assert answered("{", content_type="text/csv") == "service-not-found"
    service_state_set(service, "deployed")
    assert answered("{", content_type="text/csv") == "invalid-content-type"
    assert answered("{") == "invalid-encoded-params"
    assert answered("null") == "no-params-decoded"
    assert answered({"active": "no"}) == "missing-param", "the token"
    assert answered({"active": "no", "token": "unknown"}) == "invalid-token"
    settings.CLOCK.jump(8 * 86_400)
    assert answered({"active": "no", "token": token}) == "session-expired"
    settings.CLOCK.jump(-8 * 86_400)
    person_hats_set(person=edna, hats=["employee"])
    token = signed_in()
    person_hats_set(person=edna, hats=[])
    assert answered({"active": "no", "token": token}) == "client-required"
    person_hats_set(person=edna, hats=["employee"])
    assert answered({"active": "no", "token": token}) == "permission-denied"
    edna.is_superuser = True
    edna.save()
    assert answered({"active": "no", "token": token}) == "missing-param", "the id"
    assert answered({"active": "no", "token": token, "id": 1}) == "invalid-param"
    house.crash(path)
    assert answered({"token": token, "id": 1}) == "application-crash"


def test_a_stranger_learns_nothing_of_a_routes_parameters() -> None:
    found = call("sessions/update", "no-such-token", nonsense=1)
    assert found["status"] == "invalid-token"
    assert "remember_me" not in found["message"]


def test_a_crash_is_told_by_its_request_and_never_by_what_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    token = signed_in()
    House(monkeypatch).crash("sessions/read")
    with capture_logs() as log:
        answers = [send("sessions/read", json.dumps({"token": token})) for _ in range(2)]
    request_id = answers[1].headers["X-Request-Id"]
    assert request_id in envelope(answers[1])["message"]
    assert "secret-word" not in answers[1].content.decode()
    told = Notification.objects.get()
    assert (told.kind, told.route, told.reason) == ("application-crash", "sessions/read", "ZeroDivisionError")
    assert (told.count, told.request_id) == (2, request_id)
    assert [line["event"] for line in log] == ["action_crashed"] * 2
    assert log[1]["request_id"] == request_id
    assert token not in str(log)


@pytest.mark.parametrize(
    ("verb", "path"),
    [
        ("POST", "/api/v1"),
        ("POST", "/api/v1/"),
        ("POST", "/api/v1/sessions"),
        ("POST", "/api/v1/sessions/create/"),
        ("POST", "/api/v1//sessions/create"),
        ("POST", "/api/v1/sessions/create/x"),
        ("POST", "/api/v1/sessions/Create"),
        ("GET", "/api/v1/sessions/create"),
        ("PUT", "/api/v1/sessions/create"),
        ("DELETE", "/api/v1/sessions/update"),
        ("OPTIONS", "/api/v1/sessions/read"),
    ],
)
def test_whatever_else_is_under_the_prefix_is_no_route(verb: str, path: str) -> None:
    from django.test import Client  # noqa: PLC0415 - beside the only use

    found = envelope(Client().generic(verb, path, "{}", "application/json"))
    assert (found["status"], found["code"]) == ("route-non-existent", 500)


def test_calls_are_limited_by_address_whatever_they_ask_and_by_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "MILLGATE", replace(settings.MILLGATE, action_calls=2))
    for _ in range(8):
        assert _raw("sessions/nothing", "{}")["status"] == "route-non-existent"
    limited = send("sessions/nothing", "{}")
    assert envelope(limited)["status"] == "rate-limit-exceeded"
    assert 1 <= int(limited.headers["Retry-After"]) <= 60
    elsewhere = send("sessions/nothing", "{}", REMOTE_ADDR="192.0.2.9")
    assert envelope(elsewhere)["status"] == "route-non-existent"


def test_a_flood_of_addresses_is_counted_in_bounded_memory() -> None:
    limiter = limiting.CallLimiter()
    for number in range(limiting.MOST_KEYS + 50):
        limiter.take(("address", number), 5, 0.0)
    assert len(limiter._windows) == limiting.MOST_KEYS
