from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.django_home import django_databases, django_home, emptied, rolled_back

django_home()  # test modules import models while they are collected

if TYPE_CHECKING:
    from collections.abc import Iterator

TARGETS = {"plant": frozenset({"jobs.list", "jobs.one", "parts.list"})}


@pytest.fixture(autouse=True)
def _upstreams(monkeypatch: pytest.MonkeyPatch) -> None:
    """The plant of these tests has three operations."""
    from millgate.control.publish import targets

    monkeypatch.setattr(targets, "known", lambda: TARGETS)


@pytest.fixture
def rows() -> Iterator[None]:
    """Migrated databases; what the test changes is rolled back."""
    django_databases()
    with rolled_back():
        yield


@pytest.fixture
def committed() -> Iterator[None]:
    """Migrated databases in which the test commits; they are emptied afterwards."""
    django_databases()
    yield
    emptied()
