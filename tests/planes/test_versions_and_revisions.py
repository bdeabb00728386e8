"""Calls that name a version or a revision, as clients make them."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from millgate.describe.model import Api, VersionScheme
from millgate.snapshot.document import Catalogue
from support.exchange import ask
from support.world import KEY, PARTS, PRODUCT, TEST_TIER, World, document


def published(*apis: Api) -> World:
    """A world in which these APIs are published, and opened by the product."""
    product = msgspec.structs.replace(PRODUCT, apis=tuple({api.key for api in apis}))
    return World(
        document=msgspec.structs.replace(document(), catalogue=Catalogue(apis, (product, TEST_TIER)))
    )


def versions(scheme: VersionScheme) -> World:
    later = {"version_scheme": scheme, "version_name": "Api-Version"}
    return published(
        api(version_scheme=VersionScheme.ORIGINAL),
        api(key="parts-v2", version="v2", **later),
        api(key="parts-v3", version="v3", **later),
    )


def api(**changes: Any) -> Api:
    return msgspec.structs.replace(PARTS, **changes)


def called(world: World, target: str, **headers: str) -> str:
    """The API whose operation was reached; the status when none was."""

    async def main() -> int:
        token = await world.token()
        return (await world.get(target, token=token, **headers)).status

    status = asyncio.run(main())
    return world.calls[-1].api if status == 200 else str(status)


@pytest.mark.parametrize(
    ("target", "reached"),
    [
        ("/PartList/Parts", "parts"),
        ("/PartList/Parts?api-version=v2", "parts"),
        ("/PartList/Parts?Api-Version=v2", "parts-v2"),
        ("/test/PartList/Parts/7?x=1&Api-Version=v3", "parts-v3"),
        ("/PartList/Parts?Api-Version=v9", "404"),
        ("/PartList/Parts?Api-Version=", "404"),
        ("/PartList/Parts?Api-Version=v2&Api-Version=v2", "404"),
        ("/PartList/v2/Parts", "404"),
    ],
)
def test_a_query_parameter_names_the_version(target: str, reached: str) -> None:
    assert called(versions(VersionScheme.QUERY), target) == reached


@pytest.mark.parametrize(
    ("headers", "reached"),
    [({}, "parts"), ({"api_version": "v2"}, "parts-v2"), ({"api_version": "V2"}, "404")],
)
def test_a_header_names_the_version(headers: dict[str, str], reached: str) -> None:
    assert called(versions(VersionScheme.HEADER), "/PartList/Parts", **headers) == reached


def test_the_challenge_names_the_path_of_the_api_that_was_meant() -> None:
    answer = asyncio.run(versions(VersionScheme.QUERY).get("/test/PartList/Parts?Api-Version=v2", key=None))
    assert answer.headers["www-authenticate"].startswith(
        'AzureApiManagementKey realm="http://127.0.0.1:8080/test/PartList",'
    )


def test_a_revision_is_called_with_the_same_key_and_an_offline_one_is_not_there() -> None:
    world = published(PARTS, api(revision=2, current=False), api(revision=3, current=False, online=False))
    assert called(world, "/PartList/v1;rev=2/Parts") == "parts"
    assert called(world, "/test/PartList/v1;rev=2/Parts/7") == "parts"
    assert called(world, "/PartList/v1;rev=3/Parts") == "404"
    assert called(world, "/PartList;rev=2/v1/Parts") == "404"


def test_a_call_of_an_api_without_tokens_runs_for_nobody() -> None:
    world = published(api(bearer_required=False))
    answer = asyncio.run(world.get("/PartList/v1/Parts", authorization="Bearer of something else"))

    assert answer.status == 200
    assert (world.calls[-1].application, world.calls[-1].principal) == ("", None)
    assert asyncio.run(world.get("/PartList/v1/Parts", key=None)).status == 401


def test_a_remembered_key_is_forgotten_when_something_is_published() -> None:
    world = World()

    async def main() -> list[int]:
        token = await world.token()
        statuses = [(await world.get("/PartList/v1/Parts", token=token)).status]
        directory = msgspec.structs.replace(world.document.directory, subscriptions=())
        world.publish(msgspec.structs.replace(world.document, directory=directory))
        statuses.append((await world.get("/PartList/v1/Parts", token=token)).status)
        return statuses

    assert asyncio.run(main()) == [200, 401]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ),
        ("00-00000000000000000000000000000000-00f067aa0ba902b7-01", ""),
        ("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", ""),
        ('00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}\n', ""),
    ],
)
def test_only_a_sound_trace_is_taken_over(sent: str, kept: str) -> None:
    world = World()

    async def main() -> None:
        headers = {"Ocp-Apim-Subscription-Key": KEY, "traceparent": sent}
        headers["Authorization"] = f"Bearer {await world.token()}"
        await ask(world.managed, "GET", "/PartList/v1/Parts", headers=headers)

    asyncio.run(main())
    assert world.calls[-1].traceparent == kept
    assert world.usage.calls[-1].traceparent == kept


def test_a_record_tells_what_was_called_and_never_the_query() -> None:
    world = World()
    assert called(world, "/test/PartList/v1/Parts/7?subscription-key=secret") == "parts"
    record = world.usage.calls[-1]

    assert (record.method, record.path, record.client) == ("GET", "/test/PartList/v1/Parts/7", "127.0.0.1")
    assert (record.tier, record.api, record.operation) == ("test", "parts", "get-part")
    assert "secret" not in repr(record)
