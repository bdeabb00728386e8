"""Streamed answers: charged and recorded when they end, however they end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import structlog

from millgate.core.errors import MANAGED_FAILURE
from millgate.wire.messages import BrokenOff, closing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from millgate.gateway.keys import Entry
    from millgate.gateway.limits import LimitCheck
    from millgate.stores.ports import CallRecord, Usage

_log = structlog.get_logger("millgate.gateway")


async def charged(
    body: AsyncIterator[bytes], limits: LimitCheck, entry: Entry, record: CallRecord
) -> AsyncIterator[bytes]:
    """The stream; what was sent of it is charged when it ends."""
    size = 0
    try:
        async with closing(body):
            async for chunk in body:
                size += len(chunk)
                yield chunk
    finally:
        waits = limits.charge(entry, record.bytes_in + size)
        if waits is not None:
            await waits


async def recorded(
    body: AsyncIterator[bytes], usage: Usage, record: CallRecord, started: int
) -> AsyncIterator[bytes]:
    """The stream; the call is recorded when it ends. One that fails on its way is logged."""
    try:
        async with closing(body):
            async for chunk in body:
                record.bytes_out += len(chunk)
                yield chunk
    except BrokenOff as on_purpose:
        record.code, record.reason = MANAGED_FAILURE.code, str(on_purpose)
        raise
    except Exception:
        _log.exception("stream_failure", activity_id=record.request_id, sent=record.bytes_out)
        record.code, record.reason = MANAGED_FAILURE.code, "the stream broke off; see the log"
        raise
    finally:
        record.micros = (time.perf_counter_ns() - started) // 1000
        usage.record(record)
