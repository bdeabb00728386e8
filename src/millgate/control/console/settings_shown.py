"""What an administrator is told of the installation: settings, the data directory, versions, the origin."""

from __future__ import annotations

import platform
import shutil
import sqlite3
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import django
from django.conf import settings
from django.db import DatabaseError, connections
from django.utils.translation import gettext as _

import millgate
from millgate.core.secrets import Secret
from millgate.core.settings import reference

if TYPE_CHECKING:
    from pathlib import Path

    from django.http import HttpRequest

_ROOMS: Final = (
    ("default", "control.db"),
    ("usage", "usage.db"),
    ("tokens", "tokens.db"),
    ("plant", "plant.db"),
    ("plant_test", "plant_test.db"),
)
_BESIDE: Final = ("", "-wal", "-shm")
_PACKAGES: Final = ("granian", "uvloop", "cryptography", "asyncpg", "psycopg", "redis")
LITTLE: Final = 1024**3
"""Bytes of free disk below which somebody is warned."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as it is in force.

    Attributes:
        name: in the file.
        variable: in the environment.
        value: as shown; of a secret, only that it is set.
        given: `environment`, `file`, or empty for the default.
        help: what it does.
    """

    name: str
    variable: str
    value: str
    given: str
    help: str


@dataclass(frozen=True, slots=True)
class Store:
    """One database: where it is and how large, in bytes; None where that cannot be said."""

    name: str
    place: str
    size: int | None


def settings_shown() -> list[Setting]:
    """Every setting, in the order of the reference."""
    return [
        Setting(
            item.name,
            item.variable,
            _said(getattr(settings.MILLGATE, item.name)),
            settings.MILLGATE_ORIGINS.get(item.name, ""),
            item.help,
        )
        for item in reference()
    ]


def stores_shown() -> list[Store]:
    """The databases of the installation."""
    home: Path = settings.MILLGATE.home
    names = {
        "default": _("Decisions"),
        "usage": _("Usage"),
        "tokens": _("Tokens"),
        "plant": _("Plant, production tier"),
        "plant_test": _("Plant, test tier"),
    }
    return [
        Store(names[alias], _("PostgreSQL"), _size_there(alias))
        if connections[alias].vendor == "postgresql"
        else Store(names[alias], file, _size_of(home / file))
        for alias, file in _ROOMS
    ]


def disk_free() -> int | None:
    """Bytes that are free where the data directory is; None where that cannot be said."""
    try:
        return shutil.disk_usage(settings.MILLGATE.home).free
    except OSError:
        return None


def versions_shown() -> list[tuple[str, str]]:
    """What runs, by name."""
    own = [
        ("Millgate", millgate.__version__),
        ("Python", platform.python_version()),
        ("Django", django.get_version()),
        ("SQLite", sqlite3.sqlite_version),
    ]
    return [*own, *((name, found) for name in _PACKAGES if (found := _installed(name)))]


def origin_trouble(request: HttpRequest) -> str:
    """What is wrong with the origin as this browser sees it; empty when nothing is."""
    origin = urlsplit(settings.MILLGATE.public_origin)
    asked = request.headers.get("Host", "").lower()
    if asked != origin.netloc.lower():
        told = _(
            "You came by %(asked)s, and the origin is %(origin)s. Links in mails, feeds and definitions, and "
            "the issuer in tokens, name the origin. If people and programs cannot reach it, set "
            "MILLGATE_ORIGIN."
        )
        return told % {"asked": asked or "—", "origin": settings.MILLGATE.public_origin}
    if request.scheme != origin.scheme:
        told = _(
            "The origin begins with %(wanted)s, and this call came by %(scheme)s. If a proxy in front speaks "
            "TLS, name its network in MILLGATE_TRUSTED_PROXIES."
        )
        return told % {"wanted": origin.scheme, "scheme": request.scheme or "—"}
    return ""


def _said(value: object) -> str:
    if isinstance(value, Secret):
        return _("set")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


def _size_of(file: Path) -> int | None:
    try:
        sizes = [file.with_name(file.name + end).stat().st_size for end in _BESIDE if _is_there(file, end)]
    except OSError:
        return None
    return sum(sizes) if sizes else None


def _is_there(file: Path, end: str) -> bool:
    return file.with_name(file.name + end).is_file()


def _size_there(alias: str) -> int | None:
    try:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            return int(cursor.fetchone()[0])
    except DatabaseError:
        return None


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
