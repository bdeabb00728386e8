"""Settings: declared once, read from the environment and one TOML file, documented from the declaration.

The environment wins over the file, the file over the default. The file is `millgate.toml` in the home,
or the one that `MILLGATE_CONFIG` names. Every fault is found before any is reported.
"""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import MISSING, Field, dataclass, field, fields
from email.utils import formataddr, parseaddr, quote
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import parse_qsl, unquote, urlsplit

from millgate.core.mail_route import MailRoute
from millgate.core.secrets import MasterKey, Secret

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PREFIX = "MILLGATE_"
CONFIG_VARIABLE = "MILLGATE_CONFIG"
CONFIG_FILE = "millgate.toml"
HOME: Final = "~/.millgate"
"""The data directory where none is named."""
_HIGHEST_PORT = 65535
_ADDRESS: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_ORIGIN = re.compile(
    r"(?P<scheme>https?)://(?P<rest>(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{1,5}))?)/?",
    re.IGNORECASE,
)
_DATABASE_FORM: Final = "expected a PostgreSQL URL, as in postgresql://user:password@host:5432/plant"
_DATABASE_OPTIONS: Final = frozenset({"host", "port", "sslmode", "sslrootcert", "sslcert", "sslkey"})
"""What may follow the question mark: what every driver of PostgreSQL understands in the same way."""


MAILS_OPTIONAL: Final = (
    "request-received",
    "approval-waiting",
    "request-approved",
    "request-rejected",
    "service-request-received",
    "service-request-waiting",
    "service-request-done",
    "service-request-declined",
    "quota-approaching",
    "secret-expiring",
    "account-waiting",
    "account-closed",
    "cancelation-made",
    "cancelation-reinstated",
)
"""Mails that an installation may do without, by their kinds."""


