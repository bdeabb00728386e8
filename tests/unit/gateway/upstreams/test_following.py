"""Backends follow what is published: unchanged ones live on, others end behind their calls."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from millgate.describe.calls import Backend
from millgate.gateway.upstreams.backends import HttpBackends
from millgate.gateway.upstreams.breaker import State
from millgate.snapshot.holder import Holder
from millgate.snapshot.upstreams import HttpUpstream
from support.exchange import seen
from support.upstreams import OK, Line, always, backends_of, call, proxied, standing, until, upstream
from support.world import World


def publish(world: World, *upstreams: HttpUpstream, name: str = "Parts") -> None:
    """Put these upstreams in force, with some other change besides."""
    catalogue = world.document.catalogue
    current = world.holder.current.document
    apis = tuple(msgspec.structs.replace(api, name=name) for api in current.catalogue.apis)
    changed = msgspec.structs.replace(catalogue, apis=apis, upstreams=upstreams)
    world.publish(msgspec.structs.replace(current, catalogue=changed))


def test_an_unchanged_upstream_keeps_its_connections() -> None:
    async def run() -> None:
        async with standing(always(OK)) as place:
            published = upstream(place.url())
            world = proxied(published)
            backends = backends_of(world)
            first = backends["http:u"]
            await first(call())
            publish(world, published, upstream(place.url(), key="another"), name="Renamed")
            assert backends["http:u"] is first
            await backends["http:u"](call())
            await backends["http:another"](call())
            assert [heard.connection for heard in place.heard] == [1, 1, 2]
            assert {state.upstream for state in backends.states()} == {"u", "another"}
            assert set(backends) == {"echo", "mock", "http:u", "http:another"}
            backends.close()

    asyncio.run(run())


def test_a_changed_upstream_finishes_what_it_has_begun() -> None:
    async def run() -> None:
        answer = asyncio.Event()

        async def talk(line: Line) -> None:
            while await line.request() is not None:
                await answer.wait()
                await line.say(OK)

        async with standing(talk) as old, standing(always(OK)) as new:
            world = proxied(upstream(old.url()))
            backends = backends_of(world)
            before = backends["http:u"]
            under_way = asyncio.ensure_future(before(call()))
            await until(lambda: len(old.heard) == 1)
            publish(world, upstream(new.url()))
            assert (await seen(await backends["http:u"](call()))).body == b"hi"
            late = asyncio.ensure_future(before(call()))
            await until(lambda: len(old.heard) == 2)
            answer.set()
            assert [(await seen(await asked)).body for asked in (under_way, late)] == [b"hi", b"hi"]
            await until(lambda: old.left == 2)
            backends.close()

    asyncio.run(run())


def test_an_upstream_that_is_gone_is_not_found() -> None:
    async def run() -> None:
        world = proxied(upstream("http://127.0.0.1:1"))
        backends = backends_of(world)
        assert len(backends) == 3
        holder = Holder(world.holder.current)
        empty = HttpBackends({"echo": world.echo}, holder=holder, unseal=lambda value, _: value)
        assert "http:elsewhere" not in empty
        with pytest.raises(KeyError):
            empty["http:elsewhere"]
        assert empty["echo"] == world.echo

    asyncio.run(run())


def test_health_is_asked_from_the_first_look_on_and_no_more_after_the_end() -> None:
    async def run() -> None:
        async with standing(always(b"HTTP/1.1 500 Ill\r\nContent-Length: 0\r\n\r\n")) as place:
            world = proxied(upstream(place.url(), health_path="/h", health_seconds=0.01))
            backends = backends_of(world)
            backends.follow()
            await until(lambda: all(state.state is State.UNHEALTHY for state in backends.states()))
            assert {heard.target for heard in place.heard} == {"/h"}
            backends.close()
            await asyncio.sleep(0)
            asked = len(place.heard)
            for _ in range(50):
                await asyncio.sleep(0.001)
            assert len(place.heard) <= asked + 2, "one for each tier may have been on its way"

    asyncio.run(run())


def test_keys_are_left_out_where_each_api_has_them() -> None:
    async def run() -> None:
        async with standing(always(OK)) as place:
            world = proxied(upstream(place.url()), key_header="X-Own-Key", key_query="key")
            backends = backends_of(world)

            async def target(backend: Backend, api: str) -> str:
                headers = {"x-own-key": "1", "ocp-apim-subscription-key": "2"}
                await backend(call(api=api, query="key=1&subscription-key=2&a=3", headers=headers))
                heard = place.heard[-1]
                return (
                    f"{heard.target} {heard.header('x-own-key')} {heard.header('ocp-apim-subscription-key')}"
                )

            assert await target(backends["http:u"], "parts") == "/items?a=3 None None"
            assert await target(backends["http:u"], "free") == "/items?key=1&a=3 1 None"
            current = world.holder.current.document
            usual = tuple(
                msgspec.structs.replace(
                    api, key_header="Ocp-Apim-Subscription-Key", key_query="subscription-key"
                )
                for api in current.catalogue.apis
            )
            catalogue = msgspec.structs.replace(current.catalogue, apis=usual)
            world.publish(msgspec.structs.replace(current, catalogue=catalogue))
            assert await target(backends["http:u"], "parts") == "/items?a=3 None None", (
                "a call of the version before"
            )
            backends.close()

    asyncio.run(run())
