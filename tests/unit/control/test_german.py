"""Pages in German: every string is translated, and whoever asks for them gets them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from gettext import GNUTranslations
from pathlib import Path

import pytest
from django.test import Client

from millgate.control.accounts.second_factors import second_factor_enable
from millgate.control.accounts.services import person_create
from millgate.control.mail.models import Mail

pytestmark = pytest.mark.usefixtures("rows")

ROOT = Path(__file__).parents[3]
CONTROL = ROOT / "src" / "millgate" / "control"


@pytest.mark.skipif(
    shutil.which("xgettext") is None and not os.environ.get("MILLGATE_REQUIRE_ALL"),
    reason="there is no gettext on this machine",
)
def test_every_string_of_every_page_has_its_german(tmp_path: Path) -> None:
    copy = tmp_path / "control"
    shutil.copytree(CONTROL, copy, ignore=shutil.ignore_patterns("__pycache__", "static", "migrations"))
    ran = subprocess.run(
        [sys.executable, ROOT / "tools" / "messages.py", copy], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, f"translate what is new (make messages): {ran.stdout}{ran.stderr}"
    made = copy / "locale" / "de" / "LC_MESSAGES" / "django.mo"
    committed = CONTROL / "locale" / "de" / "LC_MESSAGES" / "django.mo"
    assert catalogue(made) == catalogue(committed), "make messages was not run"


def catalogue(file: Path) -> dict[object, str]:
    """What a compiled file holds."""
    with file.open("rb") as opened:
        return dict(vars(GNUTranslations(opened))["_catalog"])


@pytest.fixture
def reader() -> Client:
    """A browser that asks for German."""
    return Client(headers={"accept-language": "de-AT,de;q=0.9,en;q=0.5"})


def test_pages_are_in_the_language_that_a_browser_asks_for(reader: Client) -> None:
    page = reader.get("/portal/sign-in/")

    assert '<html lang="de">' in page.content.decode()
    assert "Passwort vergessen?" in page.content.decode()
    assert "Accept-Language" in page.headers["Vary"]


def test_a_language_that_was_chosen_stays_and_leads_back() -> None:
    browser = Client()
    there = {"referer": "http://testserver/portal/errors/?q=quota"}
    answer = browser.get("/portal/language/de/", headers=there)

    assert answer.headers["Location"] == "/portal/errors/?q=quota"
    assert '<html lang="de">' in browser.get("/portal/").content.decode()
    browser.get("/portal/language/en/")
    assert '<html lang="en">' in browser.get("/portal/").content.decode()


@pytest.mark.parametrize(
    "referer",
    ["", "https://elsewhere.example/portal/", "http://testserver@elsewhere.example/", "//elsewhere"],
)
def test_nobody_is_led_elsewhere_by_choosing(referer: str) -> None:
    answer = Client().get("/portal/language/de/", headers={"referer": referer})

    assert answer.headers["Location"] == "/portal/"


def test_there_is_no_language_that_nobody_translated() -> None:
    assert Client().get("/portal/language/fr/").status_code == 404


def test_what_machines_read_is_the_same_in_every_language(reader: Client) -> None:
    english = Client().get("/portal/llms.txt")

    assert english.status_code == reader.get("/portal/llms.txt").status_code == 200
    assert "Resource not found" in reader.get("/portal/errors/MG103/").content.decode(), (
        "literals of the wire stay"
    )


def test_columns_of_files_have_the_same_names_in_every_language(reader: Client) -> None:
    reader.force_login(person_create(email="ada@example.com", is_staff=True, is_superuser=True))
    file = reader.get("/console/analytics/calls.csv?range=day&zone=UTC")

    assert file.getvalue().splitlines()[0].startswith(b"From (UTC)")


def test_mails_are_in_the_installation_s_language_whoever_caused_them() -> None:
    from django.utils import translation  # noqa: PLC0415 - for this test alone

    from millgate.control.accounts import one_time_codes  # noqa: PLC0415 - likewise
    from millgate.control.site.settings import CLOCK  # noqa: PLC0415 - likewise

    person = person_create(email="dee@example.com")
    secret = one_time_codes.secret_new()
    with translation.override("de"):
        code = one_time_codes.code_at(secret, int(CLOCK.unmoved() // one_time_codes.SECONDS))
        second_factor_enable(person=person, secret=secret, code=code)
    assert "A second factor was turned on" in Mail.objects.latest("pk").text
