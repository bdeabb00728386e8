"""The ASGI face: tests, other servers, and the server that we ship (it hands the raw path on)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any, TypeAlias

from millgate.core.errors import BODY_CUT_SHORT, Refusal, Refused
from millgate.wire.forwarded import Networks
from millgate.wire.intake import Told, nobody_told, taken_in
from millgate.wire.messages import WITHOUT_CONTENT, Plane, Request, Response, closing
from millgate.wire.patience import patient
from millgate.wire.refusals import answer

Scope: TypeAlias = dict[str, Any]
Message: TypeAlias = dict[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]


class AsgiFace:
    """Makes a plane an ASGI 3 application.

    Args:
        plane: answers.
        trusted: the proxies that are believed about who calls.
        told: is told of what is refused here.
    """

    def __init__(self, plane: Plane, trusted: Networks = (), told: Told = nobody_told) -> None:
        self._plane = plane
        self._trusted = trusted
        self._told = told

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request; WebSocket is refused, lifespan ignored."""
        if scope["type"] == "http":
            await _send(receive, send, await self._answer(scope, receive), scope["method"])
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close"})
        else:
            raise NotImplementedError(scope["type"])

    async def _answer(self, scope: Scope, receive: Receive) -> Response:
        raw_path: bytes = scope.get("raw_path") or scope["path"].encode()
        client = scope["client"][0] if scope["client"] else ""
        request = taken_in(
            method=scope["method"],
            raw_path=raw_path,
            query=scope["query_string"].decode("latin-1"),
            headers=_headers(scope["headers"]),
            client=client,
            scheme=scope["scheme"],
            reader=patient(_Body(receive).read),
            trusted=self._trusted,
        )
        if isinstance(request, Request):
            return await self._plane(request)
        self._told(request, scope["method"], raw_path.decode("ascii", "backslashreplace"), client)
        return answer(request)


def _headers(raw: Iterable[tuple[bytes, bytes]]) -> tuple[tuple[str, str], ...]:
    return tuple([(str(name, "latin-1"), str(value, "latin-1")) for name, value in raw])


class _Body:
    """Hands on what the body's messages hold."""

    __slots__ = ("_receive",)

    def __init__(self, receive: Receive) -> None:
        self._receive = receive

    async def read(self) -> AsyncIterator[bytes]:
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise Refused(Refusal(BODY_CUT_SHORT))
            if chunk := message.get("body"):
                yield chunk
            if not message.get("more_body"):
                return


async def _send(receive: Receive, send: Send, response: Response, method: str) -> None:
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
    body = response.body
    if isinstance(body, bytes):
        known = method == "HEAD" and any(name == b"content-length" for name, _ in headers)
        if not known and response.status not in WITHOUT_CONTENT:
            headers.append((b"content-length", b"%d" % len(body)))
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if method == "HEAD" else body})
        return
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    async with closing(body):
        if method != "HEAD":
            await _stream(receive, send, body)
    await send({"type": "http.response.body", "body": b""})


async def _stream(receive: Receive, send: Send, body: AsyncIterator[bytes]) -> None:
    """Send the pieces until they end or nobody is there: sending itself does not tell that.

    Raises:
        ConnectionAbortedError: nobody is there. The server, which may be wrong about that, thereby breaks the
            answer off instead of ending it: what is cut never looks whole.
    """
    left = asyncio.create_task(_has_left(receive))
    try:
        async for chunk in body:
            if left.done() and left.result():
                raise ConnectionAbortedError("the client has gone")
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
    finally:
        left.cancel()


async def _has_left(receive: Receive) -> bool:
    """Return True once the client has gone; False from a server that goes on after the body's end."""
    whole = False
    while (message := await receive())["type"] != "http.disconnect":
        if whole:
            return False
        whole = not message.get("more_body")
    return True
