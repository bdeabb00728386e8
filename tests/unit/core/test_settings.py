"""Settings: where a value comes from, every kind of fault, and all faults at once."""

from __future__ import annotations

import base64
import stat
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import pytest

from millgate.core import settings
from millgate.core.secrets import MasterKey
from millgate.core.settings import Settings, SettingsFaulty, load, reference

KEY: Final = base64.b64encode(b"k" * 32).decode()


def loaded(tmp_path: Path, file: str = "", **environ: str) -> Settings:
    """What `load` makes of a file in the home and of variables, named here in lower case."""
    (tmp_path / "millgate.toml").write_text(file)
    return load(
        {"MILLGATE_HOME": str(tmp_path)}
        | {f"MILLGATE_{name.upper()}": value for name, value in environ.items()}
    )


def faults(tmp_path: Path, file: str = "", **environ: str) -> dict[str, str]:
    with pytest.raises(SettingsFaulty) as faulty:
        loaded(tmp_path, file, **environ)
    return faulty.value.faults


def test_without_anything_the_defaults_hold(tmp_path: Path) -> None:
    assert loaded(tmp_path) == Settings(home=tmp_path)
    assert loaded(tmp_path).public_origin == "http://127.0.0.1:8080"


def test_the_environment_wins_over_the_file_and_the_file_over_the_default(tmp_path: Path) -> None:
    given = loaded(tmp_path, 'port = 9000\nhost = "0.0.0.0"\n', port="9001")

    assert (given.port, given.host, given.log_level) == (9001, "0.0.0.0", "info")  # noqa: S104 - only read


def test_a_fault_in_the_file_does_not_matter_where_the_environment_has_the_word(tmp_path: Path) -> None:
    assert loaded(tmp_path, 'port = "nonsense"\n', port="9001").port == 9001


def test_a_config_file_may_be_named_and_must_then_be_there(tmp_path: Path) -> None:
    path = tmp_path / "elsewhere.toml"
    path.write_text('log_level = "debug"\n')
    (tmp_path / "millgate.toml").write_text('log_level = "error"\n')

    assert load({"MILLGATE_HOME": str(tmp_path), "MILLGATE_CONFIG": str(path)}).log_level == "debug"
    path.unlink()
    with pytest.raises(SettingsFaulty) as faulty:
        load({"MILLGATE_HOME": str(tmp_path), "MILLGATE_CONFIG": str(path)})
    assert faulty.value.faults == {"MILLGATE_CONFIG": f"there is no file {path}"}


