"""A mail server and a provider's API on the loopback, which answer as a test tells them to."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, cast

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

TAKEN = "250 taken"
DROP = "drop"
HOLD = "hold"
"""Says nothing after the end of DATA until the test lets it."""


@dataclass
class MailServer:
    """A server for mail (aiosmtpd).

    Attributes:
        port: where it listens.
        user, password: who may send; everybody when empty.
        to_recipients, to_mails: what is said to recipients and after DATA, in turn; then all are taken.
        received: mails taken, or held when the sender went away, as recipient and bytes.
        seen: mails whose DATA came to its end, taken or not.
        holding: is set while an answer to DATA is held back.
    """

    port: int = 0
    user: str = ""
    password: str = ""
    to_recipients: deque[str] = field(default_factory=deque)
    to_mails: deque[str] = field(default_factory=deque)
    received: list[tuple[str, bytes]] = field(default_factory=list)
    seen: int = 0
    over_tls: list[bool] = field(default_factory=list)
    holding: Event = field(default_factory=Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: object, envelope: Any, address: str, _options: list[str]
    ) -> str:
        if self.to_recipients and (said := self.to_recipients.popleft()) != TAKEN:
            return said
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802 - as above
        self.seen += 1
        self.over_tls.append(session.ssl is not None)
        said = self.to_mails.popleft() if self.to_mails else TAKEN
        if said == DROP:
            cast("asyncio.Transport", server.transport).abort()
            return "421 gone"
        if said == HOLD:
            self.holding.set()
            await self.released.wait()
            said = TAKEN
        if said == TAKEN:
            self.received.append((envelope.rcpt_tos[0], bytes(envelope.content)))
        return said

    def authenticate(
        self, _server: object, _session: object, _envelope: object, _way: str, data: Any
    ) -> AuthResult:
        good = isinstance(data, LoginPassword) and (data.login, data.password) == (
            self.user.encode(),
            self.password.encode(),
        )
        return AuthResult(success=good, handled=False)


@contextmanager
def mail_server(
    *, user: str = "", password: str = "", tls: ssl.SSLContext | None = None, implicit: bool = False
) -> Iterator[MailServer]:
    """Serve until the block ends, on a thread of its own.

    Args:
        user: who must sign in.
        password: by what.
        tls: what it speaks TLS with: after STARTTLS, which it insists on, or from the first byte.
        implicit: whether from the first byte.
    """
    told = MailServer(user=user, password=password)
    loop = asyncio.new_event_loop()

    def protocol() -> SMTP:
        starttls = tls if not implicit else None
        return SMTP(
            told,
            hostname="mail.test",
            tls_context=starttls,
            require_starttls=starttls is not None,
            authenticator=told.authenticate if user else None,
            # Where TLS is spoken from the first byte, aiosmtpd does not see it, and warns.
            auth_required=bool(user) and starttls is not None,
            auth_require_tls=bool(user) and starttls is not None,
            loop=loop,
        )

    async def listen() -> asyncio.Server:
        return await loop.create_server(protocol, "127.0.0.1", 0, ssl=tls if implicit else None)

    server = loop.run_until_complete(listen())
    told.port = server.sockets[0].getsockname()[1]
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield told
    finally:
        asyncio.run_coroutine_threadsafe(_end(server, told), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _end(server: asyncio.Server, told: MailServer) -> None:
    told.released.set()
    server.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await asyncio.sleep(0)


@dataclass
class Provider:
    """An API over HTTP that takes mails.

    Attributes:
        address: its base.
        answers: status and JSON, in turn; None goes away without an answer.
        asked: path and JSON of each request.
    """

    address: str = ""
    answers: deque[tuple[int, object] | None] = field(default_factory=deque)
    asked: list[tuple[str, Any]] = field(default_factory=list)


@contextmanager
def provider() -> Iterator[Provider]:
    """Serve until the block ends."""
    told = Provider()

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.asked.append((self.path, json.loads(body)))
            answer = told.answers.popleft()
            if answer is None:
                self.close_connection = True
                return
            status, content = answer
            written = content.encode() if isinstance(content, str) else json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(written)))
            self.end_headers()
            self.wfile.write(written)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    told.address = f"http://127.0.0.1:{server.server_address[1]}/api/1.0/"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
