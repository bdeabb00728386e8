"""One service described in each of the three formats is read as one API."""

from __future__ import annotations

from pathlib import Path

import pytest

from millgate.describe.model import Answer, Body, Operation, Parameter, Payload, Place
from millgate.describe.reading import Imported, read_description

FILES = Path(__file__).parents[3] / "data" / "descriptions"
NAMES = ("toolroom-2.0.yaml", "toolroom-3.0.yaml", "toolroom-3.1.json")
TOOL = {"$ref": "#/components/schemas/Tool"}
PROBLEM = Payload("application/json", {"$ref": "#/components/schemas/Problem"})
NUMBER = Parameter("toolNumber", Place.PATH, description="As engraved.", required=True, example="T-100")


def read(name: str) -> Imported:
    return read_description((FILES / name).read_bytes())


@pytest.fixture(params=NAMES)
def imported(request: pytest.FixtureRequest) -> Imported:
    return read(request.param)


def operation(imported: Imported, key: str) -> Operation:
    assert imported.api is not None
    return next(item for item in imported.api.operations if item.key == key)


def test_all_formats_give_the_same_api() -> None:
    first, *others = [read(name) for name in NAMES]

    assert first.api is not None
    for other in others:
        assert other.api == first.api
        assert (other.paths, other.base_url) == (first.paths, first.base_url)


def test_what_is_proposed_comes_from_title_version_and_servers(imported: Imported) -> None:
    api = imported.api

    assert api is not None
    assert (api.key, api.name, api.suffix, api.version) == ("tool-room", "Tool Room", "ToolRoom", "v2")
    assert api.description == "Tools, where they lie and who has them."
    assert imported.base_url == "https://tools.example/api/v2"
    assert api.upstream == "mock"


def test_nothing_is_wrong_but_two_things_are_told(imported: Imported) -> None:
    told = [problem.why for problem in imported.remarks]

    assert imported.errors == ()
    assert sum("'tool_number' is called 'toolNumber'" in why for why in told) == 2
    assert sum("callers send a subscription key of ours" in why for why in told) == 1
    assert len(told) == 3
    assert all(problem.line for problem in imported.remarks)


def test_operations_have_the_keys_of_their_ids_or_else_of_their_addresses(imported: Imported) -> None:
    assert imported.api is not None
    keys = [(item.key, item.method, item.template) for item in imported.api.operations]

    assert keys == [
        ("listtools", "GET", "/tools"),
        ("addtool", "POST", "/tools"),
        ("get-tools-toolnumber", "GET", "/tools/{toolNumber}"),
        ("scrap-a-tool", "DELETE", "/tools/{toolNumber}"),
        ("putphoto", "PUT", "/tools/{toolNumber}/photo"),
    ]


def test_a_list_has_its_parameters_and_answers(imported: Imported) -> None:
    listed = operation(imported, "listtools")

    assert (listed.name, listed.description, listed.tags) == (
        "List tools",
        "The tools of a crib, by number.",
        ("tools",),
    )
    assert listed.parameters == (
        Parameter("crib", Place.QUERY, description="Number of the crib.", required=True, example="C7"),
        Parameter("state", Place.QUERY, repeatable=True, values=("free", "lent", "worn"), example="free"),
        Parameter(
            "limit",
            Place.QUERY,
            "integer",
            schema={"type": "integer", "minimum": 1, "maximum": 200, "default": 50},
        ),
        Parameter("since", Place.QUERY, "date-time"),
    )
    assert listed.answers == (
        Answer(
            "200",
            "A page of tools.",
            (Payload("application/json", {"type": "array", "items": TOOL}),),
            (Parameter("X-Total", Place.HEADER, "integer", "How many there are."),),
        ),
        Answer("default", "What went wrong.", (PROBLEM,)),
    )


def test_bodies_are_read_as_json_and_as_forms(imported: Imported) -> None:
    added, photo = operation(imported, "addtool"), operation(imported, "putphoto")

    payload = Payload("application/json", TOOL, {"number": "T-100", "weight": 1.5})
    assert added.body == Body((payload,), "The new tool.", required=True)
    form = {
        "type": "object",
        "properties": {
            "photo": {"type": "string", "format": "binary"},
            "caption": {"type": "string", "description": "Below the photo."},
        },
        "required": ["photo"],
    }
    assert photo.body == Body((Payload("multipart/form-data", form),), required=True)
    assert photo.parameters == (NUMBER,)


def test_schemas_are_in_the_dialect_of_3_1_and_recursion_stays(imported: Imported) -> None:
    assert imported.api is not None

    assert imported.api.definitions["Tool"] == {
        "type": "object",
        "required": ["number"],
        "properties": {
            "number": {"type": "string", "examples": ["T-100"]},
            "weight": {"type": "number", "exclusiveMinimum": 0},
            "holder": {"type": ["string", "null"]},
            "parts": {"type": "array", "items": TOOL},
        },
    }


def test_without_a_summary_the_id_is_the_name_and_the_path_the_target(imported: Imported) -> None:
    scrapped, shown = operation(imported, "scrap-a-tool"), operation(imported, "get-tools-toolnumber")

    assert (scrapped.name, scrapped.deprecated) == ("Scrap a tool!", True)
    assert (shown.target, imported.paths[shown.key]) == ("/tools/{toolNumber}", "/tools/{toolNumber}")
