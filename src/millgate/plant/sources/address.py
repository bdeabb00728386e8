"""Where a source's database is: `sqlite:///absolute/path.db`, `sqlite:in-the-home.db` or `postgresql://…`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit, urlunsplit

from millgate.snapshot.sources import POSTGRESQL, SQLITE

_FORMS: Final = (
    "expected sqlite:///absolute/path.db, sqlite:relative-to-home.db or"
    " postgresql://user:password@host:5432/database"
)
_OPTIONS: Final = frozenset({"host", "port", "sslmode", "sslrootcert", "sslcert", "sslkey"})
"""What may follow the question mark of a PostgreSQL URL, as in the settings."""
_SCHEMES: Final[Mapping[str, str]] = {"sqlite": SQLITE, "postgresql": POSTGRESQL, "postgres": POSTGRESQL}
OWN_FILES: Final = frozenset({"control.db", "usage.db", "tokens.db"})
"""Files of the home that hold secrets and counts, and are nobody's data source."""
HIDDEN: Final = "***"


def dialect_of(url: str) -> str:
    """Which SQL the database speaks.

    Raises:
        ValueError: it is no address of a database; what is said repeats no part of it.
    """
    dialect = _SCHEMES.get(url.partition(":")[0])
    if dialect is None or not url.isprintable() or " " in url:
        raise ValueError(_FORMS)
    if dialect == POSTGRESQL:
        _postgresql_check(url)
    else:
        sqlite_path(url, Path("/"))
    return dialect


def sqlite_path(url: str, home: Path) -> Path:
    """The file that an address means.

    Raises:
        ValueError: it names no file, or one that is Millgate's own.
    """
    rest = url.removeprefix("sqlite:")
    if rest.startswith("//"):
        rest = rest.removeprefix("//")
        if not rest.startswith("/"):
            raise ValueError(_FORMS)
    path = home / unquote(rest)
    if not rest or not path.name or "\0" in str(path):
        raise ValueError(_FORMS)
    resolved = path.resolve()
    if resolved in {(home / name).resolve() for name in OWN_FILES}:
        raise ValueError(f"{path.name} is Millgate's own, and no data source")
    return path


def redacted(url: str) -> str:
    """The address for people: without its password, and without options."""
    if _SCHEMES.get(url.partition(":")[0]) != POSTGRESQL:
        return url if url.startswith("sqlite:") else HIDDEN
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return HIDDEN
    password = f":{HIDDEN}" if parts.password is not None else ""
    user = f"{parts.username or ''}{password}@" if "@" in parts.netloc else ""
    return urlunsplit(("postgresql", f"{user}{parts.hostname or ''}{port}", parts.path, "", ""))


def without_password(text: str, url: str) -> str:
    """A text of a driver, in which the address's password stands nowhere."""
    try:
        password = urlsplit(url).password if not url.startswith("sqlite:") else None
    except ValueError:
        return HIDDEN
    for form in {password or "", unquote(password or "")} - {""}:
        text = text.replace(form, HIDDEN)
    return text


def _postgresql_check(url: str) -> None:
    try:
        parts = urlsplit(url)
        whole = parts.port != 0 and len(unquote(parts.path)) > 1 and not parts.fragment
        options = {name for name, _ in parse_qsl(parts.query, keep_blank_values=True, strict_parsing=True)}
    except ValueError:
        raise ValueError(_FORMS) from None
    if not whole or "/" in parts.path[1:]:
        raise ValueError(_FORMS)
    if unknown := sorted(options - _OPTIONS):
        raise ValueError(f"expected no options but {', '.join(sorted(_OPTIONS))}; not {', '.join(unknown)}")


def key_of(url: str) -> str:
    """A key for a source, made from the name of its database."""
    name = unquote(url.partition("?")[0]).rstrip("/").rpartition("/")[2].rpartition(":")[2]
    words = re.findall(r"[a-z0-9]+", name.rpartition(".")[0].lower() or name.lower())
    return "-".join(words) or "source"
