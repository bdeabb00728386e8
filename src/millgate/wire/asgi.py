"""The ASGI face: tests, other servers, and the server that we ship (it hands the raw path on)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any, Final, TypeAlias
from urllib.parse import quote

from millgate.core.errors import BODY_CUT_SHORT, Refusal, Refused
from millgate.wire.forwarded import Networks, caller_of
from millgate.wire.head import refusal_of
from millgate.wire.messages import WITHOUT_CONTENT, Plane, Request, Response, closing
from millgate.wire.patience import Patience
from millgate.wire.refusals import answer
from millgate.wire.target import segments_of

Scope: TypeAlias = dict[str, Any]
Message: TypeAlias = dict[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]

_ASCII: Final = "".join(chr(code) for code in range(0x21, 0x7F))


class AsgiFace:
    """Makes a plane an ASGI 3 application.

    Args:
        plane: answers.
        trusted: the proxies that are believed about who calls.
    """

    def __init__(self, plane: Plane, trusted: Networks = ()) -> None:
        self._plane = plane
        self._trusted = trusted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request; WebSocket is refused, lifespan ignored."""
        if scope["type"] == "http":
            await _send(send, await self._answer(scope, receive), scope["method"])
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close"})
        else:
            raise NotImplementedError(scope["type"])

    async def _answer(self, scope: Scope, receive: Receive) -> Response:
        raw_path: bytes = scope.get("raw_path") or scope["path"].encode()
        segments = segments_of(raw_path)
        if isinstance(segments, Refusal):
            return answer(segments)
        query, headers = scope["query_string"].decode("latin-1"), _headers(scope["headers"])
        refusal = refusal_of(query, headers, host_needed=scope.get("http_version") == "1.1")
        if refusal is not None:
            return answer(refusal)
        client, scheme = scope["client"][0] if scope["client"] else "", scope["scheme"]
        if self._trusted:
            client, scheme, headers = caller_of(client, scheme, headers, self._trusted)
        return await self._plane(
            Request(
                method=scope["method"],
                raw_path=raw_path.decode() if raw_path.isascii() else quote(raw_path, safe=_ASCII),
                segments=segments,
                query=query,
                headers=headers,
                scheme=scheme,
                client=client,
                reader=_Body(receive).read,
            )
        )


def _headers(raw: Iterable[tuple[bytes, bytes]]) -> tuple[tuple[str, str], ...]:
    return tuple([(str(name, "latin-1"), str(value, "latin-1")) for name, value in raw])


class _Body:
    """Hands on what the body's messages hold."""

    __slots__ = ("_receive",)

    def __init__(self, receive: Receive) -> None:
        self._receive = receive

    async def read(self) -> AsyncIterator[bytes]:
        patience = Patience()
        while True:
            message = await patience.wait(self._receive())
            if message["type"] == "http.disconnect":
                raise Refused(Refusal(BODY_CUT_SHORT))
            if chunk := message.get("body"):
                patience.earn(len(chunk))
                yield chunk
            if not message.get("more_body"):
                return


async def _send(send: Send, response: Response, method: str) -> None:
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
            async for chunk in body:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
