"""What an administrator changes acts soon, without a restart; what is faulty is refused.

How soon is measured by `make bench`; here a busy machine may take its time.
"""

from __future__ import annotations

import re
import shutil
import time
from typing import TYPE_CHECKING

import httpx
import pytest

from support.console import Console, forms_of
from support.served import Served, running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

APPLICATIONS = "/console/clients/clientapplication/"
SUBSCRIPTIONS = "/console/clients/subscription/"
PEOPLE = "/console/accounts/person/"
APIS = "/console/catalogue/api/"
PUBLISHING = "/console/publishing/"
PATIENCE_SECONDS = 10.0
PARTS = "/test/PartList/v1/Parts?limit=1"
WORKCENTERS = "/test/Workcenter/v1/Workcenters?limit=1"


@pytest.fixture(scope="module")
def server(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A demo of this module's own, because it is changed."""
    home = tmp_path_factory.mktemp("acts") / "home"
    shutil.copytree(made, home)
    with running(home) as running_server:
        yield running_server


@pytest.fixture
def console(server: Served) -> Iterator[Console]:
    with Console(server) as signed_in:
        yield signed_in


def soon(answer: Callable[[], httpx.Response], status: int) -> httpx.Response:
    """The answer, once it has this status."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        seen = answer()
        if seen.status_code == status:
            return seen
        assert time.monotonic() < until, f"{seen.status_code}: {seen.text}"
        time.sleep(0.02)


def test_a_disabled_application_is_refused_and_taken_back(server: Served, console: Console) -> None:
    headers = server.headers()
    page = console.row(APPLICATIONS, "Sample Integration")

    console.send(page, {"enabled": None}, having="display_name").raise_for_status()
    refused = soon(lambda: httpx.get(server.origin + PARTS, headers=headers), 401)
    assert refused.json()["status"] == 401

    console.send(page, {"enabled": "on"}, having="display_name").raise_for_status()
    soon(lambda: httpx.get(server.origin + PARTS, headers=headers), 200)


def test_a_regenerated_key_replaces_the_old_one(server: Served, console: Console) -> None:
    headers = server.headers()
    page = console.row(SUBSCRIPTIONS, "Developer access")

    assert console.act(page, "regenerate-secondary/").status_code == 200
    assert httpx.get(server.origin + PARTS, headers=headers).status_code == 200, "the primary key works on"
    shown = console.act(page, "reveal/").text
    keys = set(re.findall(r"\b[0-9a-f]{32}\b", shown))
    assert server.env["SUBSCRIPTION_KEY"] in keys
    (secondary,) = keys - {server.env["SUBSCRIPTION_KEY"]}
    new = headers | {"Ocp-Apim-Subscription-Key": secondary}
    soon(lambda: httpx.get(server.origin + PARTS, headers=new), 200)

    console.act(page, "regenerate-secondary/")
    soon(lambda: httpx.get(server.origin + PARTS, headers=new), 401)


def test_roles_that_are_taken_away_close_their_controllers(server: Served, console: Console) -> None:
    headers = server.headers()
    page = console.row(PEOPLE, "Sample Integration")
    (form,) = [fields for _, fields in forms_of(console.page(page)) if "position" in fields]
    held = [name for name, value in form.items() if name.endswith("-member") and any(value)]
    assert held

    console.send(page, dict.fromkeys(held), having="position").raise_for_status()
    refused = soon(lambda: httpx.get(server.origin + WORKCENTERS, headers=headers), 403)
    assert refused.json() == {
        "type": None,
        "title": "Access Restricted Resource",
        "status": 403,
        "detail": "PCN does not have access to Controller 'Workcenters'",
        "instance": "/ProductionTracking/WorkcenterList/Workcenters",
    }
    assert httpx.get(server.origin + PARTS, headers=headers).status_code == 200, "everyone reads parts"

    console.send(page, dict.fromkeys(held, "on"), having="position").raise_for_status()
    soon(lambda: httpx.get(server.origin + WORKCENTERS, headers=headers), 200)


def test_a_blocked_account_resolves_to_nobody(server: Served, console: Console) -> None:
    headers = server.headers()
    page = console.row(PEOPLE, "Sample Integration")

    console.act(page, "block/").raise_for_status()
    refused = soon(lambda: httpx.get(server.origin + PARTS, headers=headers), 403)
    assert refused.json()["detail"] == "Failed to get authorization token"

    console.act(page, "activate/").raise_for_status()
    soon(lambda: httpx.get(server.origin + PARTS, headers=headers), 200)


def test_a_new_secret_is_shown_once_and_works_beside_the_old(server: Served, console: Console) -> None:
    page = console.row(APPLICATIONS, "Sample Integration")

    shown = console.act(page, "secret-add/", {"description": "second"}).text
    (secret,) = re.findall(r"[A-Za-z0-9+/]{43}=", shown.replace("&#x2B;", "+").replace("&#43;", "+"))

    soon(lambda: server.ask_token(client_secret=secret), 200)
    assert server.ask_token().status_code == 200, "the first one works on"
    assert secret not in console.page(page)


def test_a_draft_waits_for_publishing_and_a_faulty_one_is_refused_with_every_fault(
    server: Served, console: Console
) -> None:
    headers = server.headers()
    page = console.row(APIS, "PartList")

    operation = "operations-0-target"
    console.send(page, {"suffix": "console", operation: "nowhere"}, having="suffix").raise_for_status()
    refused = console.send(PUBLISHING, {"note": "broken on purpose"})
    assert "is reserved" in refused.text
    assert "has no operation &#x27;nowhere&#x27;" in refused.text
    time.sleep(0.5)
    assert httpx.get(server.origin + PARTS, headers=headers).status_code == 200, "the old version serves on"

    console.send(page, {"suffix": "Items", operation: "Parts.list"}, having="suffix").raise_for_status()
    time.sleep(0.5)
    assert httpx.get(server.origin + PARTS, headers=headers).status_code == 200, "drafts wait"
    assert "is in force" in console.send(PUBLISHING, {"note": "renamed"}).text
    soon(lambda: httpx.get(server.origin + PARTS, headers=headers), 404)
    soon(lambda: httpx.get(f"{server.origin}/test/Items/v1/Parts", headers=headers), 200)

    console.send(page, {"suffix": "PartList"}, having="suffix").raise_for_status()
    console.send(PUBLISHING, {"note": "back"})
    soon(lambda: httpx.get(server.origin + PARTS, headers=headers), 200)


def test_the_portal_lists_what_is_published(server: Served) -> None:
    home = httpx.get(f"{server.origin}/portal/").text

    assert "Production Management" in home
    assert "Workcenter" in home
    assert httpx.get(server.origin, follow_redirects=False).headers["location"] == "/portal/"


def test_the_console_is_closed_to_a_developer(server: Served) -> None:
    with httpx.Client(base_url=server.origin, follow_redirects=True, timeout=30) as client:
        page = client.get("/console/login/")
        token = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)[0]
        form = {
            "csrfmiddlewaretoken": token,
            "username": server.env["DEVELOPER_EMAIL"],
            "password": server.env["DEVELOPER_PASSWORD"],
        }
        answer = client.post("/console/login/", data=form, headers={"Referer": server.origin})

        assert client.get("/console/publishing/").url.path == "/console/login/"
        assert answer.url.path == "/console/login/"
