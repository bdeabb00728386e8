"""Every documented example of a call that writes, tried on a sample company of seven days."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from millgate.core.clock import StillClock
from millgate.core.values import Principal
from millgate.describe.model import Operation, Place
from millgate.plant.backend import PlantBackend
from millgate.plant.registry import apis, controllers
from millgate.plant.sample import generate
from millgate.stores.sqlite.plant import SqlitePlant, SqlitePlantWriter
from support.exchange import Answer, request_of, seen
from support.plant_database import call, empty_plant

MAIN = 100137
# A Thursday afternoon in Detroit, so that people are at work.
NOW = datetime(2025, 11, 6, 19, 47, 11, tzinfo=UTC)
EXPECTED = {"DELETE": {409}, "POST": {200, 201}, "PUT": {200}}
"""The part of the examples is used, so that removing it is refused; a status that is set already stays."""

OPERATIONS = [
    pytest.param(operation, id=operation.key)
    for api in apis(NOW.date())
    for operation in api.operations
    if operation.method in EXPECTED
]


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlantBackend]:
    path = empty_plant(tmp_path_factory.mktemp("sample") / "plant.db")
    SqlitePlantWriter(path).put(generate(seed=20260101, now=NOW, days=7))
    store = SqlitePlant(path)
    yield PlantBackend({"production": store}, StillClock(NOW.timestamp()), 5.0)
    store.close()


def body_of(operation: Operation) -> dict[str, Any]:
    """The members with their examples, as the JSON values that they stand for."""
    return {
        item.name: json.loads(item.example) if item.type in {"integer", "number"} else item.example
        for item in operation.parameters
        if item.place is Place.BODY and item.example
    }


async def answered(backend: PlantBackend, operation: Operation) -> Answer:
    path: dict[str, Any] = {
        item.name: item.example for item in operation.parameters if item.place is Place.PATH
    }
    writer = Principal("app", "account", MAIN, controllers(), controllers())
    body = json.dumps(body_of(operation)).encode()
    request = request_of(operation.method, "/x", headers={"Content-Type": "application/json"}, body=body)
    asked = call(operation.target, by=writer, **path)
    return await seen(await backend(msgspec.structs.replace(asked, request=request)))


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_examples_of_a_call_that_writes_are_taken(backend: PlantBackend, operation: Operation) -> None:
    answer = asyncio.run(answered(backend, operation))
    assert answer.status in EXPECTED[operation.method], answer.body


@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_must_be_sent_has_an_example(operation: Operation) -> None:
    assert [item.name for item in operation.parameters if item.required and not item.example] == []
