"""One connection: requests in the order in which they came, each answered before the next."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Final, cast

import structlog

from millgate.core.errors import (
    HEAD_TOO_LARGE,
    HEAD_TOO_SLOW,
    MANAGED_FAILURE,
    UPGRADE_UNSUPPORTED,
    Refusal,
    Refused,
)
from millgate.core.values import new_id
from millgate.wire.http1.arrivals import Arrivals
from millgate.wire.http1.bodies import CONTINUE
from millgate.wire.http1.heads import HeadUnsendable
from millgate.wire.http1.incoming import CLOSE, Incoming
from millgate.wire.http1.outlet import Outlet
from millgate.wire.http1.sending import AnswerUnfinished, send, whole
from millgate.wire.intake import taken_in
from millgate.wire.later import Later, Outcome
from millgate.wire.messages import BrokenOff, Memory, Response, no_body
from millgate.wire.patience import patient
from millgate.wire.refusals import answer, failure

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from millgate.wire.http1.bodies import IncomingBody
    from millgate.wire.http1.service import Service
    from millgate.wire.messages import BodyReader

MOST_WAITING: Final = 32
"""Requests that may wait behind one another before the client is no longer listened to."""

LAST: Final = frozenset({HEAD_TOO_LARGE.code, UPGRADE_UNSUPPORTED.code})
"""Behind what is so refused comes hardly anything that should be answered."""

TOO_SLOW: Final = Refusal(HEAD_TOO_SLOW)

_log = structlog.get_logger("millgate.wire")


class Connection(Arrivals, asyncio.Protocol):
    """Speaks HTTP/1.1 with one client. Its requests are answered one after the other.

    What is answered without waiting is sent as soon as the request is there; everything else is left to
    the connection's one task, which the event loop has to wake for it.

    Args:
        service: what all connections of a server have in common.
    """

    def __init__(self, service: Service) -> None:
        super().__init__()
        self._service = service
        self._transport: asyncio.Transport | None = None
        self._client = ""
        self._half_open = True
        self._held = 0
        self._deaf = False
        self._all_heard = False
        self._waiting: deque[Incoming] = deque()
        self._wanted: asyncio.Future[None] | None = None
        self._busy = False
        self._asked: Response | Awaitable[Response] | None = None
        self._over = False
        self._deadline = 0.0

    # What the event loop tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there."""
        # A stream server makes no other, but uvloop's does not say so.
        self._transport = cast("asyncio.Transport", transport)
        service = self._service
        self._outlet = Outlet(self._transport, service.outbox, service.time, service.patience.write)
        peer = transport.get_extra_info("peername")
        self._client = peer[0] if isinstance(peer, tuple) else ""
        self._half_open = transport.get_extra_info("sslcontext") is None
        if service.full:
            self._deaf = True
            self._outlet.break_off()
        else:
            service.began(self, self._work())

    def data_received(self, data: bytes) -> None:
        """Something came."""
        if self._deaf:
            return
        in_head = self.in_head
        try:
            refusal = self.feed(data)
            if refusal is not None:
                self._refuse_rest(refusal)
            elif self._busy:
                return
            elif self._waiting:
                self._answer_at_once()
            elif self.in_head and not in_head:
                self._wait(self._service.patience.head)
        except Exception:  # noqa: BLE001 - the border: the client sees a broken connection, the log why
            _log.exception("connection_failed")
            self._outlet.break_off()

    def eof_received(self) -> bool:
        """The client has said all; it may still listen."""
        self._all_heard = True
        self._hear_no_more()
        return self._half_open

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone."""
        del exc
        self._all_heard = True
        self._hear_no_more()
        self._outlet.lost()

    def pause_writing(self) -> None:
        """The client reads more slowly than it is sent to."""
        self._outlet.is_full()

    def resume_writing(self) -> None:
        """It has read."""
        self._outlet.has_room()

    # What arrives

    def put(self, incoming: Incoming) -> None:
        """Its head is there."""
        self._waiting.append(incoming)
        if len(self._waiting) == MOST_WAITING:
            self.hold()

    def hold(self) -> None:
        """Listen no more."""
        self._held += 1
        if self._held == 1 and self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def release(self) -> None:
        """Listen again, unless it is held for something else, too."""
        self._held -= 1
        if self._held == 0:
            self._listen()

    def encourage(self) -> None:
        """Ask for a body (RFC 9110 section 10.1.1)."""
        self._outlet.write(CONTINUE)

    def _listen(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def _refuse_rest(self, refusal: Refusal) -> None:
        """What comes cannot be understood: the request is refused, and nothing behind it is read."""
        if not self.end():
            self.put(Incoming(refusal=refusal, last=True))
        self._hear_no_more()

    def _hear_no_more(self) -> None:
        """Nothing more will come: who waits for it is told."""
        self._deaf = True
        self.end()
        self._wake()

    # Requests in their order

    def _answer_at_once(self) -> None:
        """Answer what waits, as long as nothing has to be waited for; the task is woken for the rest."""
        while self._waiting:
            incoming = self._waiting[0]
            if incoming.body is not None or incoming.refusal is not None:
                return self._wake()
            self._busy = True
            asked = self._asked = self._ask(incoming)
            if isinstance(asked, Response) and self._sent_at_once(incoming, asked):
                self._taken()
            elif isinstance(asked, Later):
                self._deadline = 0.0
                return asked.tell(self._came)
            else:
                return self._wake()
        return self._rest()

    def _came(self, outcome: Outcome) -> None:
        """The answer for which the first request waits is there."""
        if not isinstance(self._asked, Later):
            # Nobody wants it any more.
            return _drop(outcome)
        if isinstance(outcome, Exception):
            # The task awaits it, and sees to the rest.
            return self._wake()
        try:
            self._asked = outcome
            if not isinstance(outcome, Response) or not self._sent_at_once(self._waiting[0], outcome):
                return self._wake()
            self._taken()
            self._answer_at_once()
        except Exception:  # noqa: BLE001 - the border: the client sees a broken connection, the log why
            _log.exception("answer_broken_off")
            self._outlet.break_off()
        return None

    def _sent_at_once(self, incoming: Incoming, response: Response) -> bool:
        """Whether a response could be sent without waiting for the client; if not, the task does."""
        body, goes_on = response.body, self._goes_on(incoming, response)
        if not goes_on or self._outlet.full or not isinstance(body, bytes):
            return False
        try:
            self._outlet.write_soon(whole(incoming, response, body, self._service.date, goes_on=goes_on))
        except HeadUnsendable:
            return False
        self._busy, self._asked = False, None
        return True

    def _taken(self) -> Incoming:
        if len(self._waiting) == MOST_WAITING:
            self.release()
        return self._waiting.popleft()

    def _rest(self) -> None:
        """Nothing is under way: the client is given time for what comes next."""
        self._over = False
        self._wait(self._service.patience.head if self.in_head else self._service.patience.idle)

    def _wake(self) -> None:
        if self._wanted is not None and not self._wanted.done():
            self._wanted.set_result(None)

    async def _next(self) -> Incoming | None:
        """The next request; None when there will be none."""
        self._busy = False
        while not self._waiting:
            if self._deaf or self._over or self._service.stopping:
                return None
            self._rest()
            self._wanted = self._service.future()
            await self._wanted
        self._busy = True
        self._over = False
        self._deadline = 0.0
        return self._taken()

    # Answers

    async def _work(self) -> None:
        try:
            while (incoming := await self._next()) is not None:
                if not (await self._serve(incoming) and self._outlet.open):
                    break
            await self._leave()
        except (Refused, AnswerUnfinished, BrokenOff) as why:
            _log.warning("answer_broken_off", why=str(why) or type(why).__name__)
        except Exception:  # noqa: BLE001 - the border: the client sees a broken connection, the log why
            _log.exception("answer_broken_off")
        finally:
            asked, self._asked = self._asked, None
            _drop(asked)
            self._outlet.break_off()

    async def _serve(self, incoming: Incoming) -> bool:
        """Answer one request; whether the connection goes on."""
        asked, self._asked = self._asked, None
        if asked is None:
            asked = self._ask(incoming)
        response = asked if isinstance(asked, Response) else await asked
        body, goes_on = incoming.body, self._goes_on(incoming, response)
        if body is not None:
            body.answer_begins()
        try:
            return await send(self._outlet, incoming, response, self._service.date, goes_on=goes_on)
        except HeadUnsendable:
            failed = _failed(incoming)
            return await send(self._outlet, incoming, failed, self._service.date, goes_on=goes_on)
        finally:
            if body is not None:
                body.drop()

    def _goes_on(self, incoming: Incoming, response: Response) -> bool:
        """Whether another request may follow."""
        body = incoming.body
        return incoming.keep_alive and not (
            incoming.last
            or CLOSE in response.headers
            or self._service.stopping
            or (body is not None and not body.complete)
            or (response.refusal is not None and response.refusal.problem.code in LAST)
        )

    def _ask(self, incoming: Incoming) -> Response | Awaitable[Response]:
        service = self._service
        if incoming.request is not None:
            return service.ask(incoming.request)
        if incoming.refusal is not None:
            return self._refused(incoming.refusal, incoming)
        path, query = incoming.parts()
        request = taken_in(
            method=incoming.method,
            raw_path=path,
            query=query,
            headers=incoming.headers,
            client=self._client,
            scheme=service.scheme,
            reader=no_body if incoming.body is None else _reader(incoming.body),
            trusted=service.trusted,
            host_needed=not incoming.http10,
            named=incoming.fields,
            small=incoming.small,
            memory=incoming.memory,
            again=Memory() if incoming.again else None,
        )
        if isinstance(request, Refusal):
            return self._refused(request, incoming)
        if incoming.again:
            incoming.request = request
        return service.ask(request)

    def _refused(self, refusal: Refusal, incoming: Incoming) -> Response:
        path = incoming.target.partition(b"?")[0].decode("ascii", "backslashreplace")
        self._service.told(refusal, incoming.method, path, self._client)
        return answer(refusal)

    async def _leave(self) -> None:
        """End the connection so that the client gets what was sent, also while it is still sending."""
        unheard = self._deaf or bool(self._waiting) or not self.between
        self._busy = self._deaf = True
        self.end()
        if unheard and self._half_open and not self._all_heard:
            await self._linger()
        self._deadline = 0.0
        await self._outlet.close()

    async def _linger(self) -> None:
        """Let the client come to its end: closing now could take its answer away (RFC 9112 section 9.6).

        TLS has its own way to part.
        """
        self._outlet.say_all()
        self._listen()
        self._wait(self._service.patience.linger)
        self._over = False
        while not (self._all_heard or self._over):
            self._wanted = self._service.future()
            await self._wanted

    # Being patient

    def look(self, now: float) -> None:
        """Give the client up when it was too slow."""
        if 0.0 < self._deadline <= now:
            self._deadline = 0.0
            if self.in_head and not self._busy:
                self._refuse_rest(TOO_SLOW)
            else:
                self._over = True
                self._wake()
        self._outlet.look(now)

    def let_go(self) -> None:
        """End, unless a request is under way."""
        self._wake()

    def _wait(self, seconds: float) -> None:
        self._deadline = self._service.time() + seconds


def _reader(body: IncomingBody) -> BodyReader:
    """Reads a body, and is patient with its sender when there is something to wait for."""
    return body.read if body.complete else patient(body.read)


def _drop(asked: object) -> None:
    """What was begun for an answer, and nobody waits for, is ended."""
    if isinstance(asked, Coroutine):
        asked.close()


def _failed(incoming: Incoming) -> Response:
    activity_id = new_id()
    _log.error("head_unsendable", activity_id=activity_id, target=incoming.target[:200])
    return failure(MANAGED_FAILURE, activity_id)
