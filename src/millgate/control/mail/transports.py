"""The ways mails leave: files, the standard output, mail servers, providers, and scripted failures.

Whatever goes wrong becomes `NotSent`, which says whether it is worth trying again, and never holds a secret.
"""

from __future__ import annotations

import itertools
import os
import re
import smtplib
import ssl
import sys
from contextlib import contextmanager, suppress
from functools import cached_property
from socket import SHUT_RDWR
from threading import Lock, Timer
from typing import TYPE_CHECKING, Any, Final, Protocol

from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.smtp import EmailBackend
from django.core.mail.message import BadHeaderError

from millgate.control.mail.rendering import one_line
from millgate.core.mail_route import PROVIDERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from socket import socket

    from millgate.core.mail_route import MailRoute

LONGEST_ERROR: Final = 400
_PERMANENT: Final = 500
"""The first status by which a mail server says that trying again will not help (RFC 5321 section 4.2.1)."""


class NotSent(Exception):  # noqa: N818 - what happened, as it is told
    """A mail was not taken.

    Attributes:
        final: whether the mail itself is to blame, so that trying again would not help. What is wrong with
            the way (a password, a connection) is not final: somebody mends it within the day.
    """

    def __init__(self, why: str, *, final: bool = False) -> None:
        super().__init__(one_line(why, LONGEST_ERROR))
        self.final = final


class Transport(Protocol):
    """A way for mails."""

    def send(self, message: EmailMultiAlternatives) -> str:
        """Hand over one mail to one address; gives how the other side calls it, or nothing.

        Raises:
            NotSent: it was not taken, or it is not known whether it was.
        """
        ...


def transport_of(route: MailRoute, *, outbox: Path, seconds: float) -> Transport:
    """The transport of a route.

    Args:
        route: as the settings say.
        outbox: where files go, unless the route says otherwise.
        seconds: how long handing over one mail may take.
    """
    if route.kind in PROVIDERS:
        return ProviderTransport(route, seconds)
    if route.kind in {"smtp", "smtps"}:
        return SmtpTransport(route, seconds)
    if route.kind == "console":
        return ConsoleTransport()
    files = FileTransport(type(outbox)(route.place) if route.place else outbox)
    return FailingTransport(route.steps, files) if route.kind == "failing" else files


def bytes_of(message: EmailMultiAlternatives) -> bytes:
    """The mail as it travels (RFC 5322)."""
    travelling: Any = message.message()  # Django's own class, of which its types know less
    return bytes(travelling.as_bytes(linesep="\r\n"))


# Files, and the standard output


