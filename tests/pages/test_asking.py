"""A program asks a person, in a real browser: from its request to the answer at its own address."""

from __future__ import annotations

import json
import re
import sqlite3
import threading
import uuid
from contextlib import closing
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from playwright.sync_api import expect

from millgate.core.secrets import Digester, MasterKey
from millgate.stores.sqlite.grants import SqliteGrants
from pages.conftest import picture
from pages.looking import WIDTHS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from millgate.stores.grants import Handle
    from support.served import Served

STATE = "s p+ä&="
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@dataclass
class Program:
    """A program's own small server: what came to it, by method and parameters."""

    port: int = 0
    came: list[tuple[str, dict[str, str], dict[str, str]]] = field(default_factory=list)
    onward: str = ""

    @property
    def redirect_uri(self) -> str:
        return f"http://127.0.0.1:{self.port}/cb"

    def answer(self) -> dict[str, str]:
        """What the one answer that came says."""
        assert len(self.came) == 1, self.came
        return self.came[0][1]


def handler(program: Program) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path == "/cb":
                self.took("GET", parts.query)
            self.said(program.onward if parts.path == "/cb" else "")

        def do_POST(self) -> None:
            self.took("POST", self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.said("")

        def took(self, method: str, text: str) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            program.came.append((method, dict(parse_qsl(text)), headers))

        def said(self, onward: str) -> None:
            body = b"<!DOCTYPE html><title>Program</title><link rel=icon href=data:,><h1>Signed in</h1>"
            self.send_response(303 if onward else 200)
            if onward:
                self.send_header("Location", onward)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    return Handler


@pytest.fixture
def program(server: Served) -> Iterator[Program]:
    """The sample application with a redirect URI on this machine, forgotten by everybody."""
    made = Program()
    with ThreadingHTTPServer(("127.0.0.1", 0), handler(made)) as listening:
        made.port = listening.server_port
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        change(server, redirect_uris=json.dumps([made.redirect_uri]), client_type="confidential")
        yield made
        listening.shutdown()
        thread.join()


def change(server: Served, **columns: str) -> None:
    """Change the sample application's row, and forget what people allowed it."""
    client_id = uuid.UUID(server.env["CLIENT_ID"]).hex
    with closing(sqlite3.connect(server.home / "control.db", timeout=20)) as control, control:
        for column, value in columns.items():
            control.execute(
                f"UPDATE clients_clientapplication SET {column} = ? WHERE client_id = ?",  # noqa: S608 - ours
                (value, client_id),
            )
        control.execute("DELETE FROM clients_consent")


def request(server: Served, program: Program, path: str = "/oauth2/v1/authorize", **changes: str) -> str:
    given = {
        "client_id": server.env["CLIENT_ID"],
        "response_type": "code",
        "redirect_uri": program.redirect_uri,
        "resource": server.env["RESOURCE"],
        "state": STATE,
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    } | changes
    return f"{path}?{urlencode(given)}"


def credentials(page: Page, server: Served, who: str = "DEVELOPER") -> None:
    """Fill in the sign-in page and send it, by keyboard alone."""
    email = page.get_by_label("E-mail")
    email.fill(server.env[f"{who}_EMAIL"])
    email.press("Tab")
    page.keyboard.type(server.env[f"{who}_PASSWORD"])
    page.keyboard.press("Enter")


def allowed(page: Page, server: Served, program: Program, **changes: str) -> None:
    """Sign in and allow."""
    page.goto(request(server, program, **changes))
    credentials(page, server)
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_role("heading", name="Signed in")).to_be_visible()


def kept(server: Served, code: str) -> Handle:
    """What a code stands for in the server's own store."""
    digester = Digester(MasterKey.parse((server.home / "master.key").read_text().strip()))
    with closing(SqliteGrants(server.home / "tokens.db")) as grants:
        found = grants.find(digester.digest(code))
    assert found is not None
    return found


def fits(page: Page, name: str) -> None:
    """What is shown fits both widths; pictures of both schemes are kept where they are wanted."""
    assert page.locator("h1:visible").count() == 1
    for width_name, width in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            picture(page, f"{name}-{width_name}-{scheme}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"wider than a {width_name}"
    page.set_viewport_size({"width": 1280, "height": 900})


def test_somebody_signs_in_allows_and_the_program_gets_a_code(
    page: Page, server: Served, program: Program
) -> None:
    page.goto(request(server, program, f"/{server.env['TENANT']}/oauth2/authorize", nonce="n"))
    credentials(page, server)
    expect(page.get_by_role("heading", name="Allow Sample Integration?")).to_be_visible()
    expect(page.get_by_text("developer@tamarack.example")).to_be_visible()
    expect(page.get_by_text(f"127.0.0.1:{program.port}")).to_be_visible()
    fits(page, "asking-consent")
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_role("heading", name="Signed in")).to_be_visible()

    method, said, headers = program.came[0]
    assert method == "GET"
    assert set(said) == {"code", "session_state", "state", "iss"}
    assert said["state"] == STATE
    assert said["iss"] == f"{server.origin}/{server.env['TENANT']}/"
    assert "referer" not in headers
    grant = kept(server, said["code"]).grant
    assert (grant.account, grant.challenge, grant.nonce) == ("developer", CHALLENGE, "n")
    assert len(program.came) == 1