@pytest.mark.parametrize("data", [b"port = \n", b"\xff\xfe", b"port = 1\nport = 2\n"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "millgate.toml"
    path.write_bytes(data)

    with pytest.raises(SettingsFaulty) as faulty:
        load({"MILLGATE_HOME": str(tmp_path)})

    assert set(faulty.value.faults) == {str(path)}


def test_a_directory_in_the_place_of_the_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "millgate.toml").mkdir()

    with pytest.raises(SettingsFaulty) as faulty:
        load({"MILLGATE_HOME": str(tmp_path)})

    assert set(faulty.value.faults) == {str(tmp_path / "millgate.toml")}


ORIGIN_FORM: Final = "expected scheme, host and port alone, as in https://api.example.com"
DATABASE_FORM: Final = "expected a PostgreSQL URL, as in postgresql://user:password@host:5432/plant"
REDIS_FORM: Final = "expected a Redis URL, as in redis://user:password@host:6379/0"
WRONG: Final[dict[str, tuple[str, str, str]]] = {
    "home empty": ("home", "", "expected a text that is not empty"),
    "home of nobody": ("home", "~no-such-user-here/x", "Could not determine home directory"),
    "host empty": ("host", "", "expected a text that is not empty"),
    "port of no digits": ("port", "eighty", "expected a whole number from 1 to 65535"),
    "port of other digits": ("port", "\uff18\uff10", "expected a whole number from 1 to 65535"),
    "port signed": ("port", "+80", "expected a whole number from 1 to 65535"),
    "port negative": ("port", "-1", "expected a whole number from 1 to 65535"),
    "port too low": ("port", "0", "expected a whole number from 1 to 65535"),
    "port too high": ("port", "65536", "expected a whole number from 1 to 65535"),
    "port endless": ("port", "9" * 5000, ""),
    "origin of another scheme": ("origin", "ftp://example.com", ORIGIN_FORM),
    "origin without scheme": ("origin", "example.com", ORIGIN_FORM),
    "origin with a path": ("origin", "https://example.com/api", ORIGIN_FORM),
    "origin with a query": ("origin", "https://example.com/?x=1", ORIGIN_FORM),
    "origin with a fragment": ("origin", "https://example.com/#x", ORIGIN_FORM),
    "origin with a password": ("origin", "https://me:secret@example.com", ORIGIN_FORM),
    "origin without host": ("origin", "https://:8080", ORIGIN_FORM),
    "origin with a port of no digits": ("origin", "https://example.com:http", ORIGIN_FORM),
    "origin with a port too high": ("origin", "https://example.com:65536", ORIGIN_FORM),
    "origin with a quote": ("origin", 'https://example.com"', ORIGIN_FORM),
    "origin with a space": ("origin", "https://exam ple.com", ORIGIN_FORM),
    "origin with a line": ("origin", "https://example.com\r\nx: y", ORIGIN_FORM),
    "origin with half a bracket": ("origin", "http://[::1", ORIGIN_FORM),
    "resource empty": ("resource", "", "expected a text that is not empty"),
    "master key short": ("master_key", "c2hvcnQ=", "expected base64 of at least 32 random bytes"),
    "master key no base64": ("master_key", "%%%", "expected base64 of at least 32 random bytes"),
    "interface unknown": ("interface", "wsgi", "expected one of direct, asgi, rsgi"),
    "links unknown": ("links", "all", "expected one of backend, managed"),
    "database of another scheme": ("plant_url", "mysql://me@db/plant", DATABASE_FORM),
    "TLS unclear": ("tls", "perhaps", "expected true or false"),
    "certificate without a name": ("tls_certificate", "", "expected a text that is not empty"),
    "key of nobody": ("tls_key", "~nobody-here/key.pem", "is not a path"),
    "database as a path": ("plant_url", "/var/lib/plant.db", DATABASE_FORM),
    "database without a name": ("plant_url", "postgresql://me@db", DATABASE_FORM),
    "database of an empty name": ("plant_url", "postgresql://me@db/", DATABASE_FORM),
    "database of two names": ("plant_url", "postgresql://me@db/plant/test", DATABASE_FORM),
    "database with a port of no digits": ("plant_url", "postgresql://me@db:x/plant", DATABASE_FORM),
    "database with half a bracket": ("plant_url", "postgresql://me@[::1/plant", DATABASE_FORM),
    "database with a space": ("plant_url", "postgresql://me@db/plant one", DATABASE_FORM),
    "database with a line": ("plant_url", "postgresql://me@db/plant\n", DATABASE_FORM),
    "database with a fragment": ("plant_url", "postgresql://me:pass#word@db/plant", DATABASE_FORM),
    "database with options that say nothing": ("plant_url", "postgresql://me@db/plant?x", DATABASE_FORM),
    "database with an unknown option": ("plant_test_url", "postgresql://db/p?pool=5", "not pool"),
    "connection awaited too long": ("connect_seconds", "61", "expected seconds from 0.01 to 60"),
    "seconds of no digits": ("query_seconds", "soon", "expected seconds from 0.01 to 600"),
    "seconds too many": ("query_seconds", "601", "expected seconds from 0.01 to 600"),
    "seconds not a number": ("query_seconds", "nan", "expected seconds from 0.01 to 600"),
    "seconds endless": ("refresh_seconds", "inf", "expected seconds from 0.02 to 60"),
    "body limit too low": ("body_limit", "1023", "expected a whole number from 1024 to 1073741824"),
    "signing key days too many": ("signing_key_days", "3651", "expected a whole number from 0 to 3650"),
    "no minutes": ("usage_minutes_days", "0", "expected a whole number from 1 to 3650"),
    "quarters too long": ("usage_quarters_days", "3651", "expected a whole number from 1 to 3650"),
    "counts for no day": ("usage_days", "0", "expected a whole number from 1 to 3650"),
    "audit days too many": ("audit_days", "36501", "expected a whole number from 0 to 36500"),
    "page threads none": ("page_threads", "0", "expected a whole number from 1 to 64"),
    "plant threads too many": ("plant_threads", "65", "expected a whole number from 1 to 64"),
    "workers none": ("workers", "0", "expected a whole number from 1 to 64"),
    "workers without a common store": ("workers", "2", "more than one worker needs redis_url"),
    "Redis of another scheme": ("redis_url", "http://localhost", REDIS_FORM),
    "Redis without a host": ("redis_url", "redis:///0", REDIS_FORM),
    "Redis with a port of no digits": ("redis_url", "redis://localhost:x", REDIS_FORM),
    "Redis with a line": ("redis_url", "redis://localhost/0\n", REDIS_FORM),
    "proxies of no network": ("trusted_proxies", "10.0.0.0/8, proxy", "'proxy' does not appear to be"),
    "proxies with bits of a host": ("trusted_proxies", "10.0.0.1/8", "10.0.0.1/8 has host bits set"),
    "metrics for no network": ("metrics_networks", "everybody", "'everybody' does not appear to be"),
    "access log of two lines": ("access_log", "a\nb", "expected a file, or - for the standard output"),
    "mail by no way": ("mail_url", "gopher://mail", "expected file:, console:, smtp://"),
    "mail sender of no address": ("mail_from", "Millgate", "expected an address, as in Millgate <"),
    "mail that is none": ("mail_off", "quota-approaching, spam", "expected some of request-received, "),
    "mail shown for no day": ("mail_days", "0", "expected a whole number from 1 to 3650"),
    "mail kept perhaps": ("mail_keep_texts", "maybe", "expected true or false"),
    "mail without time": ("mail_seconds", "0", "expected seconds from 0.1 to 600"),
    "action calls without a number": ("action_calls", "-1", "expected a whole number from 0 to 1000000"),
    "stop too late": ("stop_seconds", "601", "expected seconds from 0 to 600"),
    "log level unknown": ("log_level", "INFO", "expected one of debug, info, warning, error"),
    "log format unknown": ("log_format", "xml", "expected one of text, json"),
    "demo unclear": ("demo", "maybe", "expected true or false"),
    "sandbox unclear": ("sandbox", "maybe", "expected true or false"),
    "fault header unclear": ("fault_header", "maybe", "expected true or false"),
    "production faults unclear": ("production_faults", "maybe", "expected true or false"),
}


@pytest.mark.parametrize("case", WRONG)
def test_each_kind_of_fault_is_told_by_its_setting(tmp_path: Path, case: str) -> None:
    name, value, why = WRONG[case]
    told = faults(tmp_path, **{name: value})

    assert set(told) == {name}
    assert why in told[name]


def test_every_setting_can_be_wrong() -> None:
    """A new setting without a case above fails here."""
    assert {name for name, _, _ in WRONG.values()} == {item.name for item in fields(Settings)}


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("port = 8080.5", "port"),
        ("port = true", "port"),
        ("port = [1]", "port"),
        ("query_seconds = true", "query_seconds"),
        ("query_seconds = []", "query_seconds"),
        ("origin = 5", "origin"),
        ("interface = []", "interface"),
        ("home = 5", "home"),
        ("demo = 2", "demo"),
        ("master_key = 5", "master_key"),
        ("host = {}", "host"),
        ("plant_url = 5", "plant_url"),
    ],
)
def test_a_value_of_another_type_in_the_file_is_a_fault(tmp_path: Path, line: str, name: str) -> None:
    path = tmp_path / "typed.toml"
    path.write_text(line)

    with pytest.raises(SettingsFaulty) as faulty:
        load({"MILLGATE_CONFIG": str(path)})

    assert set(faulty.value.faults) == {name}


