"""Client libraries as they come sign a person in over TLS, act as them, and are told what is wrong.

The programs print where the person is to go, read to where they were sent, exchange the code, call, refresh,
call again, and bring the first refresh token and the code a second time.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest

from support.libraries import (
    PROGRAMS,
    claims,
    node_command,
    python_command,
    snippet_id,
    snippets,
    variables_of,
)
from support.publishing import eventually
from support.served import Served, running
from support.signing_in import Visitor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PERSON: Final = "developer"

PYTHON: Final = [
    ["people_authlib_requests.py", "client_secret_basic"],
    ["people_authlib_requests.py", "client_secret_post"],
    ["people_authlib_httpx.py", "client_secret_basic"],
    ["people_authlib_httpx.py", "none"],
    ["people_requests_oauthlib.py", "basic"],
    ["people_requests_oauthlib.py", "body"],
    ["people_requests_oauthlib.py", "public"],
    ["people_msal.py", "confidential", "aad"],
    ["people_msal.py", "public", "aad"],
    ["people_msal.py", "public", "oidc"],
    ["people_adal.py", "confidential"],
    ["people_adal.py", "public"],
]
NODE: Final = [
    ["people-openid-client.mjs", "post"],
    ["people-openid-client.mjs", "basic"],
    ["people-openid-client.mjs", "public"],
    ["people-simple-oauth2.mjs", "header"],
    ["people-simple-oauth2.mjs", "body"],
    ["people-msal-node.mjs", "confidential", "AAD"],
    ["people-msal-node.mjs", "public", "AAD"],
    ["people-msal-node.mjs", "public", "OIDC"],
]


@pytest.fixture(scope="module")
def server(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A demo over TLS."""
    home = tmp_path_factory.mktemp("libraries") / "home"
    shutil.copytree(made, home)
    with running(home, tls=True) as served:
        yield served


def asked(server: Served, command: list[str], place: Path, **changes: str) -> tuple[str, str]:
    """What a program printed last, and complained of, that had a person sign in and allow what it asks for."""
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=place,
        env=variables_of(server, **changes),
    ) as program:
        try:
            assert program.stdout is not None
            address = program.stdout.readline().strip()
            sent = ""
            if address:
                with Visitor(
                    server, server.env["DEVELOPER_EMAIL"], server.env["DEVELOPER_PASSWORD"]
                ) as person:
                    sent = person.allow(address)
            printed, complained = program.communicate(f"{sent}\n", timeout=100)
        finally:
            program.kill()
    return printed.strip(), complained if program.returncode else ""


def came_of(server: Served, command: list[str], place: Path) -> dict[str, Any]:
    """What a program of ours told."""
    printed, complained = asked(server, command, place)
    assert not complained, complained
    told: dict[str, Any] = json.loads(printed.splitlines()[-1])
    return told


def assert_acted(server: Served, told: dict[str, Any], *, public: bool) -> None:
    """The program called as the person, whose rights are fewer than its own, before and after it refreshed."""
    client = server.env["PUBLIC_CLIENT_ID" if public else "CLIENT_ID"]
    for call in (told["first"], told["second"]):
        assert (call["may"], call["may_not"]) == (200, 403)
        said = claims(call["token"])
        assert {name: said[name] for name in ("pun", "upn", "aud", "appid", "appidacr", "scp")} == {
            "pun": PERSON,
            "upn": server.env["DEVELOPER_EMAIL"],
            "aud": server.env["RESOURCE"],
            "appid": client,
            "appidacr": "0" if public else "1",
            "scp": "user_impersonation",
        }
    assert told["first"]["token"] != told["second"]["token"]
    assert_kept(server, told)
    if "id_token" in told:
        said = claims(told["id_token"])
        assert (said["aud"], said["upn"]) == (client, server.env["DEVELOPER_EMAIL"])
        assert said.get("nonce") == told.get("nonce", said.get("nonce"))
    assert told.get("user", server.env["DEVELOPER_EMAIL"]) == server.env["DEVELOPER_EMAIL"]