def test_what_was_allowed_is_not_asked_again_even_after_signing_in_anew(
    page: Page, server: Served, program: Program
) -> None:
    allowed(page, server, program)
    page.goto(request(server, program))
    expect(page.get_by_role("heading", name="Signed in")).to_be_visible()
    page.context.clear_cookies()
    page.goto(request(server, program))
    credentials(page, server)
    expect(page.get_by_role("heading", name="Signed in")).to_be_visible()
    codes = {said["code"] for _, said, _ in program.came}
    assert len(codes) == 3


def test_a_program_may_lead_on_to_another_site(page: Page, server: Served, program: Program) -> None:
    """Browsers hold form-action against every redirect that follows a form: ours leave by a page."""
    program.onward = f"http://localhost:{program.port}/welcome"
    page.goto(request(server, program))
    credentials(page, server)
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url(program.onward)
    assert "code" in program.answer()


def test_somebody_says_no_by_keyboard(page: Page, server: Served, program: Program) -> None:
    page.goto(request(server, program))
    credentials(page, server)
    allow, cancel = page.get_by_role("button", name="Allow"), page.get_by_role("button", name="Cancel")
    allow.wait_for()
    for _ in range(20):
        page.keyboard.press("Tab")
        if allow.evaluate("element => element === document.activeElement"):
            break
    page.keyboard.press("Tab")
    expect(cancel).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Signed in")).to_be_visible()
    said = program.answer()
    assert said["error"] == "access_denied"
    assert said["error_description"].startswith("AADSTS65004:")
    assert said["state"] == STATE


def test_a_form_carries_the_answer(page: Page, server: Served, program: Program) -> None:
    allowed(page, server, program, response_mode="form_post")
    method, said, headers = program.came[0]
    assert method == "POST"
    assert said["state"] == STATE
    assert not kept(server, said["code"]).used
    assert "referer" not in headers


def test_a_fragment_carries_the_answer(page: Page, server: Served, program: Program) -> None:
    allowed(page, server, program, response_mode="fragment")
    assert program.came[0][1] == {}
    assert dict(parse_qsl(urlsplit(page.url).fragment))["state"] == STATE


def test_prompts(page: Page, server: Served, program: Program) -> None:
    page.goto(request(server, program, prompt="none"))
    expect(page.get_by_role("heading", name="Signed in")).to_be_visible()
    assert program.came.pop()[1]["error"] == "login_required"
    allowed(page, server, program)
    program.came.clear()

    page.goto(request(server, program, prompt="login"))
    assert page.get_by_label("E-mail").input_value() == server.env["DEVELOPER_EMAIL"]
    credentials(page, server)
    expect(page.get_by_role("heading", name="Signed in")).to_be_visible()
    assert "code" in program.came.pop()[1]

    page.goto(request(server, program, prompt="select_account"))
    fits(page, "asking-accounts")
    page.get_by_role("link", name="Use another account").click()
    credentials(page, server, "ADMIN")
    expect(page.get_by_text(server.env["ADMIN_EMAIL"])).to_be_visible()
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_role("heading", name="Signed in")).to_be_visible()
    assert kept(server, program.came.pop()[1]["code"]).grant.account == "admin"

    page.goto(request(server, program, prompt="select_account"))
    page.get_by_role("link", name=re.compile("Continue as Ada")).press("Enter")
    expect(page.get_by_role("heading", name="Signed in")).to_be_visible()
    assert "code" in program.came.pop()[1]

    page.goto(request(server, program, prompt="admin_consent"))
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_role("heading", name="Signed in")).to_be_visible()
    assert program.came.pop()[1]["admin_consent"] == "True"


def test_a_public_program_on_this_computer(page: Page, server: Served, program: Program) -> None:
    change(server, client_type="public", redirect_uris='["http://127.0.0.1/cb"]')
    page.goto(request(server, program))
    credentials(page, server)
    expect(page.get_by_text("cannot prove who it is")).to_be_visible()
    fits(page, "asking-consent-public")
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_role("heading", name="Signed in")).to_be_visible()
    assert "code" in program.answer()