class SettingsFaulty(Exception):  # noqa: N818 - it lists faults
    """Settings that cannot be used, with every fault by the name of its setting."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {why}" for name, why in faults.items()))
        self.faults = dict(faults)


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("expected a text that is not empty")
    return value


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    words = {
        "1": True,
        "true": True,
        "yes": True,
        "on": True,
        "0": False,
        "false": False,
        "no": False,
        "off": False,
    }
    try:
        return words[str(value).lower()]
    except KeyError:
        raise ValueError("expected true or false") from None


def _whole(low: int, high: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        if isinstance(value, bool) or not str(value).isascii() or not str(value).isdigit():
            raise ValueError(f"expected a whole number from {low} to {high}")
        number = int(str(value))
        if not low <= number <= high:
            raise ValueError(f"expected a whole number from {low} to {high}")
        return number

    return read


def _seconds(low: float, high: float) -> Callable[[object], float]:
    def read(value: object) -> float:
        try:
            number = float(cast("str", value))
        except (TypeError, ValueError):
            raise ValueError(f"expected seconds from {low} to {high}") from None
        if isinstance(value, bool) or not low <= number <= high:
            raise ValueError(f"expected seconds from {low} to {high}")
        return number

    return read


def _one_of(*words: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        if value not in words:
            raise ValueError("expected one of " + ", ".join(words))
        return str(value)

    return read


def _origin(value: object) -> str:
    found = _ORIGIN.fullmatch(_text(value))
    if found is None or int(found["port"] or 0) > _HIGHEST_PORT:
        raise ValueError("expected scheme, host and port alone, as in https://api.example.com")
    return f"{found['scheme'].lower()}://{found['rest']}"


def _path(value: object) -> Path:
    return _expanded(_text(value)).absolute()


def _expanded(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError as wrong:
        raise ValueError(f"{text!r} is not a path: {wrong}") from None


def _master_key(value: object) -> Secret:
    try:
        MasterKey.parse(_text(value))
    except ValueError:
        raise ValueError("expected base64 of at least 32 random bytes") from None
    return Secret(_text(value))


def _database(value: object) -> Secret | None:
    """A PostgreSQL URL, or nothing. No fault repeats it, because it may hold a password."""
    if not isinstance(value, str):
        raise ValueError(_DATABASE_FORM)  # noqa: TRY004 - as every fault of a setting
    if not value:
        return None
    try:
        url = urlsplit(value)
        whole = url.scheme == "postgresql" and url.port != 0 and len(unquote(url.path)) > 1
        options = {name for name, _ in parse_qsl(url.query, keep_blank_values=True, strict_parsing=True)}
    except ValueError:
        raise ValueError(_DATABASE_FORM) from None
    if not whole or "/" in url.path[1:] or url.fragment or not value.isprintable() or " " in value:
        raise ValueError(_DATABASE_FORM)
    if unknown := sorted(options - _DATABASE_OPTIONS):
        known = ", ".join(sorted(_DATABASE_OPTIONS))
        raise ValueError(f"expected no options but {known}; not {', '.join(unknown)}")
    return Secret(value)


def _redis(value: object) -> Secret | None:
    """A Redis URL, or nothing. No fault repeats it, because it may hold a password."""
    if value == "":
        return None
    try:
        url = urlsplit(value) if isinstance(value, str) and value.isprintable() else None
        whole = url is not None and url.scheme in {"redis", "rediss"} and bool(url.hostname) and url.port != 0
    except ValueError:
        whole = False
    if not whole:
        raise ValueError("expected a Redis URL, as in redis://user:password@host:6379/0")
    return Secret(str(value))


def _networks(value: object) -> tuple[IPv4Network | IPv6Network, ...]:
    """Networks in a list, or in a text with commas."""
    items = value.split(",") if isinstance(value, str) else value
    if not isinstance(items, list):
        raise ValueError("expected networks separated by commas, as in 10.0.0.0/8")  # noqa: TRY004 - as every fault of a setting
    return tuple(ip_network(str(item).strip()) for item in items if str(item).strip())


def _mail_url(value: object) -> Secret | None:
    """A way for mails, or nothing. No fault repeats it, because it may hold a password."""
    if value == "":
        return None
    text = _text(value)
    MailRoute.parse(text)
    return Secret(text)


def _mail_from(value: object) -> str:
    text = _text(value)
    name, address = parseaddr(text)
    if not text.isprintable() or not _ADDRESS.fullmatch(address):
        raise ValueError("expected an address, as in Millgate <millgate@example.com>")
    return formataddr((name, address)) if name.isascii() else f'"{quote(name)}" <{address}>'


def _mail_kinds(value: object) -> tuple[str, ...]:
    """Kinds of mails in a list, or in a text with commas."""
    items = value.split(",") if isinstance(value, str) else value
    if not isinstance(items, list):
        raise ValueError("expected kinds separated by commas")  # noqa: TRY004 - as every fault of a setting
    kinds = tuple(str(item).strip() for item in items if str(item).strip())
    if not set(kinds).issubset(MAILS_OPTIONAL):
        raise ValueError("expected some of " + ", ".join(MAILS_OPTIONAL))
    return kinds


def _log_file(value: object) -> str:
    if not isinstance(value, str) or not value.isprintable():
        raise ValueError("expected a file, or - for the standard output")
    return value


def _setting(default: object, read: Callable[[object], object], help_: str) -> Any:  # noqa: ANN401 - as field
    return field(default=default, metadata={"read": read, "help": help_})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that an operator may set. Each is `MILLGATE_<NAME>` or `<name>` in the file."""

    home: Path = field(
        default_factory=lambda: Path(HOME).expanduser(),
        metadata={"read": _path, "help": "The data directory; nothing is written outside it.", "shown": HOME},
    )
    host: str = _setting("127.0.0.1", _text, "The address to listen on.")
    port: int = _setting(8080, _whole(1, _HIGHEST_PORT), "The port to listen on.")
    origin: str = _setting(
        "",
        _origin,
        "The origin under which people and programs reach the server, as in https://api.example.com. It "
        "stands in tokens, links and challenges; the Host header of a request never does. "
        "Default: http:// with host and port; where the server speaks TLS, https:// with localhost for a "
        "host of this machine alone.",
    )
    tls: bool = _setting(
        default=False,
        read=_flag,
        help_="Whether the server speaks TLS: by tls_certificate where it is set, or else by a local "
        "authority that is made and kept in the home, in the folder tls.",
    )
    tls_certificate: Path | None = _setting(
        None,
        _path,
        "A certificate in PEM form, followed by those that lead to its authority. It is read again when the "
        "file changes. Setting it turns tls on; tls_key belongs to it.",
    )
    tls_key: Path | None = _setting(
        None, _path, "The private key of tls_certificate in PEM form, without a passphrase."
    )
    resource: str = _setting(
        "http://api.plex.com/",
        _text,
        "The audience of access tokens, compared to the letter. The default keeps programs written for the "
        "2017 manual working.",
    )
    signing_key_days: int = _setting(
        30,
        _whole(0, 3650),
        "How many days a key signs tokens before the one that is published to follow takes over by itself; "
        "0: only when somebody says so.",
    )
    audit_days: int = _setting(
        0,
        _whole(0, 36_500),
        "How many days entries of the audit log stay; older ones are dropped, which is itself an entry. "
        "0: they stay for ever.",
    )
    usage_minutes_days: int = _setting(
        3,
        _whole(1, 3650),
        "How many days counted calls are told apart by minute. Then they are summed by quarters of an hour.",
    )
    usage_quarters_days: int = _setting(
        92,
        _whole(1, 3650),
        "How many days counted calls are told apart by quarters of an hour, and so by the days of any time "
        "zone; no fewer than usage_minutes_days. Then they are summed by days of UTC.",
    )
    usage_days: int = _setting(
        800,
        _whole(1, 3650),
        "How many days counted calls are kept at all, at last by day; no fewer than usage_quarters_days.",
    )
    master_key: Secret | None = _setting(
        None,
        _master_key,
        "Base64 of 32 random bytes from which the keys that seal and digest secrets are derived. "
        "Default: made at first start and kept in the home as master.key.",
    )
    interface: str = _setting(
        "direct",
        _one_of("direct", "asgi", "rsgi"),
        "Which server answers. direct is our own and costs least; asgi and rsgi are Granian. asgi may "
        "take a client for gone that is there, and break off what streams to it. rsgi hides whether a slash "
        "was encoded; it does not slow a stream down for a slow reader, nor tell when one broke off.",
    )
    links: str = _setting(
        "backend",
        _one_of("backend", "managed"),
        "Whether links in lists show the backend path, as the manual does, or the managed address.",
    )
    query_seconds: float = _setting(
        10.0,
        _seconds(0.01, 600),
        "How long a query of the plant database may take before the timeout answer.",
    )
    plant_url: Secret | None = _setting(
        None,
        _database,
        "Where the plant database of the production tier is, as in "
        "postgresql://user:password@host:5432/plant. Default: the SQLite file plant.db in the home.",
    )
    plant_test_url: Secret | None = _setting(
        None,
        _database,
        "Where the plant database of the test tier is; another database than the production tier's. "
        "Default: the SQLite file plant_test.db in the home.",
    )
    connect_seconds: float = _setting(
        5.0,
        _seconds(0.01, 60),
        "How long a call waits for a connection to a PostgreSQL database before the timeout answer.",
    )
    refresh_seconds: float = _setting(
        0.2, _seconds(0.02, 60), "How often a worker looks for a newer published version."
    )
    body_limit: int = _setting(
        10_485_760, _whole(1024, 1_073_741_824), "The largest request body in bytes, on every plane."
    )
    page_threads: int = _setting(4, _whole(1, 64), "Threads that serve portal and console pages.")
    plant_threads: int = _setting(2, _whole(1, 64), "Threads and connections for each plant database.")
    workers: int = _setting(
        1,
        _whole(1, 64),
        "How many processes answer calls. More than one needs redis_url, to count limits together.",
    )
    redis_url: Secret | None = _setting(
        None,
        _redis,
        "Where limits are counted for several workers or nodes, as in redis://user:password@host:6379/0; "
        "rediss:// speaks TLS. Default: in the process, written to usage.db.",
    )
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = _setting(
        (),
        _networks,
        "Networks of the proxies in front, as in 10.0.0.0/8, separated by commas. From them alone "
        "X-Forwarded-For and X-Forwarded-Proto are believed. Default: from nobody.",
    )
    metrics_networks: tuple[IPv4Network | IPv6Network, ...] = _setting(
        (),
        _networks,
        "Networks from which /-/metrics may be read besides the machine itself, as in 10.0.0.0/8, separated "
        "by commas. Everybody else is told that there is no such address.",
    )
    access_log: str = _setting(
        "",
        _log_file,
        "Where a line of JSON is written for each call: a file, or - for the standard output. "
        "Default: nowhere.",
    )
    mail_url: Secret | None = _setting(
        None,
        _mail_url,
        "Which way mails leave: smtp://user:password@host:587, smtps://user:password@host:465, a provider "
        "and its key as in mandrill:KEY (also postmark, sendgrid, brevo, resend), file:/some/folder, "
        "console:, or failing:smtp-451,ok for trying out failures. "
        "Default: files in the folder outbox of the home.",
    )
    mail_from: str = _setting(
        "",
        _mail_from,
        "Who mails are from, as in Millgate <millgate@example.com>. "
        "Default: Millgate and the host of the origin.",
    )
    mail_off: tuple[str, ...] = _setting(
        (),
        _mail_kinds,
        "Mails that are not sent, separated by commas, out of: " + ", ".join(MAILS_OPTIONAL) + ".",
    )
    mail_days: int = _setting(
        30, _whole(1, 3650), "How many days the console shows mails that were sent, or that failed."
    )
    mail_keep_texts: bool = _setting(
        default=False,
        read=_flag,
        help_="Whether the text of a mail is kept once it is sent. Texts with one-time links never are.",
    )
    mail_seconds: float = _setting(
        30.0, _seconds(0.1, 600), "How long handing over one mail may take before it is tried later."
    )
    action_calls: int = _setting(
        300,
        _whole(0, 1_000_000),
        "How many calls of the action API one session or application may make in a minute, and a quarter of "
        "how many one address may; each worker counts its own. 0 is for no limit.",
    )
    stop_seconds: float = _setting(
        15.0,
        _seconds(0, 600),
        "How long calls under way may take to finish once the server is told to stop.",
    )
    log_level: str = _setting(
        "info", _one_of("debug", "info", "warning", "error"), "The lowest level that is logged."
    )
    log_format: str = _setting("text", _one_of("text", "json"), "How log lines are written.")
    demo: bool = _setting(
        default=False,
        read=_flag,
        help_="Set by `millgate demo`: pages say so, and the sample company moves with the clock.",
    )

    sandbox: bool = _setting(
        default=False,
        read=_flag,
        help_="Whether this installation is for trying out alone: its clock may be jumped. The demo is one.",
    )
    fault_header: bool = _setting(
        default=False,
        read=_flag,
        help_="Whether a caller with a good subscription may ask for an error on the test tier, by the "
        "header X-Millgate-Fault; and an application for an error of the token endpoint. The demo allows it.",
    )
    production_faults: bool = _setting(
        default=False,
        read=_flag,
        help_="Whether fault rules may strike the production tier, and token requests of applications that "
        "are not Test Only. What callers ask for by header never does.",
    )

    @property
    def is_sandbox(self) -> bool:
        """Whether the clock may be jumped."""
        return self.sandbox or self.demo

    @property
    def takes_fault_header(self) -> bool:
        """Whether callers may ask for errors on the test tier."""
        return self.fault_header or self.demo

    @property
    def speaks_tls(self) -> bool:
        """Whether the server itself does, not a proxy in front."""
        return self.tls or self.tls_certificate is not None

    @property
    def public_origin(self) -> str:
        """The origin as set, or made from host and port.

        Under TLS a host of this machine alone is called localhost: browsers and libraries know it.
        """
        if self.origin:
            return self.origin
        if self.speaks_tls and _own_machine(self.host):
            return f"https://localhost:{self.port}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.speaks_tls else 'http'}://{host}:{self.port}"

    @property
    def mail_route(self) -> MailRoute:
        """The way mails leave, as set or by files."""
        return MailRoute.parse(self.mail_url.reveal() if self.mail_url else "file:")

    @property
    def mail_sender(self) -> str:
        """Who mails are from, as set or made from the host of the origin."""
        if self.mail_from:
            return self.mail_from
        host = urlsplit(self.public_origin).hostname or "localhost"
        named = _ADDRESS.fullmatch(f"millgate@{host}") and not host.replace(".", "").isdigit()
        return f"Millgate <millgate@{host if named else 'localhost'}>"

    def master(self) -> MasterKey:
        """The master key: as set, or kept in the home (made there at first use)."""
        if self.master_key is not None:
            return MasterKey.parse(self.master_key.reveal())
        return MasterKey.keep(self.home / "master.key")


