from __future__ import annotations

import itertools
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.utils import translation

from millgate.control.clients.certificates import KeyPair, key_pair_make
from support.django_home import django_databases, django_home, emptied, rolled_back

django_home()  # test modules import models while they are collected

if TYPE_CHECKING:
    from collections.abc import Iterator

TARGETS = {"plant": frozenset({"jobs.list", "jobs.one", "parts.list"})}


@pytest.fixture(autouse=True)
def _upstreams(monkeypatch: pytest.MonkeyPatch) -> None:
    """The plant of these tests has three operations."""
    from millgate.control.publish import targets  # noqa: PLC0415 - Django must be set up before

    monkeypatch.setattr(targets, "known", lambda: TARGETS)


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    """What a test jumps the clock by does not last longer than the test."""
    clock = settings.CLOCK
    yield
    clock.follow(0.0)


@pytest.fixture(autouse=True)
def _language() -> Iterator[None]:
    """The language in which a test asks for a page is left active by Django, for whatever comes behind it."""
    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def _key_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Key pairs made once and used in turn, because making one takes a tenth of a second and more."""
    from millgate.control.clients import signing_keys  # noqa: PLC0415 - Django must be set up before

    monkeypatch.setattr(signing_keys, "key_pair_make", lambda *, now: _next_pair() if now else None)


def _next_pair() -> KeyPair:
    """One that no row has: rows of an earlier sample may have been put again."""
    from millgate.control.clients.models import SigningKey  # noqa: PLC0415 - Django must be set up before

    standing = set(SigningKey.objects.values_list("kid", flat=True))
    return next(pair for pair in _stock() if pair.kid not in standing)


@cache
def _stock() -> Iterator[KeyPair]:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return itertools.cycle(key_pair_make(now=now) for _ in range(10))


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
