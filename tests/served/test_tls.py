"""`--tls` as a stranger meets it: pasted commands work, cookies keep to TLS, and hostile clients get nothing."""

from __future__ import annotations

import json
import re
import shutil
import socket
import ssl
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from cryptography.hazmat.primitives import serialization

from millgate.assembly import demo_env
from millgate.assembly.tls import making
from support.console import Console
from support.redis_server import require_redis
from support.served import Served, environment, free_port, millgate, running, start, wait_until_ready

if TYPE_CHECKING:
    from collections.abc import Iterator

COMPANY = "/test/Platform/v1/CompanyProfile"


@pytest.fixture(scope="module")
def secure(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A demo that was made without TLS, served with it, in a home whose path a shell would split."""
    home = tmp_path_factory.mktemp("tls") / "a home"
    shutil.copytree(made, home)
    with running(home, tls=True) as server:
        yield server


def pasted(script: str, place: Path) -> str:
    """What a shell prints for commands pasted into it, with a fresh environment as a reader has."""
    done = subprocess.run(
        ["bash", "-euc", script],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=environment(place / "paste"),
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def reached(server: Served) -> bool:
    with server.client() as client:
        return client.get(COMPANY).status_code == 200


# What a stranger sees


@pytest.mark.parametrize("tier", ["/test/", "/"])
def test_the_printed_commands_pasted_as_they_are_read_production_logs(
    secure: Served, tier: str, tmp_path: Path
) -> None:
    lines = secure.printed().splitlines()
    token = next(line for line in lines if line.startswith("TOKEN="))
    call = next(
        line for line in lines if line.startswith("curl") and f"{secure.origin}{tier}Production" in line
    )
    assert "--cacert" in token
    assert "--cacert" in call

    page = json.loads(pasted(f"{token}\n{call}", tmp_path))

    assert page["embedded"][0]["workcenterCode"] == "STP-01"


def test_demo_env_tells_where_and_whom_to_trust(secure: Served, tmp_path: Path) -> None:
    sourced = pasted(
        f"set -a; . '{secure.home}/demo.env'\n"
        'curl -sS --cacert "$MILLGATE_CA_FILE" "$MILLGATE_ORIGIN/-/ready"',
        tmp_path,
    )

    assert json.loads(sourced)["status"] == "ready"
    assert secure.env["ORIGIN"] == secure.origin
    assert re.fullmatch(r"https://localhost:\d+", secure.origin)
    assert secure.env["CA_FILE"] == str(secure.authority)


def test_a_home_goes_to_tls_and_back_and_its_credentials_hold(made: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(made, home)
    before = demo_env.read(home / "demo.env")
    with running(home, tls=True) as server:
        keys = {path.name: path.read_bytes() for path in (home / "tls").iterdir()}
        assert reached(server)
    with running(home) as server:
        assert reached(server)
        assert server.env == {name.removeprefix("MILLGATE_"): value for name, value in before.items()} | {
            "ORIGIN": server.origin
        }
    with running(home, tls=True) as server:
        assert reached(server)
    assert {path.name: path.read_bytes() for path in (home / "tls").iterdir()} == keys


def test_millgate_token_trusts_the_authority_of_demo_env(secure: Served) -> None:
    variables = {f"MILLGATE_{name}": value for name, value in secure.env.items()}

    assert millgate(secure.home, "token", **variables).stdout.count(".") == 2
    del variables["MILLGATE_CA_FILE"]
    stranger = millgate(secure.home, "token", **variables)
    assert (stranger.returncode, stranger.stdout) == (1, "")
    assert "certificate verify failed" in stranger.stderr
    assert stranger.stderr.count("\n") == 1


def test_how_to_trust_it_can_be_seen_again(secure: Served) -> None:
    shown = millgate(secure.home, "tls")
    fingerprint = subprocess.run(
        ["openssl", "x509", "-in", str(secure.authority), "-noout", "-fingerprint", "-sha256"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.partition("=")[2]

    assert shown.returncode == 0
    assert str(secure.authority) in shown.stdout
    assert fingerprint.strip() in shown.stdout
    for word in ("update-ca-certificates", "addstore", "add-trusted-cert", "Firefox", "--cacert", "keytool"):
        assert word in shown.stdout
    for variable in ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "CURL_CA_BUNDLE"):
        assert f"export {variable}='{secure.authority}'" in shown.stdout
    assert millgate(secure.home, "tls", "--file").stdout == f"{secure.authority}\n"


def test_a_home_without_an_authority_says_how_one_is_made(tmp_path: Path) -> None:
    told = millgate(tmp_path / "home", "tls")

    assert told.returncode == 1
    assert "The first start with --tls makes an authority" in told.stderr
    assert not (tmp_path / "home" / "tls").exists()


def test_serve_tells_how_to_trust_a_new_authority_once(made: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(made, home)
    with running(home, command="serve", tls=True) as first:
        assert "A local authority was made." in first.printed()
        assert "update-ca-certificates" in first.printed()
    with running(home, command="serve", tls=True) as second:
        assert "update-ca-certificates" not in second.printed()
        assert f"millgate tls --home {home}" in second.printed()


# What speaks TLS


def test_everything_of_one_origin_is_served_over_tls(secure: Served) -> None:
    with secure.client() as client:
        for address in ("/-/live", "/-/ready", "/portal/", "/console/login/", COMPANY):
            assert client.get(address).status_code == 200, address
        document = client.get("/common/.well-known/openid-configuration").json()
    assert document["token_endpoint"].startswith(f"{secure.origin}/")


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
def test_the_certificate_holds_for_every_name_of_this_machine(secure: Served, name: str) -> None:
    port = secure.origin.rpartition(":")[2]

    assert httpx.get(f"https://{name}:{port}/-/live", verify=secure.trust).status_code == 200


JAVA = """
import java.net.URI;
import java.net.http.*;

public class Call {
    public static void main(String[] arguments) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(arguments[0])).build();
        var answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
        System.out.println(answer.body());
    }
}
"""


@pytest.mark.skipif(shutil.which("javac") is None, reason="there is no Java here, and the test is about it")
def test_java_calls_it_once_told_as_the_page_says(secure: Served, tmp_path: Path) -> None:
    shown = millgate(secure.home, "tls").stdout
    keytool = re.search(r"keytool -importcert .*\\\n.*", shown)
    options = re.search(r"-Djavax\S+ \\\n +-Djavax\S+", shown)
    assert keytool
    assert options
    (tmp_path / "Call.java").write_text(JAVA)
    call = f"Call.java {secure.origin}/-/live"

    printed = pasted(f"cd {tmp_path}\n{keytool[0]} 2>&1\njava {options[0]} {call}", tmp_path)

    assert '"status":"live"' in printed
    with pytest.raises(AssertionError, match="unable to find valid certification path"):
        pasted(f"cd {tmp_path}\njava {call}", tmp_path)


@pytest.mark.skipif(shutil.which("wget") is None, reason="there is no wget here, which is for GnuTLS")
def test_gnutls_believes_it(secure: Served, tmp_path: Path) -> None:
    call = f"wget -q --ca-certificate='{secure.authority}' -O - {secure.origin}/-/live"

    assert '"status":"live"' in pasted(call, tmp_path)


def test_cookies_keep_to_tls_and_a_person_can_sign_in(secure: Served) -> None:
    with Console(secure) as console:
        cookies = {cookie.name: cookie.secure for cookie in console.cookies}

    assert cookies == {"millgate_session": True, "millgate_csrf": True}


def test_programs_get_the_documented_hsts_and_browsers_do_not_remember_it_for_localhost(
    secure: Served,
) -> None:
    with httpx.Client(base_url=secure.origin, verify=secure.trust) as client:
        program = client.post("/oauth2/v1/token")
        browser = client.post("/oauth2/v1/token", headers={"Sec-Fetch-Site": "same-origin"})
        pages = [client.get(page) for page in ("/portal/", "/console/login/", "/static/site.css", "/-/live")]

    assert program.headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
    assert all("strict-transport-security" not in answer.headers for answer in (browser, *pages))


def test_several_workers_share_the_certificate(made: Path, tmp_path: Path) -> None:
    require_redis()
    home, port = tmp_path / "home", free_port()
    shutil.copytree(made, home)
    redis = subprocess.Popen(
        [
            shutil.which("redis-server") or "valkey-server",
            *("--port", str(port), "--bind", "127.0.0.1", "--save", ""),
        ],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
    )
    try:
        workers = {"MILLGATE_WORKERS": "3", "MILLGATE_REDIS_URL": f"redis://127.0.0.1:{port}/0"}
        with running(home, command="serve", tls=True, cold=False, **workers) as server:
            trust, host = server.trust, ("localhost", int(server.origin.rpartition(":")[2]))
            session, shown, resumed = None, set(), 0
            for _ in range(12):
                with (
                    socket.create_connection(("127.0.0.1", host[1])) as plain,
                    trust.wrap_socket(plain, server_hostname="localhost", session=session) as connection,
                ):
                    connection.sendall(
                        b"GET /-/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
                    )
                    assert connection.recv(100).startswith(b"HTTP/1.1 200")
                    shown.add(connection.getpeercert(binary_form=True))
                    session, resumed = connection.session, resumed + bool(connection.session_reused)
            assert len(shown) == 1
            assert resumed == 11, "a session is resumed at whichever worker takes the connection"
    finally:
        redis.terminate()
        redis.wait(20)


# Who is hostile


def test_plain_http_and_nonsense_on_the_port_are_refused_and_disturb_nobody(secure: Served) -> None:
    host, port = "127.0.0.1", int(secure.origin.rpartition(":")[2])
    with socket.create_connection((host, port), timeout=20) as plain:
        plain.sendall(b"GET /portal/ HTTP/1.1\r\nHost: localhost\r\n\r\n")
        heard = b"".join(iter(lambda: plain.recv(4096), b""))
    assert heard.startswith(b"HTTP/1.1 400 ")
    assert b"This address speaks TLS alone." in heard
    with socket.create_connection((host, port), timeout=20) as nonsense:
        nonsense.sendall(b"\x00" * 64)
        assert b"HTTP" not in b"".join(iter(lambda: nonsense.recv(4096), b""))
    silent = [socket.create_connection((host, port)) for _ in range(20)]
    try:
        assert httpx.get(f"{secure.origin}/-/live", verify=secure.trust).status_code == 200
    finally:
        for connection in silent:
            connection.close()
    with pytest.raises(ssl.SSLCertVerificationError), socket.create_connection((host, port)) as plain:
        ssl.create_default_context().wrap_socket(plain, server_hostname="localhost")
    assert "Traceback" not in secure.printed()


# A certificate of one's own


@pytest.fixture
def own(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate from an authority elsewhere, and its key."""
    from datetime import UTC, datetime  # noqa: PLC0415 - only here

    now, key, by = datetime.now(UTC), making.new_key(), making.new_key()
    issuer = making.Authority(by, making.authority_certificate(by, {"localhost"}, now))
    certificate = making.server_certificate(issuer, key, {"localhost"}, now)
    files = tmp_path / "own.pem", tmp_path / "own.key"
    files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    (tmp_path / "issuer.pem").write_bytes(issuer.certificate.public_bytes(serialization.Encoding.PEM))
    return files


