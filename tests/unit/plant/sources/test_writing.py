"""What a page writes of a source reads as the same source, in both forms."""

from __future__ import annotations

import msgspec
import pytest

from millgate.plant.sources.reading import FORMATS, read_source
from millgate.plant.sources.writing import declaration_of
from support.own_database import ORDERS


@pytest.mark.parametrize("form", FORMATS)
def test_a_declaration_comes_back_as_it_was(form: str) -> None:
    source = read_source(ORDERS, "toml")
    odd = msgspec.structs.replace(
        source,
        description='It\'s "quoted": # no remark\nand goes on',
        seconds=2.5,
        dialect="postgresql",
        resources=(
            *source.resources,
            msgspec.structs.replace(
                source.resources[0], name="Others", schema="Año 2026", pcn=100137, sort=(), filters=()
            ),
        ),
    )
    for wanted in (source, odd):
        assert read_source(declaration_of(wanted, form), form) == wanted
