"""People sign in to programs: from the request to the managed call, on one worker and on several with Redis."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from support.publishing import eventually
from support.served import Served, running
from support.signing_in import Visitor, answered, asking

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOOPBACK = "http://127.0.0.1:51234/callback"
"""What the program on the machine listens on; only the port differs from what is registered."""
COMPANY = "/Platform/v1/CompanyProfile"
PARTS = "/Engineering/v1/Parts"
WORKERS = "3"


@pytest.fixture(scope="module", params=["one worker", "several and Redis"])
def server(
    request: pytest.FixtureRequest, made: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    home = tmp_path_factory.mktemp("people") / "home"
    shutil.copytree(made, home)
    variables = {}
    if request.param != "one worker":
        url = request.getfixturevalue("redis_url")
        variables = {"MILLGATE_WORKERS": WORKERS, "MILLGATE_REDIS_URL": url}
    with running(home, command="serve", **variables) as served:
        yield served


@pytest.fixture
def visitor(server: Served) -> Iterator[Visitor]:
    with Visitor(server, server.env["DEVELOPER_EMAIL"], server.env["DEVELOPER_PASSWORD"]) as person:
        yield person


def post(server: Served, what: str, **form: str) -> httpx.Response:
    """A request of the public client, on a connection of its own, so that any worker may answer."""
    return httpx.post(
        f"{server.origin}/oauth2/v1/{what}", data={"client_id": server.env["PUBLIC_CLIENT_ID"]} | form
    )


def redeemed(server: Served, visitor: Visitor) -> dict[str, Any]:
    """What a program is given for the code that a person brings."""
    asked = asking(server, server.env["PUBLIC_CLIENT_ID"], redirect_uri=LOOPBACK)
    told = answered(visitor.allow(asked.address))
    assert told["state"] == asked.state
    answer = exchanged(server, told["code"], asked.verifier)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def exchanged(server: Served, code: str, verifier: str) -> httpx.Response:
    return post(
        server,
        "token",
        grant_type="authorization_code",
        code=code,
        redirect_uri=LOOPBACK,
        code_verifier=verifier,
    )


def called(server: Served, token: str, path: str = COMPANY) -> int:
    headers = {
        "Ocp-Apim-Subscription-Key": server.env["SUBSCRIPTION_KEY"],
        "Authorization": f"Bearer {token}",
    }
    return httpx.get(f"{server.origin}/test{path}?limit=1", headers=headers).status_code


def everywhere(server: Served, token: str, status: int) -> bool:
    """Whether calls on many connections, and so on every worker, are all answered alike."""
    return {called(server, token) for _ in range(12)} == {status}


def test_a_program_calls_as_the_person_who_signed_in(server: Served, visitor: Visitor) -> None:
    given = redeemed(server, visitor)
    assert everywhere(server, given["access_token"], 200)
    assert given["scope"] == "user_impersonation"


def test_a_code_that_fifty_bring_at_once_is_redeemed_once_and_then_worth_nothing(
    server: Served, visitor: Visitor
) -> None:
    asked = asking(server, server.env["PUBLIC_CLIENT_ID"], redirect_uri=LOOPBACK)
    code = answered(visitor.allow(asked.address))["code"]
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: exchanged(server, code, asked.verifier), range(50)))

    given = [answer.json() for answer in answers if answer.status_code == 200]
    assert len(given) == 1
    refused = [answer.json() for answer in answers if answer.status_code != 200]
    assert {tuple(item["error_codes"]) for item in refused} == {(70002, 54005)}
    eventually(lambda: everywhere(server, given[0]["access_token"], 401))
    again = post(server, "token", grant_type="refresh_token", refresh_token=given[0]["refresh_token"])
    assert again.json()["error"] == "invalid_grant"


def test_a_stolen_refresh_token_ends_what_its_owner_has(server: Served, visitor: Visitor) -> None:
    first = redeemed(server, visitor)
    second = post(server, "token", grant_type="refresh_token", refresh_token=first["refresh_token"]).json()
    assert called(server, second["access_token"]) == 200

    thief = post(server, "token", grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert thief.json()["error_codes"] == [70002, 50173]
    eventually(lambda: everywhere(server, second["access_token"], 401))


def test_a_token_that_is_revoked_is_refused_by_every_worker(server: Served, visitor: Visitor) -> None:
    kept, given = redeemed(server, visitor), redeemed(server, visitor)
    assert everywhere(server, given["access_token"], 200)
    assert post(server, "revoke", token=given["access_token"]).status_code == 200
    eventually(lambda: everywhere(server, given["access_token"], 401))
    assert everywhere(server, kept["access_token"], 200)


def test_a_token_of_an_application_is_introspected_and_revoked_too(server: Served) -> None:
    own = {"client_id": server.env["CLIENT_ID"], "client_secret": server.env["CLIENT_SECRET"]}
    token = server.token()
    assert post(server, "introspect", token=token, **own).json()["active"] is True
    assert post(server, "revoke", token=token, **own).status_code == 200
    assert post(server, "introspect", token=token, **own).json() == {"active": False}
    eventually(lambda: everywhere(server, token, 401))


def test_what_was_revoked_stays_so_when_the_server_is_killed(
    made: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.mktemp("killed") / "home"
    shutil.copytree(made, home)
    origin = "http://millgate.example"  # tokens name it, whichever port is free
    with running(home, command="serve", MILLGATE_ORIGIN=origin) as served:
        with Visitor(served, served.env["DEVELOPER_EMAIL"], served.env["DEVELOPER_PASSWORD"]) as person:
            given = redeemed(served, person)
        token = served.token()
        own = {"client_id": served.env["CLIENT_ID"], "client_secret": served.env["CLIENT_SECRET"]}
        assert post(served, "revoke", token=token, **own).status_code == 200
        served.kill()
    with running(home, command="serve", MILLGATE_ORIGIN=origin) as served:
        assert called(served, token) == 401
        assert called(served, given["access_token"]) == 200
        refreshed = post(served, "token", grant_type="refresh_token", refresh_token=given["refresh_token"])
        assert refreshed.status_code == 200