@dataclass(frozen=True, slots=True)
class SettingDoc:
    """One row of the settings reference."""

    name: str
    variable: str
    default: str
    help: str


def load(environ: Mapping[str, str]) -> Settings:
    """Read the settings.

    Raises:
        SettingsFaulty: with all that is wrong, unknown names in the file included.
    """
    faults: dict[str, str] = {}
    given = _from_file(environ, faults) | {
        item.name: environ[variable] for item in fields(Settings) if (variable := _variable(item)) in environ
    }
    known = {item.name: item for item in fields(Settings)}
    values: dict[str, Any] = {}
    for name, value in given.items():
        if name not in known:
            faults[name] = "there is no such setting"
            continue
        try:
            values[name] = known[name].metadata["read"](value)
        except ValueError as wrong:
            faults[name] = str(wrong)
    if values.get("plant_url") and values["plant_url"] == values.get("plant_test_url"):
        faults["plant_test_url"] = "expected another database than plant_url names"
    if values.get("workers", 1) > 1 and not values.get("redis_url"):
        faults["workers"] = "more than one worker needs redis_url, so that limits are counted together"
    for more in (_tls_faults(values), _usage_faults(values)):
        faults |= {name: why for name, why in more.items() if name not in faults}
    if faults:
        raise SettingsFaulty(faults)
    return Settings(**values)


