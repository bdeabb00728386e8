"""The forms in which clients send parameters (RFC 6749 section 3.2, RFC 7578)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from typing import Final, TypeAlias
from urllib.parse import unquote_to_bytes

from millgate.core.errors import TOKEN_BODY_UNREADABLE, TOKEN_PARAMETER_REPEATED, Refusal, Refused

MOST_PARAMETERS: Final = 100
_URLENCODED: Final = "application/x-www-form-urlencoded"
_MULTIPART: Final = "multipart/form-data"

_Fields: TypeAlias = Iterable[tuple[bytes, bytes]]


def parameters_of(body: bytes, content_type: str | None) -> dict[str, str]:
    """The parameters of a body; those without a value count as left out (RFC 6749 section 3.2).

    A body of another type has none, so that its sender learns which parameter is looked for. The documented
    service took multipart forms, too, and guides of its time send them.

    Raises:
        Refused: it cannot be read, has more than 100 parameters, or one of them twice.
    """
    media_type = _URLENCODED if content_type is None else content_type.partition(";")[0].strip().lower()
    if media_type == _URLENCODED:
        return _once(_urlencoded(body))
    if media_type == _MULTIPART and body:
        return _once(_multipart(body, content_type or ""))
    return {}


def _once(fields: _Fields) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in fields:
        text = _text(name)
        if text in found:
            raise Refused(Refusal(TOKEN_PARAMETER_REPEATED, {"parameter": text[:100]}))
        found[text] = _text(value)
    return {name: value for name, value in found.items() if value}


def _urlencoded(body: bytes) -> Iterator[tuple[bytes, bytes]]:
    fields = body.split(b"&")
    _bound(len(fields))
    for field in filter(None, fields):
        name, _, value = field.partition(b"=")
        yield _decoded(name), _decoded(value)


def _decoded(field: bytes) -> bytes:
    """A name or value of a form. Most have nothing to decode."""
    return unquote_to_bytes(field.replace(b"+", b" ")) if b"%" in field or b"+" in field else field


def _multipart(body: bytes, content_type: str) -> Iterator[tuple[bytes, bytes]]:
    """The fields of a multipart form. A file is none: secrets and assertions come as text."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1", "replace")
    whole = BytesParser(policy=HTTP).parsebytes(head + body)
    parts = whole.get_payload() if whole.is_multipart() else []
    if not isinstance(parts, list) or not parts or whole.defects:
        raise _unreadable("it is no multipart form")
    _bound(len(parts))
    for part in parts:
        yield _field(part)


def _field(part: Message | str) -> tuple[bytes, bytes]:
    name = part.get_param("name", header="content-disposition") if isinstance(part, Message) else None
    if not isinstance(part, Message) or not isinstance(name, str) or part.get_filename() is not None:
        raise _unreadable("a part of it is no field")
    value = part.get_payload(decode=True)
    if not isinstance(value, bytes) or part.get("content-transfer-encoding"):
        raise _unreadable("a part of it is encoded once more")
    return name.encode("utf-8", "surrogateescape"), value


def _bound(fields: int) -> None:
    if fields > MOST_PARAMETERS:
        raise _unreadable(f"it has more than {MOST_PARAMETERS} parameters")


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise _unreadable("it is not UTF-8") from None


def _unreadable(reason: str) -> Refused:
    return Refused(Refusal(TOKEN_BODY_UNREADABLE, {"reason": reason}))
