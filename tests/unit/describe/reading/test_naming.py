"""Keys, names of parameters, suffixes and versions, and that publishing takes what is made here."""

from __future__ import annotations

import json
from typing import Any

import pytest

from millgate.describe.names import PARAMETER
from millgate.describe.reading import naming, read_description


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("listParts", "listparts"),
        ("  List  the/Parts! ", "list-the-parts"),
        ("__proto__", "proto"),
        ("Größe", "gr-e"),
        ("x" * 80, "x" * 76),
        ("x" * 75 + "-y", "x" * 75),
        ("部品", ""),
        ("a\0b\r\nc", "a-b-c"),
    ],
)
def test_a_key_is_lower_case_with_single_dashes(text: str, key: str) -> None:
    assert naming.key_of(text) == key


def keys(ids: list[Any], **extensions: Any) -> list[str]:
    paths = {
        f"/p{at}": {"get": ({"operationId": id_} if id_ else {}) | extensions} for at, id_ in enumerate(ids)
    }
    document = {"openapi": "3.0.0", "info": {"title": "a", "version": "1"}, "paths": paths}
    api = read_description(json.dumps(document)).api
    return [item.key for item in api.operations] if api is not None else []


def test_keys_that_are_taken_get_a_number() -> None:
    assert keys(["Get Part", "get-part", "get_part-1", "get.part"]) == [
        "get-part",
        "get-part-1",
        "get-part-1-1",
        "get-part-2",
    ]


def test_a_numbered_key_is_no_longer_than_a_key() -> None:
    assert keys(["x" * 90, "x" * 90]) == ["x" * 76, "x" * 74 + "-1"]


def test_a_thousand_and_one_of_one_name_is_one_too_many() -> None:
    assert len(keys(["same"] * 1002)) == 1000


@pytest.mark.parametrize("id_", ["", "部品", None])
def test_without_a_usable_id_method_and_path_are_the_key(id_: Any) -> None:
    assert keys([id_]) == ["get-p0"]


def test_the_key_of_an_export_stands_when_it_is_sound() -> None:
    assert keys(["other"], **{"x-millgate-key": "mine"}) == ["mine"]
    assert keys(["other"], **{"x-millgate-key": "../Not Mine"}) == ["other"]


@pytest.mark.parametrize(
    ("text", "name"),
    [("part_id", "partId"), ("part-id", "partId"), ("id", "id"), ("0", "p0"), ("部", "p"), ("a.b.c", "aBC")],
)
def test_parameters_of_templates_are_letters_and_digits(text: str, name: str) -> None:
    assert naming.parameter_name(text, set()) == name
    assert PARAMETER.fullmatch(f"{{{name}}}")


def test_two_parameters_that_would_be_called_alike_are_not() -> None:
    assert naming.parameter_name("part-id", {"partId"}) == "partId2"


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("1.0.17", "v1"),
        ("v3", "v3"),
        ("2026-01-31", "2026-01-31"),
        ("beta", "v1"),
        ("", "v1"),
        ("2.0-rc1", "v2"),
    ],
)
def test_a_version_of_addresses_comes_from_the_first_number(text: str, version: str) -> None:
    assert naming.version_of(text) == version