class FileTransport:
    """Writes each mail to a file of its own that only its owner can read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, message: EmailMultiAlternatives) -> str:
        """Write it under the name of its message ID, so that a second try replaces the first."""
        name = str(message.extra_headers["Message-ID"]).strip("<>").partition("@")[0] + ".eml"
        with _outcome("the folder of mails"):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft = self._folder / f".{name}.part"
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(bytes_of(message))
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._folder / name)
        return name


class ConsoleTransport:
    """Writes mails to the standard output."""

    def send(self, message: EmailMultiAlternatives) -> str:
        """Write it."""
        sys.stdout.write(message.message().as_string() + "\n")
        sys.stdout.flush()
        return ""


class FailingTransport:
    """Fails as told, in turn; what is `ok` goes to files. For trying out what happens then."""

    _turns: Final[dict[tuple[str, ...], itertools.cycle[str]]] = {}
    _lock: Final = Lock()

    def __init__(self, steps: tuple[str, ...], files: FileTransport) -> None:
        self._steps = steps
        self._files = files

    def send(self, message: EmailMultiAlternatives) -> str:
        """Do the next step. The turns go on as long as the process does."""
        with self._lock:
            step = next(self._turns.setdefault(self._steps, itertools.cycle(self._steps)))
        if step == "ok":
            return self._files.send(message)
        word, _, status = step.partition("-")
        final = (word == "smtp" and int(status) >= _PERMANENT) or step == "rejected"
        raise NotSent(f"scripted: {step}", final=final)


# Mail servers


class SmtpTransport:
    """Hands mails to a mail server; the whole of it is bounded in time."""

    def __init__(self, route: MailRoute, seconds: float) -> None:
        self._route = route
        self._seconds = seconds

    def send(self, message: EmailMultiAlternatives) -> str:
        """Hand it over on a connection of its own."""
        route = self._route
        server = _Server(
            host=route.host,
            port=route.port,
            username=route.user,
            password=route.secret.reveal(),
            use_tls=route.starttls,
            use_ssl=route.kind == "smtps",
            timeout=self._seconds,
        )
        server.authority = route.ca or None
        timer = Timer(self._seconds, server.break_off)
        timer.daemon = True
        timer.start()
        try:
            with _outcome(f"{route.host}:{route.port}", route.redact):
                server.open()
                server.send_messages([message])
        except NotSent:
            server.break_off()  # so that taking leave waits for no answer
            raise
        finally:
            with suppress(OSError, smtplib.SMTPException):
                server.close()
            timer.cancel()
        return ""


class _Server(EmailBackend):
    """Django's, which can be broken off and can trust an authority of one's own."""

    authority: str | None = None
    _spoken: smtplib.SMTP | None = None

    @cached_property
    def ssl_context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.authority)

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        base: type[smtplib.SMTP] = smtplib.SMTP_SSL if self.use_ssl else smtplib.SMTP
        server = self

        class Spoken(base):  # type: ignore[misc,valid-type]
            def _get_socket(self, host: str, port: int, timeout: float) -> socket:
                server._spoken = self
                opened: socket = super()._get_socket(host, port, timeout)
                return opened

        return Spoken

    def break_off(self) -> None:
        """End the connection under whoever waits for an answer."""
        opened = getattr(self._spoken, "sock", None)
        if opened is not None:
            with suppress(OSError):
                opened.shutdown(SHUT_RDWR)


# Providers

_CREDENTIAL: Final = {"postmark": "server_token"}
_WRONG_KEY: Final = frozenset({"Invalid_Key", "PaymentRequired", "Unknown_Subaccount"})
_REASON: Final = re.compile(r"(?!None)[A-Za-z-]{1,40}")
_REQUEST_WRONG: Final = 400
_WRONG_MAIL: Final = frozenset({"ValidationError"})


class ProviderTransport:
    """Hands mails to a provider over HTTP, through django-anymail."""

    def __init__(self, route: MailRoute, seconds: float) -> None:
        self._route = route
        self._seconds = seconds

    def send(self, message: EmailMultiAlternatives) -> str:
        """Hand it over; a provider that answers that it rejects the address has not taken it."""
        route = self._route
        options: dict[str, Any] = {_CREDENTIAL.get(route.kind, "api_key"): route.secret.reveal()}
        if route.api:
            options["api_url"] = route.api
        with _outcome(route.kind, route.redact):
            provider = get_connection(
                f"anymail.backends.{route.kind}.EmailBackend", requests_timeout=self._seconds, **options
            )
            provider.send_messages([message])
        status = getattr(message, "anymail_status", None)
        found = getattr(status, "message_id", None)
        return one_line(found or "")


# What went wrong


@contextmanager
def _outcome(where: str, redact: Callable[[str], str] = str) -> Iterator[None]:
    try:
        yield
    except NotSent:
        raise
    except Exception as wrong:  # noqa: BLE001 - a mail that no way can carry must not keep the others waiting
        raise NotSent(f"{where}: {redact(_told(wrong))}", final=_final(wrong)) from None


def _told(wrong: Exception) -> str:
    if isinstance(wrong, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(wrong.recipients.values()))
        return f"{code} {_decoded(text)}"
    if isinstance(wrong, smtplib.SMTPResponseException):
        return f"{wrong.smtp_code} {_decoded(wrong.smtp_error)}"
    if isinstance(wrong, TimeoutError):
        return "no answer in time"
    reason = _reject_reason(getattr(wrong, "response", None))
    return f"{type(wrong).__name__}: {wrong}" + (f" ({reason})" if reason else "")


def _reject_reason(response: Any) -> str:  # noqa: ANN401 - a response of requests, which is not loaded here
    """Why a provider rejected the address, as in `hard-bounce`; nothing where it does not say."""
    try:
        told = str(response.json()[0]["reject_reason"])
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        return ""
    return told if _REASON.fullmatch(told) else ""


def _decoded(text: bytes | str) -> str:
    return text if isinstance(text, str) else text.decode("utf-8", "replace")


def _final(wrong: Exception) -> bool:
    """Whether trying the same mail again would not help."""
    if isinstance(wrong, smtplib.SMTPRecipientsRefused):
        return all(code >= _PERMANENT for code, _ in wrong.recipients.values())
    if isinstance(wrong, (smtplib.SMTPAuthenticationError, smtplib.SMTPSenderRefused)):
        return False
    if isinstance(wrong, smtplib.SMTPConnectError | smtplib.SMTPHeloError):
        return False
    if isinstance(wrong, smtplib.SMTPDataError):
        return wrong.smtp_code >= _PERMANENT
    if isinstance(wrong, (BadHeaderError, UnicodeError)):
        return True
    return _final_for_provider(wrong)


def _final_for_provider(wrong: Exception) -> bool:
    from anymail import exceptions  # type: ignore[import-untyped]  # noqa: PLC0415 - costly, and not needed by those who have no provider

    if isinstance(wrong, exceptions.AnymailRecipientsRefused):
        return True
    if isinstance(wrong, (exceptions.AnymailSerializationError, exceptions.AnymailUnsupportedFeature)):
        return True
    if not isinstance(wrong, exceptions.AnymailRequestsAPIError) or wrong.status_code is None:
        return False
    name = _error_name(wrong.response)
    if name in _WRONG_KEY or wrong.status_code in {401, 403, 408, 429}:
        return False
    return name in _WRONG_MAIL or _REQUEST_WRONG <= wrong.status_code < _PERMANENT


def _error_name(response: Any) -> str:  # noqa: ANN401 - a response of requests, which is not loaded here
    try:
        return str(response.json()["name"])
    except (AttributeError, KeyError, TypeError, ValueError):
        return ""
