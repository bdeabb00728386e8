"""Entity tags of single rows (RFC 9110 sections 8.8.3 and 13.1)."""

from __future__ import annotations

from hashlib import blake2b

ANY = "*"
_WEAK = "W/"


def etag_of(text: str | bytes) -> str:
    """The strong tag of a row, made of the JSON that shows it: it changes with what a client can see."""
    data = text.encode() if isinstance(text, str) else text
    return f'"{blake2b(data, digest_size=16).hexdigest()}"'


def names(header: str, tag: str, *, weakly: bool = False) -> bool:
    """Whether a list of tags, as `If-Match` and `If-None-Match` carry, names this one.

    Args:
        header: the field's value; `*` names every row that is there.
        tag: the row's strong tag.
        weakly: compare weakly, as `If-None-Match` does; a weak tag names nothing otherwise.
    """
    given = [item.strip() for item in header.split(",")]
    if weakly:
        given = [item.removeprefix(_WEAK) for item in given]
    return ANY in given or tag in given
