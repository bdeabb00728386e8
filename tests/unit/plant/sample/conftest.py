"""Sample companies to ask questions of, made once for all tests."""

from datetime import UTC, datetime

import pytest

from millgate.plant.sample import generate
from unit.plant.sample.stored import NOW, SEED, Stored


@pytest.fixture(scope="session")
def week() -> Stored:
    """Both companies over seven days."""
    return Stored().take(generate(seed=SEED, now=NOW, days=7))


@pytest.fixture(scope="session")
def quarter() -> Stored:
    """Both companies over the 91 days that are shipped."""
    return Stored().take(generate(seed=SEED, now=datetime(2026, 11, 19, 16, 5, tzinfo=UTC)))
