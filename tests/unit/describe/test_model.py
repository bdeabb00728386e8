"""The description of an API: what it is made of, and the defaults of the contract."""

from __future__ import annotations

import json

import msgspec
import pytest

from millgate.describe.model import Api, Operation, Parameter, Place

API = Api(
    key="jobs",
    name="Jobs",
    suffix="JobTracking",
    version="v1",
    upstream="plant",
    operations=(
        Operation(
            "get-job",
            "GET",
            "/DcJobs/{JobKey}",
            "Get a job",
            "jobs.one",
            parameters=(Parameter("JobKey", Place.PATH, "integer", required=True, example="4711"),),
        ),
    ),
)


def test_a_description_reads_back_as_it_was_written() -> None:
    assert msgspec.json.decode(msgspec.json.encode(API), type=Api) == API


def test_keys_travel_as_the_manual_says_unless_said_otherwise() -> None:
    assert (API.key_header, API.key_query) == ("Ocp-Apim-Subscription-Key", "subscription-key")
    assert API.tiers == ("test", "production")
    assert API.subscription_required


def test_a_parameter_is_an_optional_text_unless_said_otherwise() -> None:
    parameter = Parameter("Name", Place.QUERY)

    assert (parameter.type, parameter.required, parameter.repeatable, parameter.values) == (
        "string",
        False,
        False,
        (),
    )


def test_places_are_written_as_words() -> None:
    assert json.loads(msgspec.json.encode(list(Place))) == ["path", "query", "header", "cookie", "body"]


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told | {"surprise": 1},
        lambda told: told | {"operations": [told["operations"][0] | {"surprise": 1}]},
        lambda told: {name: value for name, value in told.items() if name != "suffix"},
        lambda told: told | {"subscription_required": "yes"},
        lambda told: (
            told | {"operations": [told["operations"][0] | {"parameters": [{"name": "x", "place": "jar"}]}]}
        ),
    ],
)
def test_what_is_no_description_is_refused(change: object) -> None:
    assert callable(change)
    told = change(json.loads(msgspec.json.encode(API)))

    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(json.dumps(told).encode(), type=Api)


def test_a_description_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        API.suffix = "Other"  # type: ignore[misc]
