"""Django's settings, made from Millgate's own.

The environment is read once, when Django first asks. Nothing here is for an operator to edit.
"""

import os
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.utils.functional import SimpleLazyObject

from millgate.core.clock import Clock
from millgate.core.secrets import Secret
from millgate.core.settings import load, origins
from millgate.plant.sources.desk import SourceDesk
from millgate.plant.writing.cancelation_desk import CancelationDesk
from millgate.snapshot.page_tokens import PageTokens
from millgate.stores.grants import Grants
from millgate.stores.ports import CounterDesk
from millgate.stores.workers import WorkerBoard

MILLGATE = load(os.environ)
MILLGATE_ORIGINS = origins(os.environ)
"""Where each setting comes from."""
CLOCK = Clock()
"""The clock of all pages. The assembly puts the server's own here, so that a sandbox jumps as one."""
COUNTER_DESK: CounterDesk | None = None
"""Where the server's counters are read and reset. The assembly puts it here; commands have none."""
GRANTS: Grants | None = None
"""Where grants are kept. The assembly puts it here; commands have none."""
WORKER_BOARD: WorkerBoard | None = None
"""Where it is read what each worker serves. The assembly puts it here; commands have none."""

SOURCE_DESK: SourceDesk | None = None
"""Where databases of sources are looked at. The assembly puts it here; commands have none."""
CANCELATION_DESK: CancelationDesk | None = None
"""Where what is in a plant is cancelled. The assembly puts it here; commands have none."""
PAGE_TOKENS: PageTokens | None = None
"""What makes tokens for pages that call managed APIs. The assembly puts it here; commands have none."""

_PUBLIC = urlsplit(MILLGATE.public_origin)
_HTTPS = _PUBLIC.scheme == "https"


def _secret_key() -> str:
    return MILLGATE.master().derive("django").hex()


# Lazy, so that reading the settings alone (a type checker does) makes no master key in the home.
SECRET_KEY: str = SimpleLazyObject(_secret_key)  # type: ignore[assignment]
DEBUG = False

# Many names reach one installation, and none of them decides anything: links are made from the origin.
_NAMES = {_PUBLIC.hostname or "localhost", MILLGATE.host, "localhost", "127.0.0.1", "::1"}
ALLOWED_HOSTS = sorted(f"[{name}]" if ":" in name else name for name in _NAMES)

INSTALLED_APPS = [
    "millgate.control.site",
    "millgate.control.portal",
    "millgate.control.console",
    "millgate.control.lookup",
    "millgate.control.authorize",
    "millgate.control.actions",
    "millgate.control.publish",
    "millgate.control.sandbox",
    "millgate.control.clients",
    "millgate.control.catalogue",
    "millgate.control.accounts",
    "millgate.control.audit",
    "millgate.control.mail",
    "millgate.control.usage",
    "millgate.control.tokens",
    "millgate.control.plantdata",
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "millgate.control.site.middleware.ContentSecurityPolicy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "millgate.control.audit.middleware.Acting",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "millgate.control.site.urls"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "millgate.control.site.context.installation",
            ]
        },
    }
]
FORM_RENDERER = "millgate.control.site.form_rendering.QuickForms"


def sqlite(path: Path, synchronous: str) -> dict[str, Any]:
    """A SQLite database as Millgate uses it: write-ahead log, one writer at a time, waiting for its turn.

    Transactions begin as writers (IMMEDIATE), because one that starts reading and then writes fails at
    once when another wrote in between, instead of waiting.
    """
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": f"PRAGMA journal_mode=WAL; PRAGMA synchronous={synchronous};",
        },
    }


def postgresql(url: Secret) -> dict[str, Any]:
    """A PostgreSQL database; a connection is waited for as long as the settings say, in whole seconds."""
    from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415 - costly, and seldom needed

    parts = conninfo_to_dict(url.reveal())
    named = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    return {
        "ENGINE": "django.db.backends.postgresql",
        **{setting: str(parts.pop(name, "")) for setting, name in named.items()},
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": max(1, round(MILLGATE.connect_seconds)),
            "application_name": "millgate",
            **parts,
        },
    }


def _plant(url: Secret | None, file: str) -> dict[str, Any]:
    return postgresql(url) if url else sqlite(_file(file), "NORMAL")


_file = partial(Path, MILLGATE.home)
DATABASES = {
    # A revocation that was confirmed must outlive a power cut; counts and sample data may lose a moment.
    "default": sqlite(_file("control.db"), "FULL"),
    "usage": sqlite(_file("usage.db"), "NORMAL"),
    "tokens": sqlite(_file("tokens.db"), "FULL"),
    "plant": _plant(MILLGATE.plant_url, "plant.db"),
    "plant_test": _plant(MILLGATE.plant_test_url, "plant_test.db"),
}
DATABASE_ROUTERS = ["millgate.control.site.routers.OneRoomOneDatabase"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.Person"
_DJANGO = "django.contrib.auth.password_validation"
_OWN = "millgate.control.accounts.password_rules"
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": f"{_DJANGO}.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": f"{_OWN}.LengthValidator"},
    {"NAME": f"{_OWN}.ClassesValidator"},
    {
        "NAME": f"{_DJANGO}.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "user_id", "first_name", "last_name")},
    },
    {"NAME": f"{_DJANGO}.CommonPasswordValidator"},
    {"NAME": f"{_OWN}.RepetitionValidator"},
]
LOGIN_URL = "portal:sign-in"
LOGIN_REDIRECT_URL = "portal:home"
LOGOUT_REDIRECT_URL = "portal:home"

SESSION_COOKIE_NAME = "millgate_session"
SESSION_COOKIE_AGE = 30 * 24 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = _HTTPS
CSRF_COOKIE_NAME = "millgate_csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = _HTTPS
CSRF_TRUSTED_ORIGINS = [MILLGATE.public_origin]
CSRF_FAILURE_VIEW = "millgate.control.portal.views.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_MAX_AGE = 300

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [Path(__file__).parents[1] / "locale"]
LANGUAGE_COOKIE_NAME = "millgate_locale"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SECURE = _HTTPS
USE_I18N = True
FORMAT_MODULE_PATH = ["millgate.control.site.formats"]
USE_TZ = True
TIME_ZONE = "UTC"

# The assembly configures logging for the whole process.
LOGGING_CONFIG = None
