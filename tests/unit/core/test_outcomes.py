"""The four classes of a status, to the letter of the rule."""

from __future__ import annotations

from typing import Final

from millgate.core.outcomes import status_class

BLOCKED: Final = {401, 403, 429}


def expected(status: int) -> str:
    """The rule as it is written down: what is in no other class is other."""
    if status <= 301 or status in (304, 307):
        return "success"
    if status in BLOCKED:
        return "blocked"
    return "failed" if status == 400 or 500 <= status <= 599 else "other"


def test_every_status_has_the_class_of_the_rule() -> None:
    assert {status: status_class(status) for status in range(100, 1000)} == {
        status: expected(status) for status in range(100, 1000)
    }


def test_a_404_is_neither_blocked_nor_failed() -> None:
    assert [status_class(status) for status in (200, 302, 404, 429, 599, 600)] == [
        "success",
        "other",
        "other",
        "blocked",
        "failed",
        "other",
    ]