def assert_kept(server: Served, told: dict[str, Any]) -> None:
    """A library that keeps tokens finds the first again, and knows the person's account."""
    if "kept" in told:
        assert told["kept"] == told["first"]["token"]
        said, account = claims(told["kept"]), told["account"]
        assert account["home_account_id"] == f"{said['oid']}.{said['tid']}"
        assert account["username"] == server.env["DEVELOPER_EMAIL"]
    if "introspected" in told:
        assert [item["active"] for item in told["introspected"]] in ([True, False], [])


def assert_told(told: dict[str, Any]) -> None:
    """What came a second time, or was revoked, was refused, and the library passed on why."""
    assert "AADSTS50173" in told["refresh_again"]
    assert "AADSTS54005" in told["code_again"]
    assert "AADSTS50173" in told.get("revoked", "AADSTS50173")
    assert '"iss"' in told.get("other_issuer", '"iss"')


def assert_ended(server: Served, told: dict[str, Any]) -> None:
    """Who brought a code a second time has lost what was given for it."""
    headers = server.headers(told["second"]["token"])
    with httpx.Client(base_url=server.origin, verify=server.trust, timeout=30) as client:
        eventually(lambda: client.get("/test/Platform/v1/CompanyProfile", headers=headers).status_code == 401)


def test_the_service_itself_may_what_the_person_may_not(server: Served) -> None:
    with server.client() as client:
        assert client.get("/test/Workcenter/v1/ApprovedWorkcenters?limit=1").status_code == 200


@pytest.mark.parametrize("program", PYTHON, ids=" ".join)
def test_a_python_library_signs_a_person_in_and_acts_as_them(server: Served, program: list[str]) -> None:
    told = came_of(server, python_command(program), PROGRAMS / "python")

    assert_acted(server, told, public=bool({"public", "none"} & set(program)))
    assert_told(told)
    assert_ended(server, told)


@pytest.mark.parametrize("program", NODE, ids=" ".join)
def test_a_node_library_signs_a_person_in_and_acts_as_them(
    server: Served, node: Path, program: list[str]
) -> None:
    told = came_of(server, node_command(node, program), node)

    assert_acted(server, told, public=bool({"public", "none"} & set(program)))
    assert_told(told)
    assert_ended(server, told)


def test_requests_oauthlib_takes_no_other_scope_than_it_asked_for_unless_told_to(server: Served) -> None:
    command, place = python_command(["people_requests_oauthlib.py", "scope"]), PROGRAMS / "python"
    _, complained = asked(server, command, place)
    assert "Warning: Scope has changed" in complained

    printed, complained = asked(server, command, place, OAUTHLIB_RELAX_TOKEN_SCOPE="1")
    assert not complained
    assert_acted(server, json.loads(printed.splitlines()[-1]), public=False)


# The page


def assert_printed(server: Served, snippet: str, came: tuple[str, str]) -> None:
    """A snippet of the page printed a token of the person, for the application that it names."""
    printed, complained = came
    assert not complained, complained
    said = claims(printed.splitlines()[-1])
    name = "PUBLIC_CLIENT_ID" if "MILLGATE_PUBLIC_CLIENT_ID" in snippet else "CLIENT_ID"
    assert (said["pun"], said["appid"]) == (PERSON, server.env[name])


@pytest.mark.parametrize("snippet", snippets("python", people=True), ids=snippet_id)
def test_a_python_snippet_of_the_page_signs_a_person_in(server: Served, tmp_path: Path, snippet: str) -> None:
    assert_printed(server, snippet, asked(server, [sys.executable, "-c", snippet], tmp_path))


@pytest.mark.parametrize("snippet", snippets("js", people=True), ids=snippet_id)
def test_a_node_snippet_of_the_page_signs_a_person_in(
    server: Served, node: Path, tmp_path: Path, snippet: str
) -> None:
    program = node / f"{tmp_path.name}.mjs"
    program.write_text(snippet)
    assert_printed(server, snippet, asked(server, node_command(node, [program.name]), node))