@pytest.mark.parametrize("mode", ["query", "form_post"])
def test_without_scripts(browser: Browser, server: Served, program: Program, mode: str) -> None:
    context = browser.new_context(base_url=server.origin, java_script_enabled=False)
    context.set_default_timeout(10_000)
    page = context.new_page()
    page.goto(request(server, program, response_mode=mode))
    credentials(page, server)
    page.get_by_role("button", name="Allow").click()
    if mode == "form_post":
        expect(page.get_by_role("heading", name="Back to Sample Integration")).to_be_visible()
        fits(page, "asking-form")
        page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Signed in")).to_be_visible()
    assert "code" in program.answer()
    context.close()


def test_a_program_that_posts_its_request(page: Page, server: Served, program: Program) -> None:
    page.goto(f"http://127.0.0.1:{program.port}/start")
    path, _, query = request(server, program).partition("?")
    page.evaluate(
        """([action, pairs]) => {
          const form = Object.assign(document.createElement("form"), { method: "post", action });
          for (const [name, value] of pairs) {
            form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
          }
          document.body.append(form);
          form.submit();
        }""",
        [server.origin + path, parse_qsl(query)],
    )
    page.get_by_label("E-mail").wait_for()
    credentials(page, server)
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_role("heading", name="Signed in")).to_be_visible()
    assert program.answer()["state"] == STATE


def test_no_page_of_another_site_shows_these_pages(
    browser: Browser, server: Served, program: Program
) -> None:
    """RFC 9700 section 4.16: clickjacking."""
    context = browser.new_context(base_url=server.origin)
    page = context.new_page()
    page.goto(request(server, program))
    credentials(page, server)
    page.get_by_role("button", name="Allow").wait_for()
    page.goto(f"http://127.0.0.1:{program.port}/start")
    with page.expect_event("framenavigated", lambda frame: frame.parent_frame is not None):
        page.evaluate(
            """address => {
              const frame = document.createElement("iframe");
              frame.src = address;
              document.body.append(frame);
            }""",
            server.origin + request(server, program),
        )
    inner = page.frames[1]
    assert inner.url == "chrome-error://chromewebdata/"
    assert inner.get_by_role("button", name="Allow").count() == 0
    context.close()


def test_a_fault_is_told_on_a_page_and_nowhere_else(page: Page, server: Served, program: Program) -> None:
    answer = page.goto(request(server, program, redirect_uri="https://evil.example/<b>" + "x" * 300))
    assert answer is not None
    assert answer.status == 400
    expect(page.get_by_text("AADSTS50011")).to_be_visible()
    fits(page, "asking-fault")
    assert program.came == []


def test_somebody_of_another_company(page: Page, server: Served, program: Program) -> None:
    email = server.env["DEVELOPER_EMAIL"]
    with closing(sqlite3.connect(server.home / "control.db", timeout=20)) as control, control:
        (company,) = control.execute(
            "SELECT company_id FROM accounts_person WHERE email = ?", (email,)
        ).fetchone()
        control.execute("UPDATE accounts_person SET company_id = NULL WHERE email = ?", (email,))
    try:
        page.goto(request(server, program))
        credentials(page, server)
        expect(page.get_by_role("heading", name="This account cannot use Sample Integration")).to_be_visible()
        fits(page, "asking-elsewhere")
        page.get_by_role("link", name="Cancel").click()
        expect(page.get_by_role("heading", name="Signed in")).to_be_visible()
        assert program.answer()["error"] == "access_denied"
    finally:
        with closing(sqlite3.connect(server.home / "control.db", timeout=20)) as control, control:
            control.execute("UPDATE accounts_person SET company_id = ? WHERE email = ?", (company, email))


def test_what_was_allowed_is_seen_and_revoked(page: Page, server: Served, program: Program) -> None:
    allowed(page, server, program)
    page.goto("/portal/")
    fits(page, "portal-home-signed-in")
    page.get_by_role("link", name="Your profile").click()
    page.get_by_role("link", name="Programs you allowed").click()
    expect(page.get_by_role("heading", name="Sample Integration")).to_be_visible()
    fits(page, "programs")
    page.get_by_role("link", name="Revoke Sample Integration").press("Enter")
    fits(page, "programs-revoke")
    page.get_by_role("button", name="Revoke").press("Enter")
    expect(page.get_by_text("Sample Integration may no longer act as you.")).to_be_visible()
    assert kept(server, program.answer()["code"]).ended
    page.goto(request(server, program))
    expect(page.get_by_role("button", name="Allow")).to_be_visible()
