"""What is refused from a head alone."""

from __future__ import annotations

import pytest

from millgate.core.errors import HEAD_TOO_LARGE, UPGRADE_UNSUPPORTED
from millgate.wire.head import LARGEST_HEAD, refusal_of


def test_a_head_of_the_largest_size_is_served_and_one_more_byte_is_refused() -> None:
    value = "a" * (LARGEST_HEAD - len("q=1") - len("x"))

    assert refusal_of("q=1", (("x", value),)) is None
    refusal = refusal_of("q=1", (("x", value + "a"),))
    assert refusal is not None
    assert refusal.problem is HEAD_TOO_LARGE


def test_many_small_headers_add_up() -> None:
    assert refusal_of("", tuple(("name", "value") for _ in range(LARGEST_HEAD // 9 + 1))) is not None


@pytest.mark.parametrize("value", ["websocket", "WebSocket"])
def test_a_websocket_handshake_is_refused_and_another_upgrade_is_not(value: str) -> None:
    refusal = refusal_of("", (("host", "x"), ("upgrade", value)))

    assert refusal is not None
    assert refusal.problem is UPGRADE_UNSUPPORTED
    assert refusal_of("", (("upgrade", "h2c"),)) is None