def test_a_certificate_of_ones_own_is_served_and_no_authority_is_made(
    made: Path, tmp_path: Path, own: tuple[Path, Path]
) -> None:
    home = tmp_path / "home"
    shutil.copytree(made, home)
    (home / "millgate.toml").write_text(f'tls_certificate = "{own[0]}"\ntls_key = "{own[1]}"\n')
    server = start(home, command="serve")
    server.origin = server.origin.replace("http://127.0.0.1", "https://localhost")
    trust = ssl.create_default_context(cafile=tmp_path / "issuer.pem")
    try:
        wait_until_ready(server, trust)
        assert httpx.get(f"{server.origin}/-/live", verify=trust).status_code == 200
        assert not (home / "tls").exists()
        assert f"TLS by {own[0]}." in server.printed()
        assert str(own[0]) in millgate(home, "tls").stdout
    finally:
        server.stop()


def test_a_certificate_that_cannot_be_used_stops_the_start_in_one_line(
    made: Path, tmp_path: Path, own: tuple[Path, Path]
) -> None:
    home = tmp_path / "home"
    shutil.copytree(made, home)
    own[1].unlink()
    server = start(home, command="serve", MILLGATE_TLS_CERTIFICATE=str(own[0]), MILLGATE_TLS_KEY=str(own[1]))

    assert server.process.wait(60) == 1
    assert server.printed().endswith(f"TLS: {own[1]}: there is no such file.\n")
    assert "Traceback" not in server.printed()
