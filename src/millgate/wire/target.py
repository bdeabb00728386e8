"""The one normalisation of a request path. Routing, authorisation and logs all see its result.

Rejected, because two readers could understand them differently (CVE-2021-43557, CVE-2026-33494,
CVE-2026-40912, CVE-2023-47106): empty, `.` and `..` segments, encoded slashes and dots, backslashes,
control characters, fragments, broken percent-encoding, and bytes that are not UTF-8.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote_to_bytes

from millgate.core.errors import PATH_NOT_SANE, Refusal

_PLAIN: Final = re.compile(rb"(?:/[A-Za-z0-9_~!$&'()*+,;=:@-][A-Za-z0-9_.~!$&'()*+,;=:@-]*)+/?|/")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_LONGEST: Final = 8192


def segments_of(raw_path: bytes) -> tuple[str, ...] | Refusal:
    """Split a raw request path into decoded segments, or say why it is refused.

    A slash at the end gives a last segment that is empty; `/` alone gives one empty segment.
    """
    if len(raw_path) > _LONGEST:
        return _refuse("it is longer than 8192 bytes")
    if _PLAIN.fullmatch(raw_path):
        return tuple(raw_path[1:].decode("ascii").split("/"))
    return _decoded(raw_path)


def _decoded(raw: bytes) -> tuple[str, ...] | Refusal:
    reason = _fault(raw)
    if reason:
        return _refuse(reason)
    try:
        path = unquote_to_bytes(raw).decode("utf-8")
    except UnicodeDecodeError:
        return _refuse("it is not UTF-8")
    if _CONTROL.search(path):
        return _refuse("it holds a control character")
    return tuple(path[1:].split("/"))


_FAULTS: Final = (
    (re.compile(rb"^(?!/)"), "it does not start with a slash"),
    (re.compile(rb"#"), "it holds a fragment"),
    (re.compile(rb"\\"), "it holds a backslash"),
    (re.compile(rb"%(?![0-9A-Fa-f]{2})"), "it holds a broken percent-encoding"),
    (re.compile(rb"%(?:2[eEfF]|5[cC])"), "it holds an encoded slash, dot or backslash"),
    (re.compile(rb"//"), "it holds an empty segment"),
    (re.compile(rb"/\.{1,2}(?:[;/]|$)"), "it holds a '.' or '..' segment"),
)


def _fault(raw: bytes) -> str:
    return next((reason for pattern, reason in _FAULTS if pattern.search(raw)), "")


def _refuse(reason: str) -> Refusal:
    return Refusal(PATH_NOT_SANE, {"reason": reason})
