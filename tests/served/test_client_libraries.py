"""Client libraries as they come, each in a program of its own, get a token over TLS and call the gateway with it.

The programs stand in `tests/clients`. They are told where the server is and whom to trust by the environment, as
`demo.env` and the page on TLS say. Whatever they would ask of another host fails: its proxy is not there.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import ssl
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote_plus

import httpx
import pytest

from support.libraries import PROGRAMS, claims, node_command, snippet_id, snippets, variables_of
from support.served import Served, environment, running

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECRET: Final = "k+7/Zq+e3//0gB5yYwT1n+Xo9H2dUe/4mJcRaV8sL0w="
"""Of the form of ours, with all that an encoding may spoil."""

PUT_PROOFS: Final = """
import pathlib, sys
from millgate.control.site import boot
boot.setup()
from millgate.control.clients import services
from millgate.control.clients.models import ClientApplication
from millgate.control.publish.services import directory_change

services.new_client_secret = lambda: sys.argv[2]
with directory_change(by="tests"):
    application = ClientApplication.objects.get(client_id=sys.argv[1])
    services.application_secret_add(application=application)
    services.application_certificate_add(
        application=application, certificate=pathlib.Path(sys.argv[3]).read_text()
    )
"""

SAID_OF_A_WRONG_SECRET: Final = ("AADSTS70002", "invalid_client", "401 Unauthorized", "status: 401")
"""Libraries differ in how much of an answer they pass on."""

PYTHON: Final = [
    ["adal_secret.py"],
    ["msal_authority.py"],
    ["msal_oidc_authority.py"],
    ["azure_identity_secret.py"],
    ["authlib_requests.py", "client_secret_basic"],
    ["authlib_requests.py", "client_secret_post"],
    ["authlib_httpx.py", "client_secret_basic"],
    ["authlib_httpx.py", "client_secret_post"],
    ["requests_oauthlib_backend.py", "basic"],
    ["requests_oauthlib_backend.py", "body"],
    ["httpx_plain.py", "basic"],
    ["httpx_plain.py", "body"],
]
PYTHON_BY_CERTIFICATE: Final = [
    ["adal_certificate.py"],
    ["msal_certificate.py", "sha1"],
    ["msal_certificate.py", "sha256"],
    ["azure_identity_certificate.py", "alone"],
    ["azure_identity_certificate.py", "chain"],
    ["authlib_certificate.py"],
]
NODE: Final = [
    ["adal-node.mjs"],
    ["msal-node.mjs", "AAD"],
    ["msal-node.mjs", "OIDC"],
    ["azure-identity.mjs"],
    ["openid-client.mjs", "post"],
    ["openid-client.mjs", "basic"],
    ["simple-oauth2.mjs", "header"],
    ["simple-oauth2.mjs", "body"],
]


NODE_BY_CERTIFICATE: Final = [
    ["adal-node-certificate.mjs"],
    ["msal-node-certificate.mjs"],
    ["azure-identity-certificate.mjs"],
    ["openid-client-certificate.mjs"],
]


@dataclass(frozen=True)
class Proof:
    """A certificate and its key, in files.

    Attributes:
        certificate: the certificate alone, as the console takes it.
        both: key and certificate, as programs take them.
        thumbprint: the SHA-1 of the certificate, hexadecimal.
    """

    certificate: Path
    both: Path
    thumbprint: str


def made_proof(place: Path) -> Proof:
    """A self-signed certificate with an RSA key, as the documentation of these libraries makes one."""
    both, certificate = place / "both.pem", place / "certificate.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30"),
            *("-subj", "/CN=program", "-keyout", str(both), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    pem = certificate.read_text()
    both.write_text(both.read_text() + pem)
    thumbprint = hashlib.sha1(ssl.PEM_cert_to_DER_cert(pem), usedforsecurity=False).hexdigest()
    return Proof(certificate, both, thumbprint)


@pytest.fixture(scope="module")
def proof(tmp_path_factory: pytest.TempPathFactory) -> Proof:
    """The certificate that the application has."""
    return made_proof(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(scope="module")
def server(made: Path, tmp_path_factory: pytest.TempPathFactory, proof: Proof) -> Iterator[Served]:
    """A demo over TLS, whose application also has the secret above and the certificate."""
    home = tmp_path_factory.mktemp("libraries") / "home"
    shutil.copytree(made, home)
    with running(home, tls=True) as served:
        subprocess.run(
            [sys.executable, "-c", PUT_PROOFS, served.env["CLIENT_ID"], SECRET, str(proof.certificate)],
            env=environment(home, MILLGATE_HOME=str(home)),
            check=True,
            timeout=60,
        )
        yield served


def ran(server: Served, command: list[str], place: Path, **changes: str) -> subprocess.CompletedProcess[str]:
    """Run a program as a stranger would who has sourced `demo.env`."""
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd=place,
        timeout=100,
        env=variables_of(server, **{"MILLGATE_CLIENT_SECRET": SECRET} | changes),
    )


def assert_called(server: Served, done: subprocess.CompletedProcess[str], *, acr: str = "1") -> None:
    """The program got a token for the resource, and the gateway answered it with the company."""
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["status"] == 200
    assert told["body"]["count"] == 1
    assert {name: claims(told["token"])[name] for name in ("aud", "appid", "appidacr", "tid", "iss")} == {
        "aud": server.env["RESOURCE"],
        "appid": server.env["CLIENT_ID"],
        "appidacr": acr,
        "tid": server.env["TENANT"],
        "iss": f"{server.origin}/{server.env['TENANT']}/",
    }


@pytest.mark.parametrize("program", PYTHON, ids=" ".join)
def test_a_python_library_gets_a_token_and_calls_with_it(server: Served, program: list[str]) -> None:
    place = PROGRAMS / "python"
    done = ran(server, [sys.executable, str(place / program[0]), *program[1:]], place)

    assert_called(server, done)


@pytest.mark.parametrize("program", NODE, ids=" ".join)
def test_a_node_library_gets_a_token_and_calls_with_it(
    server: Served, node: Path, program: list[str]
) -> None:
    assert_called(server, ran(server, node_command(node, program), node))


def by(proof: Proof) -> dict[str, str]:
    """What programs are told that prove themselves by a certificate."""
    return {
        "PROGRAM_CERTIFICATE": str(proof.both),
        "PROGRAM_THUMBPRINT": proof.thumbprint,
        "MILLGATE_CLIENT_SECRET": "none",
    }


@pytest.mark.parametrize("program", PYTHON_BY_CERTIFICATE, ids=" ".join)
def test_a_python_library_proves_itself_by_a_certificate(
    server: Served, proof: Proof, program: list[str]
) -> None:
    place = PROGRAMS / "python"
    done = ran(server, [sys.executable, str(place / program[0]), *program[1:]], place, **by(proof))

    assert_called(server, done, acr="2")


@pytest.mark.parametrize("program", NODE_BY_CERTIFICATE, ids=" ".join)
def test_a_node_library_proves_itself_by_a_certificate(
    server: Served, node: Path, proof: Proof, program: list[str]
) -> None:
    assert_called(server, ran(server, node_command(node, program), node, **by(proof)), acr="2")


def test_another_key_proves_nothing(server: Served, tmp_path: Path) -> None:
    place = PROGRAMS / "python"
    command = [sys.executable, str(place / "msal_certificate.py"), "sha1"]
    done = ran(server, command, place, **by(made_proof(tmp_path)))

    assert done.returncode != 0
    assert "AADSTS70002" in done.stderr


@pytest.mark.parametrize("program", PYTHON, ids=" ".join)
def test_a_python_library_tells_that_a_secret_is_wrong(server: Served, program: list[str]) -> None:
    place = PROGRAMS / "python"
    command = [sys.executable, str(place / program[0]), *program[1:]]
    done = ran(server, command, place, MILLGATE_CLIENT_SECRET="k+7/wrong=")

    assert done.returncode != 0
    assert any(word in done.stderr for word in SAID_OF_A_WRONG_SECRET), done.stderr


@pytest.mark.parametrize("program", NODE, ids=" ".join)
def test_a_node_library_tells_that_a_secret_is_wrong(server: Served, node: Path, program: list[str]) -> None:
    done = ran(server, node_command(node, program), node, MILLGATE_CLIENT_SECRET="k+7/wrong=")

    assert done.returncode != 0
    assert any(word in done.stderr for word in SAID_OF_A_WRONG_SECRET), done.stderr


def test_a_library_that_is_not_told_whom_to_trust_gets_nowhere(server: Served) -> None:
    place = PROGRAMS / "python"
    done = ran(server, [sys.executable, str(place / "msal_authority.py")], place, REQUESTS_CA_BUNDLE="")

    assert done.returncode != 0
    assert "certificate verify failed" in done.stderr


# The page


@pytest.mark.parametrize("snippet", snippets("python", people=False), ids=snippet_id)
def test_a_python_snippet_of_the_page_prints_a_token(server: Served, tmp_path: Path, snippet: str) -> None:
    done = ran(server, [sys.executable, "-c", snippet], tmp_path)

    assert done.returncode == 0, done.stderr
    assert claims(done.stdout)["appid"] == server.env["CLIENT_ID"]


@pytest.mark.parametrize("snippet", snippets("js", people=False), ids=snippet_id)
def test_a_node_snippet_of_the_page_prints_a_token(
    server: Served, node: Path, tmp_path: Path, snippet: str
) -> None:
    program = node / f"{tmp_path.name}.mjs"
    program.write_text(snippet)
    done = ran(server, node_command(node, [program.name]), node)

    assert done.returncode == 0, done.stderr
    assert claims(done.stdout)["appid"] == server.env["CLIENT_ID"]


# What these libraries send, and not all of them every time


def form(server: Served, **changes: str) -> dict[str, str]:
    return {
        "grant_type": "client_credentials",
        "client_id": server.env["CLIENT_ID"],
        "client_secret": SECRET,
        "resource": server.env["RESOURCE"],
    } | changes


def basic(client_id: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


def asked(
    server: Served, path: str, sent: dict[str, str], headers: dict[str, str] | None = None
) -> httpx.Response:
    with httpx.Client(base_url=server.origin, verify=server.trust, timeout=30) as client:
        return client.post(path, data=sent, headers=headers)


@pytest.mark.parametrize("path", ["/oauth2/v1/token", "/{tenant}/oauth2/token", "/common/oauth2/token"])
@pytest.mark.parametrize("query", ["", "?api-version=1.0", "?client-request-id=0"])
def test_each_address_and_what_libraries_add_to_it(server: Served, path: str, query: str) -> None:
    answer = asked(server, path.format(tenant=server.env["TENANT"]) + query, form(server))

    assert answer.status_code == 200
    assert all(isinstance(value, str) for value in answer.json().values())


@pytest.mark.parametrize("encoded", [False, True], ids=["raw", "form-encoded"])
def test_basic_in_both_encodings(server: Served, encoded: bool) -> None:
    secret = quote_plus(SECRET) if encoded else SECRET
    sent = {"grant_type": "client_credentials", "resource": server.env["RESOURCE"]}

    assert asked(server, "/oauth2/v1/token", sent, basic(server.env["CLIENT_ID"], secret)).status_code == 200


def test_a_charset_and_unknown_fields_are_taken(server: Served) -> None:
    sent = form(server, client_info="1") | {"x-client-SKU": "msal.js.node", "x-client-VER": "7"}
    headers = {"Content-Type": "application/x-www-form-urlencoded;charset=UTF-8"}

    assert asked(server, "/oauth2/v1/token", sent, headers).status_code == 200


@pytest.mark.parametrize("scope", ["http://api.plex.com//.default", "http://api.plex.com/.default"])
def test_a_scope_stands_in_for_the_resource(server: Served, scope: str) -> None:
    sent = form(server, scope=scope)
    del sent["resource"]
    answer = asked(server, "/oauth2/v1/token", sent)

    assert answer.json()["resource"] == server.env["RESOURCE"]


def test_a_client_pointed_at_instance_discovery_finds_the_document(server: Served) -> None:
    asked_for = {"authorization_endpoint": f"{server.origin}/{server.env['TENANT']}/oauth2/authorize"}
    with httpx.Client(base_url=server.origin, verify=server.trust, timeout=30) as client:
        found = client.get("/common/discovery/instance", params=asked_for | {"api-version": "1.0"}).json()
        document = client.get(found["tenant_discovery_endpoint"]).json()

    assert document["token_endpoint"] == f"{server.origin}/{server.env['TENANT']}/oauth2/token"
