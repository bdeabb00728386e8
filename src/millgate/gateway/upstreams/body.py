"""The body of an answer that is handed on as it comes."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from millgate.core.errors import Refusal, Refused
from millgate.gateway.upstreams.failures import Failed

if TYPE_CHECKING:
    from types import TracebackType

    from millgate.gateway.upstreams.exchange import Exchange


class Stream(AsyncGenerator[bytes, None]):
    """An answer's body, piece by piece; the upstream waits while nobody reads.

    One that is closed, or forgotten, before its end closes the connection: a generator would not notice
    when its reading has never begun.
    """

    __slots__ = ("_exchange",)

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def __anext__(self) -> bytes:
        """The next piece.

        Raises:
            Refused: the upstream broke off, or paused for too long.
        """
        try:
            data = await self._exchange.more()
        except Failed as failed:
            raise Refused(Refusal(failed.problem, cause=failed.cause)) from None
        except BaseException:
            self._leave()
            raise
        if not data:
            raise StopAsyncIteration
        return data

    async def asend(self, value: None) -> bytes:
        """As `__anext__`."""
        del value
        return await self.__anext__()

    async def athrow(self, typ: Any, val: Any = None, tb: TracebackType | None = None) -> bytes:  # noqa: ANN401 - as AsyncGenerator declares it
        """Leave the body and raise."""
        del tb
        self._leave()
        raise val if val is not None else typ

    async def aclose(self) -> None:
        """Want no more of it."""
        self._leave()

    def __del__(self) -> None:
        # The loop may have been closed before; then there is no connection to leave.
        with suppress(RuntimeError):
            self._leave()

    def _leave(self) -> None:
        self._exchange.connection.leave(self._exchange)