def test_all_faults_are_told_at_once_unknown_names_included(tmp_path: Path) -> None:
    told = faults(
        tmp_path,
        'colour = "red"\nport = "x"\nlog_format = "xml"\n[nested]\na = 1\n',
        body_limit="1",
        demo="maybe",
        port="0",
    )

    assert told == {
        "colour": "there is no such setting",
        "nested": "there is no such setting",
        "port": "expected a whole number from 1 to 65535",
        "log_format": "expected one of text, json",
        "body_limit": "expected a whole number from 1024 to 1073741824",
        "demo": "expected true or false",
    }


def test_a_fault_names_each_setting_in_its_text(tmp_path: Path) -> None:
    with pytest.raises(SettingsFaulty, match=r"port: expected .*; demo: expected true or false"):
        loaded(tmp_path, port="0", demo="maybe")


def test_no_fault_repeats_the_master_key(tmp_path: Path) -> None:
    assert "hidden" not in str(faults(tmp_path, master_key="hidden"))


@pytest.mark.parametrize(
    "url",
    ["mysql://me:hidden@db/plant", "postgresql://me:hidden@db/", "postgresql://me:hidden@db/p?x=hidden"],
)
def test_no_fault_repeats_the_password_of_a_database(tmp_path: Path, url: str) -> None:
    assert "hidden" not in str(faults(tmp_path, plant_url=url))


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://millgate:p%40ss@db.example.com:5432/plant",
        "postgresql://millgate@[::1]/plant",
        "postgresql:///plant?host=/run/postgresql",
        "postgresql://db/plant?sslmode=verify-full&sslrootcert=/etc/ssl/plant.pem",
    ],
)
def test_the_url_of_a_database_is_as_set_and_shown_nowhere(tmp_path: Path, url: str) -> None:
    given = loaded(tmp_path, plant_test_url=url)

    assert given.plant_test_url is not None
    assert given.plant_test_url.reveal() == url
    assert url not in repr(given)
    assert given.plant_url is None


