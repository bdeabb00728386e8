from __future__ import annotations

import pytest

from millgate.plant.accept import preferred
from millgate.plant.hal import HAL_JSON, JSON


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, JSON),
        ("", JSON),
        ("*/*", JSON),
        ("text/html", JSON),
        ("application/hal+json", HAL_JSON),
        ("application/HAL+json; charset=utf-8", HAL_JSON),
        ("application/json, application/hal+json", JSON),
        ("application/hal+json, application/json", HAL_JSON),
        ("application/json;q=0.5, application/hal+json;q=0.9", HAL_JSON),
        ("application/hal+json;q=0", JSON),
        ("application/hal+json;q=broken", JSON),
        ("text/csv, */*;q=0.1", JSON),
        (",;,=", JSON),
    ],
)
def test_the_media_type_that_is_named_with_the_highest_weight_is_taken(
    accept: str | None, expected: str
) -> None:
    assert preferred(accept, (JSON, HAL_JSON)) == expected
