"""The plant refuses on demand in its own words: those that it has when there is a cause."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NoReturn

import pytest

from millgate.core.errors import CATALOGUE
from millgate.core.on_demand import Source, source_of
from millgate.plant.backend import PlantBackend
from millgate.stores.ports import ColumnFailed, ConnectTimedOut, QueryTimedOut, StoreUnreachable
from support.exchange import Answer, seen
from support.plant_database import CLOCK, Plant, call, principal, run, small_plant

if TYPE_CHECKING:
    from pathlib import Path

    from millgate.stores.sqlite.plant import SqlitePlant


class Failing:
    """A database that fails."""

    dialect: Final = "sqlite"

    def __init__(self, failure: Exception) -> None:
        self._failure = failure

    async def select(self, *_: object) -> NoReturn:
        raise self._failure


FAILURES: Final = {
    "MG501": ConnectTimedOut("late"),
    "MG502": StoreUnreachable("gone"),
    "MG503": QueryTimedOut("slow"),
    "MG504": ColumnFailed("building_key"),
}
REFUSED: Final[dict[str, dict[str, Any]]] = {
    "MG302": {"by": principal(reads=frozenset())},
    "MG303": {"anonymous": True},
    "MG601": {"query": "BuildingCode=nowhere"},
    "MG602": {"query": "X="},
}


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Plant:
    path: Path = tmp_path_factory.mktemp("plant") / "plant.db"
    return Plant(small_plant(path))


def on_demand(plant: Plant, code: str, accept: str) -> Answer:
    made = plant.backend.refusing(call("Buildings.list", accept=accept), CATALOGUE[code])
    return run(seen(made))


@pytest.mark.parametrize("accept", ["", "application/problem+json"])
@pytest.mark.parametrize("code", [*REFUSED, *FAILURES])
def test_an_error_of_the_plant_on_demand_is_the_genuine_one_to_the_byte(
    plant: Plant, code: str, accept: str
) -> None:
    if code in FAILURES:
        store: SqlitePlant = Failing(FAILURES[code])  # type: ignore[assignment]
        backend = PlantBackend({"production": store}, CLOCK, 5.0)

        async def asked() -> Answer:
            return await seen(await backend(call("Buildings.list", accept=accept)))

        genuine = run(asked())
    else:
        given = dict(REFUSED[code])
        genuine = plant.ask("Buildings.list", given.pop("query", ""), accept=accept, **given)

    assert genuine.status == CATALOGUE[code].status
    assert on_demand(plant, code, accept) == genuine


@pytest.mark.parametrize(
    "code", [code for code, problem in CATALOGUE.items() if source_of(problem) is Source.BACKEND]
)
def test_every_error_of_the_backend_can_be_had_with_all_its_text_filled_in(plant: Plant, code: str) -> None:
    answer = on_demand(plant, code, "")

    assert (answer.status, answer.json["title"]) == (CATALOGUE[code].status, CATALOGUE[code].title)
    assert "{" not in answer.json["detail"]


def test_a_row_is_named_by_its_path_as_it_is_without_a_rule(plant: Plant) -> None:
    one = call("Buildings.one", BuildingKey="77")
    made = plant.backend.refusing(one, CATALOGUE["MG601"])
    genuine = plant.ask("Buildings.one", BuildingKey="77")
    assert run(seen(made)) == genuine
