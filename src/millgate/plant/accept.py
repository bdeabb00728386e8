"""Which of the offered media types an Accept header asks for (RFC 9110 section 12.5.1)."""

from __future__ import annotations

from collections.abc import Sequence


def preferred(accept: str | None, offered: Sequence[str]) -> str:
    """The offered type with the highest weight; of equals the one named first.

    Only a type that is named counts: a wildcard, or nothing that we have, gives the first offered type,
    for an answer in another form is of more use than a 406.
    """
    best, weight = offered[0], 0.0
    if not accept or accept == "*/*":
        return best
    for part in accept.split(","):
        name, _, parameters = part.partition(";")
        name = name.strip().lower()
        if name in offered and (given := _weight(parameters)) > weight:
            best, weight = name, given
    return best


def _weight(parameters: str) -> float:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0
