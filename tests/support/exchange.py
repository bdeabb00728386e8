"""A request put to a plane, and its answer, without a server between."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from millgate.wire.messages import Request, Response
from millgate.wire.target import segments_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from millgate.wire.messages import Plane


@dataclass(frozen=True)
class Answer:
    """An answer as a client sees it."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)


def request_of(
    method: str, target: str, *, headers: Mapping[str, str] | None = None, body: bytes = b""
) -> Request:
    """A request value; the target's path must be sane."""
    path, _, query = target.partition("?")
    segments = segments_of(path.encode())
    assert isinstance(segments, tuple), segments

    async def read() -> AsyncIterator[bytes]:
        yield body

    return Request(
        method=method,
        raw_path=path,
        segments=segments,
        query=query,
        headers=tuple((name.lower(), value) for name, value in (headers or {}).items()),
        client="127.0.0.1",
        reader=read,
    )


async def ask(
    plane: Plane, method: str, target: str, *, headers: Mapping[str, str] | None = None, body: bytes = b""
) -> Answer:
    """Put one request to a plane."""
    return await seen(await plane(request_of(method, target, headers=headers, body=body)))


async def seen(response: Response) -> Answer:
    """An answer with its body collected."""
    body = response.body
    if not isinstance(body, bytes):
        body = b"".join([chunk async for chunk in body])
    return Answer(response.status, dict(response.headers), body)
