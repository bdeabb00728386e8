"""The head of an answer as bytes."""

from __future__ import annotations

from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from millgate.wire.messages import Header

_STATUS_LINES: Final = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n" for status in HTTPStatus}


class HeadUnsendable(Exception):  # noqa: N818 - what happened, as it is told
    """A header of an answer holds what would begin another line, or tells a length that is not its body's."""


def date_line(now: float) -> str:
    """The Date header's line of an instant, with its end (RFC 9110 section 6.6.1)."""
    return f"date: {formatdate(now, usegmt=True)}\r\n"


def head_of(status: int, headers: Iterable[Header], own: str) -> bytes:
    """The status line and all header lines, with the empty line behind them.

    Args:
        status: of the answer.
        headers: names and values.
        own: the lines that the connection adds, each with its end; or empty.

    Raises:
        HeadUnsendable: a name or value holds a line break or NUL, or is not Latin-1.
    """
    lines = [f"{name}: {value}" for name, value in headers]
    # One look at all of it is cheaper than one at each name and value.
    said = "".join(lines)
    if "\r" in said or "\n" in said or "\0" in said:
        raise HeadUnsendable
    lines.append(own)
    text = "\r\n".join(lines)
    first = _STATUS_LINES.get(status) or f"HTTP/1.1 {status} \r\n"
    try:
        return f"{first}{text}\r\n".encode("latin-1")
    except UnicodeEncodeError:
        raise HeadUnsendable from None