def origins(environ: Mapping[str, str]) -> dict[str, str]:
    """Where each setting that was given comes from: `environment` or `file`. Others have their default."""
    file = dict.fromkeys(_from_file(environ, {}), "file")
    given = (item.name for item in fields(Settings) if _variable(item) in environ)
    return file | dict.fromkeys(given, "environment")


def _tls_faults(values: Mapping[str, Any]) -> dict[str, str]:
    """What does not go together about TLS."""
    faults: dict[str, str] = {}
    pair = ("tls_certificate", "tls_key")
    for name, other in (pair, pair[::-1]):
        if values.get(name) and not values.get(other):
            faults[other] = f"{name} is set, so this must be, too"
    if not (values.get("tls") or values.get("tls_certificate")):
        return faults
    if values.get("tls") is False:
        faults["tls"] = "expected true where tls_certificate is set"
    if values.get("origin", "").startswith("http://"):
        faults["origin"] = "expected https:// where the server speaks TLS"
    if values.get("interface", "direct") != "direct":
        faults["interface"] = "expected direct where the server speaks TLS; or let a proxy in front speak it"
    return faults


def _usage_faults(values: Mapping[str, Any]) -> dict[str, str]:
    """What is kept more coarsely must be kept no shorter."""
    names = ("usage_minutes_days", "usage_quarters_days", "usage_days")
    kept = {item.name: values.get(item.name, item.default) for item in fields(Settings) if item.name in names}
    return {
        longer: f"expected at least {kept[name]}, the days of {name}"
        for name, longer in pairwise(names)
        if kept[longer] < kept[name]
    }


