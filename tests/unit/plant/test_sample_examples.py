"""Every documented example, tried on a sample company of seven days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest

from millgate.describe.model import Operation, Parameter, Place
from millgate.plant.plan import AFTER
from millgate.plant.registry import apis
from millgate.plant.sample import generate
from millgate.stores.sqlite.plant import SqlitePlantWriter
from support.exchange import Answer
from support.plant_database import Plant, empty_plant, principal

MAIN, SECOND = 100137, 100142
# A Thursday afternoon in Detroit, so that people are at work.
NOW = datetime(2025, 11, 6, 19, 47, 11, tzinfo=UTC)
WITHOUT_STABLE_EXAMPLE = {"SerialNo"}
"""Serial numbers of the sample company move with the clock, so the one that is shown is only a form."""

WITHOUT_ROWS = "AuditLogs.list"
"""Programs have changed nothing yet."""

OPERATIONS = [
    pytest.param(operation, id=operation.key)
    for api in apis(NOW.date())
    for operation in api.operations
    if operation.method == "GET" and operation.target != WITHOUT_ROWS
]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    path = empty_plant(tmp_path_factory.mktemp("sample") / "plant.db")
    SqlitePlantWriter(path).put(generate(seed=20260101, now=NOW, days=7))
    made = Plant(path)
    yield made
    made.reader.close()


def answered(
    sample: Plant,
    operation: Operation,
    keys: dict[str, str],
    more: Parameter | None = None,
    pcn: int = MAIN,
) -> Answer:
    """One call with the examples of what is required, and of one parameter more."""
    query = {item.name: item.example for item in operation.parameters if item.required}
    captured = {item.name: item.example for item in operation.parameters if item.place is Place.PATH} | keys
    if more is not None:
        query[more.name] = more.example
    sent = {name: text for name, text in query.items() if name not in captured}
    return sample.ask(operation.target, urlencode(sent), by=principal(pcn), **captured)


def stable(sample: Plant, operation: Operation) -> dict[str, str]:
    """Keys that stand in for examples that move."""
    moving = [item for item in operation.parameters if item.place is Place.PATH]
    if not any(item.name in WITHOUT_STABLE_EXAMPLE for item in moving):
        return {}
    listed = sample.rows(operation.target.replace(".one", ".list"), by=principal(MAIN))
    return {item.name: str(listed[0][item.name[0].lower() + item.name[1:]]) for item in moving}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_example_finds_rows_of_the_sample_company(sample: Plant, operation: Operation) -> None:
    keys = stable(sample, operation)
    queries: list[Parameter | None] = [
        item for item in operation.parameters if item.place is Place.QUERY and item.name != AFTER
    ]
    for more in [None, *queries]:
        answer = answered(sample, operation, keys, more)
        assert answer.status == 200, (more and more.name, answer.json)
        assert answer.json["count"] > 0


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_second_company_has_rows_of_its_own(sample: Plant, operation: Operation) -> None:
    if any(item.place is Place.PATH for item in operation.parameters):
        assert answered(sample, operation, stable(sample, operation), pcn=SECOND).status == 404
        return
    first, second = (answered(sample, operation, {}, pcn=pcn).json["embedded"] for pcn in (MAIN, SECOND))
    assert second
    assert not [row for row in second if row in first]


def test_people_are_at_the_machines_on_a_working_afternoon(sample: Plant) -> None:
    setups: list[dict[str, Any]] = sample.rows("WorkcenterSetups.list", by=principal(MAIN))
    attended = [setup for setup in setups if setup["operators"]]
    assert len(attended) > len(setups) // 2
    assert all(operator["clockIn"].endswith("Z") for setup in attended for operator in setup["operators"])
    assert all(setup["jobRemaining"] >= 0 for setup in setups)
