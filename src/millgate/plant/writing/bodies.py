"""A body becomes rows, or a refusal that names every fault of every member of every row.

JSON is read with the standard library: it can tell a member that is sent twice, and numbers as they were
written, which says whether they have more digits than are kept.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final, NoReturn

import msgspec

from millgate.core.errors import BODY_UNREADABLE, MEDIA_TYPE_UNSUPPORTED, Refusal
from millgate.plant.resource import Action
from millgate.plant.writing.faults import Fault, refusal_of, shortened
from millgate.plant.writing.inputs import Form

MOST_ROWS: Final = 1000
_JSON: Final = "application/json"
_LONGEST_INTEGER: Final = 40


class Row(msgspec.Struct, frozen=True):
    """One row of a body.

    Attributes:
        values: the members of the form, as read.
        number: which row of a bulk, from 1; 0 where the request is one row.
        unchanging: members that cannot be changed, as JSON has them.
    """

    values: dict[str, Any]
    number: int = 0
    unchanging: dict[str, object] = {}


class Body(msgspec.Struct, frozen=True):
    """The rows of a body, and whether it is an array of them."""

    rows: tuple[Row, ...]
    bulk: bool


class _Members(dict[str, object]):
    """An object of JSON that remembers which members it had twice."""

    def __init__(self, pairs: list[tuple[str, object]]) -> None:
        super().__init__(pairs)
        times = Counter(name for name, _ in pairs)
        self.repeated = sorted(name for name in times if times[name] > 1)


def read_body(form: Form, body: bytes, content_type: str | None) -> Body | Refusal:
    """The rows of a body, or all that is wrong with it."""
    if content_type and not _is_json(content_type):
        return Refusal(MEDIA_TYPE_UNSUPPORTED, {"media_type": shortened(content_type)})
    try:
        found = _elements(form, _parse(body))
    except ValueError as fault:
        return Refusal(BODY_UNREADABLE, {"reason": str(fault)})
    bulk = isinstance(found, list)
    rows: list[Row] = []
    faults: list[Fault] = []
    for number, element in enumerate(found, 1) if isinstance(found, list) else ((0, found),):
        rows.append(_row(form, element, number, faults))
    return refusal_of(faults) if faults else Body(tuple(rows), bulk)


def _is_json(content_type: str) -> bool:
    essence, *parameters = (part.strip().lower() for part in content_type.split(";"))
    charsets = [value for name, _, value in (item.partition("=") for item in parameters) if name == "charset"]
    return essence == _JSON and all(value.strip('"') in {"utf-8", "utf8"} for value in charsets)


def _parse(body: bytes) -> object:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None
    if not text.strip():
        raise ValueError("it is empty")
    try:
        return _DECODER.decode(text.strip())
    except json.JSONDecodeError as fault:
        where = f"line {fault.lineno}, column {fault.colno}"
        raise ValueError(f"it is not JSON at {where}: {fault.msg}") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except ArithmeticError:
        raise ValueError("it holds a number with an exponent beyond all numbers") from None


def _whole(text: str) -> int | Decimal:
    # Python refuses to read an integer of thousands of digits; as a Decimal it is seen to be out of range.
    return int(text) if len(text) <= _LONGEST_INTEGER else Decimal(text)


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_Members, parse_float=Decimal, parse_int=_whole, parse_constant=_no_number
)


def _elements(form: Form, found: object) -> _Members | list[object]:
    if isinstance(found, _Members):
        return found
    if not isinstance(found, list) or form.action is not Action.CREATE:
        many = " or an array of objects" if form.action is Action.CREATE else ""
        raise ValueError(f"it must be a JSON object{many}")
    if not 1 <= len(found) <= MOST_ROWS:
        raise ValueError(f"an array must hold 1 to {MOST_ROWS} objects, not {len(found)}")
    return found


def _row(form: Form, element: object, number: int, faults: list[Fault]) -> Row:
    if not isinstance(element, _Members):
        faults.append(Fault("", "must be a JSON object", number))
        return Row({}, number)
    faults.extend(_name_faults(form, element, number))
    values: dict[str, Any] = {}
    for member in form.inputs:
        if member.name not in element:
            if member.required and form.action is Action.CREATE:
                faults.append(Fault(member.name, f"is missing: {_told(member.doc)}", number))
            continue
        try:
            values[member.name] = member.read(element[member.name])
        except ValueError as fault:
            faults.append(Fault(member.name, str(fault), number))
    unchanging = {name: value for name, value in element.items() if name in form.unchangeable}
    return Row(values, number, unchanging)


def _told(doc: str) -> str:
    return doc.rstrip(".")


def _name_faults(form: Form, element: _Members, number: int) -> Iterator[Fault]:
    for name in element.repeated:
        yield Fault(shortened(name), "is sent more than once", number)
    names = [member.name for member in form.inputs]
    for name in element:
        if name not in names and name not in form.unchangeable:
            yield Fault(
                shortened(name), f"is no member that can be sent; those are {', '.join(names)}", number
            )
