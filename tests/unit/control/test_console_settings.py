"""The page of settings: what is in force and where it comes from, and never a secret."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from django.conf import settings

from millgate.core.secrets import Secret
from millgate.core.settings import origins, reference
from support.console_pages import administrator, helper, text

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("rows")
PAGE = "/console/settings/"


def test_every_setting_is_shown_with_its_value_and_where_it_comes_from(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = replace(settings.MILLGATE, mail_url=Secret("smtp://u:hidden-word@host:587"), workers=1)
    monkeypatch.setattr(settings, "MILLGATE", given)
    monkeypatch.setattr(settings, "MILLGATE_ORIGINS", {"mail_url": "file", "home": "environment"})
    answer = administrator().get(PAGE)
    shown = text(answer)
    for item in reference():
        assert f'<tr id="{item.name}">' in answer.content.decode()
        assert item.help in shown
    assert "hidden-word" not in answer.content.decode()
    assert str(settings.MILLGATE.home) in shown
    rows = {row.split('"')[0]: row for row in answer.content.decode().split('<tr id="')[1:]}
    assert ">set<" in rows["mail_url"]
    assert ">file<" in rows["mail_url"]
    assert ">environment or command<" in rows["home"]
    assert ">default<" in rows["port"]


def test_databases_disk_and_versions_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    ada = administrator()
    shown = text(ada.get(PAGE))
    assert "control.db" in shown
    assert "KB" in shown or "MB" in shown
    assert "Django" in shown
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=1000))
    assert "The disk is nearly full." in text(ada.get(PAGE))


@pytest.mark.parametrize(
    ("host", "told"),
    [
        ("testserver", ""),
        ("127.0.0.1:9000", "You came by 127.0.0.1:9000, and the origin is http://testserver."),
    ],
)
def test_an_origin_that_is_not_where_the_browser_is_is_told(host: str, told: str) -> None:
    shown = text(administrator().get(PAGE, headers={"host": host}))
    assert told in shown
    assert ("as your browser sees it" in shown) is (not told)


def test_only_administrators_with_every_right_see_it() -> None:
    some = helper("view_api", "add_version")
    assert some.get(PAGE).status_code == 403
    assert PAGE not in some.get("/console/").content.decode()
    assert PAGE in administrator().get("/console/").content.decode()


def test_where_settings_come_from(tmp_path: Path) -> None:
    (tmp_path / "millgate.toml").write_text('port = 9000\nlog_level = "debug"\n')
    found = origins({"MILLGATE_HOME": str(tmp_path), "MILLGATE_PORT": "9001", "OTHER": "x"})
    assert found == {"home": "environment", "port": "environment", "log_level": "file"}
