"""What became of a call, in four words that reports, metrics and pages share."""

from __future__ import annotations

from enum import StrEnum
from http import HTTPStatus
from typing import Final


class StatusClass(StrEnum):
    """The class of an answer's status."""

    SUCCESS = "success"
    BLOCKED = "blocked"
    FAILED = "failed"
    OTHER = "other"


_BLOCKED: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS})
_FAILED: Final = range(HTTPStatus.INTERNAL_SERVER_ERROR, 600)


def status_class(status: int) -> StatusClass:
    """The class of a status, as reports of managed APIs count it.

    Success is up to 301, 304 and 307; blocked 401, 403 and 429; failed 400 and 500 to 599. All else is
    other, a 404 too.
    """
    if status <= HTTPStatus.MOVED_PERMANENTLY or status in {304, 307}:
        return StatusClass.SUCCESS
    if status in _BLOCKED:
        return StatusClass.BLOCKED
    if status == HTTPStatus.BAD_REQUEST or status in _FAILED:
        return StatusClass.FAILED
    return StatusClass.OTHER