def test_an_empty_url_means_the_file_in_the_home(tmp_path: Path) -> None:
    assert loaded(tmp_path, 'plant_url = "postgresql://db/plant"', plant_url="").plant_url is None


def test_the_tiers_have_a_database_each(tmp_path: Path) -> None:
    url = "postgresql://me:hidden@db/plant"

    assert faults(tmp_path, plant_url=url, plant_test_url=url) == {
        "plant_test_url": "expected another database than plant_url names"
    }


@pytest.mark.parametrize(
    ("word", "means"),
    [
        ("1", True),
        ("true", True),
        ("Yes", True),
        ("ON", True),
        ("0", False),
        ("False", False),
        ("no", False),
        ("off", False),
    ],
)
def test_flags_have_their_usual_words(tmp_path: Path, word: str, means: bool) -> None:
    assert loaded(tmp_path, demo=word).demo is means


def test_the_file_has_types_of_its_own(tmp_path: Path) -> None:
    given = loaded(tmp_path, "port = 9000\nquery_seconds = 2.5\nrefresh_seconds = 1\ndemo = true\n")

    assert (given.port, given.query_seconds, given.refresh_seconds, given.demo) == (9000, 2.5, 1.0, True)


@pytest.mark.parametrize(
    ("given", "origin"),
    [
        ("https://api.example.com", "https://api.example.com"),
        ("https://api.example.com/", "https://api.example.com"),
        ("HTTPS://api.example.com:8443/", "https://api.example.com:8443"),
        ("http://mill_gate:8080", "http://mill_gate:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_an_origin_is_kept_without_a_slash(tmp_path: Path, given: str, origin: str) -> None:
    assert loaded(tmp_path, origin=given).public_origin == origin


def test_an_origin_made_of_an_ipv6_address_has_its_brackets(tmp_path: Path) -> None:
    assert loaded(tmp_path, host="::1", port="9000").public_origin == "http://[::1]:9000"


@pytest.mark.parametrize(
    ("given", "origin"),
    [
        ({"tls": "true"}, "https://localhost:8080"),
        ({"tls": "true", "host": "::1"}, "https://localhost:8080"),
        ({"tls": "true", "host": "localhost"}, "https://localhost:8080"),
        ({"tls": "true", "host": "0.0.0.0"}, "https://localhost:8080"),  # noqa: S104 - only read
        ({"tls": "true", "host": "192.0.2.7"}, "https://192.0.2.7:8080"),
        ({"tls": "true", "host": "mill.example"}, "https://mill.example:8080"),
        ({"tls": "true", "origin": "https://api.mill.example"}, "https://api.mill.example"),
        ({"tls_certificate": "c.pem", "tls_key": "c.key"}, "https://localhost:8080"),
        ({"tls": "false", "host": "0.0.0.0"}, "http://0.0.0.0:8080"),  # noqa: S104 - only read
    ],
)
def test_the_origin_follows_tls(tmp_path: Path, given: dict[str, str], origin: str) -> None:
    assert loaded(tmp_path, **given).public_origin == origin
    assert loaded(tmp_path, **given).speaks_tls == origin.startswith("https")


def test_what_does_not_go_together_about_tls_is_told(tmp_path: Path) -> None:
    assert faults(tmp_path, tls_certificate="c.pem") == {
        "tls_key": "tls_certificate is set, so this must be, too"
    }
    assert faults(tmp_path, tls_key="c.key") == {"tls_certificate": "tls_key is set, so this must be, too"}
    assert faults(tmp_path, tls="no", tls_certificate="c.pem", tls_key="c.key") == {
        "tls": "expected true where tls_certificate is set"
    }
    assert faults(tmp_path, tls="yes", origin="http://mill.example", interface="rsgi") == {
        "origin": "expected https:// where the server speaks TLS",
        "interface": "expected direct where the server speaks TLS; or let a proxy in front speak it",
    }
    assert faults(tmp_path, tls="perhaps", tls_key="c.key") == {
        "tls": "expected true or false",
        "tls_certificate": "tls_key is set, so this must be, too",
    }


def test_the_home_is_expanded_and_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    assert load({"MILLGATE_HOME": "~/data"}).home == tmp_path / "data"
    assert load({"MILLGATE_HOME": "data"}).home == tmp_path / "data"


def test_the_master_key_is_as_set_and_shown_nowhere(tmp_path: Path) -> None:
    given = loaded(tmp_path, master_key=KEY)

    assert given.master().derive("x") == MasterKey.parse(KEY).derive("x")
    assert KEY not in repr(given)
    assert not (tmp_path / "master.key").exists()


def test_without_one_a_master_key_is_kept_in_the_home(tmp_path: Path) -> None:
    given = loaded(tmp_path)

    assert given.master().derive("x") == loaded(tmp_path).master().derive("x")
    assert stat.S_IMODE((tmp_path / "master.key").stat().st_mode) == 0o600


def test_the_reference_has_a_row_for_every_setting() -> None:
    rows = reference()

    assert [row.name for row in rows] == [item.name for item in fields(Settings)]
    for row in rows:
        assert row.variable == f"MILLGATE_{row.name.upper()}"
        assert row.help.endswith(".")


def test_a_default_of_the_reference_is_read_back_as_the_default(tmp_path: Path) -> None:
    shown = {row.name: row.default for row in reference() if row.default and row.name != "home"}

    assert loaded(tmp_path, **shown) == Settings(home=tmp_path)
    assert {row.name for row in reference() if not row.default} == {
        "origin",
        "master_key",
        "tls_certificate",
        "tls_key",
        "plant_url",
        "plant_test_url",
        "redis_url",
        "trusted_proxies",
        "metrics_networks",
        "access_log",
        "mail_url",
        "mail_from",
        "mail_off",
    }


def test_settings_cannot_be_changed() -> None:
    given: Any = Settings()

    with pytest.raises(AttributeError):
        given.port = 1
    assert settings.PREFIX == "MILLGATE_"


def test_counts_are_kept_no_shorter_where_they_are_kept_more_coarsely(tmp_path: Path) -> None:
    assert loaded(tmp_path, usage_minutes_days="92").usage_minutes_days == 92
    assert faults(tmp_path, usage_minutes_days="93") == {
        "usage_quarters_days": "expected at least 93, the days of usage_minutes_days"
    }
    assert list(faults(tmp_path, usage_minutes_days="5", usage_quarters_days="4", usage_days="3")) == [
        "usage_quarters_days",
        "usage_days",
    ]
    assert loaded(tmp_path, usage_minutes_days="1", usage_quarters_days="1", usage_days="1").usage_days == 1