def _own_machine(host: str) -> bool:
    """Whether a host is a loopback address, or stands for every address."""
    try:
        address = ip_address(host)
    except ValueError:
        return host == "localhost"
    return address.is_loopback or address.is_unspecified


def reference() -> list[SettingDoc]:
    """Every setting with its variable, default and help, in the order of declaration."""
    return [
        SettingDoc(item.name, _variable(item), _shown(item), item.metadata["help"])
        for item in fields(Settings)
    ]


def _variable(item: Field[Any]) -> str:
    return PREFIX + item.name.upper()


def _shown(item: Field[Any]) -> str:
    if "shown" in item.metadata:
        return str(item.metadata["shown"])
    if item.default is MISSING or item.default in {None, "", ()}:
        return ""
    return str(item.default).lower() if isinstance(item.default, bool) else str(item.default)


def _from_file(environ: Mapping[str, str], faults: dict[str, str]) -> dict[str, object]:
    named = environ.get(CONFIG_VARIABLE)
    try:
        path = Path(named) if named else _expanded(environ.get(PREFIX + "HOME", HOME)) / CONFIG_FILE
    except ValueError:
        return {}  # the home's own reader says what is wrong with it
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if named:
            faults[CONFIG_VARIABLE] = f"there is no file {path}"
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as wrong:
        faults[os.fspath(path)] = str(wrong)
    return {}
