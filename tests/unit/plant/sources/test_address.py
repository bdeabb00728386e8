"""Addresses of databases: what they mean, and how people see them."""

from __future__ import annotations

from pathlib import Path

import pytest

from millgate.plant.sources.address import dialect_of, key_of, redacted, sqlite_path, without_password

HOME = Path("/home/mill")


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///srv/erp.db", "/srv/erp.db"),
        ("sqlite:erp.db", "/home/mill/erp.db"),
        ("sqlite:sub/erp.db", "/home/mill/sub/erp.db"),
        ("sqlite:///srv/my%20erp.db", "/srv/my erp.db"),
    ],
)
def test_sqlite_addresses_are_files(url: str, path: str) -> None:
    assert dialect_of(url) == "sqlite"
    assert str(sqlite_path(url, HOME)) == path


@pytest.mark.parametrize(
    "url",
    [
        "",
        "erp.db",
        "sqlite:",
        "sqlite://srv/erp.db",
        "sqlite:a%00b",
        "mysql://h/x",
        "postgresql://h",
        "postgresql://h/",
        "postgresql://h:0/x",
        "postgresql://h:x/x",
        "postgresql://h/x/y",
        "postgresql://h/x#y",
        "postgresql://h/x?passfile=/etc/passwd",
        "postgresql://h/x y",
        "postgresql://[h/x",
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        dialect_of(url)


@pytest.mark.parametrize("name", ["control.db", "usage.db", "./x/../control.db", "%63ontrol.db"])
def test_our_own_secrets_are_no_source(name: str) -> None:
    with pytest.raises(ValueError, match="own"):
        sqlite_path(f"sqlite:{name}", HOME)


def test_a_link_to_our_own_secrets_is_no_source(tmp_path: Path) -> None:
    (tmp_path / "control.db").touch()
    (tmp_path / "innocent.db").symlink_to(tmp_path / "control.db")
    with pytest.raises(ValueError, match="own"):
        sqlite_path("sqlite:innocent.db", tmp_path)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sqlite:///srv/erp.db", "sqlite:///srv/erp.db"),
        ("postgresql://u:p%40ss@h:5433/x?sslmode=require", "postgresql://u:***@h:5433/x"),
        ("postgresql://u@h/x", "postgresql://u@h/x"),
        ("postgresql://:p@h/x", "postgresql://:***@h/x"),
        ("postgresql://h/x", "postgresql://h/x"),
        ("postgresql://u:p@[h/x", "***"),
        ("nonsense with p", "***"),
    ],
)
def test_people_see_addresses_without_passwords(url: str, shown: str) -> None:
    assert redacted(url) == shown


def test_what_a_driver_says_holds_the_password_in_neither_form() -> None:
    url = "postgresql://u:p%40ss@h/x"
    assert without_password("no entry for u with p@ss (p%40ss)", url) == "no entry for u with *** (***)"
    assert without_password("no such table: x", "sqlite:x.db") == "no such table: x"


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("sqlite:///srv/My_ERP.v2.db", "my-erp-v2"),
        ("sqlite:erp.db", "erp"),
        ("postgresql://u:p@h/Sales", "sales"),
        ("postgresql://u:p@h/x?sslmode=require", "x"),
        ("sqlite:///日本", "source"),
    ],
)
def test_a_key_is_made_from_the_name_of_the_database(url: str, key: str) -> None:
    assert key_of(url) == key
