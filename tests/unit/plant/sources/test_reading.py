"""Declarations in TOML and YAML: the same values, and every fault of either by its place."""

from __future__ import annotations

import json
import tomllib

import pytest
import yaml

from millgate.plant.sources.reading import LARGEST, DeclarationFaulty, lines_of, read_source
from support.own_database import ORDERS


def faults(text: str, form: str = "toml") -> list[str]:
    with pytest.raises(DeclarationFaulty) as faulty:
        read_source(text, form)
    return lines_of(faulty.value.faults)


def test_toml_and_yaml_say_the_same() -> None:
    assert read_source(yaml.safe_dump(tomllib.loads(ORDERS)), "yaml") == read_source(ORDERS, "toml")


def test_structure_and_rules_are_told_together() -> None:
    text = (
        ORDERS.replace('name = "Orders"\nsuffix', 'name = 7\ncolour = "red"\nsuffix', 1)
        .replace('kind = "number"', 'kind = "decimal"')
        .replace('{ column = "due_date", kind = "instant" }', '{ kind = "instant" }')
        .replace("row_cap = 50", 'row_cap = "many"')
    )
    told = faults(text)

    known = "key, name, suffix, resources, version, description, dialect, seconds"
    assert [line for line in told if line.startswith("source orders: ")] == [
        f"source orders: there is no 'colour'; there are {known}",
        "source orders: name: Expected `str`, got `int`",
    ]
    assert "source orders, resource Orders, field 3: column is missing" in told
    assert "source orders, resource Orders: row_cap: Expected `int`, got `str`" in told


def test_a_fault_that_follows_from_another_is_not_told() -> None:
    told = faults(
        ORDERS.replace('{ column = "due_date", kind = "instant" }', '{ column = "due_date", kind = 3 }')
    )
    assert told == ["source orders, resource Orders, field due_date: kind: Expected `str`, got `int`"]


def test_databases_do_not_stand_in_a_declaration() -> None:
    told = faults("databases = []\n" + ORDERS)
    assert told == ["source orders: databases are given beside a declaration, not in it"]


@pytest.mark.parametrize(
    ("text", "form", "why"),
    [
        ("key = ?", "toml", "line 1"),
        ("a: [", "yaml", "line 1"),
        ("- 1", "yaml", "not a table of names and values"),
        ("a: &x 1\nb: *x", "yaml", "anchors and aliases are not taken"),
        ("key: a\nkey: b", "yaml", "'key' stands twice"),
        ("? [a]\n: 1", "yaml", "unhashable"),
        ("!!python/object/apply:os.system [id]", "yaml", "could not determine a constructor"),
        ("a = " + "[" * 5000, "toml", "nested too deeply"),
        ("[" * 5000, "yaml", "nested too deeply"),
        ("[" * (LARGEST - 1), "yaml", "nested too deeply"),
        ("\n".join("  " * level + "a:" for level in range(200)), "yaml", "nested too deeply"),
        ("# " + "x" * LARGEST, "toml", "larger than 256 KiB"),
        ("\x00", "yaml", "special characters are not allowed"),
        ("", "toml", "key is missing"),
        ("resources = 3\nkey='a'\nname='A'\nsuffix='A'", "toml", "expected a list of tables"),
        ("resources = [3]\nkey='a'\nname='A'\nsuffix='A'", "toml", "expected a list of tables"),
    ],
)
def test_what_is_no_declaration_is_refused_in_words(text: str, form: str, why: str) -> None:
    assert any(why in line for line in faults(text, form))


def test_yaml_reads_no_more_than_its_size() -> None:
    bomb = "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30))
    assert "anchors" in faults("a0: &a0 [1]\n" + bomb, "yaml")[0]


def test_json_is_yaml() -> None:
    assert read_source(json.dumps(tomllib.loads(ORDERS)), "yaml").key == "orders"
