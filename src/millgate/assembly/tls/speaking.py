"""What a server speaks TLS with: a context whose certificate follows the files while it runs."""

from __future__ import annotations

import os
import ssl
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import urlsplit

import structlog

from millgate.assembly.tls import making
from millgate.assembly.tls.keeping import Files, Kept, TlsUnusable, keep, read_certificates, read_key

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from millgate.core.clock import Clock
    from millgate.core.settings import Settings

LOCAL_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})

_log = structlog.get_logger("millgate.assembly")


class Source(Protocol):
    """Where the certificate comes from.

    Attributes:
        certificate, key: files in PEM form.
    """

    certificate: Path
    key: Path

    def check(self, now: datetime) -> None:
        """See to it that both can be used now; renew what can be renewed.

        Raises:
            TlsUnusable: they cannot.
        """


class Given:
    """A certificate that somebody else makes and renews."""

    def __init__(self, certificate: Path, key: Path) -> None:
        self.certificate = certificate
        self.key = key

    def check(self, now: datetime) -> None:
        """Read both, and compare them with one another and with the clock."""
        certificate, key = read_certificates(self.certificate)[0], read_key(self.key)
        if certificate.public_key() != key.public_key():
            raise TlsUnusable(f"{self.key}: it is not the key of {self.certificate}")
        if now >= certificate.not_valid_after_utc:
            raise TlsUnusable(
                f"{self.certificate}: it ended at {certificate.not_valid_after_utc:%Y-%m-%d %H:%M} UTC"
            )
        if now < certificate.not_valid_before_utc:
            begins = certificate.not_valid_before_utc
            raise TlsUnusable(f"{self.certificate}: it does not begin before {begins:%Y-%m-%d %H:%M} UTC")


class Local:
    """The certificate of the home's own authority.

    Attributes:
        kept: what stands in the files; None before the first check.
    """

    def __init__(self, home: Path, names: frozenset[str]) -> None:
        self.files = Files.of(home)
        self.certificate, self.key = self.files.server, self.files.server_key
        self.kept: Kept | None = None
        self._names = names

    def check(self, now: datetime) -> None:
        """Make or renew what is due."""
        self.kept = keep(self.files, self._names, now)


class ServerTls:
    """A server's TLS.

    Attributes:
        source: of the certificate.
        context: for the server; made once, so that workers forked later resume one another's sessions.
    """

    def __init__(self, source: Source, clock: Clock) -> None:
        """Check the source.

        Raises:
            TlsUnusable: it cannot be used.
        """
        self.source = source
        self._clock = clock
        source.check(clock.utc())
        self.context = _context()
        self._loaded = self._mark()
        self._load()

    async def renew(self) -> None:
        """Renew what is due, and take another certificate into use. One worker does it for all."""
        try:
            self.source.check(self._clock.utc())
        except TlsUnusable as wrong:
            _log.error("certificate_unusable", why=str(wrong))
        else:
            await self.follow()

    async def follow(self) -> None:
        """Take another certificate into use, when the files have changed; connections go on with theirs."""
        try:
            mark = self._mark()
            if mark == self._loaded:
                return
            self._load()
        except (OSError, TlsUnusable) as wrong:
            _log.error("certificate_unusable", why=str(wrong))
        else:
            self._loaded = mark
            _log.info("certificate_in_use", file=str(self.source.certificate))

    def _load(self) -> None:
        """Load both files, or leave the context as it is."""
        # A pair that does not fit would leave the context without a key, so another context tries it.
        for context in (_context(), self.context):
            try:
                context.load_cert_chain(self.source.certificate, self.source.key, password="")
            except (OSError, ssl.SSLError) as wrong:
                raise TlsUnusable(f"{self.source.certificate}: it cannot be used: {wrong}") from wrong

    def _mark(self) -> tuple[object, ...]:
        """Something that changes with the files."""
        return tuple((stat.st_ino, stat.st_mtime_ns) for stat in _stats(self.source))


def open_tls(settings: Settings, clock: Clock) -> ServerTls | None:
    """What the server speaks TLS with; None when it does not.

    Raises:
        TlsUnusable: the certificate cannot be used or made.
    """
    if not settings.speaks_tls:
        return None
    if settings.tls_certificate is not None and settings.tls_key is not None:
        return ServerTls(Given(settings.tls_certificate, settings.tls_key), clock)
    return ServerTls(Local(settings.home, names_of(settings)), clock)


def authority_file(settings: Settings) -> Path | None:
    """The certificate that clients must trust; None when there is no TLS, or its certificate was given."""
    local = settings.speaks_tls and settings.tls_certificate is None
    return Files.of(settings.home).authority if local else None


def names_of(settings: Settings) -> frozenset[str]:
    """The names under which the server is reached: its own machine's, its host, and its origin's.

    Raises:
        TlsUnusable: one of them cannot stand in a certificate.
    """
    given = [name for name in (settings.host, urlsplit(settings.public_origin).hostname) if name]
    try:
        return LOCAL_NAMES | {making.normal(name) for name in given if not _any(name)}
    except ValueError:
        raise TlsUnusable(f"There is no certificate for one of the names {', '.join(given)}.") from None


def _any(name: str) -> bool:
    """Whether a host stands for every address."""
    try:
        return ip_address(name).is_unspecified
    except ValueError:
        return False


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION
    context.set_alpn_protocols(["http/1.1"])
    return context


def _stats(source: Source) -> list[os.stat_result]:
    return [source.certificate.stat(), source.key.stat()]
