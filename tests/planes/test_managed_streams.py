"""Answers that are streamed through the managed layer are charged and recorded like any other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest

from millgate.snapshot.document import Limit
from millgate.wire.messages import Response
from support.exchange import request_of
from support.world import KEY, PRODUCT, World

TARGET = "/PartList/v1/Parts"
KILOBYTE = b"x" * 1024


def streaming(*limits: Limit) -> World:
    world = World()
    adapter = msgspec.structs.replace(PRODUCT, limits=limits)
    catalogue = msgspec.structs.replace(world.document.catalogue, adapters=(adapter,))
    world.publish(msgspec.structs.replace(world.document, catalogue=catalogue))
    return world


async def three_kilobytes() -> AsyncIterator[bytes]:
    for _ in range(3):
        yield KILOBYTE


async def broken() -> AsyncIterator[bytes]:
    yield KILOBYTE
    raise RuntimeError("the database went away")


def test_what_was_streamed_is_charged_and_recorded() -> None:
    async def run() -> None:
        world = streaming(Limit("bandwidth", 2, 3000))
        world.stream = three_kilobytes
        token = await world.token()

        first, second = [await world.get(TARGET, token=token) for _ in range(2)]

        assert (first.status, len(first.body)) == (200, 3072)
        assert second.status == 403
        assert "Out of bandwidth quota." in second.json["message"]
        assert [record.bytes_out for record in world.usage.calls] == [3072, len(second.body)]

    asyncio.run(run())


def test_a_stream_that_breaks_off_is_recorded_with_the_reason() -> None:
    async def run() -> None:
        world = streaming()
        world.stream = broken
        token = await world.token()

        with pytest.raises(RuntimeError, match="went away"):
            await world.get(TARGET, token=token)

        (record,) = world.usage.calls
        assert (record.status, record.bytes_out, record.code) == (200, 1024, "MG901")
        assert "broke off" in record.reason

    asyncio.run(run())


def test_a_client_that_leaves_ends_the_stream_and_is_charged_for_what_it_got() -> None:
    closed = []

    async def endless() -> AsyncIterator[bytes]:
        try:
            while True:
                yield KILOBYTE
        finally:
            closed.append(True)

    async def run() -> None:
        world = streaming()
        world.stream = endless
        headers = {"Ocp-Apim-Subscription-Key": KEY, "Authorization": f"Bearer {await world.token()}"}
        answer: Response = await world.managed(request_of("GET", TARGET, headers=headers))
        assert not isinstance(answer.body, bytes)
        assert await anext(aiter(answer.body)) == KILOBYTE
        await answer.body.aclose()  # type: ignore[attr-defined] # as the faces close it

        assert closed == [True]
        assert [record.bytes_out for record in world.usage.calls] == [1024]

    asyncio.run(run())
