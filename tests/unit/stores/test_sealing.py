"""Sealed secrets open with the same key for the same row, and in no other way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millgate.core.secrets import MasterKey
from millgate.stores.sealing import SealBroken, Sealer
from support.fuzzing import bounded

SEALER = Sealer(MasterKey(bytes(32)))


@bounded(60)
@given(st.binary(max_size=200), st.text(max_size=20))
def test_what_is_sealed_opens_again_for_the_same_row(value: bytes, row: str) -> None:
    assert SEALER.unseal(SEALER.seal(value, row), row) == value


def test_the_same_value_is_never_sealed_alike() -> None:
    sealed = {SEALER.seal(b"value", "row") for _ in range(100)}

    assert len(sealed) == 100
    assert len({item[:12] for item in sealed}) == 100
    assert not any(b"value" in item for item in sealed)


def test_a_sealed_value_cannot_be_moved_to_another_row() -> None:
    with pytest.raises(SealBroken, match="row-2"):
        SEALER.unseal(SEALER.seal(b"value", "row-1"), "row-2")


def test_another_master_key_opens_nothing() -> None:
    with pytest.raises(SealBroken):
        Sealer(MasterKey(b"x" * 32)).unseal(SEALER.seal(b"value", "row"), "row")


@pytest.mark.parametrize("at", [0, 11, 12, 20, -1])
def test_a_changed_byte_breaks_the_seal(at: int) -> None:
    sealed = bytearray(SEALER.seal(b"value", "row"))
    sealed[at] ^= 1

    with pytest.raises(SealBroken):
        SEALER.unseal(bytes(sealed), "row")


@pytest.mark.parametrize("size", [0, 1, 11, 12, 13, 27])
def test_what_is_cut_short_breaks_the_seal(size: int) -> None:
    with pytest.raises(SealBroken):
        SEALER.unseal(SEALER.seal(b"", "row")[:size], "row")


def test_a_broken_seal_tells_nothing_of_the_value() -> None:
    sealed = SEALER.seal(b"k3epM3Hidden", "row")

    with pytest.raises(SealBroken) as broken:
        SEALER.unseal(sealed[:-1], "row")
    assert broken.value.args == ("row",)
    assert broken.value.__suppress_context__
